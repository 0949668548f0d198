/**
 * Open-coded iterators. That over numbers is two 32-bit integers, the number before the next and the end,
 * as struct bpf_iter_num_kern of Linux; the pointer to a number is the iterator's own address.
 */
import { E2BIG, EINVAL } from '../maps/errno.ts';
import { LOOPS_MAX } from '../vm/operations.ts';
import { int, memoryArgument } from './call.ts';
import type { HelperFunction } from './helper.ts';

const ITERATOR_BYTES = 8;
const END = 4;

export const iteratorFunctions: Readonly<Record<string, HelperFunction>> = {
  bpf_iter_num_new({ memory }, iterator, start, end) {
    const at = memoryArgument(memory, iterator, ITERATOR_BYTES);
    const from = BigInt.asIntN(32, start);
    const distance = BigInt.asIntN(32, end) - from;
    memory.view.setBigInt64(at, 0n, true);
    if (distance < 0n) return int(-EINVAL);
    if (distance > BigInt(LOOPS_MAX)) return int(-E2BIG);
    memory.view.setInt32(at, Number(BigInt.asIntN(32, from - 1n)), true);
    memory.view.setInt32(at + END, Number(BigInt.asIntN(32, end)), true);
    return 0n;
  },

  bpf_iter_num_next({ memory }, iterator) {
    const at = memoryArgument(memory, iterator, ITERATOR_BYTES);
    const next = (memory.view.getInt32(at, true) + 1) | 0;
    if (next >= memory.view.getInt32(at + END, true)) {
      memory.view.setBigInt64(at, 0n, true);
      return 0n;
    }
    memory.view.setInt32(at, next, true);
    return iterator;
  },

  bpf_iter_num_destroy({ memory }, iterator) {
    memory.view.setBigInt64(memoryArgument(memory, iterator, ITERATOR_BYTES), 0n, true);
    return 0n;
  },
};
