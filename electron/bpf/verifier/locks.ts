/**
 * bpf_spin_lock() and bpf_res_spin_lock(): one lock of the former at a time, of the latter several, given back in the
 * reverse order, each through a pointer to the same value or object, and hardly a call while one is held. After
 * process_spin_lock() of Linux 6.18.
 */
import {
  isForHoldersOfLocks,
  kernelFunctionByNumber,
  type KernelPrototype,
} from '../helpers/kernel-functions.ts';
import { CALL_HELPER, PSEUDO_KFUNC_CALL } from '../isa/opcodes.ts';
import { RESILIENT_LOCK, SPIN_LOCK } from '../object/graph-fields.ts';
import type { Instruction } from '../program.ts';
import { isPointer, kindName, type PointerRegister, type Register } from './register.ts';
import { leaveCollections } from './non-owning.ts';
import { isInLess } from './graph-callback.ts';
import { fieldAt } from './graph-record.ts';
import { constantOf } from './scalar.ts';
import { specialFieldNamed } from './special-fields.ts';
import type { HeldLock, LockKind } from './state.ts';
import type { Walk } from './walk.ts';

const SPIN_UNLOCK = 94;

const fieldNames: Readonly<Record<LockKind, string>> = {
  plain: SPIN_LOCK,
  resilient: RESILIENT_LOCK,
  'resilient-irq': RESILIENT_LOCK,
};

/** Takes or gives back the lock that `pointer`, into a map value or an object that the program holds, points to. */
export function takeOrGiveLock(
  walk: Walk,
  pointer: PointerRegister,
  register: number,
  isTaken: boolean,
  kind: LockKind = 'plain',
): void {
  if (isInLess(walk)) walk.refuse('locked', "can't spin_{lock,unlock} in rbtree cb");
  const field = fieldNames[kind];
  if (pointer.target === 'map-value') requireField(walk, pointer, register, field);
  else requireLockInObject(walk, pointer, register, field);
  if (isTaken) takeLock(walk, { kind, map: pointer.map, id: pointer.id });
  else giveLock(walk, { kind, map: pointer.map, id: pointer.id });
}

function takeLock(walk: Walk, taken: HeldLock): void {
  const { locks } = walk.state;
  if (taken.kind === 'plain' && locks.some(({ kind }) => kind === 'plain'))
    walk.refuse('locked', 'Locking two bpf_spin_locks are not allowed');
  if (taken.kind !== 'plain' && locks.some((each) => each.kind !== 'plain' && isOfSame(each, taken)))
    walk.refuse('locked', 'Acquiring the same lock again, AA deadlock detected');
  walk.state.locks = [...locks, taken];
}

function giveLock(walk: Walk, given: HeldLock): void {
  const { locks } = walk.state;
  const words = given.kind === 'plain' ? 'bpf_spin' : 'bpf_res_spin';
  const last = locks.at(-1);
  if (last === undefined) walk.refuse('locked', `${words}_unlock without taking a lock`);
  const isHeld = locks.some((each) => each.kind === given.kind && isOfSame(each, given));
  if (!isHeld) walk.refuse('locked', `${words}_unlock of different lock`);
  if (!isOfSame(last, given)) walk.refuse('locked', `${words}_unlock cannot be out of order`);
  // A value has locks of one kind alone, so that the last one is of this kind.
  walk.state.locks = locks.slice(0, -1);
  leaveCollections(walk);
}

/** In the same value or object. */
function isOfSame(one: HeldLock, other: Pick<HeldLock, 'map' | 'id'>): boolean {
  return one.map === other.map && one.id === other.id;
}

/** A lock in the register that a kernel function takes or gives back. */
export function resilientLock(walk: Walk, content: Register, register: number, name: string): void {
  const isPlace = isPointer(content) && (content.target === 'map-value' || content.target === 'object');
  if (!isPlace || content.isMaybeNull)
    walk.refuse(
      isPointer(content) && content.isMaybeNull ? 'maybe-null' : 'bad-argument',
      `arg#${register - 1} doesn't point to map value or allocated object, and R${register} is ${kindName(content)}`,
    );
  takeOrGiveLock(
    walk,
    content,
    register,
    name.startsWith('bpf_res_spin_lock'),
    name.includes('_irq') ? 'resilient-irq' : 'resilient',
  );
}

/** Whether the lock of what the pointer points to is held: check_reg_allocation_locked(). */
export function isLocked({ state }: Walk, pointer: PointerRegister): boolean {
  return state.locks.some((each) => isOfSame(each, pointer));
}

function requireLockInObject(walk: Walk, pointer: PointerRegister, register: number, name: string): void {
  const isHeld = pointer.target === 'object' && pointer.flags === 0 && pointer.reference !== 0;
  if (!isHeld)
    walk.refuse('bad-argument', `R${register} points to no lock in a map value or allocated object`);
  if (fieldAt(walk, pointer, name) === undefined)
    walk.refuse('bad-argument', `R${register} off=${pointer.offset} doesn't point to '${name}'`);
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
  if (walk.state.locks.length === 0) return;
  const isRefused =
    (src === CALL_HELPER && imm !== SPIN_UNLOCK) ||
    (src === PSEUDO_KFUNC_CALL && !isAllowed(kernelFunctionByNumber(imm)));
  if (isRefused) walk.refuse('locked', 'function calls are not allowed while holding a lock');
}
