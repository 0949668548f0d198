/**
 * Programs for tests, an instruction a call, named as in clang's assembly: `mov64(0, imm(7))`.
 * Registers are numbers; a second operand is a register number or `imm(n)`.
 */
import type { Instruction } from '../../../electron/bpf/program.ts';

export interface Immediate {
  readonly imm: number;
}
export type Operand = number | Immediate;

export function imm(value: number): Immediate {
  return { imm: value | 0 };
}

function instruction(opcode: number, dst: number, src: number, offset: number, value: number): Instruction {
  return { opcode, dst, src, offset, imm: value };
}

function operation(opcode: number, dst: number, operand: Operand, offset = 0): Instruction {
  return typeof operand === 'number'
    ? instruction(opcode | 0x08, dst, operand, offset, 0)
    : instruction(opcode, dst, 0, offset, operand.imm);
}

export const ALU_CODES = {
  add: 0x00,
  sub: 0x10,
  mul: 0x20,
  div: 0x30,
  or: 0x40,
  and: 0x50,
  lsh: 0x60,
  rsh: 0x70,
  mod: 0x90,
  xor: 0xa0,
  mov: 0xb0,
  arsh: 0xc0,
} as const;
export type AluName = keyof typeof ALU_CODES;

export const JUMP_CODES = {
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
export type JumpName = keyof typeof JUMP_CODES;

export const SIZE_CODES = { w: 0x00, h: 0x08, b: 0x10, dw: 0x18 } as const;
export type SizeName = keyof typeof SIZE_CODES;

/** `offset` selects a variant: 1 signed division, 8, 16 or 32 a sign-extending move. */
export function alu64(name: AluName, dst: number, operand: Operand, offset = 0): Instruction {
  return operation(0x07 | ALU_CODES[name], dst, operand, offset);
}

export function alu32(name: AluName, dst: number, operand: Operand, offset = 0): Instruction {
  return operation(0x04 | ALU_CODES[name], dst, operand, offset);
}

export function mov64(dst: number, operand: Operand): Instruction {
  return alu64('mov', dst, operand);
}

export function neg(width: 32 | 64, dst: number): Instruction {
  return instruction(width === 64 ? 0x87 : 0x84, dst, 0, 0, 0);
}

export function byteSwap(kind: 'le' | 'be' | 'bswap', dst: number, bits: number): Instruction {
  return instruction({ le: 0xd4, be: 0xdc, bswap: 0xd7 }[kind], dst, 0, 0, bits);
}

/** Jumps over `distance` instructions. */
export function jump(
  name: JumpName,
  dst: number,
  operand: Operand,
  distance: number,
  width: 32 | 64 = 64,
): Instruction {
  return operation((width === 64 ? 0x05 : 0x06) | JUMP_CODES[name], dst, operand, distance);
}

export function ja(distance: number): Instruction {
  return instruction(0x05, 0, 0, distance, 0);
}

export function gotol(distance: number): Instruction {
  return instruction(0x06, 0, 0, 0, distance);
}

export function mayGoto(distance: number): Instruction {
  return instruction(0xe5, 0, 0, distance, 0);
}

export function load(size: SizeName, dst: number, src: number, offset: number): Instruction {
  return instruction(0x61 | SIZE_CODES[size], dst, src, offset, 0);
}

export function loadSigned(size: SizeName, dst: number, src: number, offset: number): Instruction {
  return instruction(0x81 | SIZE_CODES[size], dst, src, offset, 0);
}

export function store(size: SizeName, dst: number, offset: number, operand: Operand): Instruction {
  return typeof operand === 'number'
    ? instruction(0x63 | SIZE_CODES[size], dst, operand, offset, 0)
    : instruction(0x62 | SIZE_CODES[size], dst, 0, offset, operand.imm);
}

export function atomic(size: SizeName, code: number, dst: number, offset: number, src: number): Instruction {
  return instruction(0xc3 | SIZE_CODES[size], dst, src, offset, code);
}

/** Two slots. `kind` is the src register: 1 a map, 2 a map's value, 4 a function. */
export function lddw(dst: number, value: bigint, kind = 0): readonly Instruction[] {
  const low = Number(BigInt.asIntN(32, value));
  const high = Number(BigInt.asIntN(32, value >> 32n));
  return [instruction(0x18, dst, kind, 0, low), instruction(0, 0, 0, 0, high)];
}

export function call(helper: number): Instruction {
  return instruction(0x85, 0, 0, 0, helper);
}

export function callLocal(distance: number): Instruction {
  return instruction(0x85, 0, 1, 0, distance);
}

/** A kernel function by its number in helpers/kernel-functions.ts. */
export function callKernel(number: number): Instruction {
  return instruction(0x85, 0, 2, 0, number);
}

export function exit(): Instruction {
  return instruction(0x95, 0, 0, 0, 0);
}
