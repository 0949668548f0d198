/**
 * Tristate numbers: what is known of each bit of a 64-bit value. A bit set in `mask` is unknown, and
 * is then clear in `value`. The operations give the result that Linux 6.18's kernel/bpf/tnum.c gives,
 * because a more precise one would accept what the kernel refuses.
 */

import { multiplyHalves } from './tnum-multiply.ts';

export interface Tnum {
  /** Known bits, unsigned 64. */
  readonly value: bigint;
  /** Unknown bits, unsigned 64. */
  readonly mask: bigint;
}

const U64_MAX = 0xffff_ffff_ffff_ffffn;
const U32_MAX = 0xffff_ffffn;

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function tnum(value: bigint, mask: bigint): Tnum {
  return { value, mask };
}

export const unknownTnum: Tnum = tnum(0n, U64_MAX);

export function constantTnum(value: bigint): Tnum {
  return tnum(u64(value), 0n);
}

export function isConstant(a: Tnum): boolean {
  return a.mask === 0n;
}

export function isEqualTnum(a: Tnum, b: Tnum): boolean {
  return a.value === b.value && a.mask === b.mask;
}

/** The least tnum that holds every value from `min` to `max`. */
export function rangeTnum(min: bigint, max: bigint): Tnum {
  const differing = min ^ max;
  const bits = differing === 0n ? 0 : differing.toString(2).length;
  if (bits > 63) return unknownTnum;
  const mask = (1n << BigInt(bits)) - 1n;
  return tnum(min & ~mask & U64_MAX, mask);
}

export function shiftLeft(a: Tnum, bits: number): Tnum {
  const by = BigInt(bits);
  return tnum(u64(a.value << by), u64(a.mask << by));
}

export function shiftRight(a: Tnum, bits: number): Tnum {
  const by = BigInt(bits);
  return tnum(a.value >> by, a.mask >> by);
}

/** Arithmetic shift of a value `width` bits wide: an unknown sign bit spreads as unknown. */
export function shiftRightSigned(a: Tnum, bits: number, width: 32 | 64): Tnum {
  const by = BigInt(bits);
  return tnum(
    BigInt.asUintN(width, BigInt.asIntN(width, a.value) >> by),
    BigInt.asUintN(width, BigInt.asIntN(width, a.mask) >> by),
  );
}

export function add(a: Tnum, b: Tnum): Tnum {
  const masks = u64(a.mask + b.mask);
  const values = u64(a.value + b.value);
  const carries = u64(masks + values) ^ values;
  const mask = carries | a.mask | b.mask;
  return tnum(values & ~mask, mask);
}

export function subtract(a: Tnum, b: Tnum): Tnum {
  const values = u64(a.value - b.value);
  const highest = u64(values + a.mask);
  const lowest = u64(values - b.mask);
  const mask = (highest ^ lowest) | a.mask | b.mask;
  return tnum(values & ~mask, mask);
}

export function negate(a: Tnum): Tnum {
  return subtract(constantTnum(0n), a);
}

export function and(a: Tnum, b: Tnum): Tnum {
  const possible = (a.value | a.mask) & (b.value | b.mask);
  const value = a.value & b.value;
  return tnum(value, possible & ~value);
}

export function or(a: Tnum, b: Tnum): Tnum {
  const value = a.value | b.value;
  return tnum(value, (a.mask | b.mask) & ~value);
}

export function xor(a: Tnum, b: Tnum): Tnum {
  const mask = a.mask | b.mask;
  return tnum((a.value ^ b.value) & ~mask, mask);
}

/** What holds for a value that is in `a` and in `b`; the two must not contradict each other. */
export function intersect(a: Tnum, b: Tnum): Tnum {
  const mask = a.mask & b.mask;
  return tnum((a.value | b.value) & ~mask, mask);
}

const multiplier = new BigUint64Array(2);
const multiplierHalves = new Uint32Array(multiplier.buffer);
const multiplicand = new BigUint64Array(2);
const multiplicandHalves = new Uint32Array(multiplicand.buffer);

/** Long multiplication, a bit of `a` at a time; an unknown bit means adding `b` or not. */
export function multiply(a: Tnum, b: Tnum): Tnum {
  if (a.mask === 0n && b.mask === 0n) return constantTnum(a.value * b.value);
  multiplier[0] = a.value;
  multiplier[1] = a.mask;
  multiplicand[0] = b.value;
  multiplicand[1] = b.mask;
  const product = multiplyHalves(multiplierHalves, multiplicandHalves);
  return tnum(joined(product, 0), joined(product, 2));
}

function joined(halves: Readonly<Uint32Array>, low: number): bigint {
  return (BigInt(halves[low + 1] ?? 0) << 32n) | BigInt(halves[low] ?? 0);
}

/** The lower `sizeBytes` bytes in the opposite order; the others are zero. */
export function swapBytes(a: Tnum, sizeBytes: number): Tnum {
  return tnum(swapped(a.value, sizeBytes), swapped(a.mask, sizeBytes));
}

function swapped(value: bigint, sizeBytes: number): bigint {
  let result = 0n;
  for (let byte = 0n; byte < BigInt(sizeBytes); byte += 1n)
    result = (result << 8n) | ((value >> (8n * byte)) & 0xffn);
  return result;
}

/** The lower `sizeBytes` bytes; the others are zero. */
export function truncate(a: Tnum, sizeBytes: number): Tnum {
  const bits = 8 * sizeBytes;
  return tnum(BigInt.asUintN(bits, a.value), BigInt.asUintN(bits, a.mask));
}

export function lower32(a: Tnum): Tnum {
  return tnum(a.value & U32_MAX, a.mask & U32_MAX);
}

/** `a` with its lower 32 bits those of `low`. */
export function withLower32(a: Tnum, low: Tnum): Tnum {
  return tnum((a.value & ~U32_MAX) | (low.value & U32_MAX), (a.mask & ~U32_MAX) | (low.mask & U32_MAX));
}

/** Whether every value of `b` is one of `a`. */
export function contains(a: Tnum, b: Tnum): boolean {
  return (b.mask & ~a.mask) === 0n && a.value === (b.value & ~a.mask);
}

/** Whether some value may be in both. */
export function mayBeEqual(a: Tnum, b: Tnum): boolean {
  const known = ~a.mask & ~b.mask & U64_MAX;
  return (a.value & known) === (b.value & known);
}

export function isAligned(a: Tnum, sizeBytes: number): boolean {
  return ((a.value | a.mask) & BigInt(sizeBytes - 1)) === 0n;
}

/** As Linux writes one: `(0x0; 0xff)`. */
export function renderTnum(a: Tnum): string {
  return `(0x${a.value.toString(16)}; 0x${a.mask.toString(16)})`;
}
