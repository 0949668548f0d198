/** What programs about iterators, dynptrs and regions are made of. */
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';

/** `register` points to r10 + offset. */
export function frame(register: number, offset: number): Instruction[] {
  return [asm.mov64(register, r(10)), asm.alu64('add', register, offset)];
}
export function begin(offset = -8, from = 0, to = 10): Instruction[] {
  return [...frame(1, offset), asm.mov64(2, from), asm.mov64(3, to), asm.callKernel('bpf_iter_num_new')];
}
export function next(offset = -8): Instruction[] {
  return [...frame(1, offset), asm.callKernel('bpf_iter_num_next')];
}
export function destroy(offset = -8): Instruction[] {
  return [...frame(1, offset), asm.callKernel('bpf_iter_num_destroy')];
}
/** Rounds of the body, which finds the number in r0's memory. */
export function each(body: readonly Instruction[], offset = -8): Instruction[] {
  return [...next(offset), asm.jump64('jeq', 0, 0, body.length + 1), ...body, asm.ja(-(body.length + 5))];
}

export const lock = asm.callKernel('bpf_rcu_read_lock');
export const unlock = asm.callKernel('bpf_rcu_read_unlock');
export const disable = asm.callKernel('bpf_preempt_disable');
export const enable = asm.callKernel('bpf_preempt_enable');
export function save(offset: number): Instruction[] {
  return [...frame(1, offset), asm.callKernel('bpf_local_irq_save')];
}
export function restore(offset: number): Instruction[] {
  return [...frame(1, offset), asm.callKernel('bpf_local_irq_restore')];
}

/** A dynptr at `offset` on `bytes` of the map's value. */
export function onMap(offset = -16, bytes = 64, at = 0): Instruction[] {
  return [
    ...asm.loadMapValue(1, 0, at),
    asm.mov64(2, bytes),
    asm.mov64(3, 0),
    ...frame(4, offset),
    asm.call(197),
  ];
}
export function reserve(offset = -16, bytes = 16): Instruction[] {
  return [...asm.loadMap(1, 0), asm.mov64(2, bytes), asm.mov64(3, 0), ...frame(4, offset), asm.call(198)];
}
export function submit(offset = -16): Instruction[] {
  return [...frame(1, offset), asm.mov64(2, 0), asm.call(199)];
}
export function discard(offset = -16): Instruction[] {
  return [...frame(1, offset), asm.mov64(2, 0), asm.call(200)];
}
export function data(bytes = 8, offset = -16): Instruction[] {
  return [...frame(1, offset), asm.mov64(2, 0), asm.mov64(3, bytes), asm.call(203)];
}
export function slice(bytes = 8, offset = -16): Instruction[] {
  return [
    ...frame(1, offset),
    asm.mov64(2, 0),
    asm.mov64(3, 0),
    asm.mov64(4, bytes),
    asm.callKernel('bpf_dynptr_slice'),
  ];
}
export function sliceToWrite(bytes = 8, offset = -16): Instruction[] {
  return [...slice(bytes, offset).slice(0, -1), asm.callKernel('bpf_dynptr_slice_rdwr')];
}
export function clone(to: number, from = -16): Instruction[] {
  return [...frame(1, from), ...frame(2, to), asm.callKernel('bpf_dynptr_clone')];
}
/** The code where r0 is not null. */
export function ifThere(...code: readonly Instruction[]): Instruction[] {
  return [asm.jump64('jeq', 0, 0, code.length), ...code];
}
