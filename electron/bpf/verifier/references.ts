/** Resources a program holds: records it reserved must be submitted or discarded on every path. */
import { requireNoRegion } from './region.ts';
import { uninitialised, unknownRegister } from './register.ts';
import type { Walk } from './walk.ts';

/** Notes a resource taken by the current instruction; gives its id. */
export function acquire(walk: Walk): number {
  const id = walk.newId();
  walk.state.references = [...walk.state.references, { id, instruction: walk.pc }];
  return id;
}

/** The resource was given back: what pointed to it is a mere number, and nothing at all where that would leak. */
export function release(walk: Walk, id: number): void {
  forget(walk, id);
  const gone = walk.isPrivileged ? unknownRegister : uninitialised;
  walk.state.replaceRegisters((register) =>
    register.kind === 'pointer' && register.reference === id ? gone : register,
  );
}

/** The resource was never taken: its pointer turned out null. */
export function forget(walk: Walk, id: number): void {
  walk.state.references = walk.state.references.filter((reference) => reference.id !== id);
}

/** Refuses to go on where something is still held, or a region open; `what` goes on or ends. */
export function requireNoneHeld(walk: Walk, what: string): void {
  // Within a function the program goes on in its caller, which may still give back what it took.
  requireNothingLeft(walk, what, walk.state.frames.length === 1);
}

/** As requireNoneHeld(), where nobody goes on who could give back what is held; unless `isHeldLeft` says otherwise. */
export function requireNothingLeft(walk: Walk, what: string, isHeldLeft = true): void {
  if (walk.state.locks.length > 0)
    walk.refuse('locked', `${what} cannot be used inside bpf_spin_lock-ed region`);
  const held = walk.state.references.find(({ isInterruptFlags }) => isInterruptFlags !== true);
  if (held !== undefined && isHeldLeft) {
    walk.refuse(
      'unreleased-reference',
      `Unreleased reference id=${held.id} alloc_insn=${held.instruction}\n${what} would lead to reference leak`,
    );
  }
  requireNoRegion(walk, what);
}
