import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import {
  deleteElement,
  lookUpAndDelete,
  lookUpElement,
  nextKey,
  updateElement,
} from '../../../electron/bpf/maps/commands.ts';
import { idOfMap } from '../../../electron/bpf/maps/inner-map.ts';
import type { BpfMap } from '../../../electron/bpf/maps/map.ts';
import type { MapDefinition } from '../../../electron/bpf/program.ts';
import type { Machine } from '../../../electron/bpf/vm/machine.ts';
import { createBench, mapDefinition } from '../../bpf/vm/machine-fixture.ts';
import { startMapOracle, type MapOracle } from './map-oracle.ts';
import { possibleCpus } from './possible-cpus.ts';
import { locked, pointing, timed } from './typed-maps.ts';

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

type What = 'update' | 'lookup' | 'delete' | 'nextKey' | 'lookupAndDelete';

interface Action {
  readonly what: What;
  /** Of few keys, so that they meet. */
  readonly key: number;
  readonly value: number;
  readonly flags: number;
}

interface Subject {
  readonly name: string;
  readonly definition: MapDefinition;
  readonly keyOf: (key: number) => Uint8Array;
  /** Keys come in another order than the kernel's: only their set is compared. */
  readonly isOrdered: boolean;
  /** Of its key and value. */
  readonly btf?: Uint8Array;
  /** The first four bytes of a value; any number if not given. */
  readonly values?: readonly number[];
  /** Whether elements are put in; they are if not given. */
  readonly isFilled?: boolean;
}

const SEQUENCES = 12;
const ACTIONS = 60;
/** A file descriptor that is none. */
const NO_FILE = 999;
const BPF_F_NO_PREALLOC = 1;
const BPF_F_ZERO_SEED = 0x40;
const BPF_F_RDONLY = 8;
const BPF_F_WRONLY = 16;

const word = (key: number): Uint8Array => new Uint8Array(Uint32Array.of(key).buffer);
const none = (): Uint8Array => new Uint8Array(0);
/** Lengths 0 to 17 of 16 bits, over few patterns. */
const prefix = (key: number): Uint8Array => {
  const data = [0x00, 0x80, 0xa0, 0xff][key % 4] as number;
  const bits = [0, 1, 3, 8, 9, 12, 16, 17][key % 8] as number;
  return Uint8Array.of(bits, 0, 0, 0, data, key & 0x80);
};

function hashed(type: MapDefinition['type'], flags = 0, valueSizeBytes = 8): Subject {
  return {
    name: `${type}${flags === 0 ? '' : ` with flags ${flags}`}`,
    definition: mapDefinition({ type, flags, valueSizeBytes, maxEntries: type.startsWith('lru') ? 1024 : 5 }),
    keyOf: word,
    isOrdered: false,
  };
}

function listed(name: string, definition: MapDefinition, keyOf = word): Subject {
  return { name, definition, keyOf, isOrdered: true };
}

const subjects: readonly Subject[] = [
  hashed('hash'),
  hashed('hash', BPF_F_NO_PREALLOC),
  hashed('hash', BPF_F_RDONLY),
  hashed('hash', BPF_F_WRONLY),
  hashed('percpu_hash'),
  hashed('lru_hash'),
  hashed('lru_percpu_hash'),
  { ...hashed('hash'), ...locked({ type: 'hash', maxEntries: 5 }) },
  { ...hashed('hash'), ...locked({ type: 'hash', flags: BPF_F_NO_PREALLOC, maxEntries: 5 }) },
  { ...listed('array', mapDefinition({ type: 'array' })), ...locked({ type: 'array', maxEntries: 5 }) },
  { ...hashed('hash'), ...timed({ type: 'hash', maxEntries: 5 }) },
  { ...hashed('lru_hash'), ...timed({ type: 'lru_hash', maxEntries: 1024 }) },
  { ...listed('array', mapDefinition({ type: 'array' })), ...timed({ type: 'array', maxEntries: 5 }) },
  { ...hashed('hash'), ...pointing({ type: 'hash', maxEntries: 5 }) },
  { ...hashed('percpu_hash'), ...pointing({ type: 'percpu_hash', maxEntries: 5 }) },
  { ...listed('array', mapDefinition({ type: 'array' })), ...pointing({ type: 'array', maxEntries: 5 }) },
  listed('array', mapDefinition({ type: 'array', maxEntries: 5 })),
  listed('percpu_array', mapDefinition({ type: 'percpu_array', maxEntries: 5 })),
  listed('queue', mapDefinition({ type: 'queue', keySizeBytes: 0, maxEntries: 5 }), none),
  listed('stack', mapDefinition({ type: 'stack', keySizeBytes: 0, maxEntries: 5 }), none),
  listed(
    'lpm_trie',
    mapDefinition({ type: 'lpm_trie', keySizeBytes: 6, maxEntries: 5, flags: BPF_F_NO_PREALLOC }),
    prefix,
  ),
  // Device 1 is the loopback.
  {
    ...listed('devmap', mapDefinition({ type: 'devmap', valueSizeBytes: 4, maxEntries: 5 })),
    values: [0, 1, 1],
  },
  {
    ...listed('devmap', mapDefinition({ type: 'devmap', valueSizeBytes: 8, maxEntries: 5 })),
    values: [0, 1, 1],
  },
  { ...hashed('devmap_hash', 0, 4), values: [0, 1, 1] },
  {
    ...listed('cpumap', mapDefinition({ type: 'cpumap', valueSizeBytes: 4, maxEntries: 5 })),
    values: [0, 64, 128, 16_385],
  },
  // What they hold cannot be made from outside here: their places stay empty.
  ...(['prog_array', 'perf_event_array', 'cgroup_array'] as const).map((type) => ({
    ...listed(type, mapDefinition({ type, valueSizeBytes: 4, maxEntries: 5 })),
    values: [NO_FILE],
  })),
  // Any number stands for a socket here.
  ...[4, 8].flatMap((valueSizeBytes) => [
    {
      ...listed('sockmap', mapDefinition({ type: 'sockmap', valueSizeBytes, maxEntries: 5 })),
      isFilled: false,
    },
    { ...hashed('sockhash', 0, valueSizeBytes), isFilled: false },
  ]),
  {
    ...listed('xskmap', mapDefinition({ type: 'xskmap', valueSizeBytes: 4, maxEntries: 5 })),
    isFilled: false,
  },
  {
    ...hashed('stack_trace'),
    definition: mapDefinition({ type: 'stack_trace', valueSizeBytes: 80, maxEntries: 5 }),
  },
  ...(['ringbuf', 'user_ringbuf'] as const).map((type) =>
    listed(type, mapDefinition({ type, keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 }), none),
  ),
];

function actions(what: readonly What[]): fc.Arbitrary<readonly Action[]> {
  const action = fc.record({
    what: fc.constantFrom(...what),
    key: fc.nat({ max: 7 }),
    value: fc.integer(),
    flags: fc.constantFrom(0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 8),
  });
  return fc.array(action, { minLength: ACTIONS, maxLength: ACTIONS });
}

/** The same value on every CPU. */
function valueOf({ value }: Action, { definition, values }: Subject, copies: number): Uint8Array {
  const bytes = Buffer.alloc(definition.valueSizeBytes * copies);
  const number = values?.[Math.abs(value) % values.length] ?? value;
  for (let at = 0; at < bytes.length; at += 8) bytes.writeInt32LE(number, at);
  return Uint8Array.from(bytes);
}

function ours(map: BpfMap, { what, flags }: Action, key: Uint8Array, value: Uint8Array): string {
  switch (what) {
    case 'update':
      return shown(updateElement(map, key, value, BigInt(flags)));
    case 'lookup':
      return shown(lookUpElement(map, key, BigInt(flags)));
    case 'delete':
      return shown(deleteElement(map, key));
    case 'nextKey':
      return shown(nextKey(map, key.length === 0 ? undefined : key));
    case 'lookupAndDelete':
      return shown(lookUpAndDelete(map, key, BigInt(flags)));
  }
}

function shown(answer: Uint8Array | number): string {
  return typeof answer === 'number' ? String(answer) : `0 ${Buffer.from(answer).toString('hex')}`;
}

async function theirs(
  kernel: MapOracle,
  { what, flags }: Action,
  key: Uint8Array,
  value: Uint8Array,
): Promise<string> {
  const takesFlags = what !== 'delete' && what !== 'nextKey';
  const answer = await kernel.ask({ operation: what, map: 1, key, value, flags: takesFlags ? flags : 0 });
  if (answer.result !== 0) return String(answer.result);
  return answer.bytes.length === 0 ? '0' : `0 ${Buffer.from(answer.bytes).toString('hex')}`;
}

/** Keys in the order they are given, by asking for the next one. */
async function kernelKeys(kernel: MapOracle): Promise<readonly string[]> {
  const keys: string[] = [];
  for (let key = none(); ;) {
    const { result, bytes } = await kernel.ask({ operation: 'nextKey', map: 1, key });
    if (result !== 0) return keys;
    keys.push(Buffer.from(bytes).toString('hex'));
    key = Uint8Array.from(bytes);
  }
}

function ourKeys(map: BpfMap): readonly string[] {
  const keys: string[] = [];
  let key = nextKey(map, undefined);
  for (; typeof key !== 'number'; key = nextKey(map, key)) keys.push(Buffer.from(key).toString('hex'));
  return keys;
}

const ALL: readonly What[] = ['update', 'update', 'update', 'lookup', 'delete', 'nextKey', 'lookupAndDelete'];

describe.each(subjects)('a map of type $name', (subject) => {
  const { definition, keyOf, isOrdered } = subject;
  it('answers every sequence of commands as the kernel does', async (context) => {
    const asked = kernel(context);
    const what = ALL.filter(
      (each) => (isOrdered || each !== 'nextKey') && (subject.isFilled !== false || each !== 'update'),
    );
    const isPerCpu = definition.type.includes('percpu');
    const cpus = possibleCpus();
    for (const sequence of fc.sample(actions(what), { seed: 20_261_123, numRuns: SEQUENCES })) {
      const map = createBench(cpus).machine.addMap(definition);
      expect(await asked.create(1, definition, undefined, subject.btf)).toBe(0);
      const given = sequence.map((action) => ({
        action,
        key: keyOf(action.key),
        value: valueOf(action, subject, isPerCpu ? cpus : 1),
      }));
      const answers = given.map(({ action, key, value }) => theirs(asked, action, key, value));
      const expected = await Promise.all(answers);
      given.forEach(({ action, key, value }, index) => {
        const answer = ours(map, action, key, value);
        expect(`${index} ${JSON.stringify(action)}: ${answer}`).toBe(
          `${index} ${JSON.stringify(action)}: ${expected[index]}`,
        );
      });
      const [listedHere, listedThere] = [ourKeys(map), await kernelKeys(asked)];
      expect(isOrdered ? listedHere : listedHere.toSorted()).toEqual(
        isOrdered ? listedThere : listedThere.toSorted(),
      );
      await asked.ask({ operation: 'close', map: 1 });
    }
  });
});

describe('a bloom filter', () => {
  it.for([
    [8, 20, 0],
    [5, 20, 0],
    [13, 100, 3],
    [4, 1, 15],
    [1, 3000, 1],
  ] as const)(
    'of values of %i bytes, %i entries and map_extra %i finds what the kernel finds, false positives too',
    async ([valueSizeBytes, maxEntries, extra], context) => {
      const asked = kernel(context);
      const definition = mapDefinition({
        type: 'bloom_filter',
        keySizeBytes: 0,
        valueSizeBytes,
        maxEntries,
        extra,
        flags: BPF_F_ZERO_SEED,
      });
      const map = createBench(1).machine.addMap(definition);
      expect(await asked.create(1, definition)).toBe(0);
      const value = (number: number): Uint8Array => {
        const bytes = Buffer.alloc(valueSizeBytes);
        bytes.writeUIntLE(number, 0, Math.min(valueSizeBytes, 1));
        return Uint8Array.from(bytes);
      };
      let found = 0;
      for (let number = 0; number < 40; number += 1) {
        const { result } = await asked.ask({ operation: 'update', map: 1, value: value(number) });
        expect(updateElement(map, none(), value(number))).toBe(result);
      }
      for (let number = 0; number < 256; number += 1) {
        const { result } = await asked.ask({ operation: 'lookup', map: 1, value: value(number) });
        const here = lookUpElement(map, value(number));
        expect(typeof here === 'number' ? here : 0).toBe(result);
        if (result === 0) found += 1;
      }
      expect(found).toBeGreaterThanOrEqual(40);
      await asked.ask({ operation: 'close', map: 1 });
    },
  );
});

describe.each(['array_of_maps', 'hash_of_maps'] as const)('a map of type %s', (type) => {
  const inner = mapDefinition({ type: 'hash' });
  const outer = mapDefinition({ type, valueSizeBytes: 4, inner });
  /** Maps 2 and 3 fit; 4 does not, and there is no 50. */
  const held: readonly MapDefinition[] = [inner, { ...inner, maxEntries: 9 }, { ...inner, keySizeBytes: 8 }];

  it('takes, gives and loses maps as the kernel does', async (context) => {
    const asked = kernel(context);
    const create = async (machine: Machine): Promise<BpfMap> => {
      const map = machine.addMap(outer);
      for (const [index, definition] of held.entries()) await asked.create(2 + index, definition);
      expect(await asked.create(1, outer, 2)).toBe(0);
      return map;
    };
    const what: readonly What[] = ['update', 'update', 'lookup', 'delete', 'lookupAndDelete'];
    for (const sequence of fc.sample(actions(what), { seed: 7, numRuns: SEQUENCES })) {
      const { machine } = createBench();
      const map = await create(machine);
      const ids = held.map((definition) => idOfMap(machine.addMap(definition)));
      for (const [index, action] of sequence.entries()) {
        const number = 2 + (Math.abs(action.value) % 4);
        const expected = await theirs(asked, action, word(action.key), word(number === 5 ? 50 : number));
        const answer = ours(map, action, word(action.key), word(ids[number - 2] ?? 1));
        const known = answer.startsWith('0 ')
          ? `0 ${Buffer.from(word(2 + ids.indexOf(Buffer.from(answer.slice(2), 'hex').readUInt32LE()))).toString('hex')}`
          : answer;
        expect(`${index} ${JSON.stringify(action)}: ${known}`).toBe(
          `${index} ${JSON.stringify(action)}: ${expected}`,
        );
      }
      for (const number of [1, 2, 3, 4]) await asked.ask({ operation: 'close', map: number });
    }
  });
});
