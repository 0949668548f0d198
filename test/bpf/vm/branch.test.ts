import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  exit,
  gotol,
  imm,
  ja,
  jump,
  JUMP_CODES,
  lddw,
  mayGoto,
  mov64,
  alu64,
  type JumpName,
} from './assembler.ts';
import { runOnce } from './machine-fixture.ts';
import { jumpReference } from './reference.ts';
import { anyImmediate, anyValue } from './values.ts';

const NAMES = Object.keys(JUMP_CODES) as JumpName[];
const TAKEN = 1n;

describe.each([32, 64] as const)('conditional jumps on %i bits', (width) => {
  it.each(NAMES)('%s compares registers as RFC 9669 says', (name) => {
    fc.assert(
      fc.property(anyValue(), fc.option(anyValue(), { nil: undefined }), (a, other) => {
        const b = other ?? a;
        const result = runOnce([
          lddw(1, a),
          lddw(2, b),
          mov64(0, imm(1)),
          jump(name, 1, 2, 1, width),
          mov64(0, imm(0)),
          exit(),
        ]);
        expect(result === TAKEN).toBe(jumpReference(name, width, a, b));
      }),
      { numRuns: 300 },
    );
  });

  it.each(NAMES)('%s compares with a sign-extended immediate', (name) => {
    fc.assert(
      fc.property(anyValue(), anyImmediate(), (a, b) => {
        const result = runOnce([
          lddw(1, a),
          mov64(0, imm(1)),
          jump(name, 1, imm(b), 1, width),
          mov64(0, imm(0)),
          exit(),
        ]);
        expect(result === TAKEN).toBe(jumpReference(name, width, a, BigInt(b)));
      }),
      { numRuns: 150 },
    );
  });
});

describe('unconditional jumps', () => {
  it('go forth and back, by 16 and by 32 bits', () => {
    const forth = [mov64(0, imm(1)), ja(1), mov64(0, imm(2)), exit()];
    expect(runOnce(forth)).toBe(1n);
    const long = [
      mov64(0, imm(1)),
      gotol(2),
      alu64('add', 0, imm(4)),
      exit(),
      alu64('add', 0, imm(2)),
      gotol(-4),
    ];
    expect(runOnce(long)).toBe(7n);
  });

  it('may_goto leaves a loop after 8 Mi rounds, as BPF_MAX_LOOPS says', () => {
    expect(runOnce([mov64(0, imm(0)), mayGoto(2), alu64('add', 0, imm(1)), ja(-3), exit()])).toBe(8_388_608n);
  });
});
