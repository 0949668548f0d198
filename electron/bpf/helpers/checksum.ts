/**
 * The Internet checksum (RFC 1071, RFC 1624) as the kernel computes with it: sums of 16-bit words in 32
 * bits, in the byte order they have in memory. After include/net/checksum.h of Linux 6.18.
 */
const WORD = 0xffff;
const ALL = 0xffff_ffff;

/** csum_add(): with the carry brought round. */
function add(a: number, b: number): number {
  const sum = a + b;
  return sum > ALL ? sum - ALL : sum;
}

/** csum_sub(). */
export function difference(a: number, b: number): number {
  return add(a, ~b >>> 0);
}

/** csum_partial(): the sum of the bytes on top of another. */
export function partialSum(bytes: Uint8Array, seed: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let sum = seed >>> 0;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) sum = add(sum, view.getUint32(at, true));
  for (; at < bytes.length; at += 1) sum = add(sum, (bytes[at] ?? 0) << (8 * (at % 4)));
  return sum;
}

/** csum_from32to16(): both halves added. */
export function foldTo16(sum: number): number {
  let folded = (sum & WORD) + (sum >>> 16);
  folded = (folded & WORD) + (folded >>> 16);
  return folded;
}

/** csum_fold(): what a header holds. */
function complementOf(sum: number): number {
  return ~foldTo16(sum) & WORD;
}

/** csum_replace_by_diff(). */
export function replaceByDifference(sum: number, change: number): number {
  return complementOf(add(change, ~sum >>> 0));
}

/** csum_replace4(), and csum_replace2() with numbers of 16 bits. */
export function replaceWord(sum: number, from: number, to: number): number {
  return complementOf(add(difference(~sum >>> 0, from), to));
}
