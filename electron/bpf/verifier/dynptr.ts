/**
 * Dynptrs as arguments: made on the stack, used, cloned, given back with the record they are on. After
 * process_dynptr_func() of Linux 6.18.
 */
import { acquire, release } from './references.ts';
import { isPointer, type PointerRegister, type Register } from './register.ts';
import { clearForObject } from './stack.ts';
import { objectAt, placeObject, placeOf, type DynptrObject, type DynptrType } from './stack-object.ts';
import type { Walk } from './walk.ts';

const DYNPTR_SLOTS = 2;

/** Makes a dynptr where the register points to; `reference` is that of the one it is a clone of. */
export function makeDynptr(
  walk: Walk,
  content: Register,
  register: number,
  type: DynptrType,
  reference?: number,
): void {
  const pointer = stackPointer(walk, content, register);
  const place = placeOf(walk, pointer, 'dynptr', DYNPTR_SLOTS);
  clearForObject(walk, pointer, place, register);
  const id = walk.newId();
  const held = type === 'ringbuf' ? (reference ?? acquire(walk)) : 0;
  placeObject(place, (number) => ({ kind: 'dynptr', type, isFirst: number === 0, id, reference: held }));
}

/** The dynptr that the register points to. */
export function dynptrOf(walk: Walk, content: Register, register: number): DynptrObject {
  if (isPointer(content) && content.target === 'dynptr')
    return { kind: 'dynptr', type: 'local', isFirst: true, id: content.id, reference: 0 };
  const place = placeOf(walk, stackPointer(walk, content, register), 'dynptr', DYNPTR_SLOTS);
  const first = objectAt(place, 0);
  const second = objectAt(place, 1);
  const isWhole =
    first?.kind === 'dynptr' && first.isFirst && second?.kind === 'dynptr' && second.id === first.id;
  if (!isWhole) walk.refuse('dynptr', `Expected an initialized dynptr as arg #${register - 1}`);
  return first;
}

/** Gives back the record, and with it every clone and slice. */
export function releaseDynptr(walk: Walk, content: Register, register: number): void {
  const place = placeOf(walk, stackPointer(walk, content, register), 'dynptr', DYNPTR_SLOTS);
  const held = objectAt(place, 0);
  if (held?.kind !== 'dynptr' || held.reference === 0)
    walk.refuse('not-a-reference', `arg ${register} is an unacquired reference`);
  const { type, reference } = dynptrOf(walk, content, register);
  if (type !== 'ringbuf') walk.refuse('dynptr', `Expected a dynptr of type ringbuf as arg #${register - 1}`);
  release(walk, reference);
  for (const frame of walk.state.frames) {
    frame.stack.forEach(({ object }, slot) => {
      if (object?.kind === 'dynptr' && object.isFirst && object.reference === reference)
        placeObject({ frame, first: slot, slots: DYNPTR_SLOTS }, undefined);
    });
  }
}

function stackPointer(walk: Walk, content: Register, register: number): PointerRegister {
  if (!isPointer(content) || content.target !== 'stack')
    walk.refuse('bad-argument', `arg#${register - 1} expected pointer to stack or const struct bpf_dynptr`);
  return content;
}
