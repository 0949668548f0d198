/**
 * What is known of a number in a register: the bits (a Tnum) and four ranges, unsigned and signed, of
 * all 64 bits and of the lower 32. Each tells something of the others; `settle` carries it over, in the
 * rounds and order of reg_bounds_sync() in Linux 6.18, so that the ranges come out as the kernel's.
 *
 * The 64-bit bounds are BigInt, the 32-bit ones plain numbers. Scalars are immutable and shared between
 * states; a Draft is one being made.
 */
import {
  constantTnum,
  intersect,
  isConstant,
  lower32,
  or,
  rangeTnum,
  unknownTnum,
  type Tnum,
} from './tnum.ts';

export interface Scalar {
  readonly bits: Tnum;
  readonly umin: bigint;
  readonly umax: bigint;
  readonly smin: bigint;
  readonly smax: bigint;
  readonly u32min: number;
  readonly u32max: number;
  readonly s32min: number;
  readonly s32max: number;
}

export type Draft = { -readonly [Field in keyof Scalar]: Scalar[Field] };

export const U64_MAX = 0xffff_ffff_ffff_ffffn;
export const S64_MIN = -0x8000_0000_0000_0000n;
export const S64_MAX = 0x7fff_ffff_ffff_ffffn;
export const U32_MAX = 0xffff_ffff;
export const S32_MIN = -0x8000_0000;
export const S32_MAX = 0x7fff_ffff;

export const unknownScalar: Scalar = {
  bits: unknownTnum,
  umin: 0n,
  umax: U64_MAX,
  smin: S64_MIN,
  smax: S64_MAX,
  u32min: 0,
  u32max: U32_MAX,
  s32min: S32_MIN,
  s32max: S32_MAX,
};

export function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

export function s64(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** Lower 32 bits, unsigned. */
export function lowU32(value: bigint): number {
  return Number(BigInt.asUintN(32, value));
}

/** Lower 32 bits, signed. */
export function lowS32(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

export function maxOf(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

export function minOf(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

export function constantScalar(given: bigint): Scalar {
  const value = u64(given);
  const low = lowU32(value);
  return {
    bits: constantTnum(value),
    umin: value,
    umax: value,
    smin: s64(value),
    smax: s64(value),
    u32min: low,
    u32max: low,
    s32min: low | 0,
    s32max: low | 0,
  };
}

export const zeroScalar = constantScalar(0n);

export function draftOf(scalar: Scalar): Draft {
  return { ...scalar };
}

export function forget32(draft: Draft): void {
  draft.u32min = 0;
  draft.u32max = U32_MAX;
  draft.s32min = S32_MIN;
  draft.s32max = S32_MAX;
}

export function forget64(draft: Draft): void {
  draft.umin = 0n;
  draft.umax = U64_MAX;
  draft.smin = S64_MIN;
  draft.smax = S64_MAX;
}

/** The number itself where there is only one. */
export function constantOf(scalar: Scalar): bigint | undefined {
  return isConstant(scalar.bits) ? scalar.bits.value : undefined;
}

/** Narrows the 32-bit ranges by the bits. */
export function boundsFromBits32(draft: Draft): void {
  const { value, mask } = lower32(draft.bits);
  const low = Number(value);
  const unknown = Number(mask);
  draft.s32min = Math.max(draft.s32min, low | (unknown & S32_MIN));
  draft.s32max = Math.min(draft.s32max, low | (unknown & S32_MAX));
  draft.u32min = Math.max(draft.u32min, low);
  draft.u32max = Math.min(draft.u32max, (low | unknown) >>> 0);
}

function boundsFromBits64(draft: Draft): void {
  const { value, mask } = draft.bits;
  draft.smin = maxOf(draft.smin, s64(value | (mask & (1n << 63n))));
  draft.smax = minOf(draft.smax, s64(value | (mask & S64_MAX)));
  draft.umin = maxOf(draft.umin, value);
  draft.umax = minOf(draft.umax, value | mask);
}

export function boundsFromBits(draft: Draft): void {
  boundsFromBits32(draft);
  boundsFromBits64(draft);
}

function narrowU32(draft: Draft, min: number, max: number): void {
  draft.u32min = Math.max(draft.u32min, min);
  draft.u32max = Math.min(draft.u32max, max);
}

function narrowS32(draft: Draft, min: number, max: number): void {
  draft.s32min = Math.max(draft.s32min, min);
  draft.s32max = Math.min(draft.s32max, max);
}

/** What the lower halves of a 64-bit range say where its upper halves are the same, or neighbours. */
function narrow32By64(draft: Draft, min: bigint, max: bigint): void {
  const upperMin = lowU32(min >> 32n);
  const upperMax = lowU32(max >> 32n);
  const [uLow, uHigh, sLow, sHigh] = [lowU32(min), lowU32(max), lowS32(min), lowS32(max)];
  if (upperMin === upperMax) {
    if (uLow <= uHigh) narrowU32(draft, uLow, uHigh);
    if (sLow <= sHigh) narrowS32(draft, sLow, sHigh);
  }
}

/** Upper halves that follow each other, lower halves from negative to positive: a range of s32. */
function narrowS32AcrossHalves(draft: Draft, min: bigint, max: bigint): void {
  const [sLow, sHigh] = [lowS32(min), lowS32(max)];
  const areNeighbours = (lowU32(min >> 32n) + 1) >>> 0 === lowU32(max >> 32n);
  if (areNeighbours && sLow < 0 && sHigh >= 0) narrowS32(draft, sLow, sHigh);
}

function deduce32(draft: Draft): void {
  narrow32By64(draft, draft.umin, draft.umax);
  narrow32By64(draft, draft.smin, draft.smax);
  narrowS32AcrossHalves(draft, draft.umin, draft.umax);
  narrowS32AcrossHalves(draft, draft.smin, draft.smax);
  if ((draft.u32min | 0) <= (draft.u32max | 0)) narrowS32(draft, draft.u32min | 0, draft.u32max | 0);
  if (draft.s32min >>> 0 <= draft.s32max >>> 0) narrowU32(draft, draft.s32min >>> 0, draft.s32max >>> 0);
}

function deduce64(draft: Draft): void {
  if (s64(draft.umin) <= s64(draft.umax)) {
    draft.smin = maxOf(draft.smin, s64(draft.umin));
    draft.smax = minOf(draft.smax, s64(draft.umax));
  }
  const sminUnsigned = u64(draft.smin);
  const smaxUnsigned = u64(draft.smax);
  if (sminUnsigned <= smaxUnsigned) {
    draft.umin = maxOf(sminUnsigned, draft.umin);
    draft.umax = minOf(smaxUnsigned, draft.umax);
  } else if (draft.umax < sminUnsigned) {
    // The signed range crosses the sign: only its part from zero meets the unsigned one.
    draft.smin = s64(draft.umin);
    draft.umax = minOf(draft.umax, smaxUnsigned);
  } else if (smaxUnsigned < draft.umin) {
    draft.smax = s64(draft.umax);
    draft.umin = maxOf(draft.umin, sminUnsigned);
  }
}

const UPPER = 0xffff_ffff_0000_0000n;

/** What the 32-bit ranges say of the 64-bit ones. */
function deduceMixed(draft: Draft): void {
  const low = BigInt(draft.u32min);
  const high = BigInt(draft.u32max);
  draft.umin = maxOf(draft.umin, (draft.umin & UPPER) | low);
  draft.umax = minOf(draft.umax, (draft.umax & UPPER) | high);
  draft.smin = maxOf(draft.smin, s64((u64(draft.smin) & UPPER) | low));
  draft.smax = minOf(draft.smax, s64((u64(draft.smax) & UPPER) | high));
  // A sign-extended value whose lower half is not negative: the upper half cannot be all ones.
  if (draft.s32min >= 0 && draft.smin >= BigInt(S32_MIN) && draft.smax <= BigInt(S32_MAX)) {
    draft.smin = BigInt(draft.s32min);
    draft.smax = BigInt(draft.s32max);
    draft.umin = draft.smin;
    draft.umax = u64(draft.smax);
    draft.bits = intersect(draft.bits, rangeTnum(draft.umin, draft.umax));
  }
}

function deduce(draft: Draft): void {
  deduce32(draft);
  deduce64(draft);
  deduceMixed(draft);
}

function bitsFromBounds(draft: Draft): void {
  const wide = intersect(draft.bits, rangeTnum(draft.umin, draft.umax));
  const low = intersect(lower32(wide), rangeTnum(BigInt(draft.u32min), BigInt(draft.u32max)));
  draft.bits = or({ value: wide.value & UPPER, mask: wide.mask & UPPER }, low);
}

/** Carries what each range and the bits say over to the others. */
export function settle(draft: Draft): Scalar {
  boundsFromBits(draft);
  deduce(draft);
  deduce(draft);
  deduce(draft);
  bitsFromBounds(draft);
  boundsFromBits(draft);
  return draft;
}

/** After a 32-bit operation: the upper half is zero, the 64-bit ranges are those of the lower half. */
export function zeroExtend32(draft: Draft): void {
  draft.bits = lower32(draft.bits);
  draft.umin = BigInt(draft.u32min);
  draft.umax = BigInt(draft.u32max);
  const isPositive = draft.s32min >= 0 && draft.s32max >= 0;
  draft.smin = isPositive ? BigInt(draft.s32min) : 0n;
  draft.smax = isPositive ? BigInt(draft.s32max) : BigInt(U32_MAX);
}

/**
 * Whether the ranges and bits contradict each other, as they may on a path that cannot happen:
 * reg_bounds_sanity_check(). Linux then forgets the ranges.
 */
export function isContradictory(scalar: Scalar): boolean {
  if (scalar.umin > scalar.umax || scalar.smin > scalar.smax) return true;
  if (scalar.u32min > scalar.u32max || scalar.s32min > scalar.s32max) return true;
  const { value, mask } = scalar.bits;
  if (
    mask === 0n &&
    (scalar.umin !== value ||
      scalar.umax !== value ||
      scalar.smin !== s64(value) ||
      scalar.smax !== s64(value))
  ) {
    return true;
  }
  const low = lower32(scalar.bits);
  if (low.mask !== 0n) return false;
  const known = Number(low.value);
  return (
    scalar.u32min !== known ||
    scalar.u32max !== known ||
    scalar.s32min !== (known | 0) ||
    scalar.s32max !== (known | 0)
  );
}

/** The bits stay, the ranges go. */
export function forgetBounds(scalar: Scalar): Scalar {
  return { ...unknownScalar, bits: scalar.bits };
}

/** Whether every number `b` may be is one `a` may be, going by ranges and bits. */
export function includesScalar(a: Scalar, b: Scalar): boolean {
  if (a === b) return true;
  return (
    a.umin <= b.umin &&
    a.umax >= b.umax &&
    a.smin <= b.smin &&
    a.smax >= b.smax &&
    a.u32min <= b.u32min &&
    a.u32max >= b.u32max &&
    a.s32min <= b.s32min &&
    a.s32max >= b.s32max &&
    (b.bits.mask & ~a.bits.mask) === 0n &&
    a.bits.value === (b.bits.value & ~a.bits.mask)
  );
}

export function isEqualScalar(a: Scalar, b: Scalar): boolean {
  if (a === b) return true;
  return (
    a.umin === b.umin &&
    a.umax === b.umax &&
    a.smin === b.smin &&
    a.smax === b.smax &&
    a.u32min === b.u32min &&
    a.u32max === b.u32max &&
    a.s32min === b.s32min &&
    a.s32max === b.s32max &&
    a.bits.value === b.bits.value &&
    a.bits.mask === b.bits.mask
  );
}

/** Bits the value may need: get_reg_width(). */
export function widthBits(scalar: Scalar): number {
  return scalar.umax === 0n ? 0 : scalar.umax.toString(2).length;
}
