import { expect, test } from 'vitest';

import {
  BatchRows,
  BatchRunner,
  type BatchAsks,
  type BatchCallee,
  type EventColumns,
} from '../../../electron/bpf/jit/batch.ts';
import type { Machine } from '../../../electron/bpf/vm/machine.ts';
import { alu64, call, exit, imm, lddw, load, mov64, store } from '../vm/assembler.ts';
import { createBench, loadUnverified, type Slots } from '../vm/machine-fixture.ts';

const KTIME_GET_NS = 5;
const GET_SMP_PROCESSOR_ID = 8;
const GET_CURRENT_PID_TGID = 14;
const TRACE_PRINTK = 6;
const NEVER = 0xffff_ffff_ffff_ffffn;
const RECORD_BYTES = 8;

/** Rows at 100, 200, ... on CPU 0 and 1 in turn; thread, type and first word of a record as given. */
function columns(types: readonly number[], words: readonly number[] = types): EventColumns {
  const rows = types.map((_, row) => row);
  return {
    count: types.length,
    firstEvent: 0,
    timeNs: BigUint64Array.from(rows, (row) => BigInt(100 * (row + 1))),
    cpu: Uint16Array.from(rows, (row) => row % 2),
    tid: Int32Array.from(rows, (row) => 10 + row),
    type: Uint16Array.from(types),
    offset: Uint32Array.from(rows, (row) => row * RECORD_BYTES),
    bytes: new Uint8Array(BigUint64Array.from(words, BigInt).buffer),
  };
}

interface Tried {
  readonly callee: BatchCallee;
  calls: number;
  failures: string[];
  driven: number[];
  drained: number;
}

function direct(machine: Machine, slots: Slots, drains = false): Tried {
  const { batchEntry } = loadUnverified(machine, slots);
  expect(batchEntry).toBeDefined();
  const tried: Tried = {
    callee: {
      direct: batchEntry,
      drive: (_record, row) => void tried.driven.push(row),
      drain: drains ? () => void (tried.drained += 1) : undefined,
      count: (calls) => void (tried.calls += calls),
      failed: ({ code }) => void tried.failures.push(code),
    },
    calls: 0,
    failures: [],
    driven: [],
    drained: 0,
  };
  return tried;
}

/** A program that adds what it is about to a cell: r0 of the slots before, which may use r1, the record. */
function adds(cell: number, slots: Slots): Slots {
  return [
    ...slots,
    lddw(2, BigInt(cell)),
    load('dw', 3, 2, 0),
    alu64('add', 3, 0),
    store('dw', 2, 0, 3),
    mov64(0, imm(0)),
    exit(),
  ];
}

function runner(machine: Machine, asks: Partial<BatchAsks> = {}): BatchRunner<BatchCallee> {
  return new BatchRunner(machine, { follow: () => undefined, tgid: () => -1, ...asks });
}

const { machine: shared } = createBench(2, 'jit');
const cellOf = (machine: Machine): number => machine.memory.allocate(8);
const read = (machine: Machine, cell: number): bigint => machine.memory.view.getBigUint64(cell, true);

test('calls for each row the programs of its type, each on its record, and counts the calls', () => {
  const batch = runner(shared);
  const [first, second] = [cellOf(shared), cellOf(shared)];
  const one = direct(shared, adds(first, [load('dw', 0, 1, 0)]));
  const both = direct(shared, adds(second, [mov64(0, imm(1))]));
  const table = batch.table([
    { callees: [one.callee, both.callee], isFollowed: false },
    { callees: [], isFollowed: false },
    { callees: [both.callee], isFollowed: false },
  ]);
  const rows = new BatchRows(shared.memory);
  rows.hold(columns([0, 1, 2, 0, 7], [1000, 1, 1, 234, 1]));
  expect(batch.run(rows, table, 0, 5, NEVER)).toBe(5);
  expect([read(shared, first), read(shared, second)]).toEqual([1234n, 3n]);
  expect([one.calls, both.calls]).toEqual([2, 3]);
});

test('time, CPU and task are the row’s', () => {
  const batch = runner(shared, { tgid: (tid) => (tid === 11 ? 7 : 0) });
  const cells = [cellOf(shared), cellOf(shared), cellOf(shared)] as const;
  const helpers = [KTIME_GET_NS, GET_SMP_PROCESSOR_ID, GET_CURRENT_PID_TGID];
  const callees = cells.map((cell, index) => direct(shared, adds(cell, [call(helpers[index] ?? 0)])).callee);
  const table = batch.table([{ callees, isFollowed: false }]);
  const rows = new BatchRows(shared.memory);
  rows.hold(columns([0, 0]));
  batch.run(rows, table, 0, 2, NEVER);
  expect(cells.map((cell) => read(shared, cell))).toEqual([300n, 1n, 10n + ((7n << 32n) | 11n)]);
});

test('stops before the first row at a time or later, and where it is told to', () => {
  const batch = runner(shared);
  const rows = new BatchRows(shared.memory);
  rows.hold(columns([0, 0, 0, 0]));
  const cell = cellOf(shared);
  const counts = direct(shared, adds(cell, [mov64(0, imm(1))]));
  const stops: BatchCallee = { ...counts.callee, direct: undefined, drive: () => void batch.stop() };
  const plain = batch.table([{ callees: [counts.callee], isFollowed: false }]);
  expect(batch.run(rows, plain, 0, 4, 300n)).toBe(2);
  expect(batch.run(rows, plain, 2, 4, 301n)).toBe(3);
  const stopping = batch.table([{ callees: [stops, counts.callee], isFollowed: false }]);
  expect(batch.run(rows, stopping, 0, 4, NEVER)).toBe(1);
  expect(counts.calls).toBe(4);
});

test('a program that fails is told so, and the next program and the next rows go on', () => {
  const batch = runner(shared);
  const cell = cellOf(shared);
  const beyond = [lddw(2, 0xf000_0000n), load('dw', 0, 2, 0), exit()];
  const fails = direct(shared, beyond, true);
  const goesOn = direct(shared, adds(cell, [mov64(0, imm(1))]));
  const failsLast = direct(shared, beyond);
  const hook = { callees: [fails.callee, goesOn.callee, failsLast.callee], isFollowed: false };
  const rows = new BatchRows(shared.memory);
  rows.hold(columns([0, 0, 0]));
  expect(batch.run(rows, batch.table([hook]), 0, 3, NEVER)).toBe(3);
  expect(fails.failures).toEqual(Array(3).fill('out-of-bounds'));
  expect(failsLast.failures).toHaveLength(3);
  expect([fails.calls, fails.drained, goesOn.calls, read(shared, cell)]).toEqual([3, 3, 3, 3n]);
});

test('asks row by row what JavaScript has to do: follow, test limits, lay contexts out, drain', () => {
  const followed: number[] = [];
  const batch = runner(shared, { follow: (row) => void followed.push(row), isWithin: (row) => row !== 1 });
  const rows = new BatchRows(shared.memory);
  rows.hold(columns([0, 0, 1, 5]));
  const drains = direct(shared, [mov64(0, imm(0)), exit()], true);
  const driven: [number, number][] = [];
  const drive: BatchCallee = {
    ...drains.callee,
    direct: undefined,
    drive: (record, row) => void driven.push([record - rows.records, row]),
  };
  const table = batch.table([
    { callees: [drains.callee, drive], isFollowed: true },
    { callees: [], isFollowed: false },
  ]);
  batch.run(rows, table, 0, 4, NEVER);
  expect(followed).toEqual([0, 1, 3]);
  expect(driven).toEqual([[0, 0]]);
  expect([drains.calls, drains.drained]).toEqual([1, 1]);
});

test('a context that is laid out is what the program is called on, or not called at all', () => {
  const batch = runner(shared);
  const [cell, context] = [cellOf(shared), cellOf(shared)];
  const sums = direct(shared, adds(cell, [load('dw', 0, 1, 0)]));
  const laid: BatchCallee = {
    ...sums.callee,
    layOut: (record, row) => {
      shared.memory.view.setBigUint64(context, shared.memory.view.getBigUint64(record, true) * 10n, true);
      return row === 1 ? 0 : context;
    },
  };
  const rows = new BatchRows(shared.memory);
  rows.hold(columns([0, 0, 0], [1, 2, 3]));
  expect(batch.run(rows, batch.table([{ callees: [laid], isFollowed: false }]), 0, 3, NEVER)).toBe(3);
  expect([read(shared, cell), sums.calls]).toEqual([40n, 2]);
});

test('programs that need preparing have no entry of their own', () => {
  const callback = loadUnverified(shared, [lddw(1, 2n, 4), mov64(0, imm(0)), exit()]);
  expect(callback.batchEntry).toBeUndefined();
  const { machine } = createBench(2, 'interpreter');
  expect(loadUnverified(machine, [mov64(0, imm(0)), exit()]).batchEntry).toBeUndefined();
  expect(
    loadUnverified(shared, [mov64(1, imm(0)), mov64(2, imm(0)), call(TRACE_PRINTK), exit()]).batchEntry,
  ).toBeDefined();
});
