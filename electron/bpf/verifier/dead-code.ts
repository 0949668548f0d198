/**
 * Instructions that are wrong in themselves, but where no path leads: Linux looks at reserved fields
 * only when it follows an instruction, and overwrites what it never reached. So is it here, and what runs
 * a verified program never meets such an instruction.
 */
import { instructionProblem } from '../isa/decode.ts';
import { CLASS_LDX, opcodeTable, OPCODE_EXIT, OPCODE_LDIMM64, REGISTER_MAX } from '../isa/opcodes.ts';
import type { Instruction, LinkedProgram } from '../program.ts';
import { linuxWords } from './instruction-words.ts';

const CLASS_MASK = 0x07;
/** `r0 = 0`. */
const NOTHING: Instruction = { opcode: 0xb7, dst: 0, src: 0, offset: 0, imm: 0 };

export interface Problem {
  /** As Linux says it. */
  readonly text: string;
  /** Whether the program is refused for it even where no path leads. */
  readonly isAlways: boolean;
}

/** What is wrong with the instruction by itself, as Linux sees it; undefined for nothing. */
export function problemOf(instruction: Instruction): Problem | undefined {
  // Linux does not look at the offset of exit.
  const isExit = instruction.opcode === OPCODE_EXIT && instruction.offset !== 0;
  const text = instructionProblem(isExit ? { ...instruction, offset: 0 } : instruction);
  if (text === undefined) return undefined;
  const { opcode, dst, src } = instruction;
  const isAlways =
    opcodeTable[opcode] === undefined ||
    opcode === OPCODE_LDIMM64 ||
    (opcode & CLASS_MASK) === CLASS_LDX ||
    dst > REGISTER_MAX ||
    src > REGISTER_MAX;
  return { text: linuxWords(instruction, text), isAlways };
}

/** The program without fields that mean nothing; the same object where it has none such. */
export function withoutNonsense(program: LinkedProgram): LinkedProgram {
  const { instructions } = program;
  const isSecondHalf = (slot: number): boolean => instructions[slot - 1]?.opcode === OPCODE_LDIMM64;
  const isWrong = (each: Instruction, slot: number): boolean =>
    !isSecondHalf(slot) && instructionProblem(each) !== undefined;
  if (!instructions.some(isWrong)) return program;
  return {
    ...program,
    instructions: instructions.map((each, slot) => (isWrong(each, slot) ? cleaned(each) : each)),
  };
}

/** The same kind of instruction, so that the program keeps its shape, or one that does nothing. */
function cleaned(instruction: Instruction): Instruction {
  const fields = opcodeTable[instruction.opcode]?.fields ?? '';
  const clean: Instruction = {
    opcode: instruction.opcode,
    dst: fields.includes('d') ? instruction.dst : 0,
    src: fields.includes('s') ? instruction.src : 0,
    offset: fields.includes('o') ? instruction.offset : 0,
    imm: fields.includes('i') ? instruction.imm : 0,
  };
  return instructionProblem(clean) === undefined ? clean : NOTHING;
}
