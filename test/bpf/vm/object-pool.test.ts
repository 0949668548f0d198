import { expect, it } from 'vitest';
import { createMap } from '../../../electron/bpf/maps/table.ts';
import { OWNED_POINTER, type ObjectLayout } from '../../../electron/bpf/program.ts';
import { endFields } from '../../../electron/bpf/vm/object-fields.ts';
import { LinearMemory } from '../../../electron/bpf/vm/memory.ts';
import { ObjectPool, OBJECTS_BYTES_MAX } from '../../../electron/bpf/vm/object-pool.ts';
import * as asm from '../verifier/assembler.ts';

const layoutOf = (sizeBytes: number): ObjectLayout => ({ typeId: 1, sizeBytes, fields: [] });
const PLAIN = layoutOf(32);
const SIZE = PLAIN.sizeBytes;
const COUNTED: ObjectLayout = {
  ...PLAIN,
  fields: [{ name: 'struct bpf_refcount', offsetBytes: 8, sizeBytes: 4 }],
};

it('an object is zeroed, whatever was there before', () => {
  const memory = new LinearMemory();
  const pool = new ObjectPool(memory);
  for (let count = 0; count < 1000; count += 1) {
    const at = pool.make(PLAIN);
    expect(memory.bytes.subarray(at, at + SIZE).every((byte) => byte === 0)).toBe(true);
    memory.bytes.fill(0xff, at, at + SIZE);
    pool.drop(at);
  }
});

it('what is dropped is used again, but not while the program runs', () => {
  const memory = new LinearMemory();
  const pool = new ObjectPool(memory);
  const seen = new Set<number>();
  const make = (): void => {
    const at = pool.make(PLAIN);
    seen.add(at);
    pool.drop(at);
  };
  for (let count = 0; count < 1000; count += 1) make();
  expect(seen.size).toBe(1000);
  pool.reuseDropped();
  const before = memory.end;
  for (let count = 0; count < 1000; count += 1) make();
  expect(memory.end).toBe(before);
  expect(seen.size).toBe(1000);
});

it('there is no object more than the limit, until one is dropped', () => {
  const pool = new ObjectPool(new LinearMemory());
  const size = layoutOf(4088);
  const made: number[] = [];
  for (let at = pool.make(size); at !== 0; at = pool.make(size)) made.push(at);
  expect(made.length).toBe(Math.floor(OBJECTS_BYTES_MAX / size.sizeBytes));
  expect(pool.drop(made[0] ?? 0)).toBe(true);
  expect(pool.make(size)).toBe(0);
  pool.reuseDropped();
  expect(pool.make(size)).not.toBe(0);
});

it('there is no object larger than those of Linux', () => {
  const pool = new ObjectPool(new LinearMemory());
  expect(pool.make(layoutOf(4088))).not.toBe(0);
  expect(pool.make(layoutOf(4089))).toBe(0);
});

it('an address that is no object, or no more, is let be', () => {
  const pool = new ObjectPool(new LinearMemory());
  const at = pool.make(PLAIN);
  expect([pool.drop(at + 8), pool.drop(at), pool.drop(at)]).toEqual([false, true, false]);
});

it('an object with a count ends when the last one lets go of it', () => {
  const pool = new ObjectPool(new LinearMemory());
  const at = pool.make(COUNTED);
  expect(pool.hold(at)).toBe(true);
  pool.drop(at);
  expect(pool.count).toBe(1);
  pool.drop(at);
  expect(pool.count).toBe(0);
  expect(pool.hold(at)).toBe(false);
});

it('an object without a count is not held twice', () => {
  const pool = new ObjectPool(new LinearMemory());
  expect(pool.hold(pool.make(PLAIN))).toBe(false);
});

it('objects are as they were when it goes back', () => {
  const pool = new ObjectPool(new LinearMemory());
  const at = pool.make(PLAIN);
  const goBack = pool.save();
  pool.drop(at);
  pool.make(PLAIN);
  goBack();
  expect(pool.count).toBe(1);
  expect(pool.drop(at)).toBe(true);
});

for (const type of ['array', 'hash'] as const) {
  it(`an update of a ${type} drops the object that its value owned`, () => {
    const memory = new LinearMemory();
    const pool = new ObjectPool(memory);
    const specialFields = [{ name: OWNED_POINTER, offsetBytes: 8, sizeBytes: 8, pointee: 'own' }];
    const map = createMap(
      { ...asm.mapOf(type, 4, 16, 1), specialFields },
      {
        memory,
        cpuCount: 1,
        currentCpu: () => 0,
        endFields: (at, fields) => endFields(memory, pool, at, fields),
      },
    );
    const key = memory.allocate(8);
    const value = memory.allocate(16);
    map.update(key, value, 0n);
    memory.view.setBigUint64(map.lookup(key) + 8, BigInt(pool.make(PLAIN)), true);
    expect(pool.count).toBe(1);
    map.update(key, value, 0n);
    expect(pool.count).toBe(0);
  });
}

for (const type of ['hash', 'lru_hash'] as const) {
  it(`a ${type} drops at once what an element owned that is deleted, replaced or pushed out`, () => {
    const memory = new LinearMemory();
    const pool = new ObjectPool(memory);
    const specialFields = [{ name: OWNED_POINTER, offsetBytes: 8, sizeBytes: 8, pointee: 'own' }];
    const map = createMap(
      { ...asm.mapOf(type, 4, 16, 1), specialFields },
      {
        memory,
        cpuCount: 1,
        currentCpu: () => 0,
        endFields: (at, fields) => endFields(memory, pool, at, fields),
      },
    );
    const key = memory.allocate(8);
    const value = memory.allocate(16);
    const own = (): void => {
      map.update(key, value, 0n);
      memory.view.setBigUint64(map.lookup(key) + 8, BigInt(pool.make(PLAIN)), true);
      expect(pool.count).toBe(1);
    };
    own();
    map.delete(key);
    expect(pool.count).toBe(0);
    own();
    own();
    memory.view.setUint32(key, 1, true);
    map.update(key, value, 0n);
    expect(pool.count).toBe(type === 'hash' ? 1 : 0);
  });
}
