import { expect, test } from 'vitest';

import { TaskTable } from '../../electron/replay/kernel/tasks.ts';
import { eventType, fakeSource, integerField, record, schedSwitchType } from './fake-source.ts';

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

test('takes a process from a fork for its maker’s child, and leaves a thread’s parent unknown', async () => {
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
  expect(tasks.facts(21)).toMatchObject({ tgid: 20, parent: undefined, startNs: 6n });
  expect(tasks.facts(22)).toMatchObject({ tgid: undefined, parent: undefined, startNs: 7n });
  expect(changed).toEqual([20, 21, 22]);
  expect(tasks.tids()).toEqual([0, 20, 21, 22]);
});
