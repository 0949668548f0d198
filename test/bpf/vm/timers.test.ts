import { describe, expect, it } from 'vitest';
import type { BpfMap } from '../../../electron/bpf/maps/map.ts';
import type { Instruction } from '../../../electron/bpf/program.ts';
import type { DueTimer } from '../../../electron/bpf/vm/timers.ts';
import * as asm from '../verifier/assembler.ts';
import { r } from '../verifier/assembler.ts';
import { addressOf, linked } from '../../oracle/function-vectors.ts';
import { createBench, ENGINES, loadUnverified, mapDefinition, type Bench } from './machine-fixture.ts';

const VALUE_BYTES = 40;
const TIMER_AT = 8;
const KEY = Uint8Array.of(3, 0, 0, 0);

/** Sets the timer of element 3 for `waitNs` from now; its function counts its calls in the value's first word. */
function settingProgram(waitNs: number, again: readonly Instruction[] = []): Instruction[] {
  const main = [
    asm.storeImmediate(4, 10, -4, 3),
    ...asm.loadMap(1, 0),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, -4),
    asm.call(1),
    asm.mov64(6, r(0)),
    asm.alu64('add', 6, TIMER_AT),
    asm.mov64(1, r(6)),
    ...asm.loadMap(2, 0),
    asm.mov64(3, 1),
    asm.call(169),
    asm.mov64(1, r(6)),
    ...addressOf(2, 1),
    asm.call(170),
    asm.mov64(1, r(6)),
    asm.mov64(2, waitNs),
    asm.mov64(3, 0),
    asm.call(171),
    asm.exit,
  ];
  const called = [
    asm.load(4, 5, 2, 0),
    asm.load(8, 4, 3, 0),
    asm.alu64('add', 4, 100),
    asm.alu64('add', 4, r(5)),
    asm.store(8, 3, 0, 4),
    ...again,
    asm.mov64(0, 0),
    asm.exit,
  ];
  return linked([main, called]);
}

const setAgain = [
  asm.mov64(1, r(3)),
  asm.alu64('add', 1, TIMER_AT),
  asm.mov64(2, 50),
  asm.mov64(3, 0),
  asm.call(171),
];
const cancelItself = [
  asm.mov64(6, r(3)),
  asm.mov64(1, r(3)),
  asm.alu64('add', 1, TIMER_AT),
  asm.call(172),
  asm.store(8, 6, 0, 0),
];

const QUEUE_AT = 24;
/** Queues work twice, which counts its calls in the value's first word. */
function queueingProgram(again: readonly Instruction[]): Instruction[] {
  const queue = [asm.mov64(1, r(6)), asm.alu64('add', 1, QUEUE_AT)];
  const start = [...queue, asm.mov64(2, 0), asm.callKernel('bpf_wq_start')];
  const main = [
    asm.storeImmediate(4, 10, -4, 3),
    ...asm.loadMap(1, 0),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, -4),
    asm.call(1),
    asm.mov64(6, r(0)),
    ...[...queue, ...asm.loadMap(2, 0), asm.mov64(3, 0), asm.callKernel('bpf_wq_init')],
    ...[...queue, ...addressOf(2, 1), asm.mov64(3, 0), asm.callKernel('bpf_wq_set_callback_impl')],
    ...start,
    ...start,
    asm.exit,
  ];
  const called = [
    asm.load(4, 5, 2, 0),
    asm.load(8, 4, 3, 0),
    asm.alu64('add', 4, 100),
    asm.alu64('add', 4, r(5)),
    asm.store(8, 3, 0, 4),
    asm.mov64(6, r(3)),
    ...again,
    asm.mov64(0, 0),
    asm.exit,
  ];
  return linked([main, called]);
}

interface Set {
  readonly bench: Bench;
  readonly map: BpfMap;
  count(): bigint;
  /** Times at which timers were called. */
  pass(untilNs: bigint): readonly bigint[];
}

function setTimer(
  engine: (typeof ENGINES)[number],
  type: 'hash' | 'array',
  waitNs: number,
  again?: readonly Instruction[],
): Set {
  return runSetting(engine, type, settingProgram(waitNs, again));
}

function runSetting(
  engine: (typeof ENGINES)[number],
  type: 'hash' | 'array',
  code: readonly Instruction[],
): Set {
  const bench = createBench(2, engine);
  const map = bench.machine.addMap(mapDefinition({ type, valueSizeBytes: VALUE_BYTES }));
  map.set(KEY, new Uint8Array(VALUE_BYTES));
  const program = loadUnverified(bench.machine, [[...code]], [map]);
  bench.world.time = 1000n;
  expect(BigInt.asIntN(64, program.run(0))).toBe(0n);
  const pass = (untilNs: bigint): readonly bigint[] => {
    const times: bigint[] = [];
    bench.machine.timers.runDue(untilNs, (due: DueTimer) => {
      times.push(due.timeNs);
      bench.world.time = due.timeNs;
      due.run();
    });
    return times;
  };
  const count = (): bigint => new DataView((map.get(KEY) ?? new Uint8Array(8)).buffer).getBigInt64(0, true);
  return { bench, map, count, pass };
}

describe.each(ENGINES)('timers on the %s', (engine) => {
  it.each(['hash', 'array'] as const)(
    'call with the key and value of their %s element, at their time',
    (type) => {
      const { pass, count, bench } = setTimer(engine, type, 500);
      expect(pass(1499n)).toEqual([]);
      expect(pass(1500n)).toEqual([1500n]);
      expect(count()).toBe(103n);
      expect(pass(9000n)).toEqual([]);
      expect(bench.machine.timers.waiting).toBe(0);
    },
  );

  it('that set themselves again are called again, each time from their own time on', () => {
    const { pass, count } = setTimer(engine, 'hash', 500, setAgain);
    expect(pass(1600n)).toEqual([1500n, 1550n, 1600n]);
    expect(count()).toBe(309n);
  });

  it('may not cancel themselves: EDEADLK', () => {
    const { pass, count } = setTimer(engine, 'hash', 500, cancelItself);
    pass(2000n);
    expect(count()).toBe(-35n);
  });

  it.each([
    ['deleted', (map: BpfMap) => map.remove(KEY)],
    ['replaced', (map: BpfMap) => map.set(KEY, new Uint8Array(VALUE_BYTES))],
  ] as const)('end with an element that is %s', (_how, change) => {
    const { map, pass, bench } = setTimer(engine, 'hash', 500);
    expect(change(map)).toBe(0);
    map.set(KEY, new Uint8Array(VALUE_BYTES));
    expect(pass(9000n)).toEqual([]);
    expect(bench.machine.timers.waiting).toBe(0);
  });

  it('that set themselves for at once are stopped, by name', () => {
    const atOnce = setAgain.map((each, index) => (index === 2 ? asm.mov64(2, 0) : each));
    const { pass } = setTimer(engine, 'hash', 500, atOnce);
    expect(() => pass(1500n)).toThrow(/a timer was called 200000 times between two events/);
    expect(pass(9000n)).toEqual([]);
  });
});

describe.each(ENGINES)('work queues on the %s', (engine) => {
  const startAgain = [
    asm.mov64(1, r(6)),
    asm.alu64('add', 1, QUEUE_AT),
    asm.mov64(2, 0),
    asm.callKernel('bpf_wq_start'),
  ];

  it.each(['hash', 'array'] as const)(
    'call once with the key and value of their %s element, at the time they were queued at',
    (type) => {
      const { pass, count, bench } = runSetting(engine, type, queueingProgram([]));
      expect(pass(999n)).toEqual([]);
      expect(pass(1000n)).toEqual([1000n]);
      expect(count()).toBe(103n);
      expect(pass(9000n)).toEqual([]);
      expect(bench.machine.timers.waiting).toBe(0);
    },
  );

  it('end with an element that is deleted', () => {
    const { map, pass } = runSetting(engine, 'hash', queueingProgram([]));
    expect(map.remove(KEY)).toBe(0);
    expect(pass(9000n)).toEqual([]);
  });

  it('that queue themselves without end are stopped, by name', () => {
    const { pass } = runSetting(engine, 'hash', queueingProgram(startAgain));
    expect(() => pass(1500n)).toThrow(/a timer was called 200000 times between two events/);
  });
});
