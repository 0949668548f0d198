/**
 * Registers that may be read further on, so that states may be compared by those alone: a property of the
 * program. compute_live_registers() of Linux 6.18. What of the numbers matters is traced in precision.ts.
 */
import type { Instruction } from '../program.ts';
import type { ControlFlow } from './cfg.ts';
import { touched } from './touched.ts';
import type { Walk } from './walk.ts';

export class Relevance {
  readonly #walk: Walk;
  readonly #live: Uint16Array;

  constructor(walk: Walk, flow: ControlFlow) {
    this.#walk = walk;
    this.#live = liveRegisters(walk.program.instructions, flow.successors);
  }

  /** Registers that may be read at or after the slot, as a mask. */
  live(slot: number): number {
    return this.#live[slot] ?? 0;
  }

  /** The number in the register, of the instruction at `slot`, which is being followed, decided something. */
  noteDecided(slot: number, register: number): void {
    if (slot !== this.#walk.pc) throw new Error(`slot ${slot} is not being followed`);
    this.#walk.precision.require(this.#walk.state, register);
  }
}

/**
 * To a fixed point. A slot is looked at again only when a successor's mask has grown, which it can do
 * eleven times: so even a program whose code runs from its end to its start takes time in step with its size.
 */
function liveRegisters(
  instructions: readonly Instruction[],
  successors: readonly (readonly number[])[],
): Uint16Array {
  const masks = new Uint16Array(instructions.length);
  const predecessors = predecessorsOf(successors, instructions.length);
  const waiting = Array.from(masks, (_, slot) => slot);
  const isWaiting = new Uint8Array(instructions.length).fill(1);
  for (let slot = waiting.pop(); slot !== undefined; slot = waiting.pop()) {
    isWaiting[slot] = 0;
    const mask = liveBefore(instructions, successors, masks, slot);
    if (mask === masks[slot]) continue;
    masks[slot] = mask;
    const end = predecessors.from[slot + 1] ?? 0;
    for (let index = predecessors.from[slot] ?? 0; index < end; index += 1) {
      const before = predecessors.slots[index] ?? 0;
      if (isWaiting[before] === 1) continue;
      isWaiting[before] = 1;
      waiting.push(before);
    }
  }
  return masks;
}

function liveBefore(
  instructions: readonly Instruction[],
  successors: readonly (readonly number[])[],
  masks: Uint16Array,
  slot: number,
): number {
  const instruction = instructions[slot];
  if (instruction === undefined) throw new Error(`no slot ${slot}`);
  let mask = 0;
  for (const next of successors[slot] ?? []) mask |= masks[next] ?? 0;
  if (instruction.opcode === 0) return mask;
  const { written, read } = touched(instruction);
  return (mask & ~written) | read;
}

/** Slots that lead to each: those to slot n are slots[from[n]] to slots[from[n + 1] - 1]. */
function predecessorsOf(
  successors: readonly (readonly number[])[],
  length: number,
): { readonly from: Uint32Array; readonly slots: Uint32Array } {
  const from = new Uint32Array(length + 2);
  // Counted two places on, so that filling the lists leaves each start in its own place.
  for (const next of successors) for (const slot of next) from[slot + 2] = (from[slot + 2] ?? 0) + 1;
  for (let slot = 2; slot < from.length; slot += 1) from[slot] = (from[slot] ?? 0) + (from[slot - 1] ?? 0);
  const slots = new Uint32Array(from[length + 1] ?? 0);
  successors.forEach((next, before) => {
    for (const slot of next) {
      const place = from[slot + 1] ?? 0;
      slots[place] = before;
      from[slot + 1] = place + 1;
    }
  });
  return { from, slots };
}
