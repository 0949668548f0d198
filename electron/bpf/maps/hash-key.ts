/** Hashing and comparing keys in linear memory. Hot: every lookup of every hash does both. */
import type { Address, LinearMemory } from '../vm/memory.ts';

export const MIX = 0x9e37_79b1;
export const MIX_ROTATE = 13;
export const FINISH_1 = 0x85eb_ca6b;
export const FINISH_2 = 0xc2b2_ae35;

/**
 * 32 bits of a multiply-and-shift hash with the finisher of MurmurHash3. Linux seeds its own at
 * random against hostile keys; here the seed is fixed, so that a replay repeats. The JIT writes the same
 * into its modules (jit/hash-key.ts).
 */
export function hashBytes(memory: LinearMemory, address: Address, sizeBytes: number): number {
  const { view } = memory;
  let hash = sizeBytes;
  let done = 0;
  for (; done + 4 <= sizeBytes; done += 4) hash = mix(hash, view.getInt32(address + done, true));
  for (; done < sizeBytes; done += 1) hash = mix(hash, view.getUint8(address + done));
  hash = Math.imul(hash ^ (hash >>> 16), FINISH_1);
  hash = Math.imul(hash ^ (hash >>> 13), FINISH_2);
  return hash ^ (hash >>> 16);
}

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, MIX);
  return (mixed << MIX_ROTATE) | (mixed >>> (32 - MIX_ROTATE));
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
