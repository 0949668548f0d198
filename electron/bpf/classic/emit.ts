/** eBPF instructions as the conversion writes them: 32-bit arithmetic and branches, a function each. */
import type { Instruction } from '../program.ts';
import {
  CLASS_LD,
  CLASS_LDX,
  CLASS_STX,
  MODE_ABS,
  MODE_IND,
  MODE_MEM,
  OPCODE_CALL,
  OPCODE_EXIT,
  OPCODE_JA,
  opcodeTable,
  SIZE_B,
  SIZE_H,
  SIZE_W,
  type OpcodeKind,
} from '../isa/opcodes.ts';
import type { ClassicAlu, ClassicCondition, PacketWidth } from './instruction.ts';

export type Alu = ClassicAlu | 'mov';
export type Condition = ClassicCondition | 'jne' | 'jle' | 'jlt';
/** A register, or an unsigned 32-bit immediate. */
export type Operand = { readonly register: number } | { readonly immediate: number };

const JUMP_DISTANCE_MAX = 0x7fff;
const SIZE_BITS: Readonly<Record<PacketWidth, number>> = { 1: SIZE_B, 2: SIZE_H, 4: SIZE_W };

function make(opcode: number, fields: Partial<Instruction> = {}): Instruction {
  return { opcode, dst: 0, src: 0, offset: 0, imm: 0, ...fields };
}

function opcodeOf(kind: OpcodeKind, name: string, width: 32 | 64, usesSource: boolean): number {
  const found = opcodeTable.find(
    (info) =>
      info?.kind === kind && info.name === name && info.width === width && info.usesSource === usesSource,
  );
  if (found === undefined) throw new Error(`the opcode table has no ${name} of ${width} bits`);
  return found.opcode;
}

function withOperand(
  kind: OpcodeKind,
  name: string,
  width: 32 | 64,
  dst: number,
  operand: Operand,
): Instruction {
  return 'register' in operand
    ? make(opcodeOf(kind, name, width, true), { dst, src: operand.register })
    : make(opcodeOf(kind, name, width, false), { dst, imm: operand.immediate | 0 });
}

export function alu(name: Alu, dst: number, operand: Operand): Instruction {
  return withOperand('alu', name, 32, dst, operand);
}

export function negate(dst: number): Instruction {
  return make(opcodeOf('alu', 'neg', 32, false), { dst });
}

/** All 64 bits: what a pointer needs. */
export function copy64(dst: number, src: number): Instruction {
  return withOperand('alu', 'mov', 64, dst, { register: src });
}

/** The lower 16 bits from network order; the others become zero. */
export function fromNetworkOrder16(dst: number): Instruction {
  return make(opcodeOf('byteswap', 'be', 32, false), { dst, imm: 16 });
}

/** Where it leads is set with jumpBy(). */
export function branch(name: Condition, dst: number, operand: Operand): Instruction {
  return withOperand('branch', name, 32, dst, operand);
}

export const goto: Instruction = make(OPCODE_JA);
export const exit: Instruction = make(OPCODE_EXIT);

/** The jump or branch, leading `distance` slots past the next instruction. */
export function jumpBy(instruction: Instruction, distance: number): Instruction {
  // A classic program of the most instructions, each of them six slots, is shorter than that.
  if (distance > JUMP_DISTANCE_MAX) throw new Error(`a jump over ${distance} slots`);
  return { ...instruction, offset: distance };
}

/** r0 = packet[offset], or packet[register + offset]. */
export function loadPacket(sizeBytes: PacketWidth, offset: number, register?: number): Instruction {
  const opcode = CLASS_LD | SIZE_BITS[sizeBytes];
  const imm = offset | 0;
  return register === undefined
    ? make(opcode | MODE_ABS, { imm })
    : make(opcode | MODE_IND, { src: register, imm });
}

/** dst = the 32 bits at src + offset. */
export function loadWord(dst: number, src: number, offset: number): Instruction {
  return make(CLASS_LDX | MODE_MEM | SIZE_W, { dst, src, offset });
}

export function storeWord(dst: number, offset: number, src: number): Instruction {
  return make(CLASS_STX | MODE_MEM | SIZE_W, { dst, src, offset });
}

export function callHelper(id: number): Instruction {
  return make(OPCODE_CALL, { imm: id });
}
