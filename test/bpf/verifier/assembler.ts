/** Programs in a few words: a function an instruction, as RFC 9669 names them. */
import { kernelFunctionByName } from '../../../electron/bpf/helpers/kernel-functions.ts';
import {
  CALL_HELPER,
  opcodeTable,
  PSEUDO_BTF_ID,
  PSEUDO_CALL,
  PSEUDO_FUNC,
  PSEUDO_KFUNC_CALL,
  PSEUDO_MAP_FD,
  PSEUDO_MAP_VALUE,
} from '../../../electron/bpf/isa/opcodes.ts';
import type {
  Instruction,
  LinkedProgram,
  MapDefinition,
  ProgramType,
} from '../../../electron/bpf/program.ts';
import { functionReferred } from '../../../electron/bpf/verifier/cfg.ts';

/** The low bits of an opcode, by operation. */
const ALU_BITS = {
  add: 0x00,
  sub: 0x10,
  mul: 0x20,
  div: 0x30,
  or: 0x40,
  and: 0x50,
  lsh: 0x60,
  rsh: 0x70,
  neg: 0x80,
  mod: 0x90,
  xor: 0xa0,
  mov: 0xb0,
  arsh: 0xc0,
} as const;
const JUMP_BITS = {
  jeq: 0x10,
  jgt: 0x20,
  jge: 0x30,
  jset: 0x40,
  jne: 0x50,
  jsgt: 0x60,
  jsge: 0x70,
  jlt: 0xa0,
  jle: 0xb0,
  jslt: 0xc0,
  jsle: 0xd0,
} as const;
const SIZE_BITS = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 } as const;

export type Alu = keyof typeof ALU_BITS;
export type Jump = keyof typeof JUMP_BITS;
export type Size = keyof typeof SIZE_BITS;

export interface Operand {
  readonly register: number;
}
/** A register as the second operand; a plain number is an immediate. */
export function r(register: number): Operand {
  return { register };
}

function instruction(opcode: number, dst = 0, src = 0, offset = 0, imm = 0): Instruction {
  return { opcode, dst, src, offset, imm: imm | 0 };
}

function withOperand(opcode: number, dst: number, operand: Operand | number, offset: number): Instruction {
  if (typeof operand === 'number') return instruction(opcode, dst, 0, offset, operand);
  return instruction(opcode | 0x08, dst, operand.register, offset);
}

export function alu64(name: Alu, dst: number, operand: Operand | number = 0, offset = 0): Instruction {
  return withOperand(0x07 | ALU_BITS[name], dst, operand, offset);
}
export function alu32(name: Alu, dst: number, operand: Operand | number = 0, offset = 0): Instruction {
  return withOperand(0x04 | ALU_BITS[name], dst, operand, offset);
}
export function mov64(dst: number, operand: Operand | number): Instruction {
  return alu64('mov', dst, operand);
}
export function jump64(name: Jump, dst: number, operand: Operand | number, offset: number): Instruction {
  return withOperand(0x05 | JUMP_BITS[name], dst, operand, offset);
}
export function jump32(name: Jump, dst: number, operand: Operand | number, offset: number): Instruction {
  return withOperand(0x06 | JUMP_BITS[name], dst, operand, offset);
}
export function ja(offset: number): Instruction {
  return instruction(0x05, 0, 0, offset);
}
/** gotol: the distance is in imm. */
export function jaLong(distance: number): Instruction {
  return instruction(0x06, 0, 0, 0, distance);
}
export function load(size: Size, dst: number, src: number, offset: number): Instruction {
  return instruction(0x61 | SIZE_BITS[size], dst, src, offset);
}
export function loadSigned(size: 1 | 2 | 4, dst: number, src: number, offset: number): Instruction {
  return instruction(0x81 | SIZE_BITS[size], dst, src, offset);
}
export function store(size: Size, dst: number, offset: number, src: number): Instruction {
  return instruction(0x63 | SIZE_BITS[size], dst, src, offset);
}
export function storeImmediate(size: Size, dst: number, offset: number, imm: number): Instruction {
  return instruction(0x62 | SIZE_BITS[size], dst, 0, offset, imm);
}
export function atomic(
  size: 4 | 8,
  operation: number,
  dst: number,
  offset: number,
  src: number,
): Instruction {
  return instruction(0xc3 | SIZE_BITS[size], dst, src, offset, operation);
}
export function loadAcquire(size: Size, dst: number, src: number, offset: number): Instruction {
  return instruction(0xc3 | SIZE_BITS[size], dst, src, offset, 0x100);
}
export function storeRelease(size: Size, dst: number, offset: number, src: number): Instruction {
  return instruction(0xc3 | SIZE_BITS[size], dst, src, offset, 0x110);
}
export function swap(kind: 'le' | 'be' | 'bswap', dst: number, bits: 16 | 32 | 64): Instruction {
  return instruction({ le: 0xd4, be: 0xdc, bswap: 0xd7 }[kind], dst, 0, 0, bits);
}
export function call(helper: number): Instruction {
  return instruction(0x85, 0, CALL_HELPER, 0, helper);
}
/** Call of a kernel function. */
export function callKernel(name: string): Instruction {
  const number = kernelFunctionByName(name)?.number;
  if (number === undefined) throw new Error(`no kernel function ${name}`);
  return instruction(0x85, 0, PSEUDO_KFUNC_CALL, 0, number);
}
/** Call of the function `distance` slots past the next instruction. */
export function callFunction(distance: number): Instruction {
  return instruction(0x85, 0, PSEUDO_CALL, 0, distance);
}
/** Address of the variable or function of this id in the kernel's BTF. */
export function loadSymbol(dst: number, btfId: number): Instruction[] {
  return [instruction(0x18, dst, PSEUDO_BTF_ID, 0, btfId), instruction(0)];
}
/** Address of the function `distance` slots past the first half of this instruction. */
export function loadFunction(dst: number, distance: number): Instruction[] {
  return [instruction(0x18, dst, PSEUDO_FUNC, 0, distance), instruction(0)];
}
/** Jumps sooner or later, at the latest after as many rounds as Linux gives. */
export function mayGoto(offset: number): Instruction {
  return instruction(0xe5, 0, 0, offset);
}
export const exit: Instruction = instruction(0x95);

export function load64(dst: number, value: bigint): Instruction[] {
  return [
    instruction(0x18, dst, 0, 0, Number(BigInt.asIntN(32, value))),
    instruction(0, 0, 0, 0, Number(BigInt.asIntN(32, value >> 32n))),
  ];
}
export function loadMap(dst: number, map: number): Instruction[] {
  return [instruction(0x18, dst, PSEUDO_MAP_FD, 0, map), instruction(0)];
}
export function loadMapValue(dst: number, map: number, offset = 0): Instruction[] {
  return [instruction(0x18, dst, PSEUDO_MAP_VALUE, 0, map), instruction(0, 0, 0, 0, offset)];
}

/** A program of these instructions; its functions are where its calls lead. */
export function programOf(
  parts: readonly (Instruction | readonly Instruction[])[],
  type: ProgramType = 'socket_filter',
): LinkedProgram {
  const instructions = parts.flat();
  const starts = new Set([0]);
  instructions.forEach((each, slot) => {
    const kind = opcodeTable[each.opcode]?.kind;
    const isReference = kind === 'call' || kind === 'loadImmediate64';
    const referred = isReference ? functionReferred(each, slot) : undefined;
    if (referred !== undefined) starts.add(referred);
  });
  return {
    name: 'test',
    section: type,
    type,
    attachTarget: '',
    isSleepable: false,
    isAutoloaded: true,
    instructions,
    subprograms: [...starts]
      .sort((a, b) => a - b)
      .map((start, index) => ({ name: `f${index}`, start, typeId: 0, isGlobal: index === 0 })),
    lines: [],
  };
}

export function mapOf(
  type: MapDefinition['type'],
  keySizeBytes: number,
  valueSizeBytes: number,
  maxEntries: number,
): MapDefinition {
  return {
    name: type,
    type,
    keySizeBytes,
    valueSizeBytes,
    maxEntries,
    flags: 0,
    keyTypeId: 0,
    valueTypeId: 0,
    initialValue: undefined,
    isFrozen: false,
    inner: undefined,
  };
}

/** The only value of a frozen, read-only array, as libbpf makes of .rodata. */
export function constantsOf(bytes: Uint8Array): MapDefinition {
  return {
    ...mapOf('array', 4, bytes.length, 1),
    name: '.rodata',
    flags: 1 << 7,
    initialValue: bytes,
    isFrozen: true,
  };
}
