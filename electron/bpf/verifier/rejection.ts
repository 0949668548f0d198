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
  /** One line, worded as Linux does or plainer. */
  readonly text: string;
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

export function describeRegisters(registers: readonly Register[]): RejectedRegister[] {
  return registers.flatMap((register, index): RejectedRegister[] => {
    if (register.kind === 'uninitialised') return [];
    const scalar = register.kind === 'scalar' ? register.scalar : register.variable;
    const hasBounds = register.kind === 'scalar' || constantOf(scalar) !== 0n;
    const offset = register.kind === 'pointer' ? register.offset : undefined;
    return [
      { register: index, kind: kindName(register), offset, bounds: hasBounds ? boundsOf(scalar) : undefined },
    ];
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

/** What usually helps, by the rejection's code. */
const suggestions: Readonly<Record<string, string>> = {
  'maybe-null': 'compare the pointer with NULL, and use it only where it is not.',
  'uninitialised-register': 'give the value on every path that leads here.',
  'uninitialised-stack': 'initialise the variable, padding included: `struct key k = {};`.',
  'stack-bounds': 'keep the access within the 512 bytes of the stack; put large data in a map.',
  'stack-too-deep': 'move large variables to a per-CPU array map, or inline fewer functions.',
  'map-value-bounds':
    'check the index against the size just before this line; an unsigned index needs only the upper bound.',
  'memory-bounds': 'check the offset against the size just before this line.',
  'unbounded-pointer': 'bound the number with a comparison or a mask before adding it to the pointer.',
  'infinite-loop': 'let every round of the loop change what ends it, and bound its count by a constant.',
  'too-complex': 'bound loops with smaller constants, or split the program.',
  'unreleased-reference': 'submit or discard the record on every path, early returns included.',
  'context-access': 'read only fields that the recorded event has, at their own size.',
  'gpl-only': 'declare a GPL-compatible license: char LICENSE[] SEC("license") = "GPL";',
  'helper-unavailable': 'use a helper that this program type may call.',
  'read-only': 'write to a map that is not read-only; drop `const` from the variable.',
};

/** Several lines: what failed, why, where, and how the program got there. */
export function renderRejection(rejection: Rejection): string {
  const lines = ['Verification failed:', `  Reason: ${rejection.text}`, `  At: ${renderPlace(rejection)}`];
  if (rejection.source !== undefined) lines.push(`      ${rejection.source.text.trim()}`);
  lines.push('  Causal path:', ...renderPath(rejection));
  const suggestion = suggestions[rejection.code];
  if (suggestion !== undefined) lines.push(`  Suggestion: ${suggestion}`);
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
  if (decisions.length === 0) decisions.push('    straight from the entry');
  const registers = rejection.registers.map((register) => `    ${renderRegister(register)}`);
  return [...decisions, ...registers];
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
