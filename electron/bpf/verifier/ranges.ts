/** Numbers of which no more is known than the range they lie in. */
import { unknownScalar, type Scalar } from './scalar.ts';
import { settle } from './settle.ts';

/** Both ends fit 32 bits, and so does the number: its upper half is its sign. */
export function rangeScalar(min: bigint, max: bigint): Scalar {
  const range = { ...unknownScalar, smin: min, smax: max, s32min: Number(min), s32max: Number(max) };
  if (min >= 0n) Object.assign(range, { umin: min, umax: max, u32min: Number(min), u32max: Number(max) });
  return settle(range);
}
