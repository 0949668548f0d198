/** Numbers of which no more is known than the range they lie in. */
import { unknownScalar, type Scalar } from './scalar.ts';
import { settle } from './settle.ts';

/** Both ends fit 32 bits, and so does the number: its upper half is its sign. */
export function rangeScalar(min: bigint, max: bigint): Scalar {
  const range = { ...unknownScalar, smin: min, smax: max, s32min: Number(min), s32max: Number(max) };
  if (min >= 0n) Object.assign(range, { umin: min, umax: max, u32min: Number(min), u32max: Number(max) });
  return settle(range);
}

/**
 * A negative errno that a function of the kernel returns as an int. Linux takes it for one of 64 bits, and yet the
 * upper half is zero on x86-64: neither is relied on here.
 */
export const errnoOfInt: Scalar = settle({ ...unknownScalar, s32min: -4095, s32max: -1 });
