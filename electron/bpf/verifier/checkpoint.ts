/**
 * A state remembered at a meeting of paths, and the way that led there from the one remembered before:
 * together the chains along which precision is traced back. struct bpf_verifier_state with its parent
 * and jump history, of Linux 6.18.
 */
import type { LoopVisit } from './loop-visit.ts';
import { SLOTS_MAX } from './limits.ts';
import type { State } from './state.ts';

/** A step of a path that tracing back cannot guess: where it came from, what slot of the stack it touched. */
export class Step {
  readonly pc: number;
  readonly previousPc: number;
  readonly before: Step | undefined;
  /** With those before it, since the checkpoint. */
  readonly count: number;
  /** Frame and slot of the stack that a register was put to or taken from; frame -1 for none. */
  stackFrame = -1;
  stackSlot = 0;
  /** Registers and slots that a branch here told the same of, as linkOfRegister() and linkOfSlot(). */
  linked: readonly number[] | undefined = undefined;
  /** Operands of a branch that are pointers to the stack, as a mask of registers: they have no precision. */
  stackPointers = 0;

  constructor(pc: number, previousPc: number, before: Step | undefined) {
    this.pc = pc;
    this.previousPc = previousPc;
    this.before = before;
    this.count = before === undefined ? 1 : before.count + 1;
  }
}

const SLOT_BIT = 1 << 6;

export function linkOfRegister(frame: number, register: number): number {
  return (frame << 7) | register;
}

export function linkOfSlot(frame: number, slot: number): number {
  return (frame << 7) | SLOT_BIT | slot;
}

export function unpackLink(link: number): { frame: number; isSlot: boolean; index: number } {
  return { frame: link >> 7, isSlot: (link & SLOT_BIT) !== 0, index: link & (SLOT_BIT - 1) };
}

/** The way from the last checkpoint. */
export interface Path {
  readonly parent: Checkpoint | undefined;
  readonly last: Step | undefined;
  /** Slot of the instruction followed last, -1 at the entry. */
  readonly previousPc: number;
}

export const fromNowhere: Path = { parent: undefined, last: undefined, previousPc: -1 };

/** Bits for the numbers of a frame that matter as such: registers, slots 0 to 31, slots 32 to 63. */
const WORDS_A_FRAME = 3;

export class Checkpoint {
  readonly pc: number;
  readonly state: State;
  readonly path: Path;
  /** Checkpoints before it on the path. */
  readonly depth: number;
  /** The loop that it is part of, with the calls that led there. */
  visit: LoopVisit | undefined = undefined;
  /** Paths through here that have not ended. */
  openPaths = 1;
  hits = 0;
  misses = 0;
  /** The one remembered before at the same slot. */
  next: Checkpoint | undefined = undefined;
  #precise: Int32Array | undefined;
  /** Every number of this one and of those before it matters. */
  #isAllPrecise = false;

  constructor(pc: number, state: State, path: Path) {
    this.pc = pc;
    this.state = state;
    this.path = path;
    this.depth = path.parent === undefined ? 0 : path.parent.depth + 1;
  }

  get isAllPrecise(): boolean {
    return this.#isAllPrecise;
  }

  /** Of this one and those it descends from: what cannot be traced back. */
  markAllPrecise(): void {
    if (this.#isAllPrecise) return;
    this.#isAllPrecise = true;
    for (let each = this.path.parent; each !== undefined && !each.#isAllPrecise; each = each.path.parent)
      each.#isAllPrecise = true;
  }

  isRegisterPrecise(frame: number, register: number): boolean {
    if (this.#isAllPrecise) return true;
    return (
      this.#precise !== undefined && ((this.#precise[WORDS_A_FRAME * frame] ?? 0) & (1 << register)) !== 0
    );
  }

  isSlotPrecise(frame: number, slot: number): boolean {
    if (this.#isAllPrecise) return true;
    const word = WORDS_A_FRAME * frame + 1 + (slot >> 5);
    return this.#precise !== undefined && ((this.#precise[word] ?? 0) & (1 << (slot & 31))) !== 0;
  }

  /** False where it was marked before. */
  markRegister(frame: number, register: number): boolean {
    return this.#mark(WORDS_A_FRAME * frame, 1 << register);
  }

  /** False where it was marked before. */
  markSlot(frame: number, slot: number): boolean {
    if (slot >= SLOTS_MAX) throw new Error(`no slot ${slot} on a stack`);
    return this.#mark(WORDS_A_FRAME * frame + 1 + (slot >> 5), 1 << (slot & 31));
  }

  #mark(word: number, bit: number): boolean {
    if (this.#isAllPrecise) return false;
    this.#precise ??= new Int32Array(WORDS_A_FRAME * this.state.frames.length);
    const known = this.#precise[word] ?? 0;
    if ((known & bit) !== 0) return false;
    this.#precise[word] = known | bit;
    return true;
  }
}
