import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import {
  deleteBatch,
  lookUpAndDeleteBatch,
  lookUpBatch,
  updateBatch,
  type BatchFound,
} from '../../../electron/bpf/maps/batch.ts';
import { updateElement } from '../../../electron/bpf/maps/commands.ts';
import type { BpfMap, MapEntry } from '../../../electron/bpf/maps/map.ts';
import type { MapDefinition, MapType } from '../../../electron/bpf/program.ts';
import { createBench, mapDefinition } from '../../bpf/vm/machine-fixture.ts';
import { startMapOracle, type MapAnswer, type MapOracle } from './map-oracle.ts';
import { possibleCpus } from './possible-cpus.ts';
import { locked, plain } from './typed-maps.ts';

let oracle: MapOracle | { readonly unavailable: string } = { unavailable: 'the maps oracle was not started' };
beforeAll(async () => {
  oracle = await startMapOracle();
});
afterAll(() => {
  if ('stop' in oracle) oracle.stop();
});

function kernel(context: TestContext): MapOracle {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  return oracle;
}

interface Subject {
  readonly name: string;
  readonly definition: MapDefinition;
  readonly btf?: Uint8Array;
  readonly keyOf?: (key: number) => Uint8Array;
}

type Action =
  | { readonly what: 'update' | 'delete'; readonly keys: readonly number[]; readonly flags: number }
  | {
      readonly what: 'walk' | 'empty';
      readonly count: number;
      readonly flags: number;
      readonly batchFlags: number;
    };

const SEQUENCES = 15;
const ACTIONS = 25;
const NO_PREALLOC = 1;
const READ_ONLY = 8;
const WRITE_ONLY = 16;
/** Of a walk in steps of one, which a bucket of two would stop: the kernel's buckets are not ours. */
const WHOLE = 64;

const word = (key: number): Uint8Array => new Uint8Array(Uint32Array.of(key).buffer);
const address = (key: number): Uint8Array => Uint8Array.of(16, 0, 0, 0, key, 7);

function hash(type: MapType, given: Partial<MapDefinition> = {}): Subject {
  const name = `${type} with flags ${given.flags ?? 0}`;
  return {
    name,
    definition: mapDefinition({ type, maxEntries: type.startsWith('lru') ? 1024 : 6, ...given }),
  };
}

const subjects: readonly Subject[] = [
  hash('hash'),
  hash('hash', { flags: NO_PREALLOC }),
  hash('hash', { flags: READ_ONLY }),
  hash('hash', { flags: WRITE_ONLY }),
  hash('percpu_hash'),
  hash('lru_hash'),
  hash('lru_percpu_hash'),
  locked({ type: 'hash', maxEntries: 6 }),
  locked({ type: 'array', maxEntries: 6 }),
  { name: 'array', definition: mapDefinition({ type: 'array', maxEntries: 6 }) },
  { name: 'percpu_array', definition: mapDefinition({ type: 'percpu_array', maxEntries: 6 }) },
  {
    name: 'lpm_trie',
    definition: mapDefinition({ type: 'lpm_trie', keySizeBytes: 6, maxEntries: 6, flags: NO_PREALLOC }),
    keyOf: address,
  },
];

const actions = fc.array(
  fc.oneof(
    fc.record({
      what: fc.constantFrom('update' as const, 'update' as const, 'delete' as const),
      keys: fc.array(fc.nat({ max: 8 }), { maxLength: 7 }),
      flags: fc.constantFrom(0, 0, 0, 0, 1, 2, 4, 8),
    }),
    fc.record({
      what: fc.constantFrom('walk' as const, 'walk' as const, 'empty' as const),
      count: fc.constantFrom(0, 3, 4, WHOLE),
      flags: fc.constantFrom(0, 0, 0, 4, 1),
      batchFlags: fc.constantFrom(0, 0, 0, 0, 1),
    }),
  ),
  { minLength: ACTIONS, maxLength: ACTIONS },
);

/** Everything found, in steps of `count`, and the last answer. A bucket too full for a step makes that step larger. */
interface Walked {
  readonly result: number;
  readonly entries: readonly string[];
}

const ENOSPC = -28;
const STEPS_MAX = 100;

async function walk(
  step: (goesOn: boolean, count: number) => Promise<{ result: number; entries: readonly string[] }>,
  { count, flags, batchFlags }: Extract<Action, { count: number }>,
): Promise<Walked> {
  const entries: string[] = [];
  let wanted = count;
  for (let steps = 0; steps < STEPS_MAX; steps += 1) {
    const found = await step(steps > 0, wanted);
    entries.push(...found.entries);
    if (found.result === ENOSPC) wanted = WHOLE;
    else if (found.result !== 0 || count === 0 || flags > 4 || batchFlags > 1)
      return { result: found.result, entries };
  }
  throw new Error('a walk that does not end');
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function ours(map: BpfMap, action: Extract<Action, { count: number }>): Promise<Walked> {
  let cursor: Uint8Array | undefined;
  return walk((_, count) => {
    const ask = action.what === 'walk' ? lookUpBatch : lookUpAndDeleteBatch;
    const found: BatchFound = ask(map, {
      count,
      cursor,
      elementFlags: BigInt(action.flags),
      flags: BigInt(action.batchFlags),
    });
    ({ cursor } = found);
    const entries = found.entries.map(({ key, value }) => `${hexOf(key)}=${hexOf(value)}`);
    return Promise.resolve({ result: found.result, entries });
  }, action);
}

function theirs(kernel: MapOracle, map: BpfMap, action: Extract<Action, { count: number }>): Promise<Walked> {
  const { keySizeBytes } = map.definition;
  const valueBytes = valueBytesOf(map);
  return walk(async (goesOn, count) => {
    const { result, bytes } = await kernel.ask({
      operation: action.what === 'walk' ? 'lookupBatch' : 'lookupAndDeleteBatch',
      map: 1,
      key: new Uint8Array(WHOLE * keySizeBytes),
      value: new Uint8Array(count * valueBytes),
      flags: action.flags,
      batchFlags: action.batchFlags,
      count,
      goesOn,
    });
    return { result, entries: entriesIn({ result, bytes }, keySizeBytes, valueBytes) };
  }, action);
}

function entriesIn({ bytes }: MapAnswer, keyBytes: number, valueBytes: number): readonly string[] {
  if (bytes.length <= 4) return [];
  const found = Buffer.from(bytes).readUInt32LE();
  return Array.from({ length: found }, (_, index) => {
    const key = bytes.subarray(4 + index * keyBytes, 4 + (index + 1) * keyBytes);
    const values = 4 + found * keyBytes;
    const value = bytes.subarray(values + index * valueBytes, values + (index + 1) * valueBytes);
    return `${hexOf(key)}=${hexOf(value)}`;
  });
}

function valueBytesOf({ definition, valueCopies }: BpfMap): number {
  if (valueCopies === 1) return definition.valueSizeBytes;
  return valueCopies * Math.ceil(definition.valueSizeBytes / 8) * 8;
}

function entryOf({ keyOf = word }: Subject, map: BpfMap, key: number, salt: number): MapEntry {
  const value = new Uint8Array(valueBytesOf(map)).map((_, at) => (at % 8 < 4 ? salt + key : 0));
  return { key: keyOf(key), value };
}

describe.each(subjects)('a map of type $name', (subject) => {
  it('answers every sequence of batches as the kernel does', async (context) => {
    const asked = kernel(context);
    for (const sequence of fc.sample(actions, { seed: 20_261_124, numRuns: SEQUENCES })) {
      const map = createBench(possibleCpus()).machine.addMap(subject.definition);
      expect(await asked.create(1, subject.definition, undefined, subject.btf)).toBe(0);
      for (const [index, action] of sequence.entries()) {
        const place = `${index} ${JSON.stringify(action)}`;
        if ('keys' in action) {
          const entries = action.keys.map((key) => entryOf(subject, map, key, index));
          const isUpdate = action.what === 'update';
          const flags = BigInt(action.flags);
          const done = isUpdate
            ? updateBatch(map, entries, flags)
            : deleteBatch(
                map,
                entries.map(({ key }) => key),
                flags,
              );
          const { result, bytes } = await asked.ask({
            operation: isUpdate ? 'updateBatch' : 'deleteBatch',
            map: 1,
            key: Buffer.concat(entries.map(({ key }) => key)),
            value: Buffer.concat(entries.map(({ value }) => value)),
            count: entries.length,
            flags: action.flags,
          });
          expect({ place, result: done.result }).toEqual({ place, result });
          // A command refused before it begins leaves the count as it was.
          if (Buffer.from(bytes).readUInt32LE() !== entries.length || result === 0)
            expect({ place, done: done.done }).toEqual({ place, done: Buffer.from(bytes).readUInt32LE() });
        } else {
          const [here, there] = [await ours(map, action), await theirs(asked, map, action)];
          expect({ place, result: here.result }).toEqual({ place, result: there.result });
          expect({ place, entries: here.entries.toSorted() }).toEqual({
            place,
            entries: there.entries.toSorted(),
          });
          if (!subject.definition.type.includes('hash')) expect(here.entries).toEqual(there.entries);
        }
      }
      await asked.ask({ operation: 'close', map: 1 });
    }
  });
});

const sizes: Readonly<Partial<Record<MapType, Partial<MapDefinition>>>> = {
  queue: { keySizeBytes: 0 },
  stack: { keySizeBytes: 0 },
  bloom_filter: { keySizeBytes: 0 },
  user_ringbuf: { keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 },
  ringbuf: { keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 },
  array_of_maps: { valueSizeBytes: 4 },
  hash_of_maps: { valueSizeBytes: 4 },
  prog_array: { valueSizeBytes: 4 },
  perf_event_array: { valueSizeBytes: 4 },
  cgroup_array: { valueSizeBytes: 4 },
  devmap: { valueSizeBytes: 4 },
  devmap_hash: { valueSizeBytes: 4 },
  cpumap: { valueSizeBytes: 4 },
  xskmap: { valueSizeBytes: 4 },
  sockmap: { valueSizeBytes: 4 },
  sockhash: { valueSizeBytes: 4 },
  task_storage: { maxEntries: 0, flags: NO_PREALLOC },
  cgrp_storage: { maxEntries: 0, flags: NO_PREALLOC },
  inode_storage: { maxEntries: 0, flags: NO_PREALLOC },
  sk_storage: { maxEntries: 0, flags: NO_PREALLOC },
  stack_trace: {},
};

describe.each(Object.keys(sizes) as MapType[])('an empty map of type %s', (type) => {
  it('has the batches that the kernel has', async (context) => {
    const asked = kernel(context);
    const inner = mapDefinition({ type: 'array' });
    const isTyped = type.endsWith('storage');
    const bare = { type, ...sizes[type], ...(type.endsWith('of_maps') ? { inner } : {}) };
    const { definition, btf } = isTyped ? plain(bare) : { definition: mapDefinition(bare), btf: undefined };
    await asked.create(2, inner);
    const created = await asked.create(1, definition, definition.inner === undefined ? undefined : 2, btf);
    if (created !== 0) return context.skip(`this kernel makes no ${type} (errno ${-created})`);
    const map = createBench(possibleCpus()).machine.addMap(definition);
    const entry = {
      key: new Uint8Array(definition.keySizeBytes),
      value: new Uint8Array(definition.valueSizeBytes),
    };
    const here = {
      lookupBatch: lookUpBatch(map, { count: 1 }).result,
      lookupAndDeleteBatch: lookUpAndDeleteBatch(map, { count: 1 }).result,
      updateBatch: type.endsWith('of_maps') ? 0 : updateBatch(map, [entry]).result,
      deleteBatch: deleteBatch(map, [entry.key]).result,
    };
    const ask = async (operation: keyof typeof here): Promise<number> => {
      const answer = await asked.ask({ operation, map: 1, ...entry, count: 1 });
      return answer.result;
    };
    expect(here).toEqual({
      lookupBatch: await ask('lookupBatch'),
      lookupAndDeleteBatch: await ask('lookupAndDeleteBatch'),
      updateBatch: type.endsWith('of_maps') ? 0 : await ask('updateBatch'),
      deleteBatch: await ask('deleteBatch'),
    });
    for (const number of [1, 2]) await asked.ask({ operation: 'close', map: number });
  });
});

describe('a walk in batches', () => {
  it('finds every entry of a large hash once, whatever the size of its steps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 300 }), (count) => {
        const map = createBench().machine.addMap(mapDefinition({ type: 'hash', maxEntries: 500 }));
        for (let key = 0; key < 500; key += 1) updateElement(map, word(key), new Uint8Array(8));
        const seen = new Set<string>();
        let cursor: Uint8Array | undefined;
        let found: BatchFound;
        do {
          found = lookUpBatch(map, { count, cursor });
          for (const { key } of found.entries) {
            expect(seen.has(hexOf(key))).toBe(false);
            seen.add(hexOf(key));
          }
          ({ cursor } = found);
        } while (found.result === 0);
        expect(found.result).toBe(-2);
        expect(seen.size).toBe(500);
      }),
      { numRuns: 20 },
    );
  });
});
