import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prepareCode } from '../../../electron/bpf/vm/code.ts';
import { PAGE_BYTES } from '../../../electron/bpf/vm/memory.ts';
import type { Machine } from '../../../electron/bpf/vm/machine.ts';
import { exit, lddw, load, loadSigned, mov64, store, imm, type SizeName } from './assembler.ts';
import { createBench, ENGINES, type Slots } from './machine-fixture.ts';

const BYTES: Readonly<Record<SizeName, number>> = { b: 1, h: 2, w: 4, dw: 8 };
/** The load's slot: behind a 64-bit immediate. */
const LOAD = 2;

interface Probe {
  readonly address: bigint;
  readonly offset: number;
  readonly size: SizeName;
  readonly isSigned: boolean;
}

function program({ address, offset, size, isSigned }: Probe): Slots {
  return [
    lddw(1, address),
    isSigned && size !== 'dw' ? loadSigned(size, 0, 1, offset) : load(size, 0, 1, offset),
    exit(),
  ];
}

function run(machine: Machine, probe: Probe): bigint {
  const code = prepareCode('probe', program(probe).flat(), [], { probedLoads: [LOAD] });
  return machine.loadCode(code).run(0);
}

const benches = ENGINES.map((engine) => createBench(1, engine).machine);
const data = benches.map((machine) => {
  const at = machine.memory.allocate(64, 64);
  for (let index = 0; index < 64; index += 1) machine.memory.bytes[at + index] = 0x80 + index;
  return at;
});
const end = BigInt(benches[0]?.memory.bytes.length ?? 0);

describe('a probed load', () => {
  it.each(ENGINES.map((engine, index) => [engine, index] as const))(
    'reads what is there, by the %s',
    (_, index) => {
      const address = BigInt(data[index] as number) + 100n;
      const at = (size: SizeName, isSigned: boolean) =>
        BigInt.asIntN(64, run(benches[index] as Machine, { address, offset: -100, size, isSigned }));
      expect(at('b', false)).toBe(0x80n);
      expect(at('h', false)).toBe(0x8180n);
      expect(at('w', false)).toBe(0x8382_8180n);
      expect(at('dw', false)).toBe(BigInt.asIntN(64, 0x8786_8584_8382_8180n));
      expect(at('b', true)).toBe(-0x80n);
      expect(at('h', true)).toBe(-0x7e80n);
      expect(at('w', true)).toBe(-0x7c7d_7e80n);
    },
  );

  it.each([
    ['address 0', 0n, 0],
    ['the guard page', BigInt(PAGE_BYTES) - 8n, 0],
    ['the guard page, by its offset', BigInt(PAGE_BYTES) + 16n, -24],
    ['an address before 0', 4n, -8],
    ['the first byte behind all memory', end, 0],
    ['the last bytes of memory, and beyond', end - 4n, 0],
    ['an address of the kernel', 0xffff_8880_1234_5678n, 8],
    ['an address of 33 bits whose lower half is mapped', 0x1_0000_0000n + BigInt(PAGE_BYTES), 0],
    ['the last address of all', 0xffff_ffff_ffff_ffffn, 0],
  ])('reads 0 at %s, and does not trap', (_what, address, offset) => {
    for (const machine of benches) {
      expect(run(machine, { address, offset, size: 'dw', isSigned: false })).toBe(0n);
    }
  });

  it('gives the same by both engines at any address', () => {
    const edges = [0n, BigInt(PAGE_BYTES), end, 0x8000_0000n, 0x1_0000_0000n, 2n ** 63n, 2n ** 64n - 1n];
    const address = fc.oneof(
      fc
        .tuple(fc.constantFrom(...edges), fc.bigInt(-80n, 80n))
        .map(([edge, by]) => BigInt.asUintN(64, edge + by)),
      fc.bigInt(BigInt(PAGE_BYTES), end),
      fc.bigInt(0n, 2n ** 64n - 1n),
    );
    const probe = fc.record({
      address,
      offset: fc.oneof(fc.integer({ min: -80, max: 80 }), fc.integer({ min: -32768, max: 32767 })),
      size: fc.constantFrom(...(Object.keys(BYTES) as SizeName[])),
      isSigned: fc.boolean(),
    });
    const machines = ENGINES.map((engine) => createBench(1, engine).machine);
    fc.assert(
      fc.property(probe, (each) => {
        const [interpreted, compiled] = machines.map((machine) => run(machine, each));
        expect(compiled).toBe(interpreted);
      }),
      { numRuns: 1500 },
    );
  });

  it('keeps the register it loads from, and can load over it', () => {
    for (const machine of benches) {
      const slots = [lddw(1, 8n), load('dw', 1, 1, 0), mov64(0, 1), exit()];
      const code = prepareCode('over', slots.flat(), [], { probedLoads: [LOAD] });
      expect(machine.loadCode(code).run(0)).toBe(0n);
    }
  });

  it('is nothing that stores can be', () => {
    const slots = [lddw(1, 8n), store('dw', 1, 0, imm(1)), exit()].flat();
    expect(() => prepareCode('store', slots, [], { probedLoads: [LOAD] })).toThrow(
      /only loads can be probed/,
    );
  });
});
