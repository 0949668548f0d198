/**
 * One instruction, walked backward: of which registers and stack slots must the numbers be known before it,
 * given those after it. backtrack_insn() of Linux 6.18.
 */
import { takesLess } from '../helpers/kernel-functions.ts';
import { helperPrototypeById } from '../helpers/prototypes.ts';
import {
  ATOMIC_CMPXCHG,
  ATOMIC_FETCH,
  ATOMIC_LOAD_ACQUIRE,
  ATOMIC_STORE_RELEASE,
  CALL_HELPER,
  opcodeTable,
  OPCODE_CALL,
  PSEUDO_CALL,
} from '../isa/opcodes.ts';
import type { Instruction } from '../program.ts';
import { unpackLink, type Step } from './checkpoint.ts';
import { FRAME_POINTER, FRAMES_MAX } from './limits.ts';
import { ARGUMENTS, bit, R0 } from './touched.ts';

const TAIL_CALL = 12;

/** Registers and slots whose numbers matter, by frame. */
export class Wanted {
  /** Innermost frame at this point of the way back. */
  frame = 0;
  readonly registers = new Int32Array(FRAMES_MAX);
  /** Two words a frame: slots 0 to 31, slots 32 to 63. */
  readonly slots = new Int32Array(2 * FRAMES_MAX);

  begin(frame: number): void {
    this.frame = frame;
    this.registers.fill(0);
    this.slots.fill(0);
  }

  get isEmpty(): boolean {
    let any = 0;
    for (let frame = 0; frame <= this.frame; frame += 1)
      any |= this.registersOf(frame) | this.#slotWord(2 * frame) | this.#slotWord(2 * frame + 1);
    return any === 0;
  }

  /** Whether nothing but arguments of the outermost frame's function is wanted. */
  get isOfCaller(): boolean {
    return this.frame === 0 && (this.inFrame & ~ARGUMENTS) === 0 && !this.hasSlots(0);
  }

  /** Whether only arguments of the outermost function are wanted. */
  get isOfArgumentsAlone(): boolean {
    return this.frame === 0 && (this.inFrame & ~ARGUMENTS) === 0 && !this.hasSlots(0);
  }

  registersOf(frame: number): number {
    return this.registers[frame] ?? 0;
  }

  get inFrame(): number {
    return this.registersOf(this.frame);
  }

  has(register: number): boolean {
    return (this.inFrame & bit(register)) !== 0;
  }

  add(register: number, frame = this.frame): void {
    this.registers[frame] = this.registersOf(frame) | bit(register);
  }

  drop(mask: number, frame = this.frame): void {
    this.registers[frame] = this.registersOf(frame) & ~mask;
  }

  #slotWord(word: number): number {
    return this.slots[word] ?? 0;
  }

  hasSlots(frame: number): boolean {
    return (this.#slotWord(2 * frame) | this.#slotWord(2 * frame + 1)) !== 0;
  }

  hasSlot(frame: number, slot: number): boolean {
    return (this.#slotWord(2 * frame + (slot >> 5)) & bit(slot & 31)) !== 0;
  }

  addSlot(frame: number, slot: number): void {
    const word = 2 * frame + (slot >> 5);
    this.slots[word] = this.#slotWord(word) | bit(slot & 31);
  }

  dropSlot(frame: number, slot: number): void {
    const word = 2 * frame + (slot >> 5);
    this.slots[word] = this.#slotWord(word) & ~bit(slot & 31);
  }

  /** Registers and slots that were told the same matter together. */
  addLinked(linked: readonly number[]): void {
    const isAny = linked.some((link) => {
      const { frame, isSlot, index } = unpackLink(link);
      return isSlot ? this.hasSlot(frame, index) : (this.registersOf(frame) & bit(index)) !== 0;
    });
    if (!isAny) return;
    for (const link of linked) {
      const { frame, isSlot, index } = unpackLink(link);
      if (isSlot) this.addSlot(frame, index);
      else this.add(index, frame);
    }
  }
}

/** Whether the instruction is a call of the kernel's that may call a function of the program. */
export function callsBack(instruction: Instruction | undefined): boolean {
  if (instruction === undefined) return false;
  if (takesLess(instruction)) return true;
  return (
    instruction.opcode === OPCODE_CALL &&
    instruction.src === CALL_HELPER &&
    (helperPrototypeById(instruction.imm)?.arguments.includes('func') ?? false)
  );
}

/**
 * Takes `wanted` from after the instruction at `pc` to before it; `next` is the slot that was followed after
 * it, `step` what was noted there. False where the way back cannot be told.
 */
export function stepBack(
  instructions: readonly Instruction[],
  pc: number,
  next: number,
  step: Step | undefined,
  wanted: Wanted,
): boolean {
  const instruction = instructions[pc];
  if (instruction === undefined) return false;
  // The second half of a ldimm64.
  if (instruction.opcode === 0) return true;
  if (step?.linked !== undefined) wanted.addLinked(step.linked);
  if (!before(instructions, instruction, pc, next, step, wanted)) return false;
  if (step?.linked !== undefined) wanted.addLinked(step.linked);
  return true;
}

function before(
  instructions: readonly Instruction[],
  instruction: Instruction,
  pc: number,
  next: number,
  step: Step | undefined,
  wanted: Wanted,
): boolean {
  const info = opcodeTable[instruction.opcode];
  if (info === undefined) return false;
  const { dst, src } = instruction;
  switch (info.kind) {
    case 'alu':
      if (!wanted.has(dst)) return true;
      if (info.name === 'mov') wanted.drop(bit(dst));
      if (info.usesSource && info.name !== 'neg' && src !== FRAME_POINTER) wanted.add(src);
      return true;
    case 'load':
      if (wanted.has(dst)) loadedFrom(dst, step, wanted);
      return true;
    case 'store':
    case 'storeImmediate':
      return storedTo(instruction, info.kind === 'store', step, wanted);
    case 'atomic':
      return beforeAtomic(instruction, step, wanted);
    case 'loadImmediate64':
      wanted.drop(bit(dst));
      return true;
    case 'loadPacket':
      return next === pc + 1 ? !wanted.has(0) : beforeEarlyReturn(wanted);
    case 'branch': {
      const pointers = step?.stackPointers ?? 0;
      if (!info.usesSource || (!wanted.has(dst) && !wanted.has(src))) return true;
      if ((pointers & bit(src)) === 0) wanted.add(src);
      if ((pointers & bit(dst)) === 0) wanted.add(dst);
      return true;
    }
    case 'call':
      return beforeCall(instruction, pc, next, wanted);
    case 'exit':
      return beforeExit(instructions, next, wanted);
    default:
      return true;
  }
}

/** Only what was put on the stack whole is known after a load; all else is any number. */
function loadedFrom(register: number, step: Step | undefined, wanted: Wanted): void {
  wanted.drop(bit(register));
  if (step !== undefined && step.stackFrame >= 0) wanted.addSlot(step.stackFrame, step.stackSlot);
}

function storedTo(
  { dst, src }: Instruction,
  isRegister: boolean,
  step: Step | undefined,
  wanted: Wanted,
): boolean {
  // A pointer is no number: one that looks like it came of subtracting pointers.
  if (wanted.has(dst)) return false;
  if (step === undefined || step.stackFrame < 0 || !wanted.hasSlot(step.stackFrame, step.stackSlot))
    return true;
  wanted.dropSlot(step.stackFrame, step.stackSlot);
  if (isRegister) wanted.add(src);
  return true;
}

function beforeAtomic(instruction: Instruction, step: Step | undefined, wanted: Wanted): boolean {
  const { dst, src, imm } = instruction;
  if (imm === ATOMIC_LOAD_ACQUIRE) {
    if (wanted.has(dst)) loadedFrom(dst, step, wanted);
    return true;
  }
  if (imm === ATOMIC_STORE_RELEASE) return storedTo(instruction, true, step, wanted);
  const fetched = imm === ATOMIC_CMPXCHG ? 0 : (imm & ATOMIC_FETCH) !== 0 ? src : undefined;
  const isFetched = fetched !== undefined && wanted.has(fetched);
  if (isFetched) loadedFrom(fetched, step, wanted);
  if (wanted.has(dst)) return false;
  if (step !== undefined && step.stackFrame >= 0 && wanted.hasSlot(step.stackFrame, step.stackSlot))
    wanted.add(src);
  return true;
}

function beforeCall(instruction: Instruction, pc: number, next: number, wanted: Wanted): boolean {
  const isInto = next !== pc + 1;
  if (isInto && instruction.src === CALL_HELPER && instruction.imm === TAIL_CALL)
    return beforeEarlyReturn(wanted);
  if (!isInto) {
    wanted.drop(R0);
    return (wanted.inFrame & ARGUMENTS) === 0;
  }
  // From a function's first instruction to the call of it: only its arguments come from outside.
  if ((wanted.inFrame & ~ARGUMENTS) !== 0 || wanted.hasSlots(wanted.frame) || wanted.frame === 0)
    return false;
  const passed = instruction.src === PSEUDO_CALL ? wanted.inFrame : 0;
  wanted.drop(ARGUMENTS);
  wanted.frame -= 1;
  wanted.registers[wanted.frame] = wanted.inFrame | passed;
  return true;
}

/** From what follows a function's return to the tail call, or load outside of the packet, that ended it: it made the result. */
function beforeEarlyReturn(wanted: Wanted): boolean {
  wanted.drop(R0);
  if ((wanted.inFrame & ARGUMENTS) !== 0 || wanted.frame + 1 >= FRAMES_MAX) return false;
  wanted.frame += 1;
  return true;
}

/** From what follows a function's return to its last instruction. */
function beforeExit(instructions: readonly Instruction[], next: number, wanted: Wanted): boolean {
  if (callsBack(instructions[next])) wanted.drop(ARGUMENTS);
  if ((wanted.inFrame & ARGUMENTS) !== 0 || wanted.frame + 1 >= FRAMES_MAX) return false;
  const call = instructions[next - 1];
  const isResultWanted = call?.opcode === OPCODE_CALL && call.src === PSEUDO_CALL && wanted.has(0);
  wanted.drop(R0);
  wanted.frame += 1;
  if (isResultWanted) wanted.add(0);
  return true;
}
