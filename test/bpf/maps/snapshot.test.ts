import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../../electron/failure.ts';
import { lookUpAndDelete, lookUpElement, nextKey } from '../../../electron/bpf/maps/commands.ts';
import type { BpfMap } from '../../../electron/bpf/maps/map.ts';
import { PerfEventArray } from '../../../electron/bpf/maps/perf-event-array.ts';
import { RingBuffer } from '../../../electron/bpf/maps/ringbuf.ts';
import type { Instruction, MapDefinition } from '../../../electron/bpf/program.ts';
import type { LoadedProgram, Machine } from '../../../electron/bpf/vm/machine.ts';
import { alu64, call, exit, imm, lddw, mov64, store } from '../vm/assembler.ts';
import { createBench, ENGINES, loadUnverified, mapDefinition, type Bench } from '../vm/machine-fixture.ts';

const definitions: readonly MapDefinition[] = [
  mapDefinition({ type: 'hash' }),
  mapDefinition({ type: 'percpu_hash' }),
  mapDefinition({ type: 'lru_hash' }),
  mapDefinition({ type: 'array' }),
  mapDefinition({ type: 'lpm_trie', keySizeBytes: 5, flags: 1 }),
  mapDefinition({ type: 'queue', keySizeBytes: 0 }),
  mapDefinition({ type: 'ringbuf', keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 }),
  mapDefinition({ type: 'perf_event_array', valueSizeBytes: 4 }),
  mapDefinition({
    type: 'task_storage',
    maxEntries: 0,
    flags: 1,
    keyTypeId: 1,
    valueTypeId: 1,
  }),
];

interface Action {
  readonly what: 'run' | 'set' | 'remove' | 'take' | 'list' | 'drain';
  readonly map: number;
  readonly key: number;
  readonly value: number;
}

const actions = fc.array(
  fc.record({
    what: fc.constantFrom('run', 'run', 'set', 'set', 'remove', 'take', 'list', 'drain'),
    map: fc.nat({ max: definitions.length - 1 }),
    key: fc.nat({ max: 8 }),
    value: fc.nat({ max: 255 }),
  }),
  { minLength: 5, maxLength: 60 },
) as fc.Arbitrary<readonly Action[]>;

const UPDATE = 2;
const OUTPUT_RING = 130;
const OUTPUT_PERF = 25;
const PUSH = 87;

/** Puts what lies at the context, a key and a value, into the map, in the way its type takes it. */
function putting({ type }: MapDefinition): readonly Instruction[] {
  const map = (register: number): readonly Instruction[] => lddw(register, 0n, 1);
  const value = (register: number): readonly Instruction[] => [
    mov64(register, 6),
    alu64('add', register, imm(8)),
  ];
  const before = [mov64(6, 1), store('dw', 10, -8, imm(0))];
  if (type === 'ringbuf')
    return [
      ...before,
      ...map(1),
      ...value(2),
      mov64(3, imm(200)),
      mov64(4, imm(0)),
      call(OUTPUT_RING),
      exit(),
    ];
  if (type === 'perf_event_array')
    return [
      ...before,
      mov64(1, 6),
      ...map(2),
      ...lddw(3, 0xffff_ffffn),
      ...value(4),
      mov64(5, imm(8)),
      call(OUTPUT_PERF),
      exit(),
    ];
  if (type === 'queue') return [...before, ...map(1), ...value(2), mov64(3, imm(0)), call(PUSH), exit()];
  return [...before, ...map(1), mov64(2, 6), ...value(3), mov64(4, imm(0)), call(UPDATE), exit()];
}

class Player {
  readonly #bench: Bench;
  readonly maps: readonly BpfMap[];
  readonly #programs: readonly LoadedProgram[];
  readonly #context: number;

  constructor(engine: (typeof ENGINES)[number]) {
    this.#bench = createBench(2, engine);
    this.maps = definitions.map((definition) => this.machine.addMap(definition));
    this.#programs = this.maps.map((map) => loadUnverified(this.machine, putting(map.definition), [map]));
    this.#context = this.machine.memory.allocate(256);
  }

  get machine(): Machine {
    return this.#bench.machine;
  }

  play(sequence: readonly Action[]): readonly string[] {
    return sequence.map((action) => JSON.stringify(this.#answer(action)));
  }

  state(): string {
    const { bytes, end } = this.machine.memory;
    const faults = this.maps.map((map) => [...map.faults.counts]);
    const runs = this.#programs.map((program) => program.runs);
    return `${Buffer.from(bytes.subarray(0, end)).toString('base64')} ${JSON.stringify([faults, runs])}`;
  }

  #answer({ what, map: index, key, value }: Action): unknown {
    const map = this.maps[index] as BpfMap;
    const keyBytes = keyOf(map, key);
    const valueBytes = new Uint8Array(map.definition.valueSizeBytes * map.valueCopies).fill(value);
    const { memory } = this.machine;
    switch (what) {
      case 'run':
        memory.bytes.set(keyBytes.subarray(0, 8), this.#context);
        memory.bytes.fill(value, this.#context + 8, this.#context + 208);
        return String(this.#programs[index]?.run(this.#context));
      case 'set':
        return map.set(keyBytes, valueBytes);
      case 'remove':
        return map.remove(keyBytes);
      case 'take':
        return [lookUpElement(map, keyBytes), lookUpAndDelete(map, keyBytes)];
      case 'list':
        return [nextKey(map, undefined), [...map.entries()]];
      case 'drain':
        return map instanceof RingBuffer || map instanceof PerfEventArray ? [...map.drain()] : undefined;
    }
  }
}

function keyOf({ definition }: BpfMap, key: number): Uint8Array {
  if (definition.type === 'task_storage') return new Uint8Array(BigUint64Array.of(BigInt(key + 1)).buffer);
  if (definition.type === 'lpm_trie') return Uint8Array.of(8, 0, 0, 0, key);
  return new Uint8Array(Uint32Array.of(key).buffer).subarray(0, definition.keySizeBytes);
}

describe.each(ENGINES)('a snapshot of a machine on the %s', (engine) => {
  it('is gone back to exactly, and from there the same operations give the same bytes', () => {
    fc.assert(
      fc.property(actions, actions, (before, after) => {
        const player = new Player(engine);
        player.play(before);
        const snapshot = player.machine.snapshot();
        const then = player.state();
        const first = player.play(after);
        const end = player.state();
        snapshot.restore();
        expect(player.state() === then).toBe(true);
        expect(player.play(after)).toEqual(first);
        expect(player.state() === end).toBe(true);
        snapshot.restore();
        expect(player.state() === then).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a snapshot', () => {
  it('is refused once another map was added', () => {
    const { machine } = createBench();
    machine.addMap(mapDefinition({ type: 'hash' }));
    const snapshot = machine.snapshot();
    machine.addMap(mapDefinition({ type: 'hash' }));
    expect(() => snapshot.restore()).toThrow(Failure);
  });

  it('gives memory taken since back as zeroes', () => {
    const { machine } = createBench();
    const snapshot = machine.snapshot();
    const address = machine.memory.allocate(8);
    machine.memory.view.setBigUint64(address, 1n);
    snapshot.restore();
    expect(machine.memory.allocate(8)).toBe(address);
    expect(machine.memory.view.getBigUint64(address)).toBe(0n);
  });
});
