import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserRingBuffer } from '../../../electron/bpf/maps/user-ringbuf.ts';
import type { Instruction } from '../../../electron/bpf/program.ts';
import type { EngineName, Machine } from '../../../electron/bpf/vm/machine.ts';
import { alu64, call, exit, imm, lddw, load, mov64, store } from '../vm/assembler.ts';
import { createBench, ENGINES, loadUnverified, mapDefinition } from '../vm/machine-fixture.ts';

const RING_BYTES = 4096;
const DRAIN = 209;
const DYNPTR_READ = 201;
const PSEUDO_FUNCTION = 4;
const ENODATA_LEFT = 0n;
const [ENOSPC, E2BIG, EBUSY, EINVAL] = [-28, -7, -16n, -22n];

/** Drains, with the sum of the records' first bytes at the context, and stops after a record that begins with 255. */
function draining(flags: number, inCallback: readonly Instruction[] = []): readonly Instruction[] {
  const after = [mov64(3, 6), mov64(4, imm(flags)), call(DRAIN), exit()];
  const callback: readonly Instruction[] = [
    mov64(6, 2),
    ...inCallback,
    mov64(3, 1),
    store('dw', 10, -8, imm(0)),
    mov64(1, 10),
    alu64('add', 1, imm(-8)),
    mov64(2, imm(1)),
    mov64(4, imm(0)),
    mov64(5, imm(0)),
    call(DYNPTR_READ),
    load('b', 1, 10, -8),
    load('dw', 2, 6, 0),
    alu64('add', 2, 1),
    store('dw', 6, 0, 2),
    mov64(0, 1),
    alu64('add', 0, imm(1)),
    alu64('rsh', 0, imm(8)),
    exit(),
  ].flat();
  return [
    mov64(6, 1),
    ...lddw(1, 0n, 1),
    ...lddw(2, BigInt(after.length + 1), PSEUDO_FUNCTION),
    ...after,
    ...callback,
  ].flat();
}

interface Setting {
  readonly machine: Machine;
  readonly ring: UserRingBuffer;
  /** What the helper answered, and the sum. */
  drain(flags?: number): readonly [bigint, bigint];
}

function setUp(engine: EngineName, inCallback: readonly Instruction[] = []): Setting {
  const { machine } = createBench(1, engine);
  const map = machine.addMap(
    mapDefinition({ type: 'user_ringbuf', keySizeBytes: 0, valueSizeBytes: 0, maxEntries: RING_BYTES }),
  );
  if (!(map instanceof UserRingBuffer)) throw new Error('not a user ring buffer');
  const sum = machine.memory.allocate(8);
  return {
    machine,
    ring: map,
    drain(flags = 0) {
      machine.memory.view.setBigUint64(sum, 0n, true);
      const answer = loadUnverified(machine, draining(flags, inCallback), [map]).run(sum);
      return [BigInt.asIntN(64, answer), machine.memory.view.getBigUint64(sum, true)];
    },
  };
}

describe.each(ENGINES)('a user ring buffer drained on the %s', (engine) => {
  it('gives every record once, in order, over many rounds of the ring', () => {
    const record = fc.record({ size: fc.integer({ min: 1, max: 900 }), first: fc.nat({ max: 254 }) });
    const { ring, drain } = setUp(engine);
    fc.assert(
      fc.property(fc.array(record, { maxLength: 12 }), (records) => {
        let expected = 0;
        let count = 0;
        let used = 0;
        for (const { size, first } of records) {
          const length = Math.ceil((size + 8) / 8) * 8;
          const fits = used + length <= RING_BYTES;
          expect(ring.produce(new Uint8Array(size).fill(first))).toBe(fits ? 0 : ENOSPC);
          if (!fits) continue;
          used += length;
          expected += first;
          count += 1;
        }
        expect(drain()).toEqual([BigInt(count), BigInt(expected)]);
        expect(drain()).toEqual([ENODATA_LEFT, 0n]);
      }),
      { numRuns: 60 },
    );
  });

  it('stops after the record whose function answers 1, and goes on behind it', () => {
    const { ring, drain } = setUp(engine);
    for (const first of [1, 255, 3, 4]) ring.produce(Uint8Array.of(first));
    expect(drain()).toEqual([2n, 256n]);
    expect(drain()).toEqual([2n, 7n]);
  });

  it('passes over records that were given up, and does not count them', () => {
    const { ring, drain } = setUp(engine);
    ring.produce(Uint8Array.of(1));
    ring.produce(Uint8Array.of(2), true);
    ring.produce(Uint8Array.of(3));
    expect(drain()).toEqual([2n, 4n]);
  });

  it('takes the wakeup flags and no others', () => {
    const { drain } = setUp(engine);
    for (const flags of [0, 1, 2, 3]) expect(drain(flags)[0]).toBe(0n);
    expect(drain(4)[0]).toBe(EINVAL);
  });

  it('is busy to the function that is given its records', () => {
    const nested = [
      mov64(7, 1),
      ...lddw(1, 0n, 1),
      ...lddw(2, BigInt(-5), PSEUDO_FUNCTION),
      mov64(3, 6),
      mov64(4, imm(0)),
      call(DRAIN),
      store('dw', 6, 0, 0),
      mov64(0, imm(1)),
      exit(),
    ].flat();
    const { ring, drain } = setUp(engine, nested);
    ring.produce(Uint8Array.of(1));
    const [answer, stored] = drain();
    expect([answer, BigInt.asIntN(64, stored)]).toEqual([1n, EBUSY]);
    expect(drain()[0]).toBe(0n);
  });
});

describe('producing into a user ring buffer', () => {
  it('refuses a record larger than the ring, and counts those that find it full', () => {
    const { ring } = setUp('interpreter');
    expect(ring.produce(new Uint8Array(RING_BYTES))).toBe(E2BIG);
    expect(ring.produce(new Uint8Array(RING_BYTES - 8))).toBe(0);
    expect(ring.produce(Uint8Array.of(1))).toBe(ENOSPC);
    expect(ring.faults.counts.get('ringbuf-full')).toBe(1);
  });
});
