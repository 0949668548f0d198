import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BpfMap } from '../../../electron/bpf/maps/map.ts';
import type { MapType } from '../../../electron/bpf/program.ts';
import { createBench, mapDefinition } from '../vm/machine-fixture.ts';
import { ArrayModel, HashModel } from './map-model.ts';

const MAX_ENTRIES = 5;

type Action =
  | { readonly what: 'update'; readonly key: number; readonly value: bigint; readonly flags: number }
  | { readonly what: 'delete' | 'lookup'; readonly key: number };

function actions(): fc.Arbitrary<readonly Action[]> {
  const key = fc.nat({ max: MAX_ENTRIES + 3 });
  return fc.array(
    fc.oneof(
      fc.record({
        what: fc.constant('update' as const),
        key,
        value: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
        flags: fc.constantFrom(0, 0, 0, 1, 2, 3),
      }),
      fc.record({ what: fc.constantFrom('delete' as const, 'lookup' as const), key }),
    ),
    { maxLength: 80 },
  );
}

/** As a program sees the map: by addresses. */
class Asker {
  readonly #bench = createBench(1);
  readonly map: BpfMap;
  readonly #key: number;
  readonly #value: number;

  constructor(type: MapType, keySizeBytes: number) {
    this.map = this.#bench.machine.addMap(mapDefinition({ type, keySizeBytes, maxEntries: MAX_ENTRIES }));
    this.#key = this.#bench.machine.memory.allocate(64);
    this.#value = this.#bench.machine.memory.allocate(8);
  }

  answer(action: Action): number | bigint | undefined {
    const { memory } = this.#bench.machine;
    memory.view.setUint32(this.#key, action.key, true);
    switch (action.what) {
      case 'update':
        memory.view.setBigUint64(this.#value, action.value, true);
        return this.map.update(this.#key, this.#value, BigInt(action.flags));
      case 'delete':
        return this.map.delete(this.#key);
      case 'lookup': {
        const at = this.map.lookup(this.#key);
        return at === 0 ? undefined : memory.view.getBigUint64(at, true);
      }
    }
  }
}

function expected(model: HashModel | ArrayModel, action: Action): number | bigint | undefined {
  switch (action.what) {
    case 'update':
      return model.update(action.key, action.value, action.flags);
    case 'delete':
      return model.delete(action.key);
    case 'lookup':
      return model.lookup(action.key);
  }
}

function numbersOf(map: BpfMap): readonly (readonly [number, bigint])[] {
  return Array.from(map.entries(), ({ key, value }) => [
    new DataView(key.buffer).getUint32(0, true),
    new DataView(value.buffer).getBigUint64(0, true),
  ]);
}

describe.each([
  ['hash', 4],
  ['hash', 7],
  ['hash', 24],
  ['percpu_hash', 4],
  ['lru_hash', 4],
  ['lru_percpu_hash', 8],
] as const)('a map of type %s with keys of %i bytes', (type, keySizeBytes) => {
  it('answers every sequence of operations as a JavaScript Map would, with the errno of Linux', () => {
    fc.assert(
      fc.property(actions(), (sequence) => {
        const asker = new Asker(type, keySizeBytes);
        const model = new HashModel(MAX_ENTRIES, type.startsWith('lru'));
        for (const action of sequence) expect(asker.answer(action)).toBe(expected(model, action));
        expect(numbersOf(asker.map)).toEqual([...model.values]);
      }),
      { numRuns: 200 },
    );
  });
});

describe.each(['array', 'percpu_array'] as const)('a map of type %s', (type) => {
  it('answers every sequence of operations as a JavaScript array would, with the errno of Linux', () => {
    fc.assert(
      fc.property(actions(), (sequence) => {
        const asker = new Asker(type, 4);
        const model = new ArrayModel(MAX_ENTRIES);
        for (const action of sequence) expect(asker.answer(action)).toBe(expected(model, action));
        expect(numbersOf(asker.map)).toEqual(Array.from(model.values, (value, index) => [index, value]));
      }),
      { numRuns: 100 },
    );
  });
});
