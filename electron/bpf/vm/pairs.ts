/**
 * 64-bit values as pairs of 32-bit integers, for the operations that JavaScript's numbers do not
 * have. A `high` function computes the upper half of what `| 0` or Math.imul gives the lower half
 * of. All are hot: called once an instruction.
 */

/** 1 where a + b leaves 32 bits. Takes the lower halves and their sum. */
export function carry(a: number, sum: number): number {
  return sum >>> 0 < a >>> 0 ? 1 : 0;
}

/** 1 where a - b goes below zero. */
export function borrow(a: number, b: number): number {
  return a >>> 0 < b >>> 0 ? 1 : 0;
}

/** Upper 32 bits of the unsigned product of two 32-bit values. */
export function multiplyHigh(a: number, b: number): number {
  const a0 = a & 0xffff;
  const a1 = a >>> 16;
  const b0 = b & 0xffff;
  const b1 = b >>> 16;
  const low = a0 * b0;
  const middle = a1 * b0 + (low >>> 16);
  const middleLow = (middle % 0x10000) + a0 * b1;
  return (a1 * b1 + Math.floor(middle / 0x10000) + Math.floor(middleLow / 0x10000)) | 0;
}

export function isLessUnsigned(aLow: number, aHigh: number, bLow: number, bHigh: number): boolean {
  return aHigh === bHigh ? aLow >>> 0 < bLow >>> 0 : aHigh >>> 0 < bHigh >>> 0;
}

export function isLessSigned(aLow: number, aHigh: number, bLow: number, bHigh: number): boolean {
  return aHigh === bHigh ? aLow >>> 0 < bLow >>> 0 : aHigh < bHigh;
}

/** The four bytes in the other order. */
export function swapBytes32(value: number): number {
  return (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
}

export function swapBytes16(value: number): number {
  return ((value & 0xff) << 8) | ((value >>> 8) & 0xff);
}

/** Sign of the lowest 8, 16 or 32 bits drawn out over 32. */
export function signExtend(value: number, bits: number): number {
  const shift = 32 - bits;
  return (value << shift) >> shift;
}
