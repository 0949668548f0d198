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

/** To a fixed point; masks only grow. */
function liveRegisters(
  instructions: readonly Instruction[],
  successors: readonly (readonly number[])[],
): Uint16Array {
  const masks = new Uint16Array(instructions.length);
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    for (let slot = masks.length - 1; slot >= 0; slot -= 1) {
      const instruction = instructions[slot];
      if (instruction === undefined) throw new Error(`no slot ${slot}`);
      let mask = 0;
      for (const next of successors[slot] ?? []) mask |= masks[next] ?? 0;
      if (instruction.opcode !== 0) {
        const { written, read } = touched(instruction);
        mask = (mask & ~written) | read;
      }
      if (mask === masks[slot]) continue;
      masks[slot] = mask;
      isChanged = true;
    }
  }
  return masks;
}
