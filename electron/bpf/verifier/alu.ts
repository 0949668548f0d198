/**
 * Arithmetic on scalars: adjust_scalar_min_max_vals() of Linux 6.18. Each operation gives bounds that
 * hold for every pair of operands, and gives exactly those the kernel gives.
 */
import {
  boundsFromBits,
  boundsFromBits32,
  constantScalar,
  draftOf,
  forget32,
  forget64,
  lowS32,
  lowU32,
  maxOf,
  minOf,
  s64,
  S32_MAX,
  S32_MIN,
  S64_MAX,
  S64_MIN,
  u64,
  U32_MAX,
  U64_MAX,
  unknownScalar,
  zeroExtend32,
  zeroScalar,
  type Draft,
  type Scalar,
} from './scalar.ts';
import { settle } from './settle.ts';
import * as tnums from './tnum.ts';

export type AluName =
  'add' | 'sub' | 'mul' | 'div' | 'mod' | 'or' | 'and' | 'xor' | 'lsh' | 'rsh' | 'arsh' | 'neg';

/**
 * Result of `a OP b` in `width` bits; a 32-bit result is zero-extended, though of one that is not tracked
 * Linux 6.18 does not say even that.
 */
export function computeScalar(name: AluName, a: Scalar, b: Scalar, width: 32 | 64): Scalar {
  if (!isTracked(name, b, width)) return unknownScalar;
  const draft = draftOf(a);
  operate(name, draft, b, width);
  if (width === 32) zeroExtend32(draft);
  return settle(draft);
}

/** is_safe_to_compute_dst_reg_range(): division is not tracked, nor are shifts by an unknown distance. */
function isTracked(name: AluName, b: Scalar, width: 32 | 64): boolean {
  switch (name) {
    case 'div':
    case 'mod':
      return false;
    case 'lsh':
    case 'rsh':
    case 'arsh':
      return isKnownShift(b, width);
    default:
      return true;
  }
}

function isKnownShift(b: Scalar, width: 32 | 64): boolean {
  const isKnown =
    width === 32
      ? tnums.isConstant(tnums.lower32(b.bits)) && b.u32min === b.u32max && b.s32min === b.s32max
      : tnums.isConstant(b.bits) && b.umin === b.umax && b.smin === b.smax;
  return isKnown && b.umax < BigInt(width);
}

function operate(name: AluName, draft: Draft, b: Scalar, width: 32 | 64): void {
  switch (name) {
    case 'add':
      addBounds(draft, b);
      return;
    case 'sub':
      subtractBounds(draft, b);
      return;
    case 'neg':
      negateBounds(draft);
      return;
    case 'mul':
      multiplyBounds(draft, b);
      return;
    case 'and':
    case 'or':
    case 'xor':
      combineBits(name, draft, b);
      return;
    case 'lsh':
      if (width === 32) shiftLeft32(draft, b.u32min);
      else shiftLeft64(draft, Number(b.umin));
      return;
    case 'rsh':
      if (width === 32) shiftRight32(draft, b.u32min);
      else shiftRight64(draft, Number(b.umin));
      return;
    case 'arsh':
      if (width === 32) shiftRightSigned32(draft, b.u32min);
      else shiftRightSigned64(draft, Number(b.umin));
      return;
    case 'div':
    case 'mod':
      throw new Error('division is not tracked');
  }
}

function addBounds(draft: Draft, b: Scalar): void {
  addRanges(draft, b);
  draft.bits = tnums.add(draft.bits, b.bits);
}

/** The ranges of a sum, without its bits: what carries over to linked registers too. */
export function addRanges(draft: Draft, b: Scalar): void {
  setSigned32(draft, draft.s32min + b.s32min, draft.s32max + b.s32max);
  setUnsigned32(draft, draft.u32min + b.u32min, draft.u32max + b.u32max);
  setSigned64(draft, draft.smin + b.smin, draft.smax + b.smax);
  setUnsigned64(draft, draft.umin + b.umin, draft.umax + b.umax);
}

function subtractBounds(draft: Draft, b: Scalar): void {
  setSigned32(draft, draft.s32min - b.s32max, draft.s32max - b.s32min);
  setUnsigned32(draft, draft.u32min - b.u32max, draft.u32max - b.u32min);
  setSigned64(draft, draft.smin - b.smax, draft.smax - b.smin);
  setUnsigned64(draft, draft.umin - b.umax, draft.umax - b.umin);
  draft.bits = tnums.subtract(draft.bits, b.bits);
}

function negateBounds(draft: Draft): void {
  const operand: Scalar = { ...draft };
  Object.assign(draft, zeroScalar);
  subtractBounds(draft, operand);
  draft.bits = tnums.negate(operand.bits);
}

/** A signed range that overflows at either end says nothing. */
function setSigned32(draft: Draft, min: number, max: number): void {
  const fits = min >= S32_MIN && max <= S32_MAX && min <= S32_MAX && max >= S32_MIN;
  draft.s32min = fits ? min : S32_MIN;
  draft.s32max = fits ? max : S32_MAX;
}

/** An unsigned range may wrap round as a whole, but not in part. */
function setUnsigned32(draft: Draft, min: number, max: number): void {
  const wraps = Math.floor(min / 2 ** 32) !== Math.floor(max / 2 ** 32);
  draft.u32min = wraps ? 0 : min >>> 0;
  draft.u32max = wraps ? U32_MAX : max >>> 0;
}

function setSigned64(draft: Draft, min: bigint, max: bigint): void {
  const fits = min >= S64_MIN && max <= S64_MAX && min <= S64_MAX && max >= S64_MIN;
  draft.smin = fits ? min : S64_MIN;
  draft.smax = fits ? max : S64_MAX;
}

function setUnsigned64(draft: Draft, min: bigint, max: bigint): void {
  const wraps = min >> 64n !== max >> 64n;
  draft.umin = wraps ? 0n : u64(min);
  draft.umax = wraps ? U64_MAX : u64(max);
}

function multiplyBounds(draft: Draft, b: Scalar): void {
  draft.bits = tnums.multiply(draft.bits, b.bits);
  const unsigned32 = BigInt(draft.u32max) * BigInt(b.u32max);
  if (unsigned32 > BigInt(U32_MAX)) {
    draft.u32min = 0;
    draft.u32max = U32_MAX;
  } else {
    draft.u32min *= b.u32min;
    draft.u32max = Number(unsigned32);
  }
  const products32 = products(BigInt(draft.s32min), BigInt(draft.s32max), BigInt(b.s32min), BigInt(b.s32max));
  const fits32 = products32[0] >= BigInt(S32_MIN) && products32[1] <= BigInt(S32_MAX);
  draft.s32min = fits32 ? Number(products32[0]) : S32_MIN;
  draft.s32max = fits32 ? Number(products32[1]) : S32_MAX;
  const unsigned64 = draft.umax * b.umax;
  draft.umin = unsigned64 > U64_MAX ? 0n : draft.umin * b.umin;
  draft.umax = unsigned64 > U64_MAX ? U64_MAX : unsigned64;
  const [low, high] = products(draft.smin, draft.smax, b.smin, b.smax);
  const fits = low >= S64_MIN && high <= S64_MAX;
  draft.smin = fits ? low : S64_MIN;
  draft.smax = fits ? high : S64_MAX;
}

/** Least and greatest product of two signed ranges. */
function products(aMin: bigint, aMax: bigint, bMin: bigint, bMax: bigint): [bigint, bigint] {
  const [first, second, third, fourth] = [aMin * bMin, aMin * bMax, aMax * bMin, aMax * bMax];
  return [
    minOf(minOf(first, second), minOf(third, fourth)),
    maxOf(maxOf(first, second), maxOf(third, fourth)),
  ];
}

const bitOperations = { and: tnums.and, or: tnums.or, xor: tnums.xor };

function combineBits(name: 'and' | 'or' | 'xor', draft: Draft, b: Scalar): void {
  const isKnown32 = tnums.isConstant(tnums.lower32(draft.bits)) && tnums.isConstant(tnums.lower32(b.bits));
  const isKnown64 = tnums.isConstant(draft.bits) && tnums.isConstant(b.bits);
  draft.bits = bitOperations[name](draft.bits, b.bits);
  combineBits32(name, draft, b, isKnown32);
  if (isKnown64) {
    Object.assign(draft, constantScalar(draft.bits.value));
    return;
  }
  const { value, mask } = draft.bits;
  if (name === 'and') {
    draft.umin = value;
    draft.umax = minOf(draft.umax, b.umax);
  } else {
    draft.umin = name === 'or' ? maxOf(draft.umin, b.umin) : value;
    draft.umax = value | mask;
  }
  const crossesSign = s64(draft.umin) > s64(draft.umax);
  draft.smin = crossesSign ? S64_MIN : s64(draft.umin);
  draft.smax = crossesSign ? S64_MAX : s64(draft.umax);
  boundsFromBits(draft);
}

function combineBits32(name: 'and' | 'or' | 'xor', draft: Draft, b: Scalar, isKnown: boolean): void {
  const low = tnums.lower32(draft.bits);
  const value = Number(low.value);
  if (isKnown) {
    draft.u32min = value;
    draft.u32max = value;
    draft.s32min = value | 0;
    draft.s32max = value | 0;
    return;
  }
  if (name === 'and') {
    draft.u32min = value;
    draft.u32max = Math.min(draft.u32max, b.u32max);
  } else {
    draft.u32min = name === 'or' ? Math.max(draft.u32min, b.u32min) : value;
    draft.u32max = Number(low.value | low.mask);
  }
  const crossesSign = (draft.u32min | 0) > (draft.u32max | 0);
  draft.s32min = crossesSign ? S32_MIN : draft.u32min | 0;
  draft.s32max = crossesSign ? S32_MAX : draft.u32max | 0;
}

function shiftLeftRanges32(draft: Draft, bits: number): void {
  draft.s32min = S32_MIN;
  draft.s32max = S32_MAX;
  if (bits > 31 || draft.u32max > 2 ** (31 - bits)) {
    draft.u32min = 0;
    draft.u32max = U32_MAX;
  } else {
    draft.u32min = (draft.u32min << bits) >>> 0;
    draft.u32max = (draft.u32max << bits) >>> 0;
  }
}

function shiftLeft32(draft: Draft, bits: number): void {
  const low = tnums.lower32(draft.bits);
  shiftLeftRanges32(draft, bits);
  draft.bits = tnums.lower32(tnums.shiftLeft(low, bits));
  forget64(draft);
  boundsFromBits32(draft);
}

function shiftLeft64(draft: Draft, bits: number): void {
  // Half of how compilers extend a sign: << 32, then s>> 32.
  draft.smin = bits === 32 ? BigInt(draft.s32min) << 32n : S64_MIN;
  draft.smax = bits === 32 ? BigInt(draft.s32max) << 32n : S64_MAX;
  const isLossy = draft.umax > 1n << BigInt(63 - bits);
  draft.umin = isLossy ? 0n : draft.umin << BigInt(bits);
  draft.umax = isLossy ? U64_MAX : draft.umax << BigInt(bits);
  shiftLeftRanges32(draft, bits);
  draft.bits = tnums.shiftLeft(draft.bits, bits);
  boundsFromBits(draft);
}

function shiftRight32(draft: Draft, bits: number): void {
  draft.s32min = S32_MIN;
  draft.s32max = S32_MAX;
  draft.bits = tnums.shiftRight(tnums.lower32(draft.bits), bits);
  draft.u32min >>>= bits;
  draft.u32max >>>= bits;
  forget64(draft);
  boundsFromBits32(draft);
}

function shiftRight64(draft: Draft, bits: number): void {
  draft.smin = S64_MIN;
  draft.smax = S64_MAX;
  draft.bits = tnums.shiftRight(draft.bits, bits);
  draft.umin >>= BigInt(bits);
  draft.umax >>= BigInt(bits);
  forget32(draft);
  boundsFromBits(draft);
}

function shiftRightSigned32(draft: Draft, bits: number): void {
  draft.s32min >>= bits;
  draft.s32max >>= bits;
  draft.bits = tnums.shiftRightSigned(tnums.lower32(draft.bits), bits, 32);
  draft.u32min = 0;
  draft.u32max = U32_MAX;
  forget64(draft);
  boundsFromBits32(draft);
}

function shiftRightSigned64(draft: Draft, bits: number): void {
  draft.smin >>= BigInt(bits);
  draft.smax >>= BigInt(bits);
  draft.bits = tnums.shiftRightSigned(draft.bits, bits, 64);
  draft.umin = 0n;
  draft.umax = U64_MAX;
  forget32(draft);
  boundsFromBits(draft);
}

/** The lower bytes in the other order: the bits follow, the ranges are found anew from them. scalar_byte_swap(). */
export function swapScalar(a: Scalar, sizeBytes: number): Scalar {
  return settle({ ...unknownScalar, bits: tnums.swapBytes(a.bits, sizeBytes) });
}

/** `(u32) a`. */
export function truncateTo32(a: Scalar): Scalar {
  const draft = draftOf(a);
  zeroExtend32(draft);
  return settle(draft);
}

/** The lower bytes of `a`, zero-extended: coerce_reg_to_size(). */
export function truncateToBytes(a: Scalar, sizeBytes: number): Scalar {
  const draft = draftOf(a);
  draft.bits = tnums.truncate(draft.bits, sizeBytes);
  const mask = (1n << BigInt(8 * sizeBytes)) - 1n;
  const keepsRange = (draft.umin & ~mask) === (draft.umax & ~mask);
  draft.umin = keepsRange ? draft.umin & mask : 0n;
  draft.umax = keepsRange ? draft.umax & mask : mask;
  draft.smin = draft.umin;
  draft.smax = draft.umax;
  if (sizeBytes < 4) forget32(draft);
  return settle(draft);
}

/** The lower bytes of `a`, sign-extended to 64 bits: coerce_reg_to_size_sx(). */
export function signExtend64(a: Scalar, sizeBytes: 1 | 2 | 4): Scalar {
  const bits = 8 * sizeBytes;
  const known = tnums.isConstant(a.bits) ? a.bits.value : undefined;
  if (known !== undefined) return constantScalar(BigInt.asIntN(bits, known));
  const lowest = -(1n << BigInt(bits - 1));
  const unbounded: Draft = { ...unknownScalar, smin: lowest, smax: -lowest - 1n };
  unbounded.s32min = Number(unbounded.smin);
  unbounded.s32max = Number(unbounded.smax);
  if (a.smax >> BigInt(bits) !== a.smin >> BigInt(bits)) return unbounded;
  const ends = [BigInt.asIntN(bits, a.smin), BigInt.asIntN(bits, a.smax)] as const;
  const [min, max] = [minOf(...ends), maxOf(...ends)];
  if (min >= 0n !== max >= 0n) return unbounded;
  return {
    bits: tnums.rangeTnum(u64(min), u64(max)),
    smin: min,
    smax: max,
    umin: u64(min),
    umax: u64(max),
    s32min: lowS32(min),
    s32max: lowS32(max),
    u32min: lowU32(min),
    u32max: lowU32(max),
  };
}

/** The lower bytes of `a`, sign-extended to 32 bits and zero-extended from there. */
export function signExtend32(a: Scalar, sizeBytes: 1 | 2): Scalar {
  const draft = draftOf(a);
  signExtendRanges32(draft, 8 * sizeBytes);
  zeroExtend32(draft);
  return settle(draft);
}

function signExtendRanges32(draft: Draft, bits: number): void {
  const shift = 32 - bits;
  const extend = (value: number): number => (value << shift) >> shift;
  const low = tnums.lower32(draft.bits);
  if (tnums.isConstant(draft.bits)) {
    const value = extend(Number(low.value));
    draft.bits = tnums.constantTnum(BigInt(value));
    draft.s32min = draft.s32max = value;
    draft.u32min = draft.u32max = value >>> 0;
    return;
  }
  const ends = [extend(draft.s32min), extend(draft.s32max)] as const;
  const [min, max] = [Math.min(...ends), Math.max(...ends)];
  if (draft.s32max >>> bits === draft.s32min >>> bits && min >= 0 === max >= 0) {
    draft.s32min = min;
    draft.s32max = max;
    draft.u32min = min >>> 0;
    draft.u32max = max >>> 0;
    draft.bits = tnums.lower32(tnums.rangeTnum(u64(BigInt(min)), u64(BigInt(max))));
    return;
  }
  forget32(draft);
  draft.s32min = -(2 ** (bits - 1));
  draft.s32max = 2 ** (bits - 1) - 1;
  draft.bits = tnums.lower32(tnums.unknownTnum);
}
