import { describe, expect, it } from 'vitest';
import { idOfMap } from '../../../electron/bpf/maps/inner-map.ts';
import type { BpfMap } from '../../../electron/bpf/maps/map.ts';
import type { MapDefinition } from '../../../electron/bpf/program.ts';
import { alu64, call, exit, imm, jump, lddw, load, mov64, store } from '../vm/assembler.ts';
import { createBench, ENGINES, loadUnverified, mapDefinition, type Slots } from '../vm/machine-fixture.ts';

const MAP_LOOKUP = 1;
const NO_MAP = 42n;
const NO_VALUE = 43n;

const inner = mapDefinition({ type: 'hash', name: 'inner' });

function key(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function value(number: bigint): Uint8Array {
  return new Uint8Array(BigUint64Array.of(number).buffer);
}

/** Looks up the context's first word in the map of maps, and its second in what that holds. */
const program: Slots = [
  load('dw', 6, 1, 0),
  store('dw', 10, -8, 6),
  lddw(1, 0n, 1),
  mov64(2, 10),
  alu64('add', 2, imm(-8)),
  call(MAP_LOOKUP),
  jump('jne', 0, imm(0), 2),
  mov64(0, imm(Number(NO_MAP))),
  exit(),
  mov64(1, 0),
  mov64(2, 10),
  alu64('add', 2, imm(-4)),
  call(MAP_LOOKUP),
  jump('jne', 0, imm(0), 2),
  mov64(0, imm(Number(NO_VALUE))),
  exit(),
  load('dw', 0, 0, 0),
  exit(),
];

describe.each(['array_of_maps', 'hash_of_maps'] as const)('a map of type %s', (type) => {
  const outer = mapDefinition({ type, valueSizeBytes: 4, inner });

  it.each(ENGINES)('gives a program the map it holds, to look up in (%s)', (engine) => {
    const { machine } = createBench(1, engine);
    const [map, first, second] = [outer, inner, { ...inner, maxEntries: 100 }].map((definition) =>
      machine.addMap(definition),
    ) as [BpfMap, BpfMap, BpfMap];
    first.set(key(7), value(70n));
    second.set(key(7), value(77n));
    expect(map.set(key(1), key(idOfMap(first)))).toBe(0);
    expect(map.set(key(3), key(idOfMap(second)))).toBe(0);
    const loaded = loadUnverified(machine, program, [map]);
    expect(loaded.engine).toBe(engine);
    const context = machine.memory.allocate(8);
    const run = (place: number, wanted: number): bigint => {
      machine.memory.view.setUint32(context, place, true);
      machine.memory.view.setUint32(context + 4, wanted, true);
      return loaded.run(context);
    };
    expect([run(1, 7), run(3, 7), run(2, 7), run(1, 8)]).toEqual([70n, 77n, NO_MAP, NO_VALUE]);
    map.set(key(1), key(idOfMap(second)));
    expect(run(1, 7)).toBe(77n);
    expect([...map.entries()]).toEqual([1, 3].map((at) => ({ key: key(at), value: key(idOfMap(second)) })));
  });

  it('takes only maps of the kind it was declared with', () => {
    const { machine } = createBench();
    const map = machine.addMap(outer);
    const put = (definition: MapDefinition): number =>
      map.set(key(1), key(idOfMap(machine.addMap(definition))));
    expect(put({ ...inner, valueSizeBytes: 16 })).toBe(-22);
    expect(put({ ...inner, type: 'lru_hash' })).toBe(-22);
    expect(put({ ...inner, flags: 1 })).toBe(-22);
    expect(map.set(key(1), key(12_345))).toBe(-9);
    expect([...map.entries()]).toEqual([]);
  });

  it('is not made without saying what it holds, nor to hold maps of maps', () => {
    const { machine } = createBench();
    const refused = expect.objectContaining({ code: 'bad-map' }) as Error;
    expect(() => machine.addMap({ ...outer, inner: undefined })).toThrow(refused);
    expect(() => machine.addMap({ ...outer, inner: outer })).toThrow(refused);
    expect(() => machine.addMap({ ...outer, valueSizeBytes: 8 })).toThrow(refused);
  });
});

describe('arrays in maps of maps', () => {
  const BPF_F_INNER_MAP = 0x1000;
  it.each([
    [0, -22],
    [BPF_F_INNER_MAP, 0],
  ])('with flags %i differ in their number of entries: %i', (flags, result) => {
    const { machine } = createBench();
    const array = mapDefinition({ type: 'array', flags });
    const map = machine.addMap(mapDefinition({ type: 'array_of_maps', valueSizeBytes: 4, inner: array }));
    const larger = machine.addMap({ ...array, maxEntries: array.maxEntries + 1 });
    expect(map.set(key(0), key(idOfMap(larger)))).toBe(result);
  });
});
