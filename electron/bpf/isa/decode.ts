/**
 * Bytes to instructions. Every slot is checked as far as one slot can be: the opcode exists, reserved
 * fields are zero, registers exist, ldimm64 has both halves. Where jumps lead is the verifier's matter.
 */
import { Failure, type FailurePlace } from '../../failure.ts';
import type { Instruction } from '../program.ts';
import {
  opcodeTable,
  OPCODE_CALL,
  OPCODE_LDIMM64,
  PSEUDO_KFUNC_CALL,
  PSEUDO_MAP_IDX_VALUE,
  REGISTER_MAX,
  SLOT_BYTES,
  type OpcodeInfo,
} from './opcodes.ts';

/** BPF_COMPLEXITY_LIMIT_INSNS of Linux: no program that could be proved is longer. */
export const INSTRUCTIONS_MAX = 1_000_000;

/**
 * One Instruction a slot. Throws Failure `bad-instruction` naming the slot; `place` says
 * where the bytes are from.
 */
export function decodeInstructions(
  bytes: Uint8Array,
  isLittleEndian = true,
  place: FailurePlace = {},
): Instruction[] {
  if (bytes.length % SLOT_BYTES !== 0) {
    throw refusal(
      Math.floor(bytes.length / SLOT_BYTES),
      `${bytes.length} bytes are not a whole number of instructions`,
      place,
    );
  }
  const count = bytes.length / SLOT_BYTES;
  if (count > INSTRUCTIONS_MAX) {
    throw refusal(INSTRUCTIONS_MAX, `${count} instructions, more than ${INSTRUCTIONS_MAX}`, place);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const instructions: Instruction[] = [];
  let isSecondHalf = false;
  for (let slot = 0; slot < count; slot += 1) {
    const instruction = decodeSlot(view, slot * SLOT_BYTES, isLittleEndian);
    const problem = isSecondHalf ? secondHalfProblem(instruction) : instructionProblem(instruction);
    if (problem !== undefined) throw refusal(slot, problem, place);
    isSecondHalf = !isSecondHalf && instruction.opcode === OPCODE_LDIMM64;
    instructions.push(instruction);
  }
  if (isSecondHalf) throw refusal(count - 1, 'the second half of ldimm64 is cut off', place);
  return instructions;
}

/** What is wrong with an instruction by itself, or undefined. Not for the second slot of ldimm64. */
export function instructionProblem(instruction: Instruction): string | undefined {
  const { opcode, dst, src, offset, imm } = instruction;
  const info = opcodeTable[opcode];
  if (info === undefined) return `unknown opcode 0x${opcode.toString(16).padStart(2, '0')}`;
  if (dst > REGISTER_MAX) return `register r${dst} does not exist`;
  if (src > REGISTER_MAX) return `register r${src} does not exist`;
  const reserved = reservedField(info, instruction);
  if (reserved !== undefined) return `${info.name} with reserved field ${reserved} set`;
  if (info.offsets !== undefined && !info.offsets.includes(offset))
    return `${info.name} has no variant ${offset}`;
  if (info.immediates !== undefined && !info.immediates.includes(imm))
    return `${info.name} has no variant ${imm}`;
  if (opcode === OPCODE_LDIMM64 && src > PSEUDO_MAP_IDX_VALUE) return `ldimm64 of unknown kind ${src}`;
  if (opcode === OPCODE_CALL && src > PSEUDO_KFUNC_CALL) return `call of unknown kind ${src}`;
  if (opcode === OPCODE_CALL && src !== PSEUDO_KFUNC_CALL && offset !== 0)
    return 'call with reserved field offset set';
  return undefined;
}

function reservedField(info: OpcodeInfo, instruction: Instruction): string | undefined {
  if (instruction.dst !== 0 && !info.fields.includes('d')) return 'dst';
  if (instruction.src !== 0 && !info.fields.includes('s')) return 'src';
  if (instruction.offset !== 0 && !info.fields.includes('o')) return 'offset';
  if (instruction.imm !== 0 && !info.fields.includes('i')) return 'imm';
  return undefined;
}

function secondHalfProblem({ opcode, dst, src, offset }: Instruction): string | undefined {
  const isClean = opcode === 0 && dst === 0 && src === 0 && offset === 0;
  return isClean ? undefined : 'the second half of ldimm64 has reserved fields set';
}

function decodeSlot(view: DataView, at: number, isLittleEndian: boolean): Instruction {
  const registers = view.getUint8(at + 1);
  const low = registers & 0x0f;
  const high = registers >> 4;
  return {
    opcode: view.getUint8(at),
    dst: isLittleEndian ? low : high,
    src: isLittleEndian ? high : low,
    offset: view.getInt16(at + 2, isLittleEndian),
    imm: view.getInt32(at + 4, isLittleEndian),
  };
}

function refusal(slot: number, reason: string, place: FailurePlace): Failure {
  const at = [place.at, `instruction ${slot}`].filter((part) => part !== undefined).join(', ');
  return new Failure('object', 'bad-instruction', reason, { ...place, at }, { instruction: slot });
}
