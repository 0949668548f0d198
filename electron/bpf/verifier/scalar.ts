/**
 * What is known of a number in a register: the bits (a Tnum) and four ranges, unsigned and signed, of
 * all 64 bits and of the lower 32. Each tells something of the others: settle.ts carries it over.
 *
 * The 64-bit bounds are BigInt, the 32-bit ones plain numbers. Scalars are immutable and shared between
 * states; a Draft is one being made.
 */
import { constantTnum, isConstant, lower32, unknownTnum, type Tnum } from './tnum.ts';

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
