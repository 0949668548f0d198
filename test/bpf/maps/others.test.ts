import { describe, expect, it } from 'vitest';
import { jhashWords } from '../../../electron/bpf/maps/jhash.ts';
import { PerfEventArray } from '../../../electron/bpf/maps/perf-event-array.ts';
import { QueueMap } from '../../../electron/bpf/maps/queue.ts';
import { BPF_F_REUSE_STACKID, StackTraceMap } from '../../../electron/bpf/maps/stack-trace.ts';
import { createBench, mapDefinition } from '../vm/machine-fixture.ts';

function key(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

describe('stack traces', () => {
  function create(maxEntries: number, depth = 4) {
    const { machine } = createBench();
    const map = machine.addMap(mapDefinition({ type: 'stack_trace', valueSizeBytes: 8 * depth, maxEntries }));
    if (!(map instanceof StackTraceMap)) throw new Error('a stack trace map was asked for');
    return map;
  }

  it('give the same stack the same id, and its addresses by that id', () => {
    const map = create(1024);
    const id = map.idOf(BigUint64Array.of(1n, 2n, 3n), 0n);
    expect(id).toBeGreaterThanOrEqual(0);
    expect(map.idOf(BigUint64Array.of(1n, 2n, 3n), 0n)).toBe(id);
    expect(map.get(key(id))).toEqual(new Uint8Array(BigUint64Array.of(1n, 2n, 3n, 0n).buffer));
  });

  it('refuse another stack whose id is taken with EEXIST, unless told to replace it', () => {
    const map = create(2);
    const stacks = [1n, 2n, 3n, 4n, 5n].map((address) => BigUint64Array.of(address, address));
    const idOf = (stack: BigUint64Array) => jhashWords(new Uint32Array(stack.slice().buffer), 0) & 1;
    const [first, second] = stacks.filter((stack) => idOf(stack) === 0);
    if (first === undefined || second === undefined) throw new Error('of five stacks two share a bit');
    expect(map.idOf(first, 0n)).toBe(0);
    expect(map.idOf(second, 0n)).toBe(-17);
    expect([...map.faults.counts]).toEqual([['stack-id-taken', 1]]);
    expect(map.idOf(second, BPF_F_REUSE_STACKID)).toBe(0);
    expect(map.get(key(0))?.subarray(0, 16)).toEqual(new Uint8Array(second.buffer));
  });

  it.each([0, 12, 8 * 128])('do not have a value of %i bytes', (valueSizeBytes) => {
    const { machine } = createBench();
    expect(() => machine.addMap(mapDefinition({ type: 'stack_trace', valueSizeBytes }))).toThrow(
      expect.objectContaining({ code: 'bad-map' }),
    );
  });
});

describe.each(['queue', 'stack'] as const)('%s', (type) => {
  function create() {
    const { machine } = createBench();
    const map = machine.addMap(mapDefinition({ type, keySizeBytes: 0, valueSizeBytes: 4, maxEntries: 3 }));
    if (!(map instanceof QueueMap)) throw new Error('a queue was asked for');
    const at = machine.memory.allocate(8);
    const push = (value: number, flags = 0n) => {
      machine.memory.view.setUint32(at, value, true);
      return map.push(at, flags);
    };
    const pop = () => (map.take(at, true) === 0 ? machine.memory.view.getUint32(at, true) : undefined);
    return { map, push, pop };
  }

  it(`gives ${type === 'queue' ? 'the first in first' : 'the last in first'}, round and round`, () => {
    const { push, pop } = create();
    for (let round = 0; round < 5; round += 1) {
      for (const value of [1, 2, 3]) expect(push(round * 10 + value)).toBe(0);
      const taken = [pop(), pop(), pop(), pop()];
      const order = type === 'queue' ? [1, 2, 3] : [3, 2, 1];
      expect(taken).toEqual([...order.map((value) => round * 10 + value), undefined]);
    }
  });

  it('is full with E2BIG, or drops its oldest where BPF_EXIST says so', () => {
    const { map, push, pop } = create();
    for (const value of [1, 2, 3]) push(value);
    expect(push(4)).toBe(-7);
    expect(push(4, 2n)).toBe(0);
    expect(push(4, 1n)).toBe(-22);
    expect([pop(), pop(), pop()]).toEqual(type === 'queue' ? [2, 3, 4] : [4, 3, 2]);
    expect(Object.fromEntries(map.faults.counts)).toEqual({ 'map-full': 1, 'oldest-dropped': 1 });
  });
});

describe('perf event array', () => {
  it('takes records for the CPU that runs, and refuses others as Linux does', () => {
    const { machine, world } = createBench(2);
    const map = machine.addMap(mapDefinition({ type: 'perf_event_array', valueSizeBytes: 4, maxEntries: 4 }));
    if (!(map instanceof PerfEventArray)) throw new Error('a perf event array was asked for');
    const data = machine.memory.allocate(8);
    machine.memory.bytes.set([1, 2, 3], data);
    world.currentCpu = 1;
    expect(map.output(0xffff_ffffn, data, 3)).toBe(0);
    expect(map.output(1n, data, 2)).toBe(0);
    expect(map.output(0n, data, 3)).toBe(-95);
    expect(map.output(3n, data, 3)).toBe(-2);
    expect(map.output(4n, data, 3)).toBe(-7);
    expect(map.output(1n << 32n, data, 3)).toBe(-22);
    expect([...map.drain()]).toEqual([Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2)]);
    expect(map.hasRecords).toBe(false);
  });
});

describe('arrays of global variables', () => {
  it('start with their initial value, and a frozen one cannot be set from outside', () => {
    const { machine } = createBench();
    const map = machine.addMap(
      mapDefinition({ type: 'array', maxEntries: 1, initialValue: Uint8Array.of(5, 6), isFrozen: true }),
    );
    expect(machine.memory.bytes.slice(map.directValue(), map.directValue() + 3)).toEqual(
      Uint8Array.of(5, 6, 0),
    );
    expect(map.set(key(0), new Uint8Array(8))).toBe(-1);
  });
});

describe('map types that are not implemented', () => {
  it('are refused by name', () => {
    const { machine } = createBench();
    expect(() => machine.addMap(mapDefinition({ type: 'arena' }))).toThrow(/arena/);
  });
});
