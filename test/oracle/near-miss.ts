/** Programs that are wrong by one thing, as people's are: made of one that is right. */
import { OPCODE_CALL, OPCODE_EXIT, OPCODE_LDIMM64, opcodeTable } from '../../electron/bpf/isa/opcodes.ts';
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import type { Random } from './generator.ts';

/** What becomes of an instruction; undefined where the mistake cannot be made here. */
type Mistake = (random: Random, instruction: Instruction) => Instruction | undefined;

const NOTHING = asm.ja(0);
const RELEASES = new Set([132, 133]);
/** Conditional jumps as their opposites, by the upper four bits. */
const OPPOSITE: Readonly<Record<number, number>> = {
  0x10: 0x50,
  0x50: 0x10,
  0x20: 0xb0,
  0xb0: 0x20,
  0x30: 0xa0,
  0xa0: 0x30,
  0x60: 0xd0,
  0xd0: 0x60,
  0x70: 0xc0,
  0xc0: 0x70,
};
/** The same comparisons with and without sign. */
const OTHER_SIGN: Readonly<Record<number, number>> = {
  0x20: 0x60,
  0x60: 0x20,
  0x30: 0x70,
  0x70: 0x30,
  0xa0: 0xc0,
  0xc0: 0xa0,
  0xb0: 0xd0,
  0xd0: 0xb0,
};

const kindOf = ({ opcode }: Instruction) => opcodeTable[opcode]?.kind;
const isAlu = ({ opcode }: Instruction) => (opcode & 7) === 4 || (opcode & 7) === 7;
const isCondition = (each: Instruction) => kindOf(each) === 'branch';
const isAccess = ({ opcode }: Instruction) => (opcode & 7) >= 1 && (opcode & 7) <= 3;
const usesRegister = ({ opcode }: Instruction) => (opcode & 8) !== 0;

const offByOne: Mistake = (random, each) =>
  (isAlu(each) || isCondition(each)) && !usesRegister(each)
    ? { ...each, imm: (each.imm + random.pick([-1, 1])) | 0 }
    : undefined;

const checkDropped: Mistake = (_random, each) => (isCondition(each) ? NOTHING : undefined);

function operationOf(each: Instruction, table: Readonly<Record<number, number>>): Instruction | undefined {
  const operation = table[each.opcode & 0xf0];
  return isCondition(each) && operation !== undefined
    ? { ...each, opcode: (each.opcode & 0x0f) | operation }
    : undefined;
}

const checkTurned: Mistake = (_random, each) => operationOf(each, OPPOSITE);
const signMistaken: Mistake = (_random, each) => operationOf(each, OTHER_SIGN);

const widthMistaken: Mistake = (_random, each) => {
  if (isCondition(each)) return { ...each, opcode: each.opcode ^ 3 };
  return isAlu(each) && (each.opcode & 0xf0) !== 0xd0 ? { ...each, opcode: each.opcode ^ 3 } : undefined;
};

const registerSwapped: Mistake = (random, each) => {
  if (each.opcode === OPCODE_CALL || each.opcode === OPCODE_EXIT) return undefined;
  if (usesRegister(each) && random.chance(2)) return { ...each, src: random.below(11) };
  return { ...each, dst: random.below(11) };
};

const sizeChanged: Mistake = (random, each) =>
  isAccess(each) ? { ...each, opcode: (each.opcode & ~0x18) | (random.below(4) << 3) } : undefined;

const offsetMoved: Mistake = (random, each) =>
  isAccess(each) ? { ...each, offset: each.offset + random.pick([-8, -4, -1, 1, 4, 8, 64]) } : undefined;

const releaseDropped: Mistake = (_random, each) =>
  each.opcode === OPCODE_CALL && each.src === 0 && RELEASES.has(each.imm) ? asm.mov64(0, 0) : undefined;

const helperMistaken: Mistake = (random, each) =>
  each.opcode === OPCODE_CALL && each.src === 0
    ? { ...each, imm: random.pick([1, 2, 3, 87, 88, 113, 130, 131, 132, 133]) }
    : undefined;

const dropped: Mistake = (_random, each) => (each.opcode === OPCODE_EXIT ? undefined : NOTHING);

const mistakes: readonly Mistake[] = [
  offByOne,
  offByOne,
  checkDropped,
  checkDropped,
  checkTurned,
  signMistaken,
  widthMistaken,
  registerSwapped,
  registerSwapped,
  sizeChanged,
  offsetMoved,
  releaseDropped,
  helperMistaken,
  dropped,
];
/** Tries after which a program has no place for the mistakes that were drawn. */
const TRIES_MAX = 64;

/** The program with one mistake in it. */
export function withMistake(random: Random, code: readonly Instruction[]): Instruction[] {
  const wrong = code.slice();
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const at = random.below(code.length);
    const chosen = code[at];
    if (chosen === undefined || chosen.opcode === OPCODE_LDIMM64 || chosen.opcode === 0) continue;
    const mistaken = random.pick(mistakes)(random, chosen);
    if (mistaken === undefined) continue;
    wrong[at] = mistaken;
    break;
  }
  return wrong;
}
