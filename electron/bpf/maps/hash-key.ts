/** Hashing and comparing keys in linear memory. Hot: every lookup of every hash does both. */
import type { Address, LinearMemory } from '../vm/memory.ts';

/**
 * 32 bits of a multiply-and-shift hash with the finisher of MurmurHash3. Linux seeds its own at
 * random against hostile keys; here the seed is fixed, so that a replay repeats.
 */
export function hashBytes(memory: LinearMemory, address: Address, sizeBytes: number): number {
  const { view } = memory;
  let hash = sizeBytes;
  let done = 0;
  for (; done + 4 <= sizeBytes; done += 4) hash = mix(hash, view.getInt32(address + done, true));
  for (; done < sizeBytes; done += 1) hash = mix(hash, view.getUint8(address + done));
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e37_79b1);
  return (mixed << 13) | (mixed >>> 19);
}

export function isEqual(view: DataView, a: Address, b: Address, sizeBytes: number): boolean {
  let done = 0;
  for (; done + 4 <= sizeBytes; done += 4) {
    if (view.getInt32(a + done, true) !== view.getInt32(b + done, true)) return false;
  }
  for (; done < sizeBytes; done += 1) {
    if (view.getUint8(a + done) !== view.getUint8(b + done)) return false;
  }
  return true;
}
