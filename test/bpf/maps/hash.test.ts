import { describe, expect, it } from 'vitest';
import { createBench, mapDefinition } from '../vm/machine-fixture.ts';

function key(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function value(number: bigint): Uint8Array {
  return new Uint8Array(BigUint64Array.of(number).buffer);
}

describe('hash', () => {
  it('counts updates it refuses because it is full', () => {
    const { machine } = createBench();
    const map = machine.addMap(mapDefinition({ type: 'hash', maxEntries: 1 }));
    expect(map.set(key(1), value(1n))).toBe(0);
    expect(map.set(key(2), value(2n))).toBe(-7);
    expect(map.set(key(3), value(2n))).toBe(-7);
    expect([...map.faults.counts]).toEqual([['map-full', 2]]);
  });

  it('holds exactly maxEntries entries, however many that is', () => {
    const { machine } = createBench();
    const map = machine.addMap(mapDefinition({ type: 'hash', maxEntries: 1000 }));
    for (let index = 0; index < 1000; index += 1) expect(map.set(key(index), value(BigInt(index)))).toBe(0);
    expect(map.set(key(1000), value(0n))).toBe(-7);
    for (let index = 0; index < 1000; index += 1) expect(map.get(key(index))).toEqual(value(BigInt(index)));
    expect([...map.entries()].map((entry) => entry.key)).toEqual(
      Array.from({ length: 1000 }, (_, index) => key(index)),
    );
  });

  it('lets a pointer from before an update read the old value, as preallocated hashes do', () => {
    const { machine } = createBench();
    const map = machine.addMap(mapDefinition({ type: 'hash' }));
    map.set(key(1), value(10n));
    const at = machine.memory.allocate(4);
    machine.memory.view.setUint32(at, 1, true);
    const before = map.lookup(at);
    map.set(key(1), value(20n));
    expect(machine.memory.view.getBigUint64(before, true)).toBe(10n);
    expect(machine.memory.view.getBigUint64(map.lookup(at), true)).toBe(20n);
  });

  it('refuses keys and values of another size', () => {
    const { machine } = createBench();
    const map = machine.addMap(mapDefinition({ type: 'hash' }));
    expect(map.set(Uint8Array.of(1), value(1n))).toBe(-22);
    expect(map.set(key(1), Uint8Array.of(1))).toBe(-22);
    expect(map.get(Uint8Array.of(1))).toBeUndefined();
  });
});

describe('per-CPU hash', () => {
  it('keeps a value a CPU; a new entry is zero on the others', () => {
    const { machine, world } = createBench(3);
    const map = machine.addMap(mapDefinition({ type: 'percpu_hash' }));
    const at = machine.memory.allocate(16);
    const put = (cpu: number, number: bigint) => {
      world.currentCpu = cpu;
      machine.memory.view.setBigUint64(at + 8, number, true);
      return map.update(at, at + 8, 0n);
    };
    expect(put(1, 7n)).toBe(0);
    expect(map.get(key(0))).toEqual(new Uint8Array(BigUint64Array.of(0n, 7n, 0n).buffer));
    expect(put(2, 9n)).toBe(0);
    expect(map.get(key(0))).toEqual(new Uint8Array(BigUint64Array.of(0n, 7n, 9n).buffer));
    expect(machine.memory.view.getBigUint64(map.lookup(at), true)).toBe(9n);
    map.delete(at);
    put(0, 1n);
    expect(map.get(key(0))).toEqual(new Uint8Array(BigUint64Array.of(1n, 0n, 0n).buffer));
  });
});

describe('LRU hash', () => {
  it('makes room by dropping the entry that was used least recently, and counts that', () => {
    const { machine } = createBench();
    const map = machine.addMap(mapDefinition({ type: 'lru_hash', maxEntries: 2 }));
    map.set(key(1), value(1n));
    map.set(key(2), value(2n));
    const at = machine.memory.allocate(4);
    machine.memory.view.setUint32(at, 1, true);
    map.lookup(at);
    expect(map.set(key(3), value(3n))).toBe(0);
    expect([...map.entries()].map((entry) => entry.key)).toEqual([key(1), key(3)]);
    expect([...map.faults.counts]).toEqual([['lru-evicted', 1]]);
  });

  it('is not touched by a look from outside', () => {
    const { machine } = createBench();
    const map = machine.addMap(mapDefinition({ type: 'lru_hash', maxEntries: 2 }));
    map.set(key(1), value(1n));
    map.set(key(2), value(2n));
    map.get(key(1));
    map.set(key(3), value(3n));
    expect(map.get(key(1))).toBeUndefined();
  });
});
