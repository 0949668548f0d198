/**
 * Whether a classic program may run at all, by the rules of bpf_check_classic() in Linux 6.18: what it
 * attaches is accepted here, and what it refuses is refused, naming the instruction.
 */
import { Failure } from '../../failure.ts';
import { ancillaryAt } from './ancillary.ts';
import {
  ANCILLARY_START,
  CLASSIC_INSTRUCTIONS_MAX,
  classicOperations,
  SCRATCH_WORDS,
  type ClassicInstruction,
  type ClassicOperation,
} from './instruction.ts';

declare const validatedBrand: unique symbol;

/** An instruction with what its opcode does. */
export interface ValidatedInstruction extends ClassicInstruction {
  readonly operation: ClassicOperation;
}

/** Only validateClassic() makes one: convert.ts takes nothing else. */
export interface ValidatedClassic {
  readonly [validatedBrand]: true;
  /** What to call the program in messages. */
  readonly file: string;
  readonly instructions: readonly ValidatedInstruction[];
}

const WORD_BITS = 32;

/** Throws Failure `bad-classic` naming the instruction, counted from 0. */
export function validateClassic(program: readonly ClassicInstruction[], file: string): ValidatedClassic {
  if (program.length === 0 || program.length > CLASSIC_INSTRUCTIONS_MAX) {
    const reason = `${program.length} instructions: a classic program has 1 to ${CLASSIC_INSTRUCTIONS_MAX}`;
    throw new Failure('object', 'bad-classic', reason, { file });
  }
  const instructions = program.map((instruction, index): ValidatedInstruction => {
    const operation = classicOperations.get(instruction.code);
    if (operation === undefined) {
      throw refusal(`unknown opcode 0x${instruction.code.toString(16).padStart(2, '0')}`, file, index);
    }
    return { ...instruction, operation };
  });
  instructions.forEach((instruction, index) => {
    const problem = problemOf(instruction, instructions.length - index - 1);
    if (problem !== undefined) throw refusal(problem, file, index);
  });
  if (instructions.at(-1)?.operation.kind !== 'return') {
    throw refusal('the last instruction does not return', file, instructions.length - 1);
  }
  const unwritten = scratchReadUnwritten(instructions);
  if (unwritten !== undefined) {
    const word = instructions[unwritten]?.k ?? 0;
    throw refusal(`scratch word ${word} may be read before it is written`, file, unwritten);
  }
  // The brand exists in types only, and this is the one place that gives it.
  return { file, instructions } as unknown as ValidatedClassic;
}

/** What is wrong with an instruction that has `following` others after it, or undefined. */
function problemOf({ operation, jt, jf, k }: ValidatedInstruction, following: number): string | undefined {
  switch (operation.kind) {
    case 'alu':
      if (operation.usesX) return undefined;
      if ((operation.name === 'div' || operation.name === 'mod') && k === 0) return 'division by zero';
      if ((operation.name === 'lsh' || operation.name === 'rsh') && k >= WORD_BITS)
        return `a shift by ${k}: A has ${WORD_BITS} bits`;
      return undefined;
    case 'loadScratch':
    case 'storeScratch':
      return k < SCRATCH_WORDS ? undefined : `scratch word ${k}: there are ${SCRATCH_WORDS}`;
    case 'jump':
      return k < following ? undefined : `a jump over ${k} instructions leaves the program`;
    case 'branch': {
      const far = Math.max(jt, jf);
      return far < following ? undefined : `a branch over ${far} instructions leaves the program`;
    }
    case 'loadAbsolute':
      return k < ANCILLARY_START || ancillaryAt(k) !== undefined
        ? undefined
        : `no ancillary is known at offset ${k - ANCILLARY_START} from SKF_AD_OFF`;
    default:
      return undefined;
  }
}

const ALL_WRITTEN = (1 << SCRATCH_WORDS) - 1;

/**
 * First instruction that reads a scratch word which was not written on every way there; undefined for
 * none. As check_load_and_stores(): what was written is carried past a return too, which is stricter
 * than it must be where another branch lands behind it.
 */
function scratchReadUnwritten(instructions: readonly ValidatedInstruction[]): number | undefined {
  /** Words written on every branch that lands at the instruction, a bit each. */
  const landing = new Uint16Array(instructions.length).fill(ALL_WRITTEN);
  const land = (index: number, written: number): void => {
    landing[index] = (landing[index] ?? 0) & written;
  };
  let written = 0;
  for (const [index, { operation, jt, jf, k }] of instructions.entries()) {
    written &= landing[index] ?? 0;
    switch (operation.kind) {
      case 'storeScratch':
        written |= 1 << k;
        break;
      case 'loadScratch':
        if ((written & (1 << k)) === 0) return index;
        break;
      case 'jump':
        land(index + 1 + k, written);
        written = ALL_WRITTEN;
        break;
      case 'branch':
        land(index + 1 + jt, written);
        land(index + 1 + jf, written);
        written = ALL_WRITTEN;
    }
  }
  return undefined;
}

function refusal(reason: string, file: string, index: number): Failure {
  return new Failure(
    'object',
    'bad-classic',
    reason,
    { file, at: `instruction ${index}` },
    { instruction: index },
  );
}
