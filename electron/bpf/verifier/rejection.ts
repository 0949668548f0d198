/**
 * A rejection as data, and its rendering: what is wrong, on which source line, what the registers
 * held, which branches led there, and what usually helps.
 */
import { Failure } from '../../failure.ts';
import type { LinkedProgram, SourceLine } from '../program.ts';
import { kindName, type Register } from './register.ts';
import { constantOf, S32_MAX, S32_MIN, S64_MAX, S64_MIN, U32_MAX, U64_MAX, type Scalar } from './scalar.ts';
import { renderTnum } from './tnum.ts';

export interface RejectedRegister {
  readonly register: number;
  /** Whether the rejected instruction reads it. */
  readonly isInvolved: boolean;
  /** As Linux names it: `scalar`, `map_value_or_null`. */
  readonly kind: string;
  /** Known distance from the target's start, of a pointer. */
  readonly offset: number | undefined;
  /** Bounds of the number, or of a pointer's variable distance; undefined where that is a constant 0. */
  readonly bounds: Bounds | undefined;
}

export interface Bounds {
  readonly umin: bigint;
  readonly umax: bigint;
  readonly smin: bigint;
  readonly smax: bigint;
  /** Known bits: `(value; mask)`. */
  readonly bits: string;
  /** The bounds in few words: `0 to 255`, `any`. */
  readonly text: string;
}

/** A conditional jump on the way to the rejected instruction. */
export interface BranchDecision {
  readonly instruction: number;
  readonly isTaken: boolean;
  readonly source: SourceLine | undefined;
}

export interface Rejection {
  /** Stable, kebab-case. */
  readonly code: string;
  /** Slot in the linked program. */
  readonly instruction: number;
  readonly source: SourceLine | undefined;
  /** One line, worded as Linux does; lines of Linux's are parted by colons. */
  readonly text: string;
  /** What it means, in a sentence. */
  readonly reason: string;
  /** What usually helps. */
  readonly suggestion: string;
  /** The instruction, disassembled. */
  readonly instructionText: string;
  /** Those that are initialised. */
  readonly registers: readonly RejectedRegister[];
  /** In order; only the last ones of a long path. */
  readonly path: readonly BranchDecision[];
  readonly processed: number;
}

/** Decisions shown of a path. */
export const PATH_SHOWN_MAX = 16;

/** The source line that an instruction belongs to. */
export function sourceLineOf(program: LinkedProgram, instruction: number): SourceLine | undefined {
  return program.lines.findLast((line) => line.instruction <= instruction);
}

/** `involved` is a mask: bit n for rn. */
export function describeRegisters(registers: readonly Register[], involved: number): RejectedRegister[] {
  return registers.flatMap((register, index): RejectedRegister[] => {
    if (register.kind === 'uninitialised') return [];
    const scalar = register.kind === 'scalar' ? register.scalar : register.variable;
    const hasBounds = register.kind === 'scalar' || constantOf(scalar) !== 0n;
    const offset = register.kind === 'pointer' ? register.offset : undefined;
    const bounds = hasBounds ? boundsOf(scalar) : undefined;
    const isInvolved = (involved & (1 << index)) !== 0;
    return [{ register: index, isInvolved, kind: kindName(register), offset, bounds }];
  });
}

function boundsOf(scalar: Scalar): Bounds {
  const { umin, umax, smin, smax } = scalar;
  return { umin, umax, smin, smax, bits: renderTnum(scalar.bits), text: renderBounds(scalar) };
}

/** `7`, `0 to 255`, `-8 to 8`, `any`; the lower half where only that is bounded. */
export function renderBounds(scalar: Scalar): string {
  const constant = constantOf(scalar);
  if (constant !== undefined) return BigInt.asIntN(64, constant).toString();
  if (scalar.smin >= 0n || scalar.umax < U64_MAX) {
    if (scalar.smin >= 0n) return `${scalar.umin} to ${scalar.umax}`;
    if (scalar.smin === S64_MIN && scalar.smax === S64_MAX) return `${scalar.umin} to ${scalar.umax}`;
  }
  if (scalar.smin !== S64_MIN || scalar.smax !== S64_MAX) return `${scalar.smin} to ${scalar.smax}`;
  if (scalar.u32min !== 0 || scalar.u32max !== U32_MAX)
    return `any, lower 32 bits ${scalar.u32min} to ${scalar.u32max}`;
  if (scalar.s32min !== S32_MIN || scalar.s32max !== S32_MAX)
    return `any, lower 32 bits ${scalar.s32min} to ${scalar.s32max}`;
  return 'any';
}

/** Several lines: what failed, why, where, and how the program got there. */
export function renderRejection(rejection: Rejection): string {
  const { text, reason, suggestion, source, instructionText } = rejection;
  const lines = ['Verification failed:', `  Reason: ${reason}`, `      Linux: ${text}`];
  lines.push(`  At: ${renderPlace(rejection)}`);
  if (source !== undefined) lines.push(`      ${source.text.trim()}`);
  lines.push(`      ${instructionText}`, '  Causal path:', ...renderPath(rejection));
  lines.push(`  Suggestion: ${suggestion}`);
  return lines.join('\n');
}

function renderPlace({ instruction, source }: Pick<Rejection, 'instruction' | 'source'>): string {
  const slot = `instruction ${instruction}`;
  return source === undefined ? slot : `${source.file}:${source.line}:${source.column} (${slot})`;
}

function renderPath(rejection: Rejection): string[] {
  const decisions = rejection.path.map(
    (decision) =>
      `    ${renderPlace(decision)}: ${decision.isTaken ? 'jump taken' : 'jump not taken'}` +
      (decision.source === undefined ? '' : `: ${decision.source.text.trim()}`),
  );
  foldRepeated(decisions);
  if (decisions.length === 0) decisions.push('    straight from the entry');
  const involved = rejection.registers.filter(({ isInvolved }) => isInvolved);
  const registers = involved.map((register) => `    ${renderRegister(register)}`);
  return [...decisions, ...registers];
}

/** The same jump again and again, as in a loop, is one line. */
function foldRepeated(lines: string[]): void {
  const folded: { line: string; times: number }[] = [];
  for (const line of lines) {
    const last = folded.at(-1);
    if (last?.line === line) last.times += 1;
    else folded.push({ line, times: 1 });
  }
  const rendered = folded.map(({ line, times }) => (times === 1 ? line : `${line} (${times} times)`));
  lines.splice(0, lines.length, ...rendered);
}

function renderRegister({ register, kind, offset, bounds }: RejectedRegister): string {
  const distance = offset === undefined || offset === 0 ? '' : ` ${offset > 0 ? '+' : ''}${offset}`;
  return `r${register} = ${kind}${distance}${bounds === undefined ? '' : `: ${bounds.text}`}`;
}

/** The rejection as a Failure: one line. */
export function rejectionFailure(rejection: Rejection, file: string): Failure {
  return new Failure(
    'verifier',
    rejection.code,
    rejection.text,
    { file, at: renderPlace(rejection) },
    {
      instruction: rejection.instruction,
      processed: rejection.processed,
      ...(rejection.source ? { line: rejection.source.line } : {}),
    },
  );
}
