/** What Linux says of an instruction that is wrong in itself: what exactly is wrong it leaves open. */
import {
  opcodeTable,
  OPCODE_CALL,
  OPCODE_EXIT,
  OPCODE_JA,
  OPCODE_JA32,
  OPCODE_LDIMM64,
  REGISTER_MAX,
} from '../isa/opcodes.ts';
import type { Instruction } from '../program.ts';

const CLASS_MASK = 0x07;
/** By class, where nothing more special applies. */
const CLASS_NAMES = ['LD', 'LDX', 'ST', 'STX', 'ALU', 'JMP', 'JMP32', 'ALU'] as const;
/** Instructions that Linux checks by themselves. */
const ownNames: Readonly<Record<number, string>> = {
  [OPCODE_CALL]: 'CALL',
  [OPCODE_EXIT]: 'EXIT',
  [OPCODE_JA]: 'JA',
  [OPCODE_JA32]: 'JA',
  [OPCODE_LDIMM64]: 'LD_IMM64',
};

/** `problem` is instructionProblem()'s. */
export function linuxWords(instruction: Instruction, problem: string): string {
  const { opcode, dst, src } = instruction;
  const info = opcodeTable[opcode];
  if (info === undefined) return problem.replace('opcode 0x', 'opcode ');
  if (dst > REGISTER_MAX) return `R${dst} is invalid`;
  if (src > REGISTER_MAX) return `R${src} is invalid`;
  return `BPF_${nameOf(opcode, info.kind, info.name)} uses reserved fields`;
}

function nameOf(opcode: number, kind: string, name: string): string {
  if (kind === 'byteswap') return 'END';
  if (kind === 'atomic') return 'ATOMIC';
  if (kind === 'loadPacket') return 'LD_[ABS|IND]';
  if (name === 'mov') return 'MOV';
  if (name === 'neg') return 'NEG';
  if (kind === 'branch') return 'JMP/JMP32';
  return ownNames[opcode] ?? CLASS_NAMES[opcode & CLASS_MASK] ?? 'LD';
}
