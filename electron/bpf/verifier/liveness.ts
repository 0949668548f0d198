/**
 * What of a state still matters further on, so that states may be compared by that alone: registers
 * that may be read (live), and those whose very number may decide something (precise).
 *
 * Liveness is a property of the program. Precision depends on what was found on the way: the walk
 * notes where a number decided (a jump that went only one way, a pointer moved by it, a size handed
 * to a helper), and the masks flow backward from there. A finished state's continuations have all been
 * walked, so what is noted by then covers them.
 *
 * Linux tracks precision back along each path; this is coarser (one mask a slot), and so compares
 * equal a little less often, never more.
 */
import type { Instruction } from '../program.ts';
import { infoOf, type ControlFlow } from './cfg.ts';
import { PSEUDO_CALL } from '../isa/opcodes.ts';
import { ARGUMENTS, bit, CALLER_SAVED, R0, touched } from './touched.ts';

export class Relevance {
  readonly #instructions: readonly Instruction[];
  readonly #flow: ControlFlow;
  readonly #live: Uint16Array;
  readonly #precise: Uint16Array;
  /** Registers whose numbers decided something at the slot. */
  readonly #decided: Uint16Array;
  /** Registers that were known equal at the slot's jump. */
  readonly #linked: Uint16Array;
  /** As precise, but for what is merely stored. */
  readonly #deciding: Uint16Array;
  #isStale = false;
  #isDecidingStale = false;

  constructor(instructions: readonly Instruction[], flow: ControlFlow) {
    this.#instructions = instructions;
    this.#flow = flow;
    this.#live = new Uint16Array(instructions.length);
    this.#precise = new Uint16Array(instructions.length);
    this.#deciding = new Uint16Array(instructions.length);
    this.#decided = new Uint16Array(instructions.length);
    this.#linked = new Uint16Array(instructions.length);
    this.#flowBack(this.#live, (slot, out) => this.#liveBefore(slot, out));
  }

  /** Registers that may be read at or after the slot, as a mask. */
  live(slot: number): number {
    return this.#live[slot] ?? 0;
  }

  /** Registers whose numbers matter at or after the slot, as a mask. */
  precise(slot: number): number {
    if (this.#isStale) {
      this.#isStale = false;
      this.#flowBack(this.#precise, (at, out) => this.#preciseBefore(at, out, true));
    }
    return this.#precise[slot] ?? 0;
  }

  /** Registers whose numbers were seen to decide something further on, other than through memory, as a mask. */
  deciding(slot: number): number {
    if (this.#isDecidingStale) {
      this.#isDecidingStale = false;
      this.#flowBack(this.#deciding, (at, out) => this.#preciseBefore(at, out, false));
    }
    return this.#deciding[slot] ?? 0;
  }

  noteDecided(slot: number, register: number): void {
    this.#note(this.#decided, slot, bit(register));
  }

  noteLinked(slot: number, mask: number): void {
    this.#note(this.#linked, slot, mask);
  }

  #note(masks: Uint16Array, slot: number, mask: number): void {
    const known = masks[slot] ?? 0;
    if ((known | mask) === known) return;
    masks[slot] = known | mask;
    this.#isStale = true;
    this.#isDecidingStale = true;
  }

  /** To a fixed point; masks only grow. */
  #flowBack(masks: Uint16Array, before: (slot: number, out: number) => number): void {
    for (let isChanged = true; isChanged;) {
      isChanged = false;
      for (let slot = masks.length - 1; slot >= 0; slot -= 1) {
        const successors = this.#flow.successors[slot];
        if (successors === undefined) continue;
        let out = 0;
        for (const next of successors) out |= masks[next] ?? 0;
        const mask = before(slot, out);
        if (mask === masks[slot]) continue;
        masks[slot] = mask;
        isChanged = true;
      }
    }
  }

  #instruction(slot: number): Instruction | undefined {
    return this.#instructions[slot];
  }

  #liveBefore(slot: number, out: number): number {
    const instruction = this.#instruction(slot);
    if (instruction === undefined || instruction.opcode === 0) return out;
    const { written, read } = touched(instruction);
    return (out & ~written) | read;
  }

  #preciseBefore(slot: number, out: number, isStoringCounted: boolean): number {
    const instruction = this.#instruction(slot);
    if (instruction === undefined || instruction.opcode === 0) return out;
    const decided = this.#decided[slot] ?? 0;
    const info = infoOf(instruction);
    const dst = bit(instruction.dst);
    const src = info.usesSource ? bit(instruction.src) : 0;
    switch (info.kind) {
      case 'alu': {
        const flows = (out & dst) !== 0;
        const kept = info.name === 'mov' ? 0 : dst;
        return (out & ~dst) | (flows ? src | kept : 0) | decided;
      }
      case 'byteswap':
        // The result's bits are the operand's: where the one matters, so does the other.
        return out | decided;
      case 'branch': {
        const linked = this.#linked[slot] ?? 0;
        const operands = dst | src;
        let mask = out | decided;
        if ((mask & operands) !== 0) mask |= operands;
        if ((mask & linked) !== 0) mask |= linked;
        return (mask & operands) !== 0 ? mask | operands : mask;
      }
      case 'store':
      case 'atomic':
        // What is stored may be loaded again and decide then.
        return (
          (out & ~touched(instruction).written) |
          decided |
          (isStoringCounted ? bit(instruction.src) | (info.kind === 'atomic' ? R0 : 0) : 0)
        );
      case 'call':
        return (out & ~CALLER_SAVED) | (instruction.src === PSEUDO_CALL ? ARGUMENTS : decided);
      case 'exit':
        return R0;
      default:
        return (out & ~touched(instruction).written) | decided;
    }
  }
}
