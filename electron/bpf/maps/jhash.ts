/**
 * Bob Jenkins' lookup3 hash over 32-bit words (jhash2() in Linux), with which stack ids are made:
 * the same stack gets the id it gets from the kernel. Bloom filters hash with it too.
 */

const INITIAL_VALUE = 0xdead_beef | 0;

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

/** Unsigned 32 bits. `initial` is the seed. */
export function jhashWords(words: Uint32Array, initial: number): number {
  return hash(words, 4 * words.length, initial);
}

/** As jhashWords(), of any number of bytes: jhash() in Linux. */
export function jhashBytes(bytes: Uint8Array, initial: number): number {
  const words = new Uint32Array(Math.ceil(bytes.length / 4));
  new Uint8Array(words.buffer).set(bytes);
  return hash(words, bytes.length, initial);
}

/** The last word is padded with zeros. */
function hash(words: Uint32Array, sizeBytes: number, initial: number): number {
  let a = (INITIAL_VALUE + sizeBytes + initial) | 0;
  let b = a;
  let c = a;
  let at = 0;
  while (words.length - at > 3) {
    a = (a + (words[at] as number)) | 0;
    b = (b + (words[at + 1] as number)) | 0;
    c = (c + (words[at + 2] as number)) | 0;
    a = ((a - c) ^ rotate(c, 4)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 6)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 8)) | 0;
    b = (b + a) | 0;
    a = ((a - c) ^ rotate(c, 16)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 19)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 4)) | 0;
    b = (b + a) | 0;
    at += 3;
  }
  const rest = words.length - at;
  if (rest === 0) return c >>> 0;
  a = (a + (words[at] as number)) | 0;
  if (rest > 1) b = (b + (words[at + 1] as number)) | 0;
  if (rest > 2) c = (c + (words[at + 2] as number)) | 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return c >>> 0;
}
