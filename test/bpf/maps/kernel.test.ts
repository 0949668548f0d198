import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instruction, MapType } from '../../../electron/bpf/program.ts';
import { alu64, call, imm, ja, jump, lddw, load, mov64, store } from '../vm/assembler.ts';
import { kernelTests, RESULTS } from '../vm/kernel-fixture.ts';
import { mapDefinition } from '../vm/machine-fixture.ts';

const kernel = kernelTests();

const MAX_ENTRIES = 4;
const SEQUENCES = 40;
const ACTIONS = 40;

const HELPERS = { lookup: 1, update: 2, delete: 3, push: 87, pop: 88, peek: 89 } as const;

interface Action {
  readonly what: keyof typeof HELPERS;
  readonly key: number;
  readonly value: number;
  readonly flags: number;
}

function actions(what: readonly (keyof typeof HELPERS)[]): fc.Arbitrary<readonly Action[]> {
  const action = fc.record({
    what: fc.constantFrom(...what),
    key: fc.nat({ max: MAX_ENTRIES + 1 }),
    value: fc.integer(),
    flags: fc.constantFrom(0, 0, 0, 1, 2, 3),
  });
  return fc.array(action, { minLength: ACTIONS, maxLength: ACTIONS });
}

/** Stores what the operation answered: errno, or the value a lookup found (-1 for none). */
function slotsOf({ what, key, value, flags }: Action, index: number): readonly Instruction[] {
  const isQueue = what === 'push' || what === 'pop' || what === 'peek';
  const before = [
    store('dw', 10, -8, imm(key)),
    store('dw', 10, -16, imm(value)),
    ...lddw(1, 1n, 1),
    mov64(2, 10),
    alu64('add', 2, imm(isQueue ? -16 : -8)),
    mov64(3, isQueue ? imm(flags) : 10),
    ...(isQueue ? [] : [alu64('add', 3, imm(-16))]),
    mov64(4, imm(flags)),
    call(HELPERS[what]),
  ];
  const result = store('dw', RESULTS, 8 * index, 0);
  if (what === 'lookup') {
    return [...before, jump('jne', 0, imm(0), 2), mov64(0, imm(-1)), ja(1), load('dw', 0, 0, 0), result];
  }
  // What pop and peek leave in the buffer counts too.
  if (what === 'pop' || what === 'peek')
    return [...before, load('dw', 1, 10, -16), alu64('xor', 0, 1), result];
  return [...before, result];
}

const TYPES: readonly (readonly [MapType, readonly (keyof typeof HELPERS)[], number])[] = [
  ['hash', ['lookup', 'update', 'update', 'delete'], 4],
  ['percpu_hash', ['lookup', 'update', 'update', 'delete'], 4],
  ['array', ['lookup', 'update', 'delete'], 4],
  ['percpu_array', ['lookup', 'update', 'delete'], 4],
  ['lru_hash', ['lookup', 'update', 'delete'], 4],
  ['queue', ['push', 'push', 'pop', 'peek'], 0],
  ['stack', ['push', 'push', 'pop', 'peek'], 0],
];

/** An LRU map of Linux evicts by approximation: it is compared while it has room. */
function maxEntriesOf(type: MapType): number {
  return type === 'lru_hash' ? 1024 : MAX_ENTRIES;
}

describe.each(TYPES)('a map of type %s', (type, what, keySizeBytes) => {
  it('answers any sequence of operations as the kernel does', async (context) => {
    const definition = mapDefinition({ type, keySizeBytes, maxEntries: maxEntriesOf(type) });
    for (const sequence of fc.sample(actions(what), { seed: 20_261_122, numRuns: SEQUENCES })) {
      const body = sequence.flatMap(slotsOf);
      const answers = await kernel.compare(context, { results: ACTIONS, body, maps: [definition] });
      expect(answers.interpreter).toEqual(answers.kernel);
      expect(answers.jit).toEqual(answers.kernel);
    }
  });
});
