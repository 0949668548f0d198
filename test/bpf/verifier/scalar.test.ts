import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  computeScalar,
  signExtend32,
  signExtend64,
  swapScalar,
  truncateToBytes,
  type AluName,
} from '../../../electron/bpf/verifier/alu.ts';
import { isBranchTaken, refine, type Condition } from '../../../electron/bpf/verifier/branch.ts';
import {
  constantScalar,
  draftOf,
  s64,
  u64,
  unknownScalar,
  type Scalar,
} from '../../../electron/bpf/verifier/scalar.ts';
import { settle } from '../../../electron/bpf/verifier/settle.ts';
import {
  contains,
  constantTnum,
  multiply,
  add,
  rangeTnum,
  type Tnum,
} from '../../../electron/bpf/verifier/tnum.ts';

/** Numbers near the edges as often as anywhere. */
const number64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
  fc.constantFrom(
    0n,
    1n,
    0x7fff_ffffn,
    0x8000_0000n,
    0xffff_ffffn,
    0x7fff_ffff_ffff_ffffn,
    0x8000_0000_0000_0000n,
    0xffff_ffff_ffff_ffffn,
  ),
  fc.bigInt({ min: 0n, max: 300n }),
);

/** A scalar and one of the numbers it may be. */
const scalarWithMember = fc.tuple(number64, number64, fc.nat(4)).map(([a, b, shape]): [Scalar, bigint] => {
  const [min, max] = a < b ? [a, b] : [b, a];
  switch (shape) {
    case 0:
      return [constantScalar(a), a];
    case 1:
      return [settle({ ...draftOf(unknownScalar), umin: min, umax: max }), a];
    case 2: {
      const [low, high] = s64(a) < s64(b) ? [s64(a), s64(b)] : [s64(b), s64(a)];
      return [settle({ ...draftOf(unknownScalar), smin: low, smax: high }), a];
    }
    case 3:
      return [settle({ ...draftOf(unknownScalar), bits: { value: a & ~b, mask: b } }), a];
    default:
      return [unknownScalar, a];
  }
});

function holds(scalar: Scalar, value: bigint): boolean {
  const low = Number(value & 0xffff_ffffn);
  return (
    contains(scalar.bits, constantTnum(value)) &&
    scalar.umin <= value &&
    value <= scalar.umax &&
    scalar.smin <= s64(value) &&
    s64(value) <= scalar.smax &&
    scalar.u32min <= low &&
    low <= scalar.u32max &&
    scalar.s32min <= (low | 0) &&
    (low | 0) <= scalar.s32max
  );
}

/** What the machine computes. */
function compute(name: AluName, a: bigint, b: bigint, width: 32 | 64): bigint {
  const x = BigInt.asUintN(width, a);
  const y = BigInt.asUintN(width, b);
  const by = y & BigInt(width - 1);
  const results: Record<AluName, () => bigint> = {
    add: () => x + y,
    sub: () => x - y,
    mul: () => x * y,
    neg: () => -x,
    or: () => x | y,
    and: () => x & y,
    xor: () => x ^ y,
    div: () => (y === 0n ? 0n : x / y),
    mod: () => (y === 0n ? x : x % y),
    lsh: () => x << by,
    rsh: () => x >> by,
    arsh: () => BigInt.asIntN(width, x) >> by,
  };
  return BigInt.asUintN(width, results[name]());
}

const OPERATIONS: readonly AluName[] = [
  'add',
  'sub',
  'mul',
  'div',
  'mod',
  'or',
  'and',
  'xor',
  'lsh',
  'rsh',
  'arsh',
  'neg',
];
const CONDITIONS: readonly Condition[] = [
  'jeq',
  'jne',
  'jset',
  'jgt',
  'jge',
  'jlt',
  'jle',
  'jsgt',
  'jsge',
  'jslt',
  'jsle',
];

function isTrue(condition: Condition, a: bigint, b: bigint, width: 32 | 64): boolean {
  const [x, y] = [BigInt.asUintN(width, a), BigInt.asUintN(width, b)];
  const [sx, sy] = [BigInt.asIntN(width, a), BigInt.asIntN(width, b)];
  const results: Record<Condition, boolean> = {
    jeq: x === y,
    jne: x !== y,
    jset: (x & y) !== 0n,
    jgt: x > y,
    jge: x >= y,
    jlt: x < y,
    jle: x <= y,
    jsgt: sx > sy,
    jsge: sx >= sy,
    jslt: sx < sy,
    jsle: sx <= sy,
  };
  return results[condition];
}

describe('arithmetic on scalars', () => {
  for (const name of OPERATIONS) {
    it(`keeps every result of ${name} within the bounds`, () => {
      fc.assert(
        fc.property(
          scalarWithMember,
          scalarWithMember,
          fc.constantFrom(32 as const, 64 as const),
          ([a, x], [b, y], width) => {
            expect(holds(computeScalar(name, a, b, width), compute(name, x, y, width))).toBe(true);
          },
        ),
        { numRuns: 1500 },
      );
    });
  }

  it('keeps narrowed, extended and swapped numbers within the bounds', () => {
    fc.assert(
      fc.property(scalarWithMember, fc.constantFrom(1 as const, 2 as const), ([a, x], bytes) => {
        const extended = BigInt.asIntN(8 * bytes, x);
        expect(holds(truncateToBytes(a, bytes), BigInt.asUintN(8 * bytes, x))).toBe(true);
        expect(holds(signExtend64(a, bytes), u64(extended))).toBe(true);
        expect(holds(signExtend32(a, bytes), BigInt.asUintN(32, extended))).toBe(true);
        const swapped = Buffer.alloc(8);
        swapped.writeBigUInt64LE(x);
        expect(holds(swapScalar(a, 8), swapped.readBigUInt64BE())).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('branches on scalars', () => {
  it('never rule out the way a number takes, and keep it within the bounds there', () => {
    fc.assert(
      fc.property(
        scalarWithMember,
        scalarWithMember,
        fc.constantFrom(...CONDITIONS),
        fc.constantFrom(32 as const, 64 as const),
        ([a, x], [b, y], condition, width) => {
          const truth = isTrue(condition, x, y, width);
          const decided = isBranchTaken(condition, a, b, width);
          expect(decided ?? truth).toBe(truth);
          if (decided !== undefined) return;
          const refined = refine(condition, truth, a, b, width);
          expect(holds(refined.a, x) && holds(refined.b, y)).toBe(true);
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it('learn the bound from an unsigned comparison', () => {
    expect(refine('jlt', true, unknownScalar, constantScalar(8n), 64).a).toMatchObject({
      umin: 0n,
      umax: 7n,
      smin: 0n,
      smax: 7n,
    });
  });
});

describe('tristate numbers', () => {
  const small: Tnum[] = [];
  for (let value = 0n; value < 8n; value += 1n) {
    for (let mask = 0n; mask < 8n; mask += 1n) if ((value & mask) === 0n) small.push({ value, mask });
  }
  const members = (tnum: Tnum): bigint[] =>
    [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n].filter((each) => contains(tnum, constantTnum(each)));

  it('hold every sum and product of three-bit members', () => {
    for (const a of small) {
      for (const b of small) {
        const [sum, product] = [add(a, b), multiply(a, b)];
        for (const x of members(a)) {
          for (const y of members(b)) {
            expect(contains(sum, constantTnum(x + y)) && contains(product, constantTnum(x * y))).toBe(true);
          }
        }
      }
    }
  });

  it('hold a range in the fewest bits', () => {
    expect(rangeTnum(8n, 11n)).toEqual({ value: 8n, mask: 3n });
    expect(rangeTnum(5n, 5n)).toEqual({ value: 5n, mask: 0n });
  });
});
