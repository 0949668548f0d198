/**
 * The iterator over the bits that are set in words of memory, after struct bpf_iter_bits_kern of Linux: the
 * words themselves where there is one, else the address of a copy; how many bits; the bit before the next.
 * The pointer to a bit's number is into the iterator.
 */
import { E2BIG, EFAULT, EINVAL, ERANGE } from '../maps/errno.ts';
import type { Address, LinearMemory } from '../vm/memory.ts';
import { int, memoryArgument, u32 } from './call.ts';
import type { HelperFunction } from './helper.ts';
import { kernelBytes, mayBeKernelAddress } from './kernel-bytes.ts';

const ITERATOR_BYTES = 16;
const BIT_COUNT = 8;
const BIT = 12;
const WORD_BITS = 64;
/** BITS_ITER_NR_WORDS_MAX. */
const WORDS_MAX = 511;
/** For the copy that an iterator over many words works on. */
const ROOM_BYTES = 8 * WORDS_MAX;

/** The first bit that is set from `from` on, or `end`. */
function nextBit(memory: LinearMemory, words: Address, from: number, end: number): number {
  for (let bit = from; bit < end; bit += 1) {
    const byte = memory.bytes[words + (bit >>> 3)] ?? 0;
    if (((byte >>> (bit & 7)) & 1) === 1) return bit;
  }
  return end;
}

export const bitsFunctions: Readonly<Record<string, HelperFunction>> = {
  bpf_iter_bits_new(context, iterator, words, countRegister) {
    const { memory } = context;
    const at = memoryArgument(memory, iterator, ITERATOR_BYTES);
    memory.bytes.fill(0, at, at + ITERATOR_BYTES);
    memory.view.setInt32(at + BIT, -1, true);
    const count = u32(countRegister);
    if (words === 0n || count === 0) return int(-EINVAL);
    if (count > WORDS_MAX) return int(-E2BIG);
    // One word is read in another place than many, which answers otherwise.
    if (count > 1 && !mayBeKernelAddress(memory, words)) return int(-ERANGE);
    const bytes = kernelBytes(context, words, 8 * count);
    if (bytes === undefined) return int(-EFAULT);
    const copy = count === 1 ? at : memory.lend(ROOM_BYTES);
    memory.bytes.set(bytes, copy);
    if (count > 1) memory.view.setBigUint64(at, BigInt(copy), true);
    memory.view.setInt32(at + BIT_COUNT, WORD_BITS * count, true);
    return 0n;
  },

  bpf_iter_bits_next({ memory }, iterator) {
    const at = memoryArgument(memory, iterator, ITERATOR_BYTES);
    const count = memory.view.getInt32(at + BIT_COUNT, true);
    const bit = memory.view.getInt32(at + BIT, true);
    if (count === 0 || bit >= count) return 0n;
    const words = count === WORD_BITS ? at : Number(memory.view.getBigUint64(at, true));
    const next = nextBit(memory, words, bit + 1, count);
    memory.view.setInt32(at + BIT, next, true);
    return next >= count ? 0n : iterator + BigInt(BIT);
  },

  bpf_iter_bits_destroy({ memory }, iterator) {
    const at = memoryArgument(memory, iterator, ITERATOR_BYTES);
    const count = memory.view.getInt32(at + BIT_COUNT, true);
    if (count > WORD_BITS) memory.takeBack(Number(memory.view.getBigUint64(at, true)), ROOM_BYTES);
    memory.bytes.fill(0, at, at + ITERATOR_BYTES);
    return 0n;
  },
};
