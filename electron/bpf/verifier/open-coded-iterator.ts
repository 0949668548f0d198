/**
 * Open-coded iterators: made, asked for the next element, ended. A call that asks is followed as having
 * given nothing, and, as another path, as having given something. After process_iter_arg() and
 * process_iter_next_call() of Linux 6.18.
 */
import { isInReadSection } from './btf-pointer.ts';
import type { IteratorRole } from '../helpers/kernel-functions.ts';
import { acquire, release } from './references.ts';
import { isPointer, zeroRegister, type Register } from './register.ts';
import { clearForObject } from './stack.ts';
import { objectAt, placeObject, placeOf, type IteratorObject, type Place } from './stack-object.ts';
import type { Frame, State } from './state.ts';
import type { Walk } from './walk.ts';

/** Where the iterator is, after the call's effect on it; its first part as it was before. */
export interface IteratorArgument {
  readonly place: Place;
  readonly frame: number;
  readonly object: IteratorObject | undefined;
}

export function checkIterator(
  walk: Walk,
  role: IteratorRole,
  content: Register,
  register: number,
): IteratorArgument {
  const { type, slots, does } = role;
  if (!isPointer(content) || content.target !== 'stack')
    walk.refuse('bad-argument', `arg#${register - 1} expected pointer to an iterator on stack`);
  const place = placeOf(walk, content, 'iter', slots);
  const { frame } = content;
  if (does === 'new') {
    for (let number = 0; number < slots; number += 1) {
      if (objectAt(place, number)?.kind === 'iterator')
        walk.refuse('iterator', `expected uninitialized iter_${type} as arg #${register - 1}`);
    }
    clearForObject(walk, content, place, register);
    const reference = acquire(walk);
    placeObject(place, (number) => ({
      kind: 'iterator',
      type,
      isFirst: number === 0,
      reference: number === 0 ? reference : 0,
      isDrained: false,
      isInSection: role.isRcuProtected ? isInReadSection(walk) : undefined,
      depth: 0,
    }));
    return { place, frame, object: undefined };
  }
  const object = iteratorAt(place, type);
  if (object === undefined)
    walk.refuse('iterator', `expected an initialized iter_${type} as arg #${register - 1}`);
  if (object.isInSection === false)
    walk.refuse('iterator', `expected an RCU CS when using bpf_iter_${type}_${does}`);
  if (does === 'destroy') {
    release(walk, object.reference);
    placeObject(place, undefined);
  }
  return { place, frame, object };
}

/** The iterator of that type in the place; undefined where it is not one, whole. */
function iteratorAt(place: Place, type: string): IteratorObject | undefined {
  for (let number = 0; number < place.slots; number += 1) {
    const part = objectAt(place, number);
    if (part?.kind !== 'iterator' || part.type !== type || part.isFirst !== (number === 0)) return undefined;
  }
  const first = objectAt(place, 0);
  return first?.kind === 'iterator' ? first : undefined;
}

/**
 * After the call was checked and r0 may be null: goes on with nothing given; the state in which something
 * was, where the iterator had not ended.
 */
export function forkIterator(walk: Walk, { place, frame, object }: IteratorArgument): State | undefined {
  if (object === undefined) throw new Error('the iterator was checked');
  let more: State | undefined;
  if (!object.isDrained) {
    more = walk.state.copy();
    const given = more.frame.registers[0];
    if (given?.kind === 'pointer') more.frame.registers[0] = { ...given, isMaybeNull: false, id: 0 };
    setFirst(more.frames[frame], place, { ...object, depth: object.depth + 1 });
  }
  setFirst(walk.state.frames[frame], place, { ...object, isDrained: true });
  walk.frame.registers[0] = zeroRegister;
  return more;
}

function setFirst(frame: Frame | undefined, { first }: Place, object: IteratorObject): void {
  if (frame === undefined) throw new Error('the iterator is in a frame of the path');
  frame.setSlot(first, { ...frame.slot(first), object });
}

/** Whether the iterator that r1 points to may give more. */
export function mayGiveMore(state: State): boolean {
  const pointer = state.frame.registers[1];
  if (pointer?.kind !== 'pointer' || pointer.target !== 'stack') return false;
  const offset = pointer.offset + Number(BigInt.asIntN(64, pointer.variable.bits.value));
  const object = state.frames[pointer.frame]?.slot(-offset / 8 - 1).object;
  return object?.kind === 'iterator' && !object.isDrained;
}
