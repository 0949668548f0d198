import { describe, expect, it } from 'vitest';
import type { BpfMap } from '../../../electron/bpf/maps/map.ts';
import type { RingBuffer } from '../../../electron/bpf/maps/ringbuf.ts';
import type { MapDefinition, MapType } from '../../../electron/bpf/program.ts';
import { alu64, call, exit, imm, jump, lddw, load, mov64, store } from '../vm/assembler.ts';
import { createBench, ENGINES, loadUnverified, mapDefinition } from '../vm/machine-fixture.ts';

const MAP_LOOKUP = 1;
const RINGBUF_RESERVE = 131;
const RINGBUF_SUBMIT = 132;
const RINGBUF_DISCARD = 133;
const KEYS = 40;

/** Looks up the key at the context; r0 is the value's address. */
const lookUp = [mov64(2, 1), lddw(1, 0n, 1), call(MAP_LOOKUP), exit()];

function keyBytes(sizeBytes: number, index: number): Uint8Array {
  const key = new Uint8Array(sizeBytes).fill(0x5a);
  key[0] = index;
  key[sizeBytes - 1] = (key[sizeBytes - 1] ?? 0) ^ ((index & 1) << 7);
  return key;
}

function lookupBench(definition: MapDefinition) {
  const { machine, world } = createBench(3, 'jit');
  const map = machine.addMap(definition);
  const program = loadUnverified(machine, lookUp, [map]);
  expect(program.engine).toBe('jit');
  const context = machine.memory.allocate(128);
  return { machine, world, map, program, context };
}

/** What the map's own lookup would be asked; from here on, nobody may. */
function forbidLookup(map: BpfMap): void {
  Object.defineProperty(map, 'lookup', {
    value: () => {
      throw new Error('the module asked JavaScript');
    },
  });
}

describe('lookup in compiled code', () => {
  const HASHES: readonly MapType[] = ['hash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash'];
  const KEY_SIZES = [1, 2, 3, 4, 6, 8, 13, 16, 63, 64, 65, 100];

  it.each(HASHES.flatMap((type) => KEY_SIZES.map((size) => [type, size] as const)))(
    'finds in a %s with keys of %d bytes what the map finds',
    (type, size) => {
      const { machine, world, map, program, context } = lookupBench(
        mapDefinition({ type, keySizeBytes: size, valueSizeBytes: 12, maxEntries: 64 }),
      );
      const value = new Uint8Array(map.valueCopies === 1 ? 12 : 16 * map.valueCopies);
      for (let index = 0; index < KEYS; index += 2) map.set(keyBytes(size, index), value);
      let found = 0;
      for (let index = 0; index < KEYS; index += 1) {
        world.currentCpu = index % 3;
        machine.memory.bytes.set(keyBytes(size, index), context);
        const address = program.run(context);
        expect(address).toBe(BigInt(map.lookup(context)));
        if (address !== 0n) found += 1;
      }
      expect(found).toBe(KEYS / 2);
    },
  );

  it.each(['array', 'percpu_array'] as const)('finds every element of an %s, and none beyond it', (type) => {
    const { machine, world, map, program, context } = lookupBench(
      mapDefinition({ type, valueSizeBytes: 12, maxEntries: 5 }),
    );
    const indexes = [0, 1, 4, 5, 6, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
    for (const index of indexes) {
      for (world.currentCpu = 0; world.currentCpu < 3; world.currentCpu += 1) {
        machine.memory.view.setUint32(context, index, true);
        expect(program.run(context)).toBe(BigInt(map.lookup(context)));
      }
    }
  });

  it.each(['array', 'percpu_array', 'hash', 'percpu_hash'] as const)(
    'does not leave the module for an %s',
    (type) => {
      const { map, program, context } = lookupBench(mapDefinition({ type }));
      map.set(new Uint8Array(4), new Uint8Array(8 * map.valueCopies));
      const address = map.lookup(context);
      forbidLookup(map);
      expect(program.run(context)).toBe(BigInt(address));
    },
  );

  it('counts as a use in an LRU hash: another entry is evicted', () => {
    const { map, program, context } = lookupBench(mapDefinition({ type: 'lru_hash', maxEntries: 2 }));
    const key = (index: number) => new Uint8Array(Uint32Array.of(index).buffer);
    for (const index of [0, 1]) map.set(key(index), new Uint8Array(8));
    expect(program.run(context)).not.toBe(0n);
    map.set(key(2), new Uint8Array(8));
    expect([...map.entries()].map((entry) => entry.key)).toEqual([key(0), key(2)]);
  });

  it('follows r1 only as far as the code says which map it holds', () => {
    const { machine } = createBench(1, 'jit');
    const maps = [1, 2].map((entries) =>
      machine.addMap(mapDefinition({ type: 'array', maxEntries: entries })),
    );
    const context = machine.memory.allocate(8);
    machine.memory.view.setUint32(context, 1, true);
    // Element 1 exists in the second map alone, which r1 holds on one of two ways to the call.
    const either = [
      mov64(2, 1),
      load('w', 3, 1, 4),
      lddw(1, 0n, 1),
      jump('jeq', 3, imm(0), 2),
      lddw(1, 1n, 1),
      call(MAP_LOOKUP),
      exit(),
    ];
    const program = loadUnverified(machine, either, maps);
    expect(program.run(context)).toBe(0n);
    machine.memory.view.setUint32(context + 4, 1, true);
    expect(program.run(context)).toBe(BigInt(maps[1]?.lookup(context) ?? -1));
  });
});

describe('records of a ring buffer', () => {
  /** Context: bytes to reserve, then what goes into the record; an odd number is discarded. r0: 1 if reserved. */
  const send = [
    load('w', 2, 1, 0),
    load('w', 6, 1, 4),
    lddw(1, 0n, 1),
    mov64(3, imm(0)),
    call(RINGBUF_RESERVE),
    jump('jne', 0, imm(0), 1),
    exit(),
    store('w', 0, 0, 6),
    mov64(1, 0),
    mov64(2, imm(0)),
    jump('jset', 6, imm(1), 2),
    call(RINGBUF_SUBMIT),
    jump('jeq', 0, imm(0), 1),
    call(RINGBUF_DISCARD),
    alu64('add', 0, imm(1)),
    exit(),
  ];

  it('are the same from both engines, around the ring and when it is full', () => {
    const [interpreted, compiled] = ENGINES.map((engine) => {
      const { machine } = createBench(1, engine);
      const ring = machine.addMap(
        mapDefinition({ type: 'ringbuf', keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 }),
      ) as RingBuffer;
      const program = loadUnverified(machine, send, [ring]);
      expect(program.engine).toBe(engine);
      const context = machine.memory.allocate(8);
      const results: bigint[] = [];
      const records: Uint8Array[] = [];
      for (let index = 0; index < 500; index += 1) {
        // Sizes up to more than the ring; drained too rarely for all to fit.
        machine.memory.view.setUint32(
          context,
          index % 97 === 0 ? 5000 + index : 4 + ((index * 37) % 300),
          true,
        );
        machine.memory.view.setUint32(context + 4, index, true);
        results.push(program.run(context));
        if (index % 31 === 0) records.push(...ring.drain());
      }
      return { results, records, faults: [...ring.faults.counts] };
    });
    expect(compiled).toEqual(interpreted);
    expect(compiled?.records.length).toBeGreaterThan(100);
    expect(compiled?.faults).toEqual([['ringbuf-full', expect.any(Number)]]);
  });
});
