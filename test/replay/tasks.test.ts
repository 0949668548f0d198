import { expect, test } from 'vitest';

import { TaskTable } from '../../electron/replay/kernel/tasks.ts';
import { fakeSource, record, schedSwitchType } from './fake-source.ts';

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
