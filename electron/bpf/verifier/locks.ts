/**
 * bpf_spin_lock() and bpf_spin_unlock(): one lock at a time, given back through a pointer to the same
 * value or object, and hardly a call while it is held. After process_spin_lock() of Linux 6.18.
 */
import {
  isForHoldersOfLocks,
  kernelFunctionByNumber,
  type KernelPrototype,
} from '../helpers/kernel-functions.ts';
import { CALL_HELPER, PSEUDO_KFUNC_CALL } from '../isa/opcodes.ts';
import type { Instruction } from '../program.ts';
import type { PointerRegister } from './register.ts';
import { leaveCollections } from './non-owning.ts';
import { isInLess } from './graph-callback.ts';
import { fieldAt } from './graph-record.ts';
import { constantOf } from './scalar.ts';
import { specialFieldNamed } from './special-fields.ts';
import type { Walk } from './walk.ts';
import { SPIN_LOCK } from '../object/graph-fields.ts';

const SPIN_UNLOCK = 94;

/** Takes or gives back the lock that `pointer`, into a map value or an object that the program holds, points to. */
export function takeOrGiveLock(
  walk: Walk,
  pointer: PointerRegister,
  register: number,
  isTaken: boolean,
): void {
  if (isInLess(walk)) walk.refuse('locked', "can't spin_{lock,unlock} in rbtree cb");
  if (pointer.target === 'map-value') requireField(walk, pointer, register, SPIN_LOCK);
  else requireLockInObject(walk, pointer, register);
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
  leaveCollections(walk);
}

/** Whether the lock of what the pointer points to is held: check_reg_allocation_locked(). */
export function isLocked({ state }: Walk, { map, id }: PointerRegister): boolean {
  return state.lock?.map === map && state.lock.id === id;
}

function requireLockInObject(walk: Walk, pointer: PointerRegister, register: number): void {
  const isHeld = pointer.target === 'object' && pointer.flags === 0 && pointer.reference !== 0;
  if (!isHeld)
    walk.refuse('bad-argument', `R${register} points to no lock in a map value or allocated object`);
  if (fieldAt(walk, pointer, SPIN_LOCK) === undefined)
    walk.refuse('bad-argument', `R${register} off=${pointer.offset} doesn't point to '${SPIN_LOCK}'`);
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

function isAllowed(fn: KernelPrototype | undefined): boolean {
  return fn !== undefined && isForHoldersOfLocks(fn);
}

/** Refuses a call that may not be made while a lock is held; those of functions are looked at there. */
export function checkCallUnderLock(walk: Walk, { src, imm }: Instruction): void {
  if (walk.state.lock === undefined) return;
  const isRefused =
    (src === CALL_HELPER && imm !== SPIN_UNLOCK) ||
    (src === PSEUDO_KFUNC_CALL && !isAllowed(kernelFunctionByNumber(imm)));
  if (isRefused) walk.refuse('locked', 'function calls are not allowed while holding a lock');
}
