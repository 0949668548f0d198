/**
 * Which numbers matter as such. Where one decided something (a jump that goes only one way, a pointer moved
 * by it, a size handed to a helper), it is traced back along the path to all that made it, and marked in the
 * checkpoints on the way: a state is like a remembered one only where marked numbers are within its bounds.
 * mark_chain_precision() of Linux 6.18.
 */
import type { Instruction } from '../program.ts';
import { Wanted, stepBack } from './backtrack.ts';
import { fromNowhere, linkOfRegister, linkOfSlot, Step, type Checkpoint, type Path } from './checkpoint.ts';
import { FRAME_POINTER } from './limits.ts';
import type { Register } from './register.ts';
import type { State } from './state.ts';

/** Registers and slots that learn together from one branch: LINKED_REGS_MAX. */
const LINKED_MAX = 6;

export class Precision {
  readonly #instructions: readonly Instruction[];
  readonly #wanted = new Wanted();
  /** Everything matters anyhow: tracing is of no use. */
  readonly #isAllPrecise: boolean;
  /** Step of the instruction being followed, where it has one. */
  #step: Step | undefined;
  /** First slot of the function that is walked. */
  #entry = 0;
  parent: Checkpoint | undefined;
  last: Step | undefined;
  previousPc = -1;
  /** Slot of the instruction being followed. */
  pc = 0;

  constructor(instructions: readonly Instruction[], isAllPrecise: boolean) {
    this.#instructions = instructions;
    this.#isAllPrecise = isAllPrecise;
  }

  /** The way here, to go on from later. */
  path(): Path {
    return { parent: this.parent, last: this.last, previousPc: this.previousPc };
  }

  /** Goes on along another path. */
  resume(path: Path): void {
    this.parent = path.parent;
    this.last = path.last;
    this.previousPc = path.previousPc;
    this.#step = undefined;
  }

  /** Begins at a function's first instruction. */
  start(pc: number): void {
    this.#entry = pc;
    this.resume(fromNowhere);
  }

  /** The path goes on from a new checkpoint. */
  begin(checkpoint: Checkpoint): void {
    this.parent = checkpoint;
    this.last = undefined;
    this.#step = undefined;
  }

  /** The instruction at `pc` is about to be compared or followed. */
  enter(pc: number, isJumpPoint: boolean): void {
    this.pc = pc;
    this.#step = undefined;
    if (isJumpPoint || this.previousPc !== pc - 1) this.#note();
  }

  #note(): Step {
    if (this.#step === undefined) {
      this.#step = new Step(this.pc, this.previousPc, this.last);
      this.last = this.#step;
    }
    return this.#step;
  }

  /** The instruction puts a register to the slot, or takes it from there. */
  noteStackAccess(frame: number, slot: number): void {
    if (this.#isAllPrecise) return;
    const step = this.#note();
    step.stackFrame = frame;
    step.stackSlot = slot;
  }

  /** The operands of the branch that are pointers to the stack, as a mask. */
  noteStackPointers(mask: number): void {
    if (mask !== 0 && !this.#isAllPrecise) this.#note().stackPointers = mask;
  }

  /**
   * Live registers and spilled registers that hold the number of one of `operands`, up to their deltas, and so
   * learn what the branch tells of it. Those beyond LINKED_MAX lose their tie, and one that is tied to both
   * operands counts twice, as in Linux: collect_linked_regs().
   */
  noteLinked(state: State, operands: readonly Register[], live: (slot: number) => number): readonly number[] {
    const links: number[] = [];
    for (const operand of operands) {
      if (operand.kind === 'scalar' && operand.id !== 0)
        collectLinked(state, operand.id, links, (frame) =>
          live(state.frames[frame + 1]?.callSite ?? this.pc),
        );
    }
    if (links.length > 1 && !this.#isAllPrecise) this.#note().linked = links;
    return links;
  }

  /** The number in the register of the innermost frame decided something. */
  require(state: State, register: number): void {
    if (this.#isAllPrecise || state.frame.registers[register]?.kind !== 'scalar') return;
    this.#wanted.begin(state.frames.length - 1);
    this.#wanted.add(register);
    this.#trace(this.pc, this);
  }

  /** The number spilled to the slot decided something. */
  requireSlot(state: State, frame: number, slot: number): void {
    if (this.#isAllPrecise) return;
    this.#wanted.begin(state.frames.length - 1);
    this.#wanted.addSlot(frame, slot);
    this.#trace(this.pc, this);
  }

  /**
   * The path came to a state like that of the checkpoint: what matters there matters here. False where all
   * of it was marked before. propagate_precision().
   */
  adopt(like: Checkpoint, pc: number, path: Path): boolean {
    if (this.#isAllPrecise) return false;
    this.#wanted.begin(like.state.frames.length - 1);
    like.state.frames.forEach((frame, index) => {
      frame.registers.forEach((register, number) => {
        if (number !== FRAME_POINTER && register.kind === 'scalar' && like.isRegisterPrecise(index, number))
          this.#wanted.add(number, index);
      });
      frame.stack.forEach((slot, number) => {
        if (slot.kinds[0] === 's' && slot.spilled.kind === 'scalar' && like.isSlotPrecise(index, number))
          this.#wanted.addSlot(index, number);
      });
    });
    return !this.#wanted.isEmpty && this.#trace(pc, path);
  }

  /** From `pc`, not followed yet, back along the path; whether anything was marked that was not. */
  #trace(pc: number, path: Path): boolean {
    const wanted = this.#wanted;
    let isChanged = false;
    let segment = path;
    let next = -1;
    for (let at = pc, isFirst = true; ;) {
      let step = segment.last;
      const firstPc = segment.parent?.pc ?? this.#entry;
      for (;;) {
        const here = step?.pc === at ? step : undefined;
        if (!isFirst && !stepBack(this.#instructions, at, next, here, wanted)) return giveUp(path);
        isFirst = false;
        if (wanted.isEmpty) return isChanged;
        next = at;
        if (at === firstPc && (step === undefined || (here !== undefined && step.before === undefined)))
          break;
        at = here === undefined ? at - 1 : here.previousPc;
        if (here !== undefined) step = here.before;
        if (at < 0) return giveUp(path);
      }
      const { parent } = segment;
      if (parent === undefined) return giveUp(path);
      if (wanted.frame >= parent.state.frames.length) return giveUp(path);
      if (markIn(parent, wanted)) isChanged = true;
      if (wanted.isEmpty) return isChanged;
      segment = parent.path;
      at = segment.previousPc;
      if (at < 0) return wanted.isOfCaller && isEntry(parent) ? isChanged : giveUp(path);
    }
  }
}

/** Whether a function that is verified by itself begins here: its arguments may be any numbers. */
function isEntry({ state, path }: Checkpoint): boolean {
  return path.parent === undefined && state.frames.length === 1 && (state.frames[0]?.subprogram ?? 0) > 0;
}

/** What is still wanted cannot be told: every number of the checkpoints on the path is taken to matter. */
function giveUp(path: Path): true {
  path.parent?.markAllPrecise();
  return true;
}

/** Marks what is wanted in the checkpoint; drops from `wanted` what was marked before or is no number. */
function markIn(checkpoint: Checkpoint, wanted: Wanted): boolean {
  let isChanged = false;
  for (let frame = wanted.frame; frame >= 0; frame -= 1) {
    const { registers, stack } = stateFrame(checkpoint, frame);
    for (let mask = wanted.registersOf(frame); mask !== 0; mask &= mask - 1) {
      const register = 31 - Math.clz32(mask & -mask);
      const isNew = registers[register]?.kind === 'scalar' && checkpoint.markRegister(frame, register);
      if (isNew) isChanged = true;
      else wanted.drop(1 << register, frame);
    }
    if (!wanted.hasSlots(frame)) continue;
    for (let slot = 0; slot < 64; slot += 1) {
      if (!wanted.hasSlot(frame, slot)) continue;
      const content = stack[slot];
      const isNumber = content?.kinds[0] === 's' && content.spilled.kind === 'scalar';
      if (isNumber && checkpoint.markSlot(frame, slot)) isChanged = true;
      else wanted.dropSlot(frame, slot);
    }
  }
  return isChanged;
}

function stateFrame({ state }: Checkpoint, frame: number): State['frames'][number] {
  const found = state.frames[frame];
  if (found === undefined) throw new Error('the way back has more frames than the checkpoint');
  return found;
}

function collectLinked(state: State, id: number, links: number[], liveIn: (frame: number) => number): void {
  for (let index = state.frames.length - 1; index >= 0; index -= 1) {
    const frame = state.frames[index];
    if (frame === undefined) continue;
    const live = liveIn(index);
    for (let number = 0; number < FRAME_POINTER; number += 1) {
      if ((live & (1 << number)) === 0) continue;
      const register = frame.registers[number];
      if (register?.kind !== 'scalar' || register.id !== id) continue;
      if (links.length < LINKED_MAX) links.push(linkOfRegister(index, number));
      else frame.registers[number] = { ...register, id: 0, delta: undefined };
    }
    for (let number = 0; number < frame.stack.length; number += 1) {
      const slot = frame.stack[number];
      if (slot?.kinds[0] !== 's' || slot.spilled.kind !== 'scalar' || slot.spilled.id !== id) continue;
      if (links.length < LINKED_MAX) links.push(linkOfSlot(index, number));
      else frame.stack[number] = { ...slot, spilled: { ...slot.spilled, id: 0, delta: undefined } };
    }
  }
}
