/**
 * A validated classic program as eBPF that means the same, instruction by instruction, as
 * bpf_convert_filter() in Linux 6.18 does. A lives in r0 and X in r7, both zero at first; r6 keeps the
 * context; scratch memory is on the stack. Instructions nothing leads to are left out: Linux's classic
 * check lets them pass, its eBPF verifier does not.
 */
import { Failure } from '../../failure.ts';
import type { Instruction } from '../program.ts';
import { skBuffOffsets } from '../sk-buff.ts';
import { ancillaryAt, type Ancillary } from './ancillary.ts';
import * as emit from './emit.ts';
import { SCRATCH_WORDS, type ClassicAlu, type ClassicCondition } from './instruction.ts';
import type { ValidatedClassic, ValidatedInstruction } from './validate.ts';

const A = 0;
const FIRST_PARAMETER = 1;
const TEMPORARY = 2;
/** What packet loads take the context from. */
const CONTEXT = 6;
const X = 7;
/** Keeps A over a packet load that is for X: those leave r6 to r9 alone. */
const SAVED_A = 8;
const FRAME_POINTER = 10;

const WORD_BYTES = 4;

/** One eBPF instruction; `target` is the classic instruction it leads to, where it is a jump. */
interface Piece {
  readonly instruction: Instruction;
  readonly target?: number;
}

/** Throws Failure `unavailable-ancillary` naming the instruction, and the ancillary eBPF has no way to. */
export function convertClassic(program: ValidatedClassic): Instruction[] {
  const { instructions } = program;
  const isReached = reachedOf(instructions);
  const pieces: Piece[] = plain(
    emit.copy64(CONTEXT, FIRST_PARAMETER),
    emit.alu('mov', A, { immediate: 0 }),
    emit.alu('mov', X, { immediate: 0 }),
  );
  /** First slot of what became of each classic instruction. */
  const starts = instructions.map((instruction, index) => {
    const start = pieces.length;
    if (isReached[index] === 1) pieces.push(...piecesOf(instruction, index, program.file));
    return start;
  });
  return pieces.map(({ instruction, target }, slot) => {
    if (target === undefined) return instruction;
    const start = starts[target];
    if (start === undefined) throw new Error('validateClassic() lets no jump leave the program');
    return emit.jumpBy(instruction, start - slot - 1);
  });
}

/** 1 for what some path leads to. All jumps are forward, so one pass finds it. */
function reachedOf(instructions: readonly ValidatedInstruction[]): Uint8Array {
  const isReached = new Uint8Array(instructions.length);
  isReached[0] = 1;
  instructions.forEach((instruction, index) => {
    if (isReached[index] === 0) return;
    for (const distance of distancesOf(instruction)) isReached[index + 1 + distance] = 1;
  });
  return isReached;
}

/** Instructions that may be skipped after it; none where the program ends. */
function distancesOf({ operation, jt, jf, k }: ValidatedInstruction): readonly number[] {
  switch (operation.kind) {
    case 'jump':
      return [k];
    case 'branch':
      return [jt, jf];
    case 'return':
      return [];
    default:
      return [0];
  }
}

function plain(...instructions: readonly Instruction[]): Piece[] {
  return instructions.map((instruction) => ({ instruction }));
}

function piecesOf(classic: ValidatedInstruction, index: number, file: string): readonly Piece[] {
  const { operation, k } = classic;
  switch (operation.kind) {
    case 'loadAbsolute': {
      const ancillary = ancillaryAt(k);
      return ancillary === undefined
        ? plain(emit.loadPacket(operation.sizeBytes, k))
        : ancillaryPieces(ancillary, index, file);
    }
    case 'loadIndirect':
      return plain(emit.loadPacket(operation.sizeBytes, k, X));
    case 'loadHeaderLength':
      return headerLengthPieces(k);
    case 'loadImmediate':
      return plain(emit.alu('mov', registerOf(operation.register), { immediate: k }));
    case 'loadLength':
      return plain(emit.loadWord(registerOf(operation.register), CONTEXT, skBuffOffsets.len));
    case 'loadScratch':
      return plain(emit.loadWord(registerOf(operation.register), FRAME_POINTER, scratchOffset(k)));
    case 'storeScratch':
      return plain(emit.storeWord(FRAME_POINTER, scratchOffset(k), registerOf(operation.register)));
    case 'alu':
      return aluPieces(operation.name, operandOf(operation.usesX, k));
    case 'negate':
      return plain(emit.negate(A));
    case 'copyToX':
      return plain(emit.alu('mov', X, { register: A }));
    case 'copyToA':
      return plain(emit.alu('mov', A, { register: X }));
    case 'jump':
      return [{ instruction: emit.goto, target: index + 1 + k }];
    case 'branch':
      return branchPieces(operation.name, classic, index, operandOf(operation.usesX, k));
    case 'return':
      return operation.usesA ? plain(emit.exit) : plain(emit.alu('mov', A, { immediate: k }), emit.exit);
  }
}

function registerOf(name: 'A' | 'X'): number {
  return name === 'A' ? A : X;
}

function operandOf(usesX: boolean, k: number): emit.Operand {
  return usesX ? { register: X } : { immediate: k };
}

/** Word 0 lies lowest, the last one right below the frame pointer. */
function scratchOffset(word: number): number {
  return -WORD_BYTES * (SCRATCH_WORDS - word);
}

function headerLengthPieces(k: number): readonly Piece[] {
  return plain(
    emit.copy64(SAVED_A, A),
    emit.loadPacket(1, k),
    emit.alu('and', A, { immediate: 0x0f }),
    emit.alu('lsh', A, { immediate: 2 }),
    emit.alu('mov', X, { register: A }),
    emit.copy64(A, SAVED_A),
  );
}

/** Division by an X of zero ends a classic program with 0; eBPF would go on with 0, or with A. */
function aluPieces(name: ClassicAlu, operand: emit.Operand): readonly Piece[] {
  const operation = emit.alu(name, A, operand);
  if ((name !== 'div' && name !== 'mod') || !('register' in operand)) return plain(operation);
  return plain(
    emit.jumpBy(emit.branch('jne', X, { immediate: 0 }), 2),
    emit.alu('mov', A, { immediate: 0 }),
    emit.exit,
    operation,
  );
}

const OPPOSITES: Partial<Record<ClassicCondition, emit.Condition>> = { jeq: 'jne', jgt: 'jle', jge: 'jlt' };

/** One branch where one of the two ways is the next instruction, a branch and a jump elsewhere. */
function branchPieces(
  name: ClassicCondition,
  { jt, jf }: ValidatedInstruction,
  index: number,
  operand: emit.Operand,
): readonly Piece[] {
  const opposite = OPPOSITES[name];
  const whereTrue = index + 1 + jt;
  const whereFalse = index + 1 + jf;
  if (jt === 0 && opposite !== undefined)
    return [{ instruction: emit.branch(opposite, A, operand), target: whereFalse }];
  const taken: Piece = { instruction: emit.branch(name, A, operand), target: whereTrue };
  return jf === 0 ? [taken] : [taken, { instruction: emit.goto, target: whereFalse }];
}

function ancillaryPieces({ name, meaning }: Ancillary, index: number, file: string): readonly Piece[] {
  switch (meaning.kind) {
    case 'field': {
      const loaded = emit.loadWord(A, CONTEXT, meaning.offset);
      return meaning.isSwapped ? plain(loaded, emit.fromNetworkOrder16(A)) : plain(loaded);
    }
    case 'deviceField':
      return plain(
        emit.loadWord(TEMPORARY, CONTEXT, meaning.offset),
        emit.jumpBy(emit.branch('jne', TEMPORARY, { immediate: 0 }), 1),
        emit.exit,
        emit.alu('mov', A, { register: TEMPORARY }),
      );
    case 'helper':
      // The helpers give 32 bits, and A is one of them.
      return plain(emit.callHelper(meaning.id), emit.alu('mov', A, { register: A }));
    case 'xorX':
      return plain(emit.alu('xor', A, { register: X }));
    case 'unavailable':
      throw new Failure(
        'object',
        'unavailable-ancillary',
        `${name} is not available to eBPF programs`,
        { file, at: `instruction ${index}` },
        { instruction: index },
      );
  }
}
