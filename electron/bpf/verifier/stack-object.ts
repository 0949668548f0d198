/**
 * What the kernel keeps on a program's stack, which the program may hand over and not look into: dynptrs,
 * iterators, saved interrupt flags. After the stack_slot functions of Linux 6.18's verifier.
 */
import { SLOT_BYTES } from './limits.ts';
import { uninitialised, unknownRegister, type PointerRegister } from './register.ts';
import { constantOf } from './scalar.ts';
import { untouchedSlot, type ByteKind, type Frame } from './state.ts';
import type { Walk } from './walk.ts';

export type DynptrType = 'local' | 'ringbuf' | 'skb' | 'xdp' | 'skb_meta';

export interface DynptrObject {
  readonly kind: 'dynptr';
  readonly type: DynptrType;
  /** Of its two slots, the one at the lower address. */
  readonly isFirst: boolean;
  /** Of the view: what is known of slices goes by it. */
  readonly id: number;
  /** Resource that must be released, 0 for none; clones share it. */
  readonly reference: number;
}

export interface IteratorObject {
  readonly kind: 'iterator';
  /** `num` of `bpf_iter_num`. */
  readonly type: string;
  readonly isFirst: boolean;
  readonly reference: number;
  /** It gave null, and will again. */
  readonly isDrained: boolean;
  /** Of one that lives in an RCU section: whether that is still open. */
  readonly isInSection?: boolean | undefined;
  /** Rounds on this path: two states that differ in it are no endless loop. */
  readonly depth: number;
}

export interface InterruptFlags {
  readonly kind: 'irq-flag';
  readonly reference: number;
  /** Whether a lock saved them, and gives them back. */
  readonly isOfLock: boolean;
}

export type StackObject = DynptrObject | IteratorObject | InterruptFlags;

const byteKinds: Readonly<Record<StackObject['kind'], ByteKind>> = {
  dynptr: 'd',
  iterator: 'i',
  'irq-flag': 'f',
};

/** Slots of an object: the first at the lowest address, which has the highest index. */
export interface Place {
  readonly frame: Frame;
  readonly first: number;
  readonly slots: number;
}

/** The slots that a pointer to an object of that size names; refuses what cannot be one. */
export function placeOf(walk: Walk, pointer: PointerRegister, what: string, slots: number): Place {
  const variable = constantOf(pointer.variable);
  if (variable === undefined) walk.refuse('bad-argument', `${what} has to be at a constant offset`);
  const offset = pointer.offset + Number(BigInt.asIntN(64, variable));
  const first = -offset / SLOT_BYTES - 1;
  if (offset % SLOT_BYTES !== 0 || first + 1 < slots)
    walk.refuse('bad-argument', `cannot pass in ${what} at an offset=${offset}`);
  const frame = walk.state.frames[pointer.frame];
  if (frame === undefined) throw new Error('a pointer to the stack of a frame that ended');
  return { frame, first, slots };
}

/** The object whose part is in slot `number` of the place. */
export function objectAt({ frame, first }: Place, number: number): StackObject | undefined {
  return frame.slot(first - number).object;
}

/** Fills the place's slots, or empties them where there is nothing to put there. */
export function placeObject(
  { frame, first, slots }: Place,
  make: ((number: number) => StackObject) | undefined,
): void {
  for (let number = 0; number < slots; number += 1) {
    const object = make?.(number);
    const slot =
      object === undefined
        ? untouchedSlot
        : { kinds: byteKinds[object.kind].repeat(SLOT_BYTES), spilled: uninitialised, object };
    frame.setSlot(first - number, slot);
  }
}

/** A store into one half of a dynptr ends all of it; one that holds a resource may not be lost so. */
export function overwriteDynptr(walk: Walk, frame: Frame, slot: number): void {
  const { object } = frame.slot(slot);
  if (object?.kind !== 'dynptr') return;
  if (object.reference !== 0) walk.refuse('dynptr', 'cannot overwrite referenced dynptr');
  const first = object.isFirst ? slot : slot + 1;
  frame.setSlot(first, untouchedSlot);
  frame.setSlot(first - 1, untouchedSlot);
  const gone = walk.isPrivileged ? unknownRegister : uninitialised;
  // What bpf_dynptr_slice() gave outlives the dynptr in Linux, too: the memory does.
  walk.state.replaceRegisters((register) =>
    register.kind === 'pointer' && register.dynptr === object.id && register.sliceOf === undefined
      ? gone
      : register,
  );
}

/** As Linux's log writes it, at the object's first slot; undefined for the others. */
export function renderObject(object: StackObject): string | undefined {
  const reference = object.reference === 0 ? '' : `ref_id=${object.reference}`;
  switch (object.kind) {
    case 'dynptr': {
      if (!object.isFirst) return undefined;
      const facts = [`id=${object.id}`, reference].filter((fact) => fact !== '');
      return `dynptr_${object.type}(${facts.join(',')})`;
    }
    case 'iterator':
      if (!object.isFirst) return undefined;
      return `iter_${object.type}(${reference},state=${object.isDrained ? 'drained' : 'active'},depth=${object.depth})`;
    case 'irq-flag':
      return 'ffffffff';
  }
}
