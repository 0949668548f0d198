import { describe, expect, it } from 'vitest';
import { alu64, call, exit, imm, jump, lddw, load, mov64, store } from '../vm/assembler.ts';
import { createBench, ENGINES, loadUnverified, mapDefinition, type Slots } from '../vm/machine-fixture.ts';

const BPF_F_NO_PREALLOC = 1;
const TASK_STORAGE_GET = 156;
const TASK_STORAGE_DELETE = 157;
const ABSENT = 99n;

const definition = mapDefinition({
  type: 'task_storage',
  maxEntries: 0,
  flags: BPF_F_NO_PREALLOC,
  keyTypeId: 1,
  valueTypeId: 2,
});

/** Context: the object, then flags. Counts up what the object has, which begins at 7. */
const countUp: Slots = [
  load('dw', 2, 1, 0),
  load('dw', 4, 1, 8),
  store('dw', 10, -8, imm(7)),
  mov64(3, 10),
  alu64('add', 3, imm(-8)),
  lddw(1, 0n, 1),
  call(TASK_STORAGE_GET),
  jump('jne', 0, imm(0), 2),
  mov64(0, imm(Number(ABSENT))),
  exit(),
  load('dw', 1, 0, 0),
  alu64('add', 1, imm(1)),
  store('dw', 0, 0, 1),
  mov64(0, 1),
  exit(),
];

const drop: Slots = [load('dw', 2, 1, 0), lddw(1, 0n, 1), call(TASK_STORAGE_DELETE), exit()];

const identity = (object: bigint): Uint8Array => new Uint8Array(BigUint64Array.of(object).buffer);

describe('local storage', () => {
  it.each(ENGINES)('has a value for every object, made where that is asked for (%s)', (engine) => {
    const { machine } = createBench(1, engine);
    const map = machine.addMap(definition);
    const [count, remove] = [countUp, drop].map((slots) => loadUnverified(machine, slots, [map]));
    const context = machine.memory.allocate(16);
    const given = (object: bigint, flags = 0n): number => {
      machine.memory.view.setBigUint64(context, object, true);
      machine.memory.view.setBigUint64(context + 8, flags, true);
      return context;
    };
    const [one, other] = [0xffff_8880_0001_0000n, 0xffff_8880_0002_0000n];
    expect(count?.run(given(one))).toBe(ABSENT);
    expect(count?.run(given(one, 1n))).toBe(8n);
    expect(count?.run(given(one, 1n))).toBe(9n);
    expect(count?.run(given(one))).toBe(10n);
    expect(count?.run(given(other, 1n))).toBe(8n);
    expect(count?.run(given(0n, 1n))).toBe(ABSENT);
    expect(count?.run(given(one, 2n))).toBe(ABSENT);
    expect([...map.entries()].map(({ key }) => key)).toEqual([identity(one), identity(other)]);
    expect(map.get(identity(one))).toEqual(identity(10n));
    expect(BigInt.asIntN(64, remove?.run(given(one)) ?? 0n)).toBe(0n);
    expect(BigInt.asIntN(64, remove?.run(given(one)) ?? 0n)).toBe(-2n);
    expect(BigInt.asIntN(64, remove?.run(given(0n)) ?? 0n)).toBe(-22n);
    expect(count?.run(given(one))).toBe(ABSENT);
  });

  it.each([
    ['preallocation', { flags: 0 }],
    ['a number of entries', { maxEntries: 1 }],
    ['a key of another size', { keySizeBytes: 8 }],
    ['no value', { valueSizeBytes: 0 }],
    ['no BTF', { keyTypeId: 0 }],
  ])('is not made with %s', (_, wrong) => {
    const { machine } = createBench();
    expect(() => machine.addMap({ ...definition, ...wrong })).toThrow(
      expect.objectContaining({ code: 'bad-map' }),
    );
  });
});
