/** Conditions of jumps in both widths, RFC 9669, 4.3. Hot. */
import type { Code } from './code.ts';
import { CLASS_JMP32, SOURCE_X } from '../isa/opcodes.ts';
import {
  CLASS_MASK,
  JMP_JEQ,
  JMP_JGE,
  JMP_JGT,
  JMP_JLE,
  JMP_JLT,
  JMP_JNE,
  JMP_JSET,
  JMP_JSGE,
  JMP_JSGT,
  JMP_JSLE,
  JMP_JSLT,
  OPERATION_MASK,
} from './operations.ts';
import { isLessSigned, isLessUnsigned } from './pairs.ts';
import type { Registers } from './registers.ts';

/** Whether the conditional jump at slot `pc` is taken; undefined where the operation does not exist. */
export function isTaken(code: Code, pc: number, { halves }: Registers): boolean | undefined {
  const opcode = code.opcode[pc] as number;
  const dst = 2 * (code.dst[pc] as number);
  let bLow = code.imm[pc] as number;
  let bHigh = bLow >> 31;
  if ((opcode & SOURCE_X) !== 0) {
    const src = 2 * (code.src[pc] as number);
    bLow = halves[src] as number;
    bHigh = halves[src + 1] as number;
  }
  const aLow = halves[dst] as number;
  const operation = opcode & OPERATION_MASK;
  if ((opcode & CLASS_MASK) === CLASS_JMP32) return holds(operation, aLow, aLow >> 31, bLow, bLow >> 31);
  return holds(operation, aLow, halves[dst + 1] as number, bLow, bHigh);
}

/**
 * 32-bit operands come sign-extended: that keeps their order, signed and unsigned, and which bits
 * two of them share is known from their lower halves or their common sign.
 */
function holds(
  operation: number,
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): boolean | undefined {
  switch (operation) {
    case JMP_JEQ:
      return aLow === bLow && aHigh === bHigh;
    case JMP_JNE:
      return aLow !== bLow || aHigh !== bHigh;
    case JMP_JSET:
      return ((aLow & bLow) | (aHigh & bHigh)) !== 0;
    case JMP_JGT:
      return isLessUnsigned(bLow, bHigh, aLow, aHigh);
    case JMP_JGE:
      return !isLessUnsigned(aLow, aHigh, bLow, bHigh);
    case JMP_JLT:
      return isLessUnsigned(aLow, aHigh, bLow, bHigh);
    case JMP_JLE:
      return !isLessUnsigned(bLow, bHigh, aLow, aHigh);
    case JMP_JSGT:
      return isLessSigned(bLow, bHigh, aLow, aHigh);
    case JMP_JSGE:
      return !isLessSigned(aLow, aHigh, bLow, bHigh);
    case JMP_JSLT:
      return isLessSigned(aLow, aHigh, bLow, bHigh);
    case JMP_JSLE:
      return !isLessSigned(bLow, bHigh, aLow, aHigh);
    default:
      return undefined;
  }
}
