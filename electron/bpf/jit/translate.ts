/**
 * One function of a program to the body of one WebAssembly function. Registers are i64 locals; r6 to
 * r9 come back from a call because they are the caller's own.
 */
import {
  CLASS_ALU,
  CLASS_ALU64,
  CLASS_JMP,
  CLASS_LD,
  CLASS_LDX,
  CLASS_ST,
  CLASS_STX,
  MODE_IMM,
  OPCODE_MAY_GOTO,
} from '../isa/opcodes.ts';
import { broken, type Code } from '../vm/code.ts';
import type { Address } from '../vm/memory.ts';
import { CLASS_MASK, LOOPS_MAX, MODE_MASK, STACK_FRAME_BYTES } from '../vm/operations.ts';
import { writeAccess } from './access.ts';
import { writeArithmetic } from './arithmetic.ts';
import { writeCondition } from './condition.ts';
import { DISPATCHED_MAX, writeDispatched } from './dispatch.ts';
import { slotsOf, type Flow } from './flow.ts';
import {
  GLOBAL_FRAME,
  GLOBAL_FRAME_MAX,
  GLOBAL_RESULT,
  importIndex,
  LOCAL_ADDRESS,
  LOCAL_LOOPS,
  localOf,
  type ImportName,
} from './layout.ts';
import { writeKernelCall } from './kernel-call.ts';
import { mapBefore, type KnownMap } from './known-map.ts';
import { writeMapCall } from './map-call.ts';
import type { MapCode } from './map-code.ts';
import type { Moment } from './moment.ts';
import { writePacketLoad } from './packet.ts';
import { writeProbeRead } from './probe-read.ts';
import { writeStructured, type BlockEmitter } from './structure.ts';
import { EMPTY, I32, I64, op } from './wasm.ts';
import { Writer } from './writer.ts';

/** What a module may know of the machine around it. */
export interface Surroundings {
  mapAt(descriptor: Address): KnownMap | undefined;
  readonly moment: Moment;
  /** Where the end of what was handed out of memory is written. */
  readonly memoryEnd: Address;
}

export interface TranslateOptions {
  /** WebAssembly function a function of the program became, by its first slot. */
  readonly functionIndex: ReadonlyMap<number, number>;
  readonly surroundings: Surroundings;
  readonly functions: MapCode['functions'];
}

/** Locals beyond the parameters, layout.ts: r0, r6 to r9 and an operand; then the 32-bit ones. */
const WIDE_LOCALS = 6;
const NARROW_LOCALS = 3;

const HELPER_BY_PARAMETERS: readonly ImportName[] = [
  'helper0',
  'helper1',
  'helper2',
  'helper3',
  'helper4',
  'helper5',
];

/** Up to here stores are faster than memory.fill, which V8 calls out for. */
const FILL_BYTES_MIN = 128;
const MEMORY_0 = 0;

/** V8 takes no longer function (kV8MaxWasmFunctionSize). */
const FUNCTION_BYTES_MAX = 7_654_321;

/** Helpers whose call is not just a call, by BPF_FUNC_* number. */
export const TAIL_CALL = 12;

/**
 * The function's body with its locals, as the code section holds it; undefined where WebAssembly cannot
 * hold it. Throws Failure `bad-instruction`.
 */
export function translateFunction(code: Code, flow: Flow, options: TranslateOptions): Writer | undefined {
  if (flow.isReducible) {
    const out = beginFunction(code, flow);
    if (writeStructured(flow, out, emitterOf(code, flow, options, out))) return endFunction(out);
  }
  if (flow.blockCount > DISPATCHED_MAX) return undefined;
  const out = beginFunction(code, flow);
  writeDispatched(flow, out, emitterOf(code, flow, options, out));
  return endFunction(out);
}

function beginFunction(code: Code, flow: Flow): Writer {
  const out = new Writer().unsigned(2).unsigned(WIDE_LOCALS).byte(I64).unsigned(NARROW_LOCALS).byte(I32);
  if (code.opcode.includes(OPCODE_MAY_GOTO)) out.i32(LOOPS_MAX).set(LOCAL_LOOPS);
  zeroStack(code.stackBytes[flow.start] as number, out);
  return out;
}

function endFunction(out: Writer): Writer | undefined {
  out.byte(op.unreachable, op.end);
  return out.length > FUNCTION_BYTES_MAX ? undefined : out;
}

function emitterOf(code: Code, flow: Flow, options: TranslateOptions, out: Writer): BlockEmitter {
  return {
    body(block) {
      const first = flow.firstSlot[block] as number;
      const end = flow.endSlot[block] as number;
      for (let slot = first; slot < end; slot += slotsOf(code, slot)) {
        instruction(code, slot, first, options, out);
      }
    },
    condition(at) {
      if (!writeCondition(code, at, out)) throw unknown(code, at);
    },
    leave: () => out.get(localOf(0)).byte(op.return),
  };
}

/** The function finds zeroes on its stack, whatever ran there before. */
function zeroStack(used: number, out: Writer): void {
  if (used === 0) return;
  const bottom = (): Writer => out.get(localOf(10)).byte(op.i32WrapI64).i32(used).byte(op.i32Sub);
  if (used > FILL_BYTES_MIN) {
    bottom()
      .i32(0)
      .i32(used)
      .byte(...op.memoryFill, MEMORY_0);
    return;
  }
  bottom().set(LOCAL_ADDRESS);
  for (let at = 0; at < used; at += 8) out.get(LOCAL_ADDRESS).i64(0).access(op.i64Store, at);
}

/** `first` is where the block began. */
function instruction(code: Code, slot: number, first: number, options: TranslateOptions, out: Writer): void {
  const opcode = code.opcode[slot] as number;
  switch (opcode & CLASS_MASK) {
    case CLASS_ALU64:
    case CLASS_ALU:
      if (!writeArithmetic(code, slot, (opcode & CLASS_MASK) === CLASS_ALU64, out)) throw unknown(code, slot);
      return;
    case CLASS_LDX:
    case CLASS_ST:
    case CLASS_STX:
      if (!writeAccess(code, slot, out)) throw unknown(code, slot);
      return;
    case CLASS_LD:
      if ((opcode & MODE_MASK) !== MODE_IMM) {
        if (!writePacketLoad(code, slot, out)) throw unknown(code, slot);
        return;
      }
      out.i64(immediate64(code, slot)).set(localOf(code.dst[slot] as number));
      return;
    case CLASS_JMP:
      call(code, slot, first, options, out);
      return;
    default:
      throw unknown(code, slot);
  }
}

function immediate64(code: Code, slot: number): bigint {
  return (BigInt(code.imm[slot + 1] as number) << 32n) | BigInt((code.imm[slot] as number) >>> 0);
}

function call(code: Code, slot: number, first: number, options: TranslateOptions, out: Writer): void {
  const kernelFunction = code.kernelFunction[slot];
  const helper = code.helper[slot];
  if (kernelFunction !== undefined) {
    if (!writeKernelCall(kernelFunction, out)) callOut(code, slot, out);
    return;
  }
  if (helper === undefined) {
    callFunction(code.target[slot] as number, options, out);
    return;
  }
  const { functions, surroundings } = options;
  const { moment } = surroundings;
  const callIt = (): void => callHelper(code.parameters[slot] as number, slot, out);
  if (moment.writeCall(helper.name, callIt, out)) return;
  const map = mapBefore(code, first, slot);
  const mapCall = {
    helperId: helper.id,
    map: map === undefined ? undefined : surroundings.mapAt(map),
    code: { functions, cpuCell: () => moment.cpuCell() },
    callHelper: callIt,
  };
  if (writeMapCall(mapCall, out)) return;
  if (writeProbeRead(helper.id, surroundings.memoryEnd, functions, callIt, out)) return;
  switch (helper.id) {
    case TAIL_CALL:
      out.get(localOf(1)).get(localOf(2)).get(localOf(3)).get(localOf(10)).call(importIndex('tailCall'));
      out.byte(op.if, EMPTY).byte(op.globalGet).unsigned(GLOBAL_RESULT).byte(op.return, op.end);
      return;
    default:
      callOut(code, slot, out);
  }
}

/** A call that may call back: the callback's frame follows this one. */
function callOut(code: Code, slot: number, out: Writer): void {
  out.get(localOf(10)).byte(op.globalSet).unsigned(GLOBAL_FRAME);
  callHelper(code.parameters[slot] as number, slot, out);
}

function callHelper(taken: number, slot: number, out: Writer): void {
  out.i32(slot);
  for (let register = 1; register <= taken; register += 1) out.get(localOf(register));
  out.call(importIndex(HELPER_BY_PARAMETERS[taken] ?? 'helper5')).set(localOf(0));
}

function callFunction(target: number, options: TranslateOptions, out: Writer): void {
  const frame = localOf(10);
  out.byte(op.localGet, frame, op.globalGet, GLOBAL_FRAME_MAX, op.i64GeU, op.if, EMPTY);
  out.call(importIndex('callDepth')).byte(op.end);
  for (let register = 1; register <= 5; register += 1) out.get(localOf(register));
  out.get(frame).i64(STACK_FRAME_BYTES).byte(op.i64Add);
  out.call(options.functionIndex.get(target) as number).set(localOf(0));
}

function unknown(code: Code, slot: number) {
  const opcode = (code.opcode[slot] as number).toString(16).padStart(2, '0');
  return broken(code.name, slot, `opcode 0x${opcode} does not exist`);
}
