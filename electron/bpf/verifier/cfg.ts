/**
 * The shape of a program, before any of it is followed: every instruction is one, jumps land on
 * instructions of the same function, functions end, and nothing is out of reach. As check_subprogs()
 * and check_cfg() of Linux 6.18.
 */
import { kernelFunctionByNumber, takesLess } from '../helpers/kernel-functions.ts';
import { helperPrototypeById } from '../helpers/prototypes.ts';
import {
  CALL_HELPER,
  opcodeTable,
  OPCODE_CALL,
  OPCODE_EXIT,
  OPCODE_JA,
  OPCODE_JA32,
  OPCODE_LDIMM64,
  OPCODE_MAY_GOTO,
  PSEUDO_CALL,
  PSEUDO_FUNC,
  PSEUDO_KFUNC_CALL,
  type OpcodeInfo,
} from '../isa/opcodes.ts';
import type { Instruction, LinkedProgram } from '../program.ts';
import { componentsOf } from './components.ts';
import { problemOf } from './dead-code.ts';
import { PROCESSED_MAX, SUBPROGRAMS_MAX } from './limits.ts';
import { Refusal } from './walk.ts';

export interface ControlFlow {
  /** First slot of every function, ascending; the entry first. */
  readonly functionStarts: readonly number[];
  /** Slots that an instruction may go to next, by slot; a call goes to the next instruction. */
  readonly successors: readonly (readonly number[])[];
  /** Slots where paths meet or part: where states are worth comparing. */
  readonly isMeeting: Uint8Array;
  /** Slots of may_goto, of helpers that call back and of iterators' next calls: every state there is remembered, and loops converge there. */
  readonly isLoopHead: Uint8Array;
  /** Slots that may follow others than the one before: the way back from there is noted. */
  readonly isJumpPoint: Uint8Array;
  /** Number of the loop that each slot is part of, 0 for none. */
  readonly loopOf: Int32Array;
  /** What is wrong with instructions by themselves, by slot: reaching one is refused. */
  readonly problems: ReadonlyMap<number, string>;
}

/** What the instruction is; slots were checked before. */
export function infoOf(instruction: Instruction): OpcodeInfo {
  const info = opcodeTable[instruction.opcode];
  if (info === undefined) throw new Error(`opcode ${instruction.opcode} passed the check`);
  return info;
}

/** Slot a jump leads to. */
export function jumpTarget(instruction: Instruction, slot: number): number {
  return slot + 1 + (instruction.opcode === OPCODE_JA32 ? instruction.imm : instruction.offset);
}

/** Throws Refusal. */
export function controlFlowOf(program: LinkedProgram): ControlFlow {
  const { instructions } = program;
  if (instructions.length === 0 || instructions.length > PROCESSED_MAX) {
    throw new Refusal(
      'bad-size',
      `a program has 1 to ${PROCESSED_MAX} instructions, this one ${instructions.length}`,
      0,
    );
  }
  const problems = new Map<number, string>();
  const isSecondHalf = checkSlots(instructions, problems);
  const functionStarts = findFunctions(instructions, isSecondHalf);
  const successors: number[][] = [];
  const isMeeting = new Uint8Array(instructions.length);
  const isJumpPoint = new Uint8Array(instructions.length);
  const isLoopHead = Uint8Array.from(instructions, (each, slot) =>
    isSecondHalf[slot] === 0 && endsByItself(each) ? 1 : 0,
  );
  functionStarts.forEach((start, index) => {
    const end = functionStarts[index + 1] ?? instructions.length;
    checkFunction(instructions, isSecondHalf, start, end, successors, isMeeting, isJumpPoint);
  });
  checkReached(instructions, isSecondHalf, successors);
  isLoopHead.forEach((is, slot) => {
    if (is === 1) isMeeting[slot] = isJumpPoint[slot] = 1;
  });
  const loopOf = componentsOf(successors, (slot) => isLoopHead[slot] === 1);
  return { functionStarts, successors, isMeeting, isLoopHead, isJumpPoint, loopOf, problems };
}

/** Whether a loop through the instruction ends without the program's doing. */
function endsByItself(instruction: Instruction): boolean {
  if (instruction.opcode === OPCODE_MAY_GOTO || isIteratorNext(instruction) || takesLess(instruction))
    return true;
  if (instruction.opcode !== OPCODE_CALL || instruction.src !== CALL_HELPER) return false;
  return helperPrototypeById(instruction.imm)?.arguments.includes('func') ?? false;
}

export function isKernelCall({ opcode, src }: Instruction): boolean {
  return opcode === OPCODE_CALL && src === PSEUDO_KFUNC_CALL;
}

function isKnownFunction({ offset, imm }: Instruction): boolean {
  return offset === 0 && kernelFunctionByNumber(imm) !== undefined;
}

/** A call that asks an iterator for its next element. */
export function isIteratorNext(instruction: Instruction): boolean {
  return isKernelCall(instruction) && kernelFunctionByNumber(instruction.imm)?.iterator?.does === 'next';
}

/** Checks each slot by itself, noting in `problems` what matters only where a path leads; says which are the second half of a ldimm64. */
function checkSlots(instructions: readonly Instruction[], problems: Map<number, string>): Uint8Array {
  const isSecondHalf = new Uint8Array(instructions.length);
  for (let slot = 0; slot < instructions.length; slot += 1) {
    const instruction = at(instructions, slot);
    const problem = problemOf(instruction);
    if (problem?.isAlways === true) throw new Refusal('bad-instruction', problem.text, slot);
    if (problem !== undefined) problems.set(slot, problem.text);
    // Linux looks kernel functions up before it follows any path: one that is not there is refused anywhere.
    if (isKernelCall(instruction) && !isKnownFunction(instruction))
      throw new Refusal('unknown-helper', `kernel function ${instruction.imm} is not a function`, slot);
    if (instruction.opcode !== OPCODE_LDIMM64) continue;
    const second = instructions[slot + 1];
    if (
      second === undefined ||
      second.opcode !== 0 ||
      second.dst !== 0 ||
      second.src !== 0 ||
      second.offset !== 0
    ) {
      throw new Refusal('bad-instruction', 'invalid bpf_ld_imm64 insn', slot);
    }
    slot += 1;
    isSecondHalf[slot] = 1;
  }
  return isSecondHalf;
}

function at(instructions: readonly Instruction[], slot: number): Instruction {
  const instruction = instructions[slot];
  if (instruction === undefined) throw new Error(`no slot ${slot}`);
  return instruction;
}

/** Slot of the function that a call or a ldimm64 refers to; undefined for other instructions. */
export function functionReferred(instruction: Instruction, slot: number): number | undefined {
  const isCall = instruction.opcode === OPCODE_CALL && instruction.src === PSEUDO_CALL;
  const isReference = instruction.opcode === OPCODE_LDIMM64 && instruction.src === PSEUDO_FUNC;
  return isCall || isReference ? slot + 1 + instruction.imm : undefined;
}

function findFunctions(instructions: readonly Instruction[], isSecondHalf: Uint8Array): number[] {
  const starts = new Set([0]);
  instructions.forEach((instruction, slot) => {
    if (isSecondHalf[slot] === 1) return;
    const target = functionReferred(instruction, slot);
    if (target === undefined) return;
    if (target < 0 || target >= instructions.length || isSecondHalf[target] === 1) {
      throw new Refusal('bad-call', `call to invalid destination ${target}`, slot);
    }
    starts.add(target);
  });
  if (starts.size > SUBPROGRAMS_MAX) throw new Refusal('too-complex', 'too many subprograms', 0);
  return [...starts].sort((a, b) => a - b);
}

function checkFunction(
  instructions: readonly Instruction[],
  isSecondHalf: Uint8Array,
  start: number,
  end: number,
  successors: number[][],
  isMeeting: Uint8Array,
  isJumpPoint: Uint8Array,
): void {
  if (start > 0) isMeeting[start] = isJumpPoint[start] = 1;
  let last = start;
  for (let slot = start; slot < end; slot += 1) {
    successors[slot] = [];
    if (isSecondHalf[slot] === 1) continue;
    last = slot;
    const instruction = at(instructions, slot);
    const next = nextSlots(instruction, slot);
    for (const target of next) {
      const isJump = target !== slot + 1;
      if ((isJump || infoOf(instruction).kind === 'branch') && (target < start || target >= end)) {
        throw new Refusal('bad-jump', `jump out of range from insn ${slot} to ${target}`, slot);
      }
      if (isJump && isSecondHalf[target] === 1 && instruction.opcode !== OPCODE_LDIMM64) {
        throw new Refusal('bad-jump', `jump into the middle of ldimm64 insn ${target - 1}`, slot);
      }
      if (isJump && instruction.opcode !== OPCODE_LDIMM64) isMeeting[target] = isJumpPoint[target] = 1;
    }
    if (next.length > 1) isMeeting[slot] = 1;
    if (functionReferred(instruction, slot) !== undefined) isMeeting[slot] = 1;
    if (instruction.opcode === OPCODE_CALL) isMeeting[slot + 1] = isJumpPoint[slot + 1] = 1;
    successors[slot] = next;
  }
  const { opcode } = at(instructions, last);
  if (opcode !== OPCODE_EXIT && opcode !== OPCODE_JA && opcode !== OPCODE_JA32) {
    throw new Refusal('bad-end', 'last insn is not an exit or jmp', last);
  }
}

function nextSlots(instruction: Instruction, slot: number): number[] {
  switch (infoOf(instruction).kind) {
    case 'exit':
      return [];
    case 'jump':
      return [jumpTarget(instruction, slot)];
    case 'branch':
    case 'mayGoto':
      return [slot + 1, jumpTarget(instruction, slot)];
    case 'loadImmediate64':
      return [slot + 2];
    default:
      return [slot + 1];
  }
}

/** Every instruction must be reached from the entry, calls and callbacks followed. */
function checkReached(
  instructions: readonly Instruction[],
  isSecondHalf: Uint8Array,
  successors: readonly (readonly number[])[],
): void {
  const isReached = new Uint8Array(instructions.length);
  const pending = [0];
  for (let slot = pending.pop(); slot !== undefined; slot = pending.pop()) {
    if (isReached[slot] === 1) continue;
    isReached[slot] = 1;
    pending.push(...(successors[slot] ?? []));
    const referred = functionReferred(at(instructions, slot), slot);
    if (referred !== undefined) pending.push(referred);
  }
  const unreached = instructions.findIndex((_, slot) => isReached[slot] === 0 && isSecondHalf[slot] === 0);
  if (unreached >= 0) throw new Refusal('unreachable', `unreachable insn ${unreached}`, unreached);
}
