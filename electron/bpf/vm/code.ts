/**
 * A program as the interpreter and the JIT read it: columns instead of objects, references resolved,
 * jump distances turned into slots.
 */
import { Failure } from '../../failure.ts';
import type { Helper, HelperFunction } from '../helpers/helper.ts';
import { kernelFunctionByNumber, type KernelFunction } from '../helpers/kernel-functions.ts';
import { newObject } from '../helpers/own-object.ts';
import { helperById } from '../helpers/table.ts';
import type { BpfMap } from '../maps/map.ts';
import type { Instruction, ObjectLayout } from '../program.ts';
import {
  CALL_HELPER,
  CLASS_JMP,
  CLASS_JMP32,
  CLASS_LD,
  CLASS_LDX,
  MODE_IMM,
  MODE_MEM,
  MODE_MEMSX,
  PSEUDO_CALL,
  givesMap,
  givesMapValue,
  PSEUDO_FUNC,
  PSEUDO_KFUNC_CALL,
} from '../isa/opcodes.ts';
import {
  CLASS_MASK,
  JMP_CALL,
  JMP_EXIT,
  JMP_JA,
  MODE_MASK,
  MODE_PROBE,
  MODE_PROBE_SIGNED,
  OPERATION_MASK,
  STACK_FRAME_BYTES,
} from './operations.ts';
import { stackBytesOf } from './stack-use.ts';

export interface Code {
  readonly name: string;
  readonly length: number;
  /** As decoded, but for loads that are probed: operations.ts. */
  readonly opcode: Uint8Array;
  readonly dst: Uint8Array;
  readonly src: Uint8Array;
  readonly offset: Int16Array;
  /** ldimm64: its value's lower half here, the upper half in the next slot. */
  readonly imm: Int32Array;
  /** Slot a taken jump or a call of a function goes to; -1 for other instructions. */
  readonly target: Int32Array;
  /** Helper a call goes to. */
  readonly helper: readonly (Helper | undefined)[];
  /** Kernel function a call goes to. */
  readonly kernelFunction: readonly (KernelFunction | undefined)[];
  /** What either of them does. */
  readonly run: readonly (HelperFunction | undefined)[];
  /** Registers, from r1, that it names as parameters. */
  readonly parameters: Uint8Array;
  /** Where a function starts: bytes below its frame pointer that it finds zeroed. */
  readonly stackBytes: Uint16Array;
}

/** Code while it is put together. */
type Columns = Omit<Code, 'stackBytes'>;

/** Upper half of what BPF_PSEUDO_FUNC gives; the lower half is the slot. Never an address. */
export const FUNCTION_HANDLE_HIGH = 1;

export interface PrepareOptions {
  /** What a call goes to: the tables of helpers/ if not given. */
  readonly helper?: (id: number) => Helper | undefined;
  readonly kernelFunction?: (number: number) => KernelFunction | undefined;
  /** What a frame has at most. */
  readonly stackBytes?: number | undefined;
  /** Slots of loads that give 0 where nothing is mapped. */
  readonly probedLoads?: readonly number[];
  /** What a call of bpf_obj_new() makes, by its slot. */
  readonly objectLayouts?: ReadonlyMap<number, ObjectLayout> | undefined;
}

/** Throws Failure `bad-instruction` naming the instruction that cannot be run here. */
export function prepareCode(
  name: string,
  instructions: readonly Instruction[],
  maps: readonly BpfMap[],
  options: PrepareOptions = {},
): Code {
  const length = instructions.length;
  const helper = new Array<Helper | undefined>(length).fill(undefined);
  const kernelFunction = new Array<KernelFunction | undefined>(length).fill(undefined);
  const run = new Array<HelperFunction | undefined>(length).fill(undefined);
  const code = {
    name,
    length,
    opcode: new Uint8Array(length),
    dst: new Uint8Array(length),
    src: new Uint8Array(length),
    offset: new Int16Array(length),
    imm: new Int32Array(length),
    target: new Int32Array(length).fill(-1),
    helper,
    kernelFunction,
    run,
    parameters: new Uint8Array(length),
  };
  instructions.forEach((each, slot) => {
    code.opcode[slot] = each.opcode;
    code.dst[slot] = each.dst;
    code.src[slot] = each.src;
    code.offset[slot] = each.offset;
    code.imm[slot] = each.imm;
  });
  for (let slot = 0; slot < length; slot += 1) {
    const opcode = code.opcode[slot] as number;
    const instructionClass = opcode & CLASS_MASK;
    if (instructionClass === CLASS_LD && (opcode & MODE_MASK) === MODE_IMM) {
      if (slot + 1 >= length)
        throw broken(name, slot, 'a 64-bit immediate is cut off by the end of the program');
      resolveImmediate(code, slot, maps);
      slot += 1;
    } else if (instructionClass === CLASS_JMP || instructionClass === CLASS_JMP32) {
      const kind = opcode === (CLASS_JMP | JMP_CALL) ? code.src[slot] : undefined;
      if (kind === CALL_HELPER) {
        helper[slot] = helperOf(code, slot, options.helper ?? helperById);
        run[slot] = helper[slot]?.run;
      } else if (kind === PSEUDO_KFUNC_CALL) {
        kernelFunction[slot] = kernelFunctionOf(code, slot, options.kernelFunction ?? kernelFunctionByNumber);
        const layout = options.objectLayouts?.get(slot);
        run[slot] = layout === undefined ? kernelFunction[slot]?.run : newObject(layout);
      } else code.target[slot] = targetOf(code, slot);
      code.parameters[slot] = Math.max(0, (run[slot]?.length ?? 0) - 1);
    }
  }
  for (const slot of options.probedLoads ?? []) probe(code, slot);
  return { ...code, stackBytes: stackBytesOf(code, options.stackBytes ?? STACK_FRAME_BYTES) };
}

function probe(code: Columns, slot: number): void {
  const opcode = code.opcode[slot] as number;
  const mode = opcode & MODE_MASK;
  const isLoad = (opcode & CLASS_MASK) === CLASS_LDX && (mode === MODE_MEM || mode === MODE_MEMSX);
  if (!isLoad) throw broken(code.name, slot, 'only loads can be probed');
  code.opcode[slot] = (opcode & ~MODE_MASK) | (mode === MODE_MEM ? MODE_PROBE : MODE_PROBE_SIGNED);
}

function resolveImmediate(code: Columns, slot: number, maps: readonly BpfMap[]): void {
  const kind = code.src[slot] as number;
  const imm = code.imm[slot] as number;
  if (kind === 0) return;
  if (kind === PSEUDO_FUNC) {
    const target = slot + 1 + imm;
    if (target < 0 || target >= code.length)
      throw broken(code.name, slot, `function at slot ${target} is outside of the program`);
    code.imm[slot] = target;
    code.imm[slot + 1] = FUNCTION_HANDLE_HIGH;
    return;
  }
  if (!givesMap(kind) && !givesMapValue(kind)) {
    throw broken(code.name, slot, `64-bit immediates of kind ${kind} are not supported`);
  }
  const map = maps[imm];
  if (map === undefined) throw broken(code.name, slot, `map ${imm} of ${maps.length} is not loaded`);
  const value = givesMap(kind) ? map.handle : directValueOf(code, slot, map);
  code.imm[slot] = value % 0x1_0000_0000;
  code.imm[slot + 1] = Math.floor(value / 0x1_0000_0000);
}

function directValueOf(code: Columns, slot: number, map: BpfMap): number {
  const start = map.directValue();
  const offset = code.imm[slot + 1] as number;
  if (start === 0 || offset < 0 || offset >= map.definition.valueSizeBytes) {
    throw broken(code.name, slot, `map ${map.definition.name} has no value at offset ${offset} to point to`);
  }
  return start + offset;
}

function helperOf(code: Columns, slot: number, helperOfId: (id: number) => Helper | undefined): Helper {
  const id = code.imm[slot] as number;
  const helper = helperOfId(id);
  if (helper?.run === undefined) {
    const what = helper === undefined ? String(id) : `bpf_${helper.name}`;
    throw broken(code.name, slot, `helper ${what} is not implemented here`);
  }
  return helper;
}

function kernelFunctionOf(
  code: Columns,
  slot: number,
  byNumber: (number: number) => KernelFunction | undefined,
): KernelFunction {
  const number = code.imm[slot] as number;
  const called = byNumber(number);
  if (called?.run === undefined) {
    throw broken(code.name, slot, `kernel function ${called?.name ?? number} is not implemented here`);
  }
  return called;
}

function targetOf(code: Columns, slot: number): number {
  const opcode = code.opcode[slot] as number;
  if (opcode === (CLASS_JMP | JMP_EXIT)) return -1;
  const isCall = opcode === (CLASS_JMP | JMP_CALL);
  if (isCall && code.src[slot] !== PSEUDO_CALL) {
    throw broken(code.name, slot, `calls of kind ${code.src[slot]} do not exist`);
  }
  const isLong = isCall || opcode === (CLASS_JMP32 | JMP_JA);
  const distance = (isLong ? code.imm[slot] : code.offset[slot]) as number;
  const target = slot + 1 + distance;
  if ((opcode & OPERATION_MASK) !== JMP_EXIT && (target < 0 || target >= code.length)) {
    throw broken(code.name, slot, `jump to slot ${target} leaves the program`);
  }
  return target;
}

export function broken(program: string, slot: number, reason: string): Failure {
  return new Failure(
    'vm',
    'bad-instruction',
    reason,
    { file: program, at: `instruction ${slot}` },
    { instruction: slot },
  );
}
