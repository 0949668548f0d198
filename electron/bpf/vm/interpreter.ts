/**
 * The interpreter: the readable specification of what a program does, and the engine of stepping.
 * The JIT must give what this gives. Not here: what an opcode computes (alu64.ts, alu32.ts,
 * branch.ts, access.ts, atomic.ts) and how references are resolved (code.ts).
 */
import { Failure } from '../../failure.ts';
import type { HelperContext } from '../helpers/helper.ts';
import { load, loadProbed, storeImmediate, storeRegister, widthOf } from './access.ts';
import { alu32 } from './alu32.ts';
import { alu64 } from './alu64.ts';
import { atomic } from './atomic.ts';
import { isTaken } from './branch.ts';
import { broken, FUNCTION_HANDLE_HIGH, type Code } from './code.ts';
import {
  CLASS_ALU,
  CLASS_ALU64,
  CLASS_JMP,
  CLASS_JMP32,
  CLASS_LD,
  CLASS_LDX,
  CLASS_ST,
  CLASS_STX,
  MODE_ABS,
  MODE_ATOMIC,
  MODE_IMM,
  MODE_IND,
  MODE_MEM,
} from '../isa/opcodes.ts';
import {
  CALL_FRAMES_MAX,
  CLASS_MASK,
  FRAME_POINTER,
  FRAMES_MAX,
  JMP_CALL,
  JMP_EXIT,
  JMP_JA,
  JMP_JCOND,
  LOOPS_MAX,
  MODE_MASK,
  OPERATION_MASK,
  STACK_FRAME_BYTES,
  TAIL_CALLS_MAX,
} from './operations.ts';
import { callError, TAIL_CALL_LIMIT, type FaultKind } from './call-errors.ts';
import type { Address, LinearMemory } from './memory.ts';
import { loadFromPacket, OUTSIDE_PACKET } from './packet.ts';
import { createRegisters, type Registers } from './registers.ts';

/** Halves of r6 to r9, which a call keeps for its caller. */
export const FRAME_SAVED_HALVES = 8;

/** Bytes of linear memory an ExecutionState's stack takes. */
export const STACK_BYTES = FRAMES_MAX * STACK_FRAME_BYTES;

/** Everything a running program is, beside memory: what a step takes and changes. */
export interface ExecutionState {
  code: Code;
  readonly registers: Registers;
  /** Slot of the next instruction. */
  pc: number;
  /** Calls that have not returned, those of programs that tail called included. */
  depth: number;
  /** Depth at which the run began, and ends. */
  firstDepth: number;
  isDone: boolean;
  tailCalls: number;
  /** Instructions run so far. */
  steps: number;
  /** Lowest address of frame 0's stack; frame n's lies n * 512 bytes above. */
  readonly stack: Address;
  /** A frame each: where to return to, and the caller's r6 to r9. */
  readonly returnTo: Int32Array;
  readonly returnCode: Code[];
  readonly saved: Int32Array;
  /** A frame each: rounds may_goto still gives. */
  readonly loopsLeft: Int32Array;
  /** A frame each: depth of the first function of the program that runs in it. */
  readonly programDepth: Uint8Array;
}

/** What the interpreter needs around it; the machine is one. */
export interface ExecutionWorld {
  readonly memory: LinearMemory;
  /** For a program run by `state`: what its helpers are given. */
  contextFor(state: ExecutionState): HelperContext;
  /** Program a tail call goes to, by the map's handle and an index; undefined for none. */
  tailCallTarget(mapHandle: number, index: number): Code | undefined;
  fault(fault: FaultKind): void;
}

/** `stack` is the address of STACK_BYTES bytes that nothing else uses. */
export function createState(code: Code, stack: Address): ExecutionState {
  return {
    code,
    registers: createRegisters(),
    pc: 0,
    depth: 0,
    firstDepth: 0,
    isDone: false,
    tailCalls: 0,
    steps: 0,
    stack,
    returnTo: new Int32Array(FRAMES_MAX),
    returnCode: new Array<Code>(FRAMES_MAX).fill(code),
    saved: new Int32Array(FRAMES_MAX * FRAME_SAVED_HALVES),
    loopsLeft: new Int32Array(FRAMES_MAX),
    programDepth: new Uint8Array(FRAMES_MAX),
  };
}

/**
 * Makes the state ready to run `code` from its first instruction; r1 is the context. Where a compiled
 * program tail calls it, `depth` is that of the frame it takes over, and so many tail calls came before.
 */
export function begin(
  state: ExecutionState,
  world: ExecutionWorld,
  code: Code,
  context: Address,
  depth = 0,
  tailCalls = 0,
): void {
  state.code = code;
  state.pc = 0;
  state.depth = depth;
  state.firstDepth = depth;
  state.programDepth[depth] = depth;
  state.isDone = false;
  state.tailCalls = tailCalls;
  state.steps = 0;
  const { halves } = state.registers;
  halves.fill(0);
  halves[2] = context;
  enterFrame(state, world);
}

/** As begin(), of the function that a BPF_PSEUDO_FUNC value stands for, with its parameters. */
export function beginFunction(
  state: ExecutionState,
  world: ExecutionWorld,
  code: Code,
  handle: bigint,
  parameters: readonly bigint[],
): void {
  begin(state, world, code, 0);
  state.pc = slotOf(code, handle, 0);
  parameters.forEach((value, index) => (state.registers.wide[index + 1] = value));
  enterFrame(state, world);
}

/** Runs one instruction; a call of a helper, with all its callbacks, is one. */
export function step(state: ExecutionState, world: ExecutionWorld): void {
  execute(state, world, 1);
}

/**
 * Runs until the program ends or `stepsMax` instructions are done. Throws Failure `out-of-bounds`,
 * `bad-instruction` or `call-depth`. Hot: the loop of every replay that has no JIT.
 */
export function execute(state: ExecutionState, world: ExecutionWorld, stepsMax: number): void {
  const { registers } = state;
  const { memory } = world;
  let code = state.code;
  let pc = state.pc;
  let steps = 0;
  while (!state.isDone && steps < stepsMax) {
    steps += 1;
    const opcode = code.opcode[pc];
    if (opcode === undefined) throw broken(code.name, pc, 'the program runs past its end');
    switch (opcode & CLASS_MASK) {
      case CLASS_ALU64:
        if (!alu64(code, pc, registers)) throw unknown(code, pc);
        pc += 1;
        break;
      case CLASS_ALU:
        if (!alu32(code, pc, registers)) throw unknown(code, pc);
        pc += 1;
        break;
      case CLASS_LDX:
        if ((opcode & MODE_MASK) < MODE_MEM) loadProbed(code, pc, registers, memory);
        else load(code, pc, registers, memory);
        pc += 1;
        break;
      case CLASS_STX:
        if ((opcode & MODE_MASK) !== MODE_ATOMIC) storeRegister(code, pc, registers, memory);
        else if (!atomic(code, pc, registers, memory)) throw unknown(code, pc);
        pc += 1;
        break;
      case CLASS_ST:
        storeImmediate(code, pc, registers, memory);
        pc += 1;
        break;
      case CLASS_LD:
        if ((opcode & MODE_MASK) === MODE_IMM) {
          loadImmediate(code, pc, registers);
          pc += 2;
        } else {
          state.pc = pc;
          loadPacket(state, world);
          pc = state.pc;
          code = state.code;
        }
        break;
      case CLASS_JMP:
      case CLASS_JMP32: {
        const operation = opcode & OPERATION_MASK;
        if (operation === JMP_CALL || operation === JMP_EXIT || operation === JMP_JCOND) {
          state.pc = pc;
          control(state, world, operation);
          code = state.code;
          pc = state.pc;
        } else if (operation === JMP_JA) {
          pc = code.target[pc] as number;
        } else {
          const taken = isTaken(code, pc, registers);
          if (taken === undefined) throw unknown(code, pc);
          pc = taken ? (code.target[pc] as number) : pc + 1;
        }
      }
    }
  }
  state.pc = pc;
  state.steps += steps;
}

function loadImmediate(code: Code, pc: number, { halves }: Registers): void {
  const dst = 2 * (code.dst[pc] as number);
  halves[dst] = code.imm[pc] as number;
  halves[dst + 1] = code.imm[pc + 1] as number;
}

/** Register that packet loads take the context from. */
const PACKET_CONTEXT = 6;

/** BPF_LD_ABS and BPF_LD_IND: r0 from the packet r6 stands for; outside of it the function returns 0. */
function loadPacket(state: ExecutionState, world: ExecutionWorld): void {
  const { code, pc } = state;
  const { halves } = state.registers;
  const opcode = code.opcode[pc] as number;
  const mode = opcode & MODE_MASK;
  if (mode !== MODE_ABS && mode !== MODE_IND) throw unknown(code, pc);
  const index = mode === MODE_IND ? (halves[2 * (code.src[pc] as number)] as number) : 0;
  const offset = (index + (code.imm[pc] as number)) | 0;
  const skBuff = (halves[2 * PACKET_CONTEXT] as number) >>> 0;
  const loaded = loadFromPacket(world.contextFor(state), skBuff, offset, widthOf(opcode));
  halves[0] = loaded === OUTSIDE_PACKET ? 0 : loaded;
  halves[1] = 0;
  if (loaded === OUTSIDE_PACKET) leaveFrame(state);
  else state.pc = pc + 1;
}

/** Calls, returns and may_goto: what changes frames, or leaves the program. */
function control(state: ExecutionState, world: ExecutionWorld, operation: number): void {
  const { code, pc } = state;
  if (operation === JMP_CALL) {
    if (code.helper[pc]?.id === TAIL_CALL_ID) tailCall(state, world);
    else if (code.run[pc] !== undefined) callOut(state, world);
    else callFunction(state, world, code.target[pc] as number, pc + 1);
  } else if (operation === JMP_EXIT) {
    leaveFrame(state);
  } else {
    const left = state.loopsLeft[state.depth] as number;
    const target = code.target[pc] as number;
    // Linux takes out what leads to the next instruction: it costs no round.
    if (left > 0 && target !== pc + 1) state.loopsLeft[state.depth] = left - 1;
    state.pc = left > 0 ? pc + 1 : target;
  }
}

/** Id of bpf_tail_call, which replaces the running program and so is not a call. */
const TAIL_CALL_ID = 12;

/** Calls a helper or a kernel function. */
function callOut(state: ExecutionState, world: ExecutionWorld): void {
  const run = state.code.run[state.pc];
  if (run === undefined) throw new Error('prepareCode() refuses calls of what cannot run');
  const { wide } = state.registers;
  const taken = state.code.parameters[state.pc] as number;
  const { code, pc } = state;
  const r0 = run(
    world.contextFor(state),
    taken > 0 ? (wide[1] as bigint) : 0n,
    taken > 1 ? (wide[2] as bigint) : 0n,
    taken > 2 ? (wide[3] as bigint) : 0n,
    taken > 3 ? (wide[4] as bigint) : 0n,
    taken > 4 ? (wide[5] as bigint) : 0n,
  );
  wide[0] = r0;
  const error = callError(code, pc, r0);
  if (error !== undefined) world.fault(error);
  state.pc += 1;
}

/**
 * Goes on in the other program with the same context, or falls through: bpf_tail_call(). In a
 * function it replaces that frame only, as the x86-64 JIT does since Linux 5.10.
 */
function tailCall(state: ExecutionState, world: ExecutionWorld): void {
  const { halves, wide } = state.registers;
  const target = world.tailCallTarget(Number(wide[2]), (halves[6] as number) >>> 0);
  if (target === undefined || state.tailCalls >= TAIL_CALLS_MAX) {
    if (target !== undefined) world.fault(TAIL_CALL_LIMIT);
    state.pc += 1;
    return;
  }
  state.tailCalls += 1;
  state.programDepth[state.depth] = state.depth;
  state.code = target;
  state.pc = 0;
  enterFrame(state, world);
}

/** Enters a function of the program; r6 to r9 come back when it returns. */
function callFunction(state: ExecutionState, world: ExecutionWorld, target: number, returnTo: number): void {
  const programDepth = state.programDepth[state.depth] as number;
  if (state.depth + 1 >= programDepth + CALL_FRAMES_MAX) {
    throw new Failure('vm', 'call-depth', `more than ${CALL_FRAMES_MAX} frames`, {
      file: state.code.name,
      at: `instruction ${state.pc}`,
    });
  }
  const { halves } = state.registers;
  state.depth += 1;
  state.programDepth[state.depth] = programDepth;
  state.returnTo[state.depth] = returnTo;
  state.returnCode[state.depth] = state.code;
  state.saved.set(halves.subarray(12, 12 + FRAME_SAVED_HALVES), state.depth * FRAME_SAVED_HALVES);
  state.pc = target;
  enterFrame(state, world);
}

/** The function at `state.pc` finds zeroes on its stack, whatever ran there before. */
function enterFrame(state: ExecutionState, world: ExecutionWorld): void {
  const { halves } = state.registers;
  const frame = state.stack + (state.depth + 1) * STACK_FRAME_BYTES;
  const used = state.code.stackBytes[state.pc] as number;
  if (used > 0) world.memory.bytes.fill(0, frame - used, frame);
  state.loopsLeft[state.depth] = LOOPS_MAX;
  halves[2 * FRAME_POINTER] = frame;
  halves[2 * FRAME_POINTER + 1] = 0;
}

function leaveFrame(state: ExecutionState): void {
  if (state.depth === state.firstDepth) {
    state.isDone = true;
    return;
  }
  const { halves } = state.registers;
  const start = state.depth * FRAME_SAVED_HALVES;
  halves.set(state.saved.subarray(start, start + FRAME_SAVED_HALVES), 12);
  state.pc = state.returnTo[state.depth] as number;
  state.code = state.returnCode[state.depth] as Code;
  state.depth -= 1;
  halves[2 * FRAME_POINTER] = state.stack + (state.depth + 1) * STACK_FRAME_BYTES;
  if (state.pc === CALLBACK_RETURN) state.isDone = true;
}

/** Slot a callback returns to: none, control goes back to the helper that called it. */
const CALLBACK_RETURN = -1;

/**
 * Calls a function of the running program from within a helper, as bpf_loop() does, and gives its
 * r0. Registers of the caller other than r0 to r5 are kept.
 */
export function callBack(
  state: ExecutionState,
  world: ExecutionWorld,
  handle: bigint,
  parameters: readonly bigint[],
): bigint {
  const slot = slotOf(state.code, handle, state.pc);
  const callerPc = state.pc;
  const { wide } = state.registers;
  parameters.forEach((value, index) => (wide[index + 1] = value));
  callFunction(state, world, slot, CALLBACK_RETURN);
  execute(state, world, Number.MAX_SAFE_INTEGER);
  state.isDone = false;
  state.pc = callerPc;
  return wide[0] as bigint;
}

function slotOf(code: Code, handle: bigint, pc: number): number {
  const slot = Number(handle & 0xffff_ffffn);
  if (handle >> 32n !== BigInt(FUNCTION_HANDLE_HIGH) || slot >= code.length)
    throw broken(code.name, pc, 'the callback is not a function of this program');
  return slot;
}

function unknown(code: Code, pc: number): Failure {
  const opcode = (code.opcode[pc] as number).toString(16).padStart(2, '0');
  return broken(code.name, pc, `opcode 0x${opcode} does not exist`);
}
