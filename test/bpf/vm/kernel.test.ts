import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instruction } from '../../../electron/bpf/program.ts';
import {
  alu32,
  ALU_CODES,
  alu64,
  atomic,
  byteSwap,
  imm,
  jump,
  JUMP_CODES,
  lddw,
  load,
  loadSigned,
  mov64,
  neg,
  SIZE_CODES,
  store,
  type AluName,
  type JumpName,
  type SizeName,
} from './assembler.ts';
import { kernelTests, RESULTS } from './kernel-fixture.ts';
import { anyImmediate, anyValue } from './values.ts';

const kernel = kernelTests();

/** Registers the random programs work on; the kernel sees plain numbers in all of them. */
const REGISTERS = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const PROGRAMS = 150;

function register(): fc.Arbitrary<number> {
  return fc.constantFrom(...REGISTERS);
}

/** Shifts by an immediate beyond the width, and divisions by an immediate 0, are no valid programs. */
function validImmediate(name: AluName, width: 32 | 64, value: number): number {
  if (name === 'lsh' || name === 'rsh' || name === 'arsh') return value & (width - 1);
  if (name === 'div' || name === 'mod') return value === 0 ? 1 : value;
  return value;
}

function arithmetic(): fc.Arbitrary<readonly Instruction[]> {
  const names = Object.keys(ALU_CODES) as AluName[];
  return fc
    .record({
      name: fc.constantFrom(...names),
      width: fc.constantFrom(32 as const, 64 as const),
      dst: register(),
      src: register(),
      value: anyImmediate(),
      isImmediate: fc.boolean(),
      variant: fc.nat({ max: 3 }),
    })
    .map(({ name, width, dst, src, value, isImmediate, variant }) => {
      const alu = width === 64 ? alu64 : alu32;
      const isDivision = name === 'div' || name === 'mod';
      const extensions = width === 64 ? [0, 8, 16, 32] : [0, 8, 16, 0];
      const offset = isDivision
        ? variant & 1
        : name === 'mov' && !isImmediate
          ? (extensions[variant] ?? 0)
          : 0;
      return [alu(name, dst, isImmediate ? imm(validImmediate(name, width, value)) : src, offset)];
    });
}

function others(): fc.Arbitrary<readonly Instruction[]> {
  const sizes = Object.keys(SIZE_CODES) as SizeName[];
  const jumps = Object.keys(JUMP_CODES) as JumpName[];
  return fc.oneof(
    fc.tuple(register(), fc.constantFrom(32 as const, 64 as const)).map(([dst, width]) => [neg(width, dst)]),
    fc
      .tuple(
        fc.constantFrom('le' as const, 'be' as const, 'bswap' as const),
        register(),
        fc.constantFrom(16, 32, 64),
      )
      .map(([kind, dst, bits]) => [byteSwap(kind, dst, bits)]),
    // A number through the stack, in any width.
    fc
      .tuple(register(), register(), fc.constantFrom(...sizes), fc.boolean())
      .map(([src, dst, size, isSigned]) => [
        store('dw', 10, -8, imm(-1)),
        store(size, 10, -8, src),
        isSigned && size !== 'dw' ? loadSigned(size, dst, 10, -8) : load(size, dst, 10, -8),
      ]),
    fc
      .tuple(
        register(),
        register(),
        fc.constantFrom(0x00, 0x01, 0x40, 0x41, 0x50, 0x51, 0xa0, 0xa1, 0xe1, 0xf1),
        fc.constantFrom('w' as const, 'dw' as const),
      )
      .map(([held, operand, code, size]) => [
        store('dw', 10, -8, held),
        atomic(size, code, 10, -8, operand),
        load('dw', held, 10, -8),
      ]),
    fc
      .tuple(
        fc.constantFrom(...jumps),
        register(),
        register(),
        anyImmediate(),
        fc.boolean(),
        fc.boolean(),
        register(),
      )
      .map(([name, dst, src, value, isImmediate, isNarrow, marked]) => [
        jump(name, dst, isImmediate ? imm(value) : src, 1, isNarrow ? 32 : 64),
        alu64('xor', marked, imm(0x5a5a)),
      ]),
  );
}

function anyBody(): fc.Arbitrary<readonly Instruction[]> {
  const start = fc.tuple(...REGISTERS.map(() => anyValue()));
  const piece = fc.oneof({ weight: 3, arbitrary: arithmetic() }, { weight: 2, arbitrary: others() });
  return fc
    .tuple(start, fc.array(piece, { minLength: 5, maxLength: 40 }))
    .map(([values, pieces]) => [
      ...values.flatMap((value, index) => lddw(REGISTERS[index] ?? 0, value)),
      ...pieces.flat(),
      ...REGISTERS.map((each, index) => store('dw', RESULTS, 8 * index, each)),
    ]);
}

describe('arithmetic, jumps, memory and atomics', () => {
  it('compute what the kernel computes, interpreted and compiled', async (context) => {
    for (const body of fc.sample(anyBody(), { seed: 20_261_122, numRuns: PROGRAMS })) {
      const answers = await kernel.compare(context, { results: REGISTERS.length, body });
      expect(answers.interpreter).toEqual(answers.kernel);
      expect(answers.jit).toEqual(answers.kernel);
    }
  });

  it('are seen by the comparison to differ where a program differs', async (context) => {
    const answers = await kernel.compare(context, {
      results: 1,
      body: [mov64(0, imm(7)), store('dw', RESULTS, 0, 0)],
    });
    expect(answers.kernel).toEqual([7n]);
  });
});
