import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DESCRIPTOR_BYTES, HANDLE_TAG } from '../../../electron/bpf/maps/descriptor.ts';
import type { BpfMap } from '../../../electron/bpf/maps/map.ts';
import { watchValues } from '../../../electron/bpf/maps/watch-values.ts';
import type { MapDefinition, MapType } from '../../../electron/bpf/program.ts';
import type { EngineName, LoadedProgram, Machine } from '../../../electron/bpf/vm/machine.ts';
import { HashModel } from '../maps/map-model.ts';
import { call, exit, lddw, load, mov64 } from '../vm/assembler.ts';
import { createBench, ENGINES, loadUnverified, mapDefinition, type Bench } from '../vm/machine-fixture.ts';

const HELPERS = { lookup: 1, update: 2, delete: 3, push: 87, pop: 88, peek: 89 } as const;
type What = keyof typeof HELPERS;

const CPUS = 3;
/** Of the context: flags, key, value. */
const KEY = 8;
const VALUE = 256;
const CONTEXT_BYTES = 512;
const QUEUE_OPERATIONS: readonly What[] = ['push', 'pop', 'peek'];

/** Calls the helper with key, value and flags of the context; r0 is what it gives. */
function programFor(machine: Machine, map: BpfMap, what: What): LoadedProgram {
  const isOfQueue = QUEUE_OPERATIONS.includes(what);
  const program = loadUnverified(
    machine,
    [
      load('dw', isOfQueue ? 3 : 4, 1, 0),
      mov64(2, 1),
      { opcode: 0x07, dst: 2, src: 0, offset: 0, imm: isOfQueue ? VALUE : KEY },
      ...(isOfQueue ? [] : [mov64(3, 1), { opcode: 0x07, dst: 3, src: 0, offset: 0, imm: VALUE }]),
      lddw(1, 0n, 1),
      call(HELPERS[what]),
      exit(),
    ],
    [map],
  );
  expect(program.engine).toBe(machine.engine);
  return program;
}

interface Action {
  readonly what: What;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly flags: bigint;
  readonly cpu: number;
}

class Side {
  readonly map: BpfMap;
  readonly #bench: Bench;
  readonly #context: number;
  readonly #programs = new Map<What, LoadedProgram>();

  constructor(definition: MapDefinition, engine: EngineName, operations: readonly What[]) {
    this.#bench = createBench(CPUS, engine);
    const { machine } = this.#bench;
    this.map = machine.addMap(definition);
    this.#context = machine.memory.allocate(CONTEXT_BYTES);
    for (const what of operations) this.#programs.set(what, programFor(machine, this.map, what));
  }

  /** r0, and what is where a value is found or taken out. Addresses are the same on both sides. */
  answer({ what, key, value, flags, cpu }: Action): {
    readonly r0: bigint | undefined;
    readonly value: Uint8Array;
  } {
    const { machine, world } = this.#bench;
    world.currentCpu = cpu;
    machine.memory.bytes.set(key, this.#context + KEY);
    machine.memory.bytes.set(value, this.#context + VALUE);
    machine.memory.view.setBigUint64(this.#context, flags, true);
    const r0 = this.#programs.get(what)?.run(this.#context);
    const at = what === 'lookup' && r0 !== undefined && r0 !== 0n ? Number(r0) : this.#context + VALUE;
    // A byte more than the value has: nothing is written behind it.
    return { r0, value: machine.memory.bytes.slice(at, at + value.length + 1) };
  }

  watch(onEnd: (value: number) => void): void {
    watchValues(this.map, this.#bench.machine.memory, onEnd);
  }

  descriptor(): Uint8Array {
    const at = this.map.handle - HANDLE_TAG;
    return this.#bench.machine.memory.bytes.slice(at, at + DESCRIPTOR_BYTES);
  }
}

function actions(
  definition: MapDefinition,
  operations: readonly What[],
  key: fc.Arbitrary<Uint8Array>,
): fc.Arbitrary<readonly Action[]> {
  const bytes = definition.valueSizeBytes;
  return fc.array(
    fc.record({
      what: fc.constantFrom(...operations),
      key,
      value: fc.uint8Array({ minLength: bytes, maxLength: bytes }),
      flags: fc.constantFrom(0n, 0n, 0n, 0n, 1n, 2n, 3n, 4n, 1n << 32n, (1n << 64n) - 1n),
      cpu: fc.nat({ max: CPUS - 1 }),
    }),
    { maxLength: 150, size: 'max' },
  );
}

function expectSame(
  definition: MapDefinition,
  operations: readonly What[],
  key: fc.Arbitrary<Uint8Array>,
): void {
  fc.assert(
    fc.property(actions(definition, operations, key), (sequence) => {
      const [interpreted, compiled] = ENGINES.map((engine) => new Side(definition, engine, operations)) as [
        Side,
        Side,
      ];
      const answers = (side: Side): readonly string[] =>
        sequence.map((action) => {
          const { r0, value } = side.answer(action);
          return `${action.what} ${r0} ${Buffer.from(value).toString('hex')}`;
        });
      expect(answers(compiled)).toEqual(answers(interpreted));
      expect([...compiled.map.entries()]).toEqual([...interpreted.map.entries()]);
      expect([...compiled.map.faults.counts]).toEqual([...interpreted.map.faults.counts]);
      expect(compiled.descriptor()).toEqual(interpreted.descriptor());
    }),
    { numRuns: 10, endOnFailure: true },
  );
}

/** Few keys, that differ at either end or in the middle. */
function keysOf(sizeBytes: number): fc.Arbitrary<Uint8Array> {
  return fc.nat({ max: 11 }).map((number) => {
    const key = new Uint8Array(sizeBytes).fill(0x5a);
    const at = [0, sizeBytes - 1, sizeBytes >> 1][number % 3] ?? 0;
    key[at] = 0x80 + (number >> 1);
    return key;
  });
}

const HASHES: readonly MapType[] = ['hash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash'];

describe('operations in compiled code', () => {
  const sizes = [
    [1, 1],
    [3, 4],
    [4, 8],
    [7, 12],
    [16, 3],
    [64, 64],
    [65, 65],
    [100, 72],
  ] as const;

  it.each(HASHES.flatMap((type) => sizes.map(([key, value]) => [type, key, value] as const)))(
    'do to a %s with keys of %d bytes and values of %d what the interpreter does',
    (type, keySizeBytes, valueSizeBytes) => {
      const definition = mapDefinition({ type, keySizeBytes, valueSizeBytes, maxEntries: 5 });
      expectSame(definition, ['lookup', 'update', 'update', 'delete'], keysOf(keySizeBytes));
    },
  );

  it.each(['array', 'percpu_array'] as const)('do to an %s what the interpreter does', (type) => {
    const index = fc.constantFrom(0, 1, 4, 5, 0x8000_0000, 0xffff_ffff);
    const key = index.map((number) => new Uint8Array(Uint32Array.of(number).buffer));
    for (const valueSizeBytes of [1, 8, 12, 72]) {
      expectSame(mapDefinition({ type, valueSizeBytes, maxEntries: 5 }), ['lookup', 'update', 'delete'], key);
    }
  });

  it.each(['queue', 'stack'] as const)('do to a %s what the interpreter does', (type) => {
    for (const valueSizeBytes of [1, 8, 13, 72]) {
      const definition = mapDefinition({ type, keySizeBytes: 0, valueSizeBytes, maxEntries: 3 });
      expectSame(definition, ['push', 'push', 'pop', 'peek'], fc.constant(new Uint8Array(0)));
    }
  });

  it.each([1, 2, 4, 5, 8, 12, 16, 20])(
    'find in a trie of %d bytes what the interpreter finds',
    (dataBytes) => {
      const definition = mapDefinition({
        type: 'lpm_trie',
        keySizeBytes: 4 + dataBytes,
        valueSizeBytes: 8,
        maxEntries: 12,
        flags: 1,
      });
      const data = fc.array(fc.constantFrom(0x00, 0x80, 0xc0, 0xff, 0x01), {
        minLength: dataBytes,
        maxLength: dataBytes,
      });
      const bits = fc.oneof(fc.nat({ max: 8 * dataBytes + 1 }), fc.constantFrom(0, 8, 8 * dataBytes));
      const key = fc
        .tuple(bits, data)
        .map(([length, bytes]) => Uint8Array.from([length & 0xff, length >> 8, 0, 0, ...bytes]));
      expectSame(definition, ['lookup', 'lookup', 'update', 'delete'], key);
    },
  );

  it.each(HASHES)('on a %s answer as a JavaScript Map would, thousands of entries long', (type) => {
    const maxEntries = 700;
    const side = new Side(mapDefinition({ type, maxEntries }), 'jit', ['lookup', 'update', 'delete']);
    const model = new HashModel(maxEntries, type.startsWith('lru'));
    const random = fc.sample(fc.nat(), { seed: 20_261_122, numRuns: 6000 });
    for (const number of random) {
      const key = number % 1000;
      const flags = [0, 0, 0, 1, 2][(number >> 10) % 5] ?? 0;
      const action = {
        key: new Uint8Array(Uint32Array.of(key).buffer),
        value: new Uint8Array(BigUint64Array.of(BigInt(number)).buffer),
        flags: BigInt(flags),
        cpu: 0,
      };
      const errno = (r0: bigint | undefined): number => Number(BigInt.asIntN(64, r0 ?? 0n));
      if ((number >> 13) % 8 < 5) {
        expect(errno(side.answer({ ...action, what: 'update' }).r0)).toBe(
          model.update(key, BigInt(number), flags),
        );
      } else if ((number >> 13) % 8 === 5) {
        expect(errno(side.answer({ ...action, what: 'delete' }).r0)).toBe(model.delete(key));
      } else {
        const found = side.answer({ ...action, what: 'lookup' });
        const expected = model.lookup(key);
        expect(found.r0 !== 0n).toBe(expected !== undefined);
        if (expected !== undefined)
          expect(new DataView(found.value.buffer).getBigUint64(0, true)).toBe(expected);
      }
    }
    const keys = [...side.map.entries()].map(({ key }) => new DataView(key.buffer).getUint32(0, true));
    expect(keys).toEqual([...model.values.keys()]);
  });

  it.each([...HASHES, 'array', 'percpu_array', 'queue', 'stack', 'lpm_trie'] as const)(
    'on a %s do not leave the module, where there is room',
    (type) => {
      const isQueue = type === 'queue' || type === 'stack';
      const sizes = {
        keySizeBytes: isQueue ? 0 : type === 'lpm_trie' ? 8 : 4,
        flags: type === 'lpm_trie' ? 1 : 0,
      };
      const isTrie = type === 'lpm_trie';
      const operations: readonly What[] = isQueue
        ? QUEUE_OPERATIONS
        : isTrie
          ? ['lookup']
          : ['lookup', 'update'];
      const side = new Side(mapDefinition({ type, ...sizes, maxEntries: 8 }), 'jit', operations);
      const action = { key: new Uint8Array(8), value: new Uint8Array(8), flags: 0n, cpu: 0 };
      const isHash = HASHES.includes(type);
      // The first lay out entries, and the spare one that replaces another.
      if (isHash) for (let round = 0; round < 2; round += 1) side.answer({ ...action, what: 'update' });
      for (const asked of ['lookup', 'update', 'delete', 'push', 'take'] as const) {
        Object.defineProperty(side.map, asked, {
          value: () => {
            throw new Error('the module asked JavaScript');
          },
        });
      }
      for (const what of operations) expect(side.answer({ ...action, what }).r0).toBeDefined();
    },
  );

  it.each(['hash', 'lru_hash', 'array'] as const)(
    'tell who watches the values of a %s when they end',
    (type) => {
      const operations: readonly What[] = type === 'array' ? ['update'] : ['update', 'delete'];
      const side = new Side(mapDefinition({ type, maxEntries: 8 }), 'jit', operations);
      const action = { key: new Uint8Array(4), value: new Uint8Array(8), flags: 0n, cpu: 0 };
      for (let round = 0; round < 3; round += 1) side.answer({ ...action, what: 'update' });
      const ended: number[] = [];
      side.watch((value) => ended.push(value));
      side.answer({ ...action, what: 'update' });
      expect(ended.length).toBeGreaterThan(0);
      if (type === 'array') return;
      const before = ended.length;
      side.answer({ ...action, what: 'delete' });
      expect(ended.length).toBe(before + 1);
    },
  );
});
