/**
 * Writing a CO-RE relocation's value into the instruction the compiler left for it, and the
 * instruction that stands where there is no value.
 *
 * Source: the behaviour of libbpf 1.5; its poison is a call of a helper that cannot exist.
 */
import type { Instruction } from '../program.ts';
import {
  CLASS_ALU,
  CLASS_ALU64,
  CLASS_LDX,
  CLASS_ST,
  CLASS_STX,
  OPCODE_CALL,
  OPCODE_LDIMM64,
  SIZE_B,
  SIZE_DW,
  SIZE_H,
  SIZE_W,
  SOURCE_X,
} from '../isa/opcodes.ts';

/** Helper number of libbpf's poison: 195896080. */
export const CORE_POISON = 0xbad2310;
/** Call of a function extern the kernel does not have, plus the extern's number. */
export const KFUNC_POISON = 2_002_000_000;

export interface Patch {
  /** What the compiler should have written; undefined where that is not checked. */
  readonly localValue: bigint | undefined;
  readonly value: bigint;
  /** Bytes of the field here and there, for loads and stores whose size follows the field's. */
  readonly localSizeBytes: number;
  readonly sizeBytes: number;
  /** False where a field changed its size and is not an unsigned integer or a pointer on both sides. */
  readonly mayResize: boolean;
}

const SIZE_BITS: ReadonlyMap<number, number> = new Map([
  [1, SIZE_B],
  [2, SIZE_H],
  [4, SIZE_W],
  [8, SIZE_DW],
]);

/** Patches the instruction at `slot` in place; gives why it cannot be, or undefined. */
export function applyPatch(code: Instruction[], slot: number, patch: Patch): string | undefined {
  const instruction = code[slot];
  if (instruction === undefined) return 'the section has no such instruction';
  const instructionClass = instruction.opcode & 7;
  if (instruction.opcode === OPCODE_LDIMM64) return patchImmediate64(code, slot, instruction, patch);
  switch (instructionClass) {
    case CLASS_ALU:
    case CLASS_ALU64:
      return patchImmediate(code, slot, instruction, patch);
    case CLASS_LDX:
    case CLASS_ST:
    case CLASS_STX:
      return patchOffset(code, slot, instruction, patch);
    default:
      return `an instruction with opcode 0x${instruction.opcode.toString(16)} takes no relocation`;
  }
}

/** Makes reaching the instruction an error that the verifier reports; both halves of ldimm64. */
export function poison(code: Instruction[], slot: number, imm = CORE_POISON): void {
  const call: Instruction = { opcode: OPCODE_CALL, dst: 0, src: 0, offset: 0, imm };
  const isWide = code[slot]?.opcode === OPCODE_LDIMM64;
  code[slot] = call;
  if (isWide) code[slot + 1] = call;
}

function patchImmediate(
  code: Instruction[],
  slot: number,
  instruction: Instruction,
  patch: Patch,
): string | undefined {
  if ((instruction.opcode & SOURCE_X) !== 0) return 'the instruction has no immediate';
  const wrong = contradiction(BigInt(instruction.imm), patch.localValue);
  if (wrong !== undefined) return wrong;
  code[slot] = { ...instruction, imm: Number(BigInt.asIntN(32, patch.value)) };
  return undefined;
}

function patchImmediate64(
  code: Instruction[],
  slot: number,
  low: Instruction,
  patch: Patch,
): string | undefined {
  const high = code[slot + 1];
  if (high === undefined) return 'ldimm64 is cut off';
  const written = (BigInt.asUintN(32, BigInt(high.imm)) << 32n) | BigInt.asUintN(32, BigInt(low.imm));
  const expected = patch.localValue === undefined ? undefined : BigInt.asUintN(64, patch.localValue);
  const wrong = contradiction(written, expected);
  if (wrong !== undefined) return wrong;
  code[slot] = { ...low, imm: Number(BigInt.asIntN(32, patch.value)) };
  code[slot + 1] = { ...high, imm: Number(BigInt.asIntN(32, patch.value >> 32n)) };
  return undefined;
}

function patchOffset(
  code: Instruction[],
  slot: number,
  instruction: Instruction,
  patch: Patch,
): string | undefined {
  const wrong = contradiction(BigInt(instruction.offset), patch.localValue);
  if (wrong !== undefined) return wrong;
  if (patch.value > 0x7fffn) return `the field lies at byte ${patch.value}, beyond what a load can reach`;
  let { opcode } = instruction;
  if (patch.sizeBytes !== patch.localSizeBytes) {
    if (!patch.mayResize)
      return `the field has ${patch.sizeBytes} bytes there and ${patch.localSizeBytes} here`;
    const bits = SIZE_BITS.get(patch.sizeBytes);
    if (bits === undefined) return `no load is ${patch.sizeBytes} bytes wide`;
    opcode = (opcode & ~SIZE_DW) | bits;
  }
  code[slot] = { ...instruction, opcode, offset: Number(patch.value) };
  return undefined;
}

function contradiction(written: bigint, expected: bigint | undefined): string | undefined {
  if (expected === undefined || BigInt.asUintN(64, written) === BigInt.asUintN(64, expected))
    return undefined;
  return `the instruction says ${written} where the object's own types say ${expected}`;
}
