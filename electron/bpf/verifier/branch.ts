/**
 * Conditional jumps on scalars: whether one is always or never taken, and what each way tells of the
 * operands. After is_scalar_branch_taken() and regs_refine_cond_op() of Linux 6.18.
 */
import {
  draftOf,
  forgetBounds,
  isContradictory,
  lowS32,
  lowU32,
  maxOf,
  minOf,
  s64,
  unknownScalar,
  type Draft,
  type Scalar,
} from './scalar.ts';
import { settle } from './settle.ts';
import * as tnums from './tnum.ts';

export type Condition =
  'jeq' | 'jne' | 'jset' | 'jgt' | 'jge' | 'jlt' | 'jle' | 'jsgt' | 'jsge' | 'jslt' | 'jsle';

/** A condition that holds, or `not-jset` for one that does not: only that has no converse. */
type Fact = Condition | 'not-jset';

const inverse: Readonly<Record<Condition, Fact>> = {
  jeq: 'jne',
  jne: 'jeq',
  jset: 'not-jset',
  jgt: 'jle',
  jge: 'jlt',
  jlt: 'jge',
  jle: 'jgt',
  jsgt: 'jsle',
  jsge: 'jslt',
  jslt: 'jsge',
  jsle: 'jsgt',
};

/** The same fact with the operands exchanged. */
const flipped: Readonly<Partial<Record<Fact, Fact>>> = { jgt: 'jlt', jge: 'jle', jsgt: 'jslt', jsge: 'jsle' };

interface Range<T> {
  readonly min: T;
  readonly max: T;
}

/** True or false where it is always or never taken, undefined where it depends. */
export function isBranchTaken(
  condition: Condition,
  a: Scalar,
  b: Scalar,
  width: 32 | 64,
): boolean | undefined {
  const aBits = width === 32 ? tnums.lower32(a.bits) : a.bits;
  const bBits = width === 32 ? tnums.lower32(b.bits) : b.bits;
  const [ua, ub] = width === 32 ? [unsigned32(a), unsigned32(b)] : [unsigned64(a), unsigned64(b)];
  const [sa, sb] = width === 32 ? [signed32(a), signed32(b)] : [signed64(a), signed64(b)];
  switch (condition) {
    case 'jeq':
      return isEqual(a, b, width);
    case 'jne': {
      const equal = isEqual(a, b, width);
      return equal === undefined ? undefined : !equal;
    }
    case 'jset':
      return sharesBits(aBits, bBits);
    case 'jgt':
      return isGreater(ua, ub);
    case 'jsgt':
      return isGreater(sa, sb);
    case 'jlt':
      return isGreater(ub, ua);
    case 'jslt':
      return isGreater(sb, sa);
    case 'jge':
      return not(isGreater(ub, ua));
    case 'jsge':
      return not(isGreater(sb, sa));
    case 'jle':
      return not(isGreater(ua, ub));
    case 'jsle':
      return not(isGreater(sa, sb));
  }
}

function not(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

function isGreater<T extends bigint | number>(a: Range<T>, b: Range<T>): boolean | undefined {
  if (a.min > b.max) return true;
  return a.max <= b.min ? false : undefined;
}

function isDisjoint<T extends bigint | number>(a: Range<T>, b: Range<T>): boolean {
  return a.min > b.max || a.max < b.min;
}

function unsigned32(a: Scalar): Range<number | bigint> {
  return { min: a.u32min, max: a.u32max };
}
function signed32(a: Scalar): Range<number | bigint> {
  return { min: a.s32min, max: a.s32max };
}
function unsigned64(a: Scalar): Range<number | bigint> {
  return { min: a.umin, max: a.umax };
}
function signed64(a: Scalar): Range<number | bigint> {
  return { min: a.smin, max: a.smax };
}

function isEqual(a: Scalar, b: Scalar, width: 32 | 64): boolean | undefined {
  const aBits = width === 32 ? tnums.lower32(a.bits) : a.bits;
  const bBits = width === 32 ? tnums.lower32(b.bits) : b.bits;
  if (tnums.isConstant(aBits) && tnums.isConstant(bBits)) return aBits.value === bBits.value;
  if (!tnums.mayBeEqual(aBits, bBits)) return false;
  if (width === 64 && (isDisjoint(unsigned64(a), unsigned64(b)) || isDisjoint(signed64(a), signed64(b))))
    return false;
  if (isDisjoint(unsigned32(a), unsigned32(b)) || isDisjoint(signed32(a), signed32(b))) return false;
  return undefined;
}

function sharesBits(a: tnums.Tnum, b: tnums.Tnum): boolean | undefined {
  const [tested, constant] = tnums.isConstant(b) ? [a, b] : [b, a];
  if (!tnums.isConstant(constant)) return undefined;
  if ((tested.value & constant.value) !== 0n) return true;
  return ((tested.value | tested.mask) & constant.value) === 0n ? false : undefined;
}

export interface Refined {
  readonly a: Scalar;
  readonly b: Scalar;
}

/** What is known of both operands on the way where the condition holds (`isTaken`) or does not. */
export function refine(
  condition: Condition,
  isTaken: boolean,
  a: Scalar,
  b: Scalar,
  width: 32 | 64,
  isSame = false,
): Refined {
  const first = draftOf(a);
  // A register compared with itself is narrowed as both operands.
  const drafts = { a: first, b: isSame ? first : draftOf(b) };
  const fact = isTaken ? condition : inverse[condition];
  const flip = flipped[fact];
  if (flip === undefined) learn(fact, drafts.a, drafts.b, width);
  else learn(flip, drafts.b, drafts.a, width);
  return { a: checked(settle(drafts.a)), b: checked(settle(drafts.b)) };
}

function checked(scalar: Scalar): Scalar {
  return isContradictory(scalar) ? forgetBounds(scalar) : scalar;
}

function learn(fact: Fact, a: Draft, b: Draft, width: 32 | 64): void {
  switch (fact) {
    case 'jeq':
      if (width === 32) learnEqual32(a, b);
      else learnEqual64(a, b);
      return;
    case 'jne':
      learnUnequal(a, b, width);
      return;
    case 'jset':
    case 'not-jset':
      learnBits(fact, a, b, width);
      return;
    case 'jle':
    case 'jlt':
      learnUnsigned(a, b, fact === 'jlt', width);
      return;
    case 'jsle':
    case 'jslt':
      learnSigned(a, b, fact === 'jslt', width);
      return;
    default:
      throw new Error(`${fact} is learned with its operands exchanged`);
  }
}

function learnEqual32(a: Draft, b: Draft): void {
  a.u32min = b.u32min = Math.max(a.u32min, b.u32min);
  a.u32max = b.u32max = Math.min(a.u32max, b.u32max);
  a.s32min = b.s32min = Math.max(a.s32min, b.s32min);
  a.s32max = b.s32max = Math.min(a.s32max, b.s32max);
  const shared = tnums.intersect(tnums.lower32(a.bits), tnums.lower32(b.bits));
  a.bits = tnums.withLower32(a.bits, shared);
  b.bits = tnums.withLower32(b.bits, shared);
}

function learnEqual64(a: Draft, b: Draft): void {
  a.umin = b.umin = maxOf(a.umin, b.umin);
  a.umax = b.umax = minOf(a.umax, b.umax);
  a.smin = b.smin = maxOf(a.smin, b.smin);
  a.smax = b.smax = minOf(a.smax, b.smax);
  a.bits = b.bits = tnums.intersect(a.bits, b.bits);
}

function constantIn(scalar: Scalar, width: 32 | 64): bigint | undefined {
  const bits = width === 32 ? tnums.lower32(scalar.bits) : scalar.bits;
  return tnums.isConstant(bits) ? bits.value : undefined;
}

/** Only a constant at the very edge of a range can be cut off. */
function learnUnequal(a: Draft, b: Draft, width: 32 | 64): void {
  const [range, value] = withConstant(a, b, width);
  if (value === undefined) return;
  if (width === 32) {
    if (range.u32min === lowU32(value)) range.u32min += 1;
    if (range.u32max === lowU32(value)) range.u32max -= 1;
    if (range.s32min === lowS32(value)) range.s32min += 1;
    if (range.s32max === lowS32(value)) range.s32max -= 1;
    return;
  }
  if (range.umin === value) range.umin += 1n;
  if (range.umax === value) range.umax -= 1n;
  if (range.smin === s64(value)) range.smin += 1n;
  if (range.smax === s64(value)) range.smax -= 1n;
}

/** The operand to learn of, and the other's value where that is constant. */
function withConstant(a: Draft, b: Draft, width: 32 | 64): [Draft, bigint | undefined] {
  const value = constantIn(b, width);
  if (value !== undefined) return [a, value];
  return [b, constantIn(a, width)];
}

function learnBits(fact: 'jset' | 'not-jset', a: Draft, b: Draft, width: 32 | 64): void {
  const [range, value] = withConstant(a, b, width);
  if (value === undefined) return;
  if (fact === 'jset') {
    const isOneBit = value !== 0n && (value & (value - 1n)) === 0n;
    if (!isOneBit) return;
    range.bits = tnums.or(range.bits, tnums.constantTnum(value));
    return;
  }
  // The ranges go first: on a way that cannot happen they would contradict the narrower bits.
  Object.assign(range, { ...unknownScalar, bits: range.bits });
  const low = width === 32 ? 0xffff_ffff_0000_0000n : 0n;
  range.bits = tnums.and(range.bits, tnums.constantTnum(~value | low));
}

function learnUnsigned(a: Draft, b: Draft, isStrict: boolean, width: 32 | 64): void {
  if (width === 32) {
    const by = isStrict ? 1 : 0;
    a.u32max = Math.min(a.u32max, b.u32max - by);
    b.u32min = Math.max(a.u32min + by, b.u32min);
    return;
  }
  const by = isStrict ? 1n : 0n;
  a.umax = minOf(a.umax, b.umax - by);
  b.umin = maxOf(a.umin + by, b.umin);
}

function learnSigned(a: Draft, b: Draft, isStrict: boolean, width: 32 | 64): void {
  if (width === 32) {
    const by = isStrict ? 1 : 0;
    a.s32max = Math.min(a.s32max, b.s32max - by);
    b.s32min = Math.max(a.s32min + by, b.s32min);
    return;
  }
  const by = isStrict ? 1n : 0n;
  a.smax = minOf(a.smax, b.smax - by);
  b.smin = maxOf(a.smin + by, b.smin);
}
