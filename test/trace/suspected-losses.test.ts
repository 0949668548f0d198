import { expect, it } from 'vitest';

import type { Batch, EventField, EventType, Schema } from '../../electron/trace/event.ts';
import { SuspectedLosses } from '../../electron/trace/suspected-losses.ts';

const field = (name: string, offsetBytes: number): EventField => ({
  name,
  type: 'int',
  kind: 'integer',
  offsetBytes,
  sizeBytes: 4,
  isSigned: true,
  elementCount: 1,
  elementSizeBytes: 4,
});

const names = [
  'sched:sched_switch',
  'raw_syscalls:sys_enter',
  'raw_syscalls:sys_exit',
  'irq:softirq_entry',
  'irq:softirq_exit',
];
const types = names.map((name, index): EventType => {
  const [system = '', event = ''] = name.split(':');
  const fields = [field('prev_pid', 8), field('next_pid', 12)];
  return { index, system, name: event, recordId: index, fields, sizeBytes: 16, printFormat: undefined };
});
const schema: Schema = { types, isLittleEndian: true, longSizeBytes: 8 };

interface Given {
  readonly name: string;
  readonly cpu?: number;
  readonly tid?: number;
  readonly from?: number;
  readonly to?: number;
}

function batchOf(events: readonly Given[]): Batch {
  const bytes = Buffer.alloc(events.length * 16);
  events.forEach(({ from = 0, to = 0 }, row) => {
    bytes.writeInt32LE(from, row * 16 + 8);
    bytes.writeInt32LE(to, row * 16 + 12);
  });
  return {
    count: events.length,
    firstEvent: 0,
    timeNs: new BigUint64Array(events.length),
    cpu: Uint16Array.from(events, ({ cpu = 0 }) => cpu),
    tid: Int32Array.from(events, ({ tid = 0 }) => tid),
    type: Uint16Array.from(events, ({ name }) => names.findIndex((each) => each.endsWith(name))),
    stack: new Int32Array(events.length).fill(-1),
    offset: Uint32Array.from(events, (_, row) => row * 16),
    length: new Uint32Array(events.length).fill(16),
    bytes,
  };
}

const gaps = (events: readonly Given[], followsSwitches = true): number =>
  new SuspectedLosses({ schema }, followsSwitches).countIn(batchOf(events));

const leave = (cpu: number, from: number, to: number): Given => ({ name: 'sched_switch', cpu, from, to });

it('a CPU that leaves the task it switched to has lost nothing', () => {
  expect(gaps([leave(0, 5, 7), leave(1, 9, 5), leave(0, 7, 0), leave(0, 0, 9), leave(1, 5, 0)])).toBe(0);
});

it('a CPU that leaves another task than it switched to has lost a switch', () => {
  expect(gaps([leave(0, 5, 7), leave(0, 8, 5), leave(1, 4, 6), leave(1, 7, 6)])).toBe(2);
});

it('switches are left to a format that follows them itself', () => {
  expect(gaps([leave(0, 5, 7), leave(0, 8, 5)], false)).toBe(0);
});

it('a system call that ends twice has lost a beginning; the first may have begun before the recording', () => {
  const end: Given = { name: 'sys_exit', tid: 77 };
  expect(gaps([end, { name: 'sys_enter', tid: 77 }, end, { ...end, tid: 78 }])).toBe(0);
  expect(gaps([end, end, end])).toBe(2);
});

it('a soft interrupt is of its CPU, whoever it interrupts', () => {
  const begin: Given = { name: 'softirq_entry', cpu: 3, tid: 1 };
  const end: Given = { name: 'softirq_exit', cpu: 3, tid: 2 };
  expect(gaps([begin, end, begin, end, { ...end, cpu: 2 }])).toBe(0);
  expect(gaps([begin, end, end])).toBe(1);
});

it('gaps between batches count, and threads beyond any number are not looked at', () => {
  const losses = new SuspectedLosses({ schema }, true);
  expect(losses.countIn(batchOf([leave(0, 5, 7)]))).toBe(0);
  expect(losses.countIn(batchOf([leave(0, 8, 5)]))).toBe(1);
  expect(
    losses.countIn(
      batchOf([
        { name: 'sys_exit', tid: -1 },
        { name: 'sys_exit', tid: -1 },
      ]),
    ),
  ).toBe(0);
});
