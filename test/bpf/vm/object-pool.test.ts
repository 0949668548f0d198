import { expect, it } from 'vitest';
import { createMap } from '../../../electron/bpf/maps/table.ts';
import { OWNED_POINTER } from '../../../electron/bpf/program.ts';
import { LinearMemory } from '../../../electron/bpf/vm/memory.ts';
import { ObjectPool, OBJECTS_BYTES_MAX } from '../../../electron/bpf/vm/object-pool.ts';
import * as asm from '../verifier/assembler.ts';

const SIZE = 32;

it('an object is zeroed, whatever was there before', () => {
  const memory = new LinearMemory();
  const pool = new ObjectPool(memory);
  for (let count = 0; count < 1000; count += 1) {
    const at = pool.make(SIZE);
    expect(memory.bytes.subarray(at, at + SIZE).every((byte) => byte === 0)).toBe(true);
    memory.bytes.fill(0xff, at, at + SIZE);
    pool.drop(at);
  }
});

it('what is dropped is used again, but not at once', () => {
  const memory = new LinearMemory();
  const pool = new ObjectPool(memory);
  const first = pool.make(SIZE);
  pool.drop(first);
  expect(pool.make(SIZE)).not.toBe(first);
  const end = (): number => memory.end;
  for (let count = 0; count < 1000; count += 1) pool.drop(pool.make(SIZE));
  const before = end();
  for (let count = 0; count < 10_000; count += 1) pool.drop(pool.make(SIZE));
  expect(end()).toBe(before);
});

it('there is no object more than the limit, until one is dropped', () => {
  const pool = new ObjectPool(new LinearMemory());
  const size = 4088;
  const made: number[] = [];
  for (let at = pool.make(size); at !== 0; at = pool.make(size)) made.push(at);
  expect(made.length).toBe(Math.floor(OBJECTS_BYTES_MAX / size));
  expect(pool.drop(made[0] ?? 0)).toBe(true);
  expect(pool.make(size)).not.toBe(0);
});

it('there is no object larger than those of Linux', () => {
  const pool = new ObjectPool(new LinearMemory());
  expect(pool.make(4088)).not.toBe(0);
  expect(pool.make(4089)).toBe(0);
});

it('an address that is no object, or no more, is let be', () => {
  const pool = new ObjectPool(new LinearMemory());
  const at = pool.make(SIZE);
  expect([pool.drop(at + 8), pool.drop(at), pool.drop(at)]).toEqual([false, true, false]);
});

it('objects are as they were when it goes back', () => {
  const pool = new ObjectPool(new LinearMemory());
  const at = pool.make(SIZE);
  const goBack = pool.save();
  pool.drop(at);
  pool.make(SIZE);
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
      { memory, cpuCount: 1, currentCpu: () => 0, dropObject: (at) => pool.drop(at) },
    );
    const key = memory.allocate(8);
    const value = memory.allocate(16);
    map.update(key, value, 0n);
    memory.view.setBigUint64(map.lookup(key) + 8, BigInt(pool.make(SIZE)), true);
    expect(pool.count).toBe(1);
    // A hash keeps the value before, for who holds it, until the next update.
    map.update(key, value, 0n);
    map.update(key, value, 0n);
    expect(pool.count).toBe(0);
  });
}
