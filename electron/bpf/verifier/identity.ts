/**
 * Registers known to hold the same number, or numbers a constant apart: what a branch tells of one it
 * tells of all. After assign_scalar_id_before_mov() and sync_linked_regs() of Linux 6.18.
 */
import { addRanges } from './alu.ts';
import { unpackLink } from './checkpoint.ts';
import { scalarRegister, uninitialised, type Register, type ScalarRegister } from './register.ts';
import { constantOf, constantScalar, draftOf } from './scalar.ts';
import { settle } from './settle.ts';
import type { State } from './state.ts';
import * as tnums from './tnum.ts';
import type { Walk } from './walk.ts';

/** The register with an id that a copy of it will share; a constant needs none. */
export function withIdentity(walk: Walk, register: ScalarRegister): ScalarRegister {
  const source = register.delta === undefined ? register : scalarRegister(register.scalar);
  if (source.id !== 0 || constantOf(source.scalar) !== undefined) return source;
  return scalarRegister(source.scalar, walk.newId());
}

/** Carries what was learned of `known` over to those of `links` that hold the same number. */
export function syncLinked(state: State, known: ScalarRegister, links: readonly number[]): void {
  if (known.id === 0) return;
  for (const link of links) {
    const { frame: number, isSlot, index } = unpackLink(link);
    const frame = state.frames[number];
    if (frame === undefined) throw new Error('a link to a frame that ended');
    if (!isSlot) {
      frame.registers[index] = linked(frame.registers[index] ?? uninitialised, known);
      continue;
    }
    const slot = frame.slot(index);
    const spilled = linked(slot.spilled, known);
    if (spilled !== slot.spilled) frame.stack[index] = { ...slot, spilled };
  }
}

function linked(register: Register, known: ScalarRegister): Register {
  if (register.kind !== 'scalar' || register.id !== known.id || register === known) return register;
  const distance = (register.delta ?? 0) - (known.delta ?? 0);
  if (distance === 0) return { ...known, delta: register.delta ?? known.delta };
  const draft = draftOf(known.scalar);
  const difference = constantScalar(BigInt(distance));
  addRanges(draft, difference);
  draft.bits = tnums.add(draft.bits, difference.bits);
  return scalarRegister(settle(draft), register.id, register.delta);
}
