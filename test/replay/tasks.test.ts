import { expect, test } from 'vitest';

import { TaskTable } from '../../electron/replay/kernel/tasks.ts';
import {
  eventType,
  fakeSource,
  integerField,
  record,
  schedSwitchType,
  schedWakeupType,
  textField,
  type FakeEvent,
} from './fake-source.ts';

test('follows comms through switches and leaves what no event told unknown', async () => {
  const type = schedSwitchType(0);
  const bytes = record(type, { prev_comm: 'burn-0', prev_pid: 11, next_comm: 'latency', next_pid: 12 });
  const source = fakeSource([type], [{ timeNs: 1n, type: 0, bytes }]);
  const tasks = new TaskTable();
  for await (const batch of source.batches()) tasks.follow(source.schema, batch, 0);
  expect(tasks.comm(11)).toBe('burn-0');
  expect(tasks.comm(12)).toBe('latency');
  expect(tasks.comm(13)).toBeUndefined();
  expect(tasks.tgid(12)).toBeUndefined();
});

test('ignores a record that is shorter than the fields it should hold', async () => {
  const type = schedSwitchType(0);
  const source = fakeSource([type], [{ timeNs: 1n, type: 0, bytes: new Uint8Array(20) }]);
  const tasks = new TaskTable();
  for await (const batch of source.batches()) tasks.follow(source.schema, batch, 0);
  expect(tasks.comm(0)).toBeUndefined();
});

test('takes a process from a fork for its maker’s child, and a thread for one of its process’s parent', async () => {
  const type = eventType(0, 'sched', 'sched_process_fork', [
    integerField('parent_pid', 8, 4),
    integerField('child_pid', 12, 4),
  ]);
  const bear = (timeNs: bigint, child: number): { timeNs: bigint; type: number; bytes: Uint8Array } => ({
    timeNs,
    type: 0,
    bytes: record(type, { parent_pid: 10, child_pid: child }),
  });
  const source = fakeSource([type], [bear(5n, 20), bear(6n, 21), bear(7n, 22)], { batchEvents: 3 });
  const tasks = new TaskTable();
  tasks.learn({
    ...source.context,
    tgids: new Map([
      [20, 20],
      [21, 20],
    ]),
  });
  const changed: number[] = [];
  tasks.onChange = (tid) => changed.push(tid);
  for await (const batch of source.batches())
    for (let row = 0; row < batch.count; row += 1) tasks.follow(source.schema, batch, row);
  expect(tasks.facts(20)).toMatchObject({ tgid: 20, parent: 10, startNs: 5n });
  expect(tasks.facts(21)).toMatchObject({ tgid: 20, parent: 10, startNs: 6n });
  expect(tasks.facts(22)).toMatchObject({ tgid: undefined, parent: undefined, startNs: 7n });
  expect(changed).toEqual([20, 21, 22]);
  expect(tasks.tids()).toEqual([0, 20, 21, 22]);
});

/** As perf writes them: eight bytes of common fields, `misc`, and the record's own. */
const perfFork = eventType(0, 'perf', 'fork', [
  integerField('pid', 16, 4),
  integerField('ppid', 20, 4),
  integerField('tid', 24, 4),
  integerField('ptid', 28, 4),
]);
const perfComm = eventType(1, 'perf', 'comm', [
  integerField('pid', 16, 4),
  integerField('tid', 20, 4),
  { ...textField('comm', 24, 0), elementCount: 0 },
]);
const schedFork = eventType(2, 'sched', 'sched_process_fork', [
  integerField('parent_pid', 8, 4),
  integerField('child_pid', 12, 4),
]);

async function followed(
  events: readonly FakeEvent[],
  parents?: ReadonlyMap<number, number>,
): Promise<TaskTable> {
  const source = fakeSource([perfFork, perfComm, schedFork], events);
  const tasks = new TaskTable();
  tasks.learn({ ...source.context, parents, tgids: new Map([[10, 10]]) });
  for await (const batch of source.batches())
    for (let row = 0; row < batch.count; row += 1) tasks.follow(source.schema, batch, row);
  return tasks;
}

const forked = (timeNs: bigint, pid: number, tid: number): FakeEvent => ({
  timeNs,
  type: 0,
  bytes: record(perfFork, { pid, ppid: 10, tid, ptid: 10 }),
});
const scheduledFork = (timeNs: bigint, tid: number): FakeEvent => ({
  timeNs,
  type: 2,
  bytes: record(schedFork, { parent_pid: 10, child_pid: tid }),
});

test('takes processes and threads from perf’s own records, and their time from who tells of them first', async () => {
  const tasks = await followed([
    forked(5n, 20, 20),
    scheduledFork(6n, 20),
    forked(7n, 10, 21),
    scheduledFork(8n, 21),
    scheduledFork(9n, 21),
  ]);
  expect(tasks.facts(20)).toMatchObject({ tgid: 20, parent: 10, startNs: 5n });
  // The second time that sched_process_fork tells of it, the id has been given to another.
  expect(tasks.facts(21)).toMatchObject({ tgid: 10, startNs: 9n });
});

test('takes a kernel worker for what it is called, without what it works on', () => {
  const tasks = new TaskTable();
  const comms = new Map([
    [7, 'kworker/u8:2-even'],
    [8, 'kworker/0:1H+kb'],
    [9, 'kworker/R-rcu_g'],
  ]);
  tasks.learn({ ...fakeSource([], []).context, comms });
  expect([7, 8, 9].map((tid) => tasks.comm(tid))).toEqual([
    'kworker/u8:2',
    'kworker/0:1H',
    'kworker/R-rcu_g',
  ]);
});

test('takes a comm that ends its record from perf', async () => {
  const bytes = new Uint8Array([...record(perfComm, { pid: 10, tid: 10 }), ...Buffer.from('worker\0\0')]);
  expect((await followed([{ timeNs: 1n, type: 1, bytes }])).comm(10)).toBe('worker');
});

test('knows of processes that were there whose children they are, and so are their threads', async () => {
  const tasks = await followed([], new Map([[10, 2]]));
  expect(tasks.facts(10).parent).toBe(2);
  expect((await followed([forked(7n, 10, 21)], new Map([[10, 2]]))).facts(21).parent).toBe(2);
});

test('a thread whose name is empty is known by it, and one whose bytes after the NUL change keeps its name', async () => {
  const type = schedWakeupType(0);
  const named = (comm: string): Uint8Array => record(type, { pid: 7, comm });
  const tasks = new TaskTable();
  const told: number[] = [];
  tasks.onChange = (tid) => told.push(tid);
  const names: (string | undefined)[] = [];
  const records = [named(''), named('a\0b'), named('a\0c'), named('d')];
  const source = fakeSource(
    [type],
    records.map((bytes, index) => ({ timeNs: BigInt(index), type: 0, bytes })),
  );
  for await (const batch of source.batches()) {
    for (let row = 0; row < batch.count; row += 1) {
      tasks.follow(source.schema, batch, row);
      names.push(tasks.comm(7));
    }
  }
  expect(names).toEqual(['', 'a', 'a', 'd']);
  expect(told).toEqual([7, 7, 7]);
});
