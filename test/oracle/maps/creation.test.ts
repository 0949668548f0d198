import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '../../../electron/failure.ts';
import type { MapDefinition, MapType } from '../../../electron/bpf/program.ts';
import { createBench, mapDefinition } from '../../bpf/vm/machine-fixture.ts';
import { startMapOracle, type MapOracle } from './map-oracle.ts';

let oracle: MapOracle | { readonly unavailable: string } = { unavailable: 'the maps oracle was not started' };
beforeAll(async () => {
  oracle = await startMapOracle();
});
afterAll(() => {
  if ('stop' in oracle) oracle.stop();
});

const TYPES: readonly MapType[] = [
  'hash',
  'percpu_hash',
  'lru_hash',
  'lru_percpu_hash',
  'array',
  'percpu_array',
  'prog_array',
  'perf_event_array',
  'cgroup_array',
  'stack_trace',
  'lpm_trie',
  'queue',
  'stack',
  'ringbuf',
  'user_ringbuf',
  'bloom_filter',
  'devmap',
  'devmap_hash',
  'cpumap',
];

const ENTRIES = [0, 1, 5, 4096];
/** A perf event array of no entries is one that libbpf gives as many as there are CPUs; how many CPUs there can be is the kernel's. */
const entriesOf: Readonly<Partial<Record<MapType, readonly number[]>>> = {
  perf_event_array: [1, 5, 4096],
  cpumap: [0, 1, 5],
};
const KEY_SIZES = [0, 4, 5, 8];
const VALUE_SIZES = [0, 4, 8, 12];
const FLAGS = [0, ...Array.from({ length: 13 }, (_, bit) => 1 << bit), 0x18, 0x180, 0x81, 0x41];

function* shapes(type: MapType): IterableIterator<MapDefinition> {
  for (const maxEntries of entriesOf[type] ?? ENTRIES) {
    for (const keySizeBytes of KEY_SIZES) {
      for (const valueSizeBytes of VALUE_SIZES) {
        yield mapDefinition({ type, keySizeBytes, valueSizeBytes, maxEntries });
        yield mapDefinition({ type, keySizeBytes, valueSizeBytes, maxEntries, flags: 1 });
      }
    }
  }
  const usual = {
    keySizeBytes:
      type === 'lpm_trie'
        ? 8
        : ['queue', 'stack', 'ringbuf', 'user_ringbuf', 'bloom_filter'].includes(type)
          ? 0
          : 4,
    valueSizeBytes: type.endsWith('ringbuf') ? 0 : type === 'stack_trace' ? 8 : 4,
    maxEntries: type === 'cpumap' ? 5 : 4096,
  };
  for (const flags of FLAGS) {
    yield mapDefinition({ type, ...usual, flags });
    yield mapDefinition({ type, ...usual, flags: flags | 1 });
  }
}

function isMadeHere(definition: MapDefinition): boolean {
  try {
    createBench(2).machine.addMap(definition);
    return true;
  } catch (error) {
    if (error instanceof Failure && error.code === 'bad-map') return false;
    throw error;
  }
}

describe.each(TYPES)('a map of type %s', (type) => {
  it('is made of the sizes and with the flags that the kernel makes it of', async (context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    const different: string[] = [];
    let made = 0;
    for (const definition of shapes(type)) {
      const result = await oracle.create(1, definition);
      if (result === 0) {
        made += 1;
        await oracle.ask({ operation: 'close', map: 1 });
      }
      if (isMadeHere(definition) === (result === 0)) continue;
      const { keySizeBytes, valueSizeBytes, maxEntries, flags } = definition;
      different.push(
        `key ${keySizeBytes} value ${valueSizeBytes} entries ${maxEntries} flags ${flags}: ${result}`,
      );
    }
    expect(different).toEqual([]);
    expect(made).toBeGreaterThan(0);
  });
});
