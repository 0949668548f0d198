import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alu64,
  atomic,
  exit,
  imm,
  lddw,
  load,
  loadSigned,
  mov64,
  SIZE_CODES,
  store,
  type SizeName,
} from './assembler.ts';
import { createBench, interpretOnce, loadUnverified, runOnce } from './machine-fixture.ts';
import { anyImmediate, anyValue } from './values.ts';
import { PAGE_BYTES } from '../../../electron/bpf/vm/memory.ts';

const SIZES = Object.keys(SIZE_CODES) as SizeName[];
const BITS: Readonly<Record<SizeName, number>> = { b: 8, h: 16, w: 32, dw: 64 };

/** Keeps the bits of `value` that an access of `size` leaves alone, and puts `part` into the others. */
function merge(value: bigint, part: bigint, size: SizeName): bigint {
  const mask = (1n << BigInt(BITS[size])) - 1n;
  return (value & ~mask) | (part & mask);
}

describe.each(SIZES)('loads and stores of size %s', (size) => {
  it('store the lowest bits and leave their neighbours', () => {
    fc.assert(
      fc.property(anyValue(), anyValue(), (before, value) => {
        const result = runOnce([
          lddw(1, before),
          lddw(2, value),
          store('dw', 10, -8, 1),
          store(size, 10, -8, 2),
          load('dw', 0, 10, -8),
          exit(),
        ]);
        expect(result).toBe(merge(before, value, size));
      }),
    );
  });

  it('store immediates, sign-extended', () => {
    fc.assert(
      fc.property(anyImmediate(), (value) => {
        const result = runOnce([
          store('dw', 10, -8, imm(0)),
          store(size, 10, -8, imm(value)),
          load('dw', 0, 10, -8),
          exit(),
        ]);
        expect(result).toBe(BigInt.asUintN(BITS[size], BigInt(value)));
      }),
    );
  });

  it('load zero-extended, and sign-extended where asked', () => {
    fc.assert(
      fc.property(anyValue(), (value) => {
        const before = [lddw(1, value), store('dw', 10, -8, 1)];
        expect(runOnce([...before, load(size, 0, 10, -8), exit()])).toBe(BigInt.asUintN(BITS[size], value));
        if (size === 'dw') return;
        expect(runOnce([...before, loadSigned(size, 0, 10, -8), exit()])).toBe(
          BigInt.asUintN(64, BigInt.asIntN(BITS[size], value)),
        );
      }),
    );
  });
});

const ATOMICS = {
  add: [0x00, (a: bigint, b: bigint) => a + b],
  or: [0x40, (a: bigint, b: bigint) => a | b],
  and: [0x50, (a: bigint, b: bigint) => a & b],
  xor: [0xa0, (a: bigint, b: bigint) => a ^ b],
  xchg: [0xe0, (_a: bigint, b: bigint) => b],
} as const;
const FETCH = 1;

describe.each(['w', 'dw'] as const)('atomics of size %s', (size) => {
  const bits = BITS[size];

  it.each(Object.keys(ATOMICS) as (keyof typeof ATOMICS)[])(
    '%s changes memory, and gives the old value where it fetches',
    (name) => {
      const [code, compute] = ATOMICS[name];
      fc.assert(
        fc.property(anyValue(), anyValue(), fc.boolean(), (old, operand, mayFetch) => {
          const isFetch = mayFetch || name === 'xchg';
          const program = (result: number) => [
            lddw(1, old),
            lddw(2, operand),
            store('dw', 10, -8, 1),
            atomic(size, isFetch ? code | FETCH : code, 10, -8, 2),
            load('dw', 3, 10, -8),
            mov64(0, result),
            exit(),
          ];
          const expected = compute(BigInt.asUintN(bits, old), BigInt.asUintN(bits, operand));
          expect(runOnce(program(3))).toBe(merge(old, expected, size));
          expect(runOnce(program(2))).toBe(isFetch ? BigInt.asUintN(bits, old) : operand);
        }),
      );
    },
  );

  it('cmpxchg stores where r0 matches, and gives the old value in r0 either way', () => {
    fc.assert(
      fc.property(anyValue(), anyValue(), anyValue(), fc.boolean(), (old, operand, other, isMatch) => {
        const expected = isMatch ? old : other;
        const program = (result: number) => [
          lddw(1, old),
          lddw(2, operand),
          lddw(0, expected),
          store('dw', 10, -8, 1),
          atomic(size, 0xf1, 10, -8, 2),
          load('dw', 3, 10, -8),
          mov64(0, result),
          exit(),
        ];
        const matches = BigInt.asUintN(bits, expected) === BigInt.asUintN(bits, old);
        expect(runOnce(program(0))).toBe(BigInt.asUintN(bits, old));
        expect(runOnce(program(3))).toBe(matches ? merge(old, operand, size) : old);
      }),
    );
  });
});

describe('load-acquire and store-release', () => {
  it.each(SIZES)('move size %s like a load and a store', (size) => {
    const value = 0xf1f2_f3f4_f5f6_f7f8n;
    expect(runOnce([lddw(1, value), store('dw', 10, -8, 1), atomic(size, 0x100, 0, -8, 10), exit()])).toBe(
      BigInt.asUintN(BITS[size], value),
    );
    const released = [
      store('dw', 10, -8, imm(0)),
      lddw(1, value),
      atomic(size, 0x110, 10, -8, 1),
      load('dw', 0, 10, -8),
      exit(),
    ];
    expect(runOnce(released)).toBe(BigInt.asUintN(BITS[size], value));
  });
});

describe('bounds, as the interpreter checks them', () => {
  it.each([
    ['address 0', 0n, 0],
    ['the last byte of the guard page', BigInt(PAGE_BYTES - 1), 0],
    ['a negative offset into the guard page', BigInt(PAGE_BYTES), -1],
    ['an address above 32 bits', 0x1_0000_0000n + BigInt(PAGE_BYTES), 0],
    ['a kernel address', 0xffff_8880_0000_0000n, 0],
  ])('refuse a load at %s, naming the instruction', (_what, address, offset) => {
    const run = () => interpretOnce([lddw(1, address), load('b', 0, 1, offset), exit()]);
    expect(run).toThrow(
      expect.objectContaining({ code: 'out-of-bounds', place: { file: 'test', at: 'instruction 2' } }),
    );
  });

  it.each(SIZES)('refuse a store of size %s across the end of memory, and take one up to it', (size) => {
    const { machine } = createBench();
    const program = loadUnverified(machine, [store(size, 1, 0, imm(-1)), mov64(0, imm(0)), exit()]);
    machine.memory.allocate(64);
    const { end } = machine.memory;
    const width = BITS[size] / 8;
    expect(program.run(end - width)).toBe(0n);
    expect(() => program.run(end - width + 1)).toThrow(expect.objectContaining({ code: 'out-of-bounds' }));
  });

  it('refuse an atomic outside of memory', () => {
    expect(() => interpretOnce([mov64(1, imm(8)), atomic('dw', 0, 1, 0, 1), exit()])).toThrow(
      expect.objectContaining({ code: 'out-of-bounds' }),
    );
  });

  it('see the memory as it is after a program let it grow', () => {
    const { machine } = createBench();
    const program = loadUnverified(machine, [
      load('w', 0, 1, 0),
      alu64('add', 0, imm(1)),
      store('w', 1, 0, 0),
      exit(),
    ]);
    const first = machine.memory.allocate(4);
    expect(program.run(first)).toBe(1n);
    const far = machine.memory.allocate(32 * 1024 * 1024) + 32 * 1024 * 1024 - 4;
    expect(program.run(far)).toBe(1n);
    expect(program.run(first)).toBe(2n);
  });
});
