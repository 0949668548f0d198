/**
 * bpf_spin_lock() and bpf_spin_unlock(): one lock at a time, given back through a pointer to the same
 * value, and hardly a call while it is held. After process_spin_lock() of Linux 6.18.
 */
import { kernelFunctionByNumber } from '../helpers/kernel-functions.ts';
import { CALL_HELPER, PSEUDO_KFUNC_CALL } from '../isa/opcodes.ts';
import type { Instruction } from '../program.ts';
import type { PointerRegister } from './register.ts';
import { constantOf } from './scalar.ts';
import { SPIN_LOCK, specialFieldNamed } from './special-fields.ts';
import type { Walk } from './walk.ts';

const SPIN_UNLOCK = 94;

/** Takes or gives back the lock that `pointer`, into a map value, points to. */
export function takeOrGiveLock(
  walk: Walk,
  pointer: PointerRegister,
  register: number,
  isTaken: boolean,
): void {
  requireField(walk, pointer, register, SPIN_LOCK);
  const { lock } = walk.state;
  const { map, id } = pointer;
  if (isTaken) {
    if (lock !== undefined) walk.refuse('locked', 'Locking two bpf_spin_locks are not allowed');
    walk.state.lock = { map, id };
    return;
  }
  if (lock === undefined) walk.refuse('locked', 'bpf_spin_unlock without taking a lock');
  if (lock.map !== map || lock.id !== id) walk.refuse('locked', 'bpf_spin_unlock of different lock');
  walk.state.lock = undefined;
}

/** Refuses a pointer that is not exactly at the field of the name in its map's value. */
export function requireField(walk: Walk, pointer: PointerRegister, register: number, name: string): void {
  const short = name.replace('struct ', '');
  const offset = constantOf(pointer.variable);
  if (offset === undefined)
    walk.refuse(
      'bad-argument',
      `R${register} doesn't have constant offset. ${short} has to be at the constant offset`,
    );
  const map = walk.map(pointer.map);
  if (walk.options.btf === undefined || map.valueTypeId === 0)
    walk.refuse('bad-argument', `map '${map.name}' has to have BTF in order to use ${short}`);
  const field = specialFieldNamed(walk, map, name);
  if (field === undefined) walk.refuse('bad-argument', `map '${map.name}' has no valid ${short}`);
  const at = BigInt(pointer.offset) + BigInt.asIntN(64, offset);
  if (at !== BigInt(field.offsetBytes))
    walk.refuse('bad-argument', `off ${at} doesn't point to '${name}' that is at ${field.offsetBytes}`);
}

/** Refuses a call that may not be made while a lock is held; those of functions are looked at there. */
export function checkCallUnderLock(walk: Walk, { src, imm }: Instruction): void {
  if (walk.state.lock === undefined) return;
  const isRefused =
    (src === CALL_HELPER && imm !== SPIN_UNLOCK) ||
    (src === PSEUDO_KFUNC_CALL && kernelFunctionByNumber(imm)?.name.startsWith('bpf_iter_num_') !== true);
  if (isRefused) walk.refuse('locked', 'function calls are not allowed while holding a lock');
}
