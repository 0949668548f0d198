import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { openObject } from '../../../electron/bpf/object/open.ts';
import { attachObject } from '../../../electron/replay/attach.ts';
import { ReplayMoment } from '../../../electron/replay/kernel/moment.ts';
import { TaskTable } from '../../../electron/replay/kernel/tasks.ts';
import type { Source } from '../../../electron/trace/event.ts';
import { fakeSource, schedSwitchType, schedWakeupType } from '../fake-source.ts';

function sourceWith(configuration: Readonly<Record<string, string>>): Source {
  const source = fakeSource([schedSwitchType(0), schedWakeupType(1)], [{ timeNs: 1n, type: 0 }]);
  const context = {
    ...source.context,
    kernelRelease: '6.1.2',
    configuration: new Map(Object.entries(configuration)),
  };
  return { ...source, context };
}

test("what programs ask of the kernel's configuration is answered by the bundle's", async () => {
  const object = openObject(readFileSync('test/programs/externs.bpf.o'), 'externs.bpf.o');
  const { maps } = await attachObject(object, [sourceWith({ CONFIG_OF_NO_KERNEL: 'y' })]);
  const values = maps.find(({ definition }) => definition.name === '.kconfig')?.definition.initialValue;
  expect([...(values ?? [])]).toEqual([2, 1, 6, 0, 1]);
});

test('jiffies are counted as the kernel was configured to tick', async () => {
  const source = sourceWith({ CONFIG_HZ: '1000' });
  const moment = new ReplayMoment(new TaskTable());
  for await (const batch of source.batches()) moment.enter(source, batch, () => 0);
  expect(moment.ticksPerSecond()).toBe(1000);
  const odd = sourceWith({ CONFIG_HZ: '0' });
  for await (const batch of odd.batches()) moment.enter(odd, batch, () => 0);
  expect(moment.ticksPerSecond()).toBeUndefined();
});
