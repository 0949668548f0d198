import { describe, expect, it } from 'vitest';
import type { Instruction } from '../../../electron/bpf/program.ts';
import type { BpfMap } from '../../../electron/bpf/maps/map.ts';
import { locked } from '../../oracle/maps/typed-maps.ts';
import { alu64, call, exit, imm, jump, lddw, load, mov64, store } from '../vm/assembler.ts';
import { createBench, ENGINES, loadUnverified } from '../vm/machine-fixture.ts';

const LOOKUP = 1;
const UPDATE = 2;
const EINVAL = -22n;
const KEY = new Uint8Array(4);

/** Updates element 0 with 24 bytes of ones; what the helper answers. */
function updateWithOnes(flags: number): readonly Instruction[] {
  return [
    store('w', 10, -4, imm(0)),
    ...[-32, -24, -16].map((at) => store('dw', 10, at, imm(-1))),
    ...lddw(1, 0n, 1),
    mov64(2, 10),
    alu64('add', 2, imm(-4)),
    mov64(3, 10),
    alu64('add', 3, imm(-32)),
    mov64(4, imm(flags)),
    call(UPDATE),
    exit(),
  ].flat();
}

/** The first eight bytes of element 0, of which the last four are the lock. */
const readLock: readonly Instruction[] = [
  store('w', 10, -4, imm(0)),
  ...lddw(1, 0n, 1),
  mov64(2, 10),
  alu64('add', 2, imm(-4)),
  call(LOOKUP),
  jump('jeq', 0, imm(0), 1),
  load('dw', 0, 0, 0),
  exit(),
].flat();

const ones = (): Uint8Array => new Uint8Array(24).fill(0xff);

function firstWords(map: BpfMap): readonly number[] {
  return [...new Uint32Array((map.get(KEY) ?? new Uint8Array(8)).slice(0, 8).buffer)];
}

describe.each(ENGINES)('an update by a program on the %s', (engine) => {
  it.each(['hash', 'array'] as const)('leaves the lock of a %s open, whatever bytes it gives', (type) => {
    const { machine } = createBench(1, engine);
    const map = machine.addMap(locked({ type }).definition);
    for (const flags of [0, 0, 4]) {
      expect(BigInt.asIntN(64, loadUnverified(machine, updateWithOnes(flags), [map]).run(0))).toBe(0n);
      expect(loadUnverified(machine, readLock, [map]).run(0)).toBe(0xffff_ffffn);
      expect(firstWords(map)).toEqual([0xffff_ffff, 0]);
    }
  });

  it('with BPF_F_LOCK changes the element in place, and without puts another one there', () => {
    const { machine } = createBench(1, engine);
    const map = machine.addMap(locked({ type: 'hash' }).definition);
    map.set(KEY, ones());
    const place = (): number => {
      const key = machine.memory.allocate(4);
      return map.lookup(key);
    };
    const before = place();
    loadUnverified(machine, updateWithOnes(4), [map]).run(0);
    expect(place()).toBe(before);
    loadUnverified(machine, updateWithOnes(0), [map]).run(0);
    expect(place()).not.toBe(before);
  });

  it.each(['hash', 'array'] as const)('with BPF_F_LOCK of a %s without locks is refused', (type) => {
    const { machine } = createBench(1, engine);
    const { specialFields: _, ...definition } = locked({ type }).definition;
    const map = machine.addMap(definition);
    expect(BigInt.asIntN(64, loadUnverified(machine, updateWithOnes(4), [map]).run(0))).toBe(EINVAL);
  });
});
