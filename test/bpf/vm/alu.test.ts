import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alu32, ALU_CODES, alu64, byteSwap, exit, imm, lddw, neg, type AluName } from './assembler.ts';
import { runOnce } from './machine-fixture.ts';
import { aluReference, swapReference, type Width } from './reference.ts';
import { anyImmediate, anyValue } from './values.ts';

const NAMES = Object.keys(ALU_CODES) as AluName[];

function variantsOf(name: AluName, width: Width, isImmediate: boolean): readonly number[] {
  if (name === 'div' || name === 'mod') return [0, 1];
  if (name === 'mov' && !isImmediate) return width === 64 ? [0, 8, 16, 32] : [0, 8, 16];
  return [0];
}

describe.each([32, 64] as const)('arithmetic in %i bits', (width) => {
  const alu = width === 64 ? alu64 : alu32;

  it.each(NAMES)('computes %s of two registers as RFC 9669 says', (name) => {
    fc.assert(
      fc.property(
        anyValue(),
        anyValue(),
        fc.constantFrom(...variantsOf(name, width, false)),
        (a, b, variant) => {
          const result = runOnce([lddw(0, a), lddw(1, b), alu(name, 0, 1, variant), exit()]);
          expect(result).toBe(aluReference(name, width, a, b, variant));
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(NAMES)('computes %s with an immediate, sign-extended', (name) => {
    fc.assert(
      fc.property(
        anyValue(),
        anyImmediate(),
        fc.constantFrom(...variantsOf(name, width, true)),
        (a, b, variant) => {
          const result = runOnce([lddw(0, a), alu(name, 0, imm(b), variant), exit()]);
          expect(result).toBe(aluReference(name, width, a, BigInt(b), variant));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('negates', () => {
    fc.assert(
      fc.property(anyValue(), (a) => {
        expect(runOnce([lddw(0, a), neg(width, 0), exit()])).toBe(BigInt.asUintN(width, -a));
      }),
    );
  });
});

describe.each(['le', 'be', 'bswap'] as const)('byte order: %s', (kind) => {
  it.each([16, 32, 64])('keeps and orders the lowest %i bits', (bits) => {
    fc.assert(
      fc.property(anyValue(), (value) => {
        expect(runOnce([lddw(0, value), byteSwap(kind, 0, bits), exit()])).toBe(
          swapReference(kind, bits, value),
        );
      }),
    );
  });
});
