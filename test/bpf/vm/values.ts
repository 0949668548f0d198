/** 64-bit values that find mistakes: edges of every width, and any other. */
import fc from 'fast-check';

const EDGES: readonly bigint[] = [0n, 1n, 2n, 7n, 8n, 15n, 16n, 31n, 32n, 53n, 63n, 64n].flatMap((bits) => {
  const power = 1n << bits;
  return [power, power - 1n, -power, power + 1n].map((value) => BigInt.asUintN(64, value));
});

export function anyValue(): fc.Arbitrary<bigint> {
  return fc.oneof(fc.constantFrom(...EDGES), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }));
}

export function anyImmediate(): fc.Arbitrary<number> {
  return fc.oneof(fc.integer(), fc.constantFrom(0, 1, -1, 31, 32, 63, 64, 2 ** 31 - 1, -(2 ** 31)));
}
