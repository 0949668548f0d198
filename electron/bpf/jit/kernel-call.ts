/**
 * Kernel functions that the module does itself: those of bpf_iter_num, which a loop calls once a round.
 * The iterator is two 32-bit integers, the number before the next and the end, as in Linux.
 */
import type { KernelFunction } from '../helpers/kernel-functions.ts';
import { E2BIG, EINVAL } from '../maps/errno.ts';
import { LOOPS_MAX } from '../vm/operations.ts';
import { LOCAL_ADDRESS, localOf } from './layout.ts';
import { EMPTY, I64, op } from './wasm.ts';
import type { Writer } from './writer.ts';

const CURRENT = 0;
const END = 4;

/** By name: what writes the call into r0. */
const WRITERS: Readonly<Record<string, (out: Writer) => void>> = {
  bpf_iter_num_new: begin,
  bpf_iter_num_next: next,
  bpf_iter_num_destroy: (out) => void pushIterator(out).i64(0).access(op.i64Store, CURRENT),
};

/** Whether the module does it itself. */
export function isWrittenOut({ name }: KernelFunction): boolean {
  return name in WRITERS;
}

/** Writes the call into r0; false where the function itself is to be called. */
export function writeKernelCall({ name }: KernelFunction, out: Writer): boolean {
  WRITERS[name]?.(out);
  return name in WRITERS;
}

function pushIterator(out: Writer): Writer {
  return out.get(localOf(1)).byte(op.i32WrapI64);
}

function pushNarrow(register: number, out: Writer): Writer {
  return out.get(localOf(register)).byte(op.i32WrapI64);
}

/**
 * r2 to r3, if that is forward and not too far: else an empty range and an errno, which is an int of C, so
 * that the upper half of r0 is zero.
 */
function begin(out: Writer): void {
  pushIterator(out).i64(0).access(op.i64Store, CURRENT);
  const pushDistance = (): void => {
    for (const register of [3, 2]) out.get(localOf(register)).byte(op.i64Extend32S);
    out.byte(op.i64Sub);
  };
  pushDistance();
  out.i64(0).byte(op.i64LtS, op.if, I64).i64(int(-EINVAL)).byte(op.else);
  pushDistance();
  out.i64(LOOPS_MAX).byte(op.i64GtS, op.if, I64).i64(int(-E2BIG)).byte(op.else);
  pushNarrow(2, pushIterator(out)).i32(1).byte(op.i32Sub).access(op.i32Store, CURRENT);
  pushNarrow(3, pushIterator(out)).access(op.i32Store, END);
  out.i64(0).byte(op.end, op.end).set(localOf(0));
}

function int(value: number): bigint {
  return BigInt(value >>> 0);
}

/** The address of the next number, which is the iterator's own, or 0 at the end. */
function next(out: Writer): void {
  pushIterator(out).access(op.i32Load, CURRENT).i32(1).byte(op.i32Add).tee(LOCAL_ADDRESS);
  pushIterator(out).access(op.i32Load, END).byte(op.i32LtS, op.if, EMPTY);
  pushIterator(out).get(LOCAL_ADDRESS).access(op.i32Store, CURRENT);
  out.get(localOf(1)).set(localOf(0)).byte(op.else);
  pushIterator(out).i64(0).access(op.i64Store, CURRENT);
  out.i64(0).set(localOf(0)).byte(op.end);
}
