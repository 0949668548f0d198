/**
 * The eleven registers. One buffer, two views: pairs of 32-bit halves for the hot path (`low` of
 * register r at 2r, `high` at 2r + 1), and whole 64-bit values where a BigInt is worth its price.
 */
import { REGISTER_COUNT } from './operations.ts';

if (new Uint8Array(Uint32Array.of(1).buffer)[0] !== 1) {
  throw new Error('the two views of a register agree on little-endian machines only');
}

/** Halves of the registers: element 2r is the lower half of register r, 2r + 1 the upper. */
export type Halves = Int32Array;

export interface Registers {
  readonly halves: Halves;
  readonly wide: BigUint64Array;
}

export function createRegisters(): Registers {
  const buffer = new ArrayBuffer(8 * REGISTER_COUNT);
  return { halves: new Int32Array(buffer), wide: new BigUint64Array(buffer) };
}
