import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instruction } from '../../../electron/bpf/program.ts';
import { alu64, call, imm, ja, jump, lddw, load, mov64, store } from '../vm/assembler.ts';
import { kernelTests, RESULTS } from '../vm/kernel-fixture.ts';
import { createBench, mapDefinition } from '../vm/machine-fixture.ts';

const BPF_F_NO_PREALLOC = 1;
const ENOSPC = -28;
const kernel = kernelTests();

const definition = mapDefinition({
  type: 'lpm_trie',
  keySizeBytes: 6,
  maxEntries: 6,
  flags: BPF_F_NO_PREALLOC,
});

interface Action {
  readonly what: 'lookup' | 'update' | 'delete';
  readonly bits: number;
  /** 16 bits of data. */
  readonly data: number;
  readonly value: number;
  readonly flags: number;
}

/** Few distinct prefixes, so that they nest, part and meet again. */
const action: fc.Arbitrary<Action> = fc.record({
  what: fc.constantFrom('lookup' as const, 'update' as const, 'update' as const, 'delete' as const),
  bits: fc.constantFrom(0, 1, 2, 3, 7, 8, 9, 12, 15, 16, 17),
  data: fc.constantFrom(0x0000, 0x8000, 0xc000, 0xa000, 0xa080, 0xa0ff, 0xffff),
  value: fc.nat({ max: 1000 }),
  flags: fc.constantFrom(0, 0, 0, 1, 2, 3),
});

const HELPERS = { lookup: 1, update: 2, delete: 3 } as const;
const ACTIONS = 60;
const SEQUENCES = 30;

function slotsOf({ what, bits, data, value, flags }: Action, index: number): readonly Instruction[] {
  const swapped = ((data & 0xff) << 8) | (data >> 8);
  const before = [
    store('w', 10, -8, imm(bits)),
    store('w', 10, -4, imm(swapped)),
    store('dw', 10, -16, imm(value)),
    ...lddw(1, 1n, 1),
    mov64(2, 10),
    alu64('add', 2, imm(-8)),
    mov64(3, 10),
    alu64('add', 3, imm(-16)),
    mov64(4, imm(flags)),
    call(HELPERS[what]),
  ];
  const result = store('dw', RESULTS, 8 * index, 0);
  if (what !== 'lookup') return [...before, result];
  return [...before, jump('jne', 0, imm(0), 2), mov64(0, imm(-1)), ja(1), load('dw', 0, 0, 0), result];
}

describe('longest prefix match trie', () => {
  it('answers any sequence of operations as the kernel does', async (context) => {
    const sequences = fc.array(action, { minLength: ACTIONS, maxLength: ACTIONS });
    for (const sequence of fc.sample(sequences, { seed: 20_261_122, numRuns: SEQUENCES })) {
      const body = sequence.flatMap(slotsOf);
      const answers = await kernel.compare(context, { results: ACTIONS, body, maps: [definition] });
      expect(answers.interpreter).toEqual(answers.kernel);
      expect(answers.jit).toEqual(answers.kernel);
    }
  });

  it('finds the longest of the prefixes that match, and lists an entry after those below it', () => {
    const { machine } = createBench();
    const map = machine.addMap({ ...definition, valueSizeBytes: 1 });
    const put = (bits: number, first: number, second: number, value: number): number =>
      map.set(Uint8Array.of(bits, 0, 0, 0, first, second), Uint8Array.of(value));
    expect([put(0, 0, 0, 1), put(8, 10, 0, 2), put(12, 10, 16, 3), put(8, 192, 0, 4)]).toEqual([0, 0, 0, 0]);
    const find = (first: number, second: number) => map.get(Uint8Array.of(16, 0, 0, 0, first, second))?.[0];
    expect([find(10, 17), find(10, 32), find(192, 1), find(11, 0)]).toEqual([3, 2, 4, 1]);
    expect([...map.entries()].map(({ value }) => value[0])).toEqual([3, 2, 4, 1]);
  });

  it('is full with ENOSPC, which is counted', () => {
    const { machine } = createBench();
    const map = machine.addMap({ ...definition, maxEntries: 1 });
    expect(map.set(Uint8Array.of(8, 0, 0, 0, 1, 0), new Uint8Array(8))).toBe(0);
    expect(map.set(Uint8Array.of(8, 0, 0, 0, 2, 0), new Uint8Array(8))).toBe(ENOSPC);
    expect([...map.faults.counts]).toEqual([['map-full', 1]]);
  });

  it('lets a pointer into a replaced value read the old one', () => {
    const { machine } = createBench();
    const map = machine.addMap(definition);
    const key = Uint8Array.of(8, 0, 0, 0, 1, 0);
    map.set(key, Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0));
    const at = machine.memory.allocate(8);
    machine.memory.bytes.set(key, at);
    const before = map.lookup(at);
    for (let round = 2; round < 100; round += 1) map.set(key, Uint8Array.of(round, 0, 0, 0, 0, 0, 0, 0));
    expect(machine.memory.view.getUint8(before)).toBe(1);
    expect(machine.memory.view.getUint8(map.lookup(at))).toBe(99);
  });

  it.each([
    ['no room', { maxEntries: 0 }],
    ['preallocation', { flags: 0 }],
    ['a key that is only a length', { keySizeBytes: 4 }],
    ['a key of more than 256 bytes', { keySizeBytes: 261 }],
    ['no value', { valueSizeBytes: 0 }],
  ])('is not made with %s', (_, wrong) => {
    const { machine } = createBench();
    expect(() => machine.addMap({ ...definition, ...wrong })).toThrow(
      expect.objectContaining({ code: 'bad-map' }),
    );
  });
});
