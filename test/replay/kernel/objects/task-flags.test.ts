import { expect, it } from 'vitest';
import { flagsOf } from '../../../../electron/replay/kernel/objects/task-flags.ts';
import { TaskTable } from '../../../../electron/replay/kernel/tasks.ts';

const [EXITING, KERNEL_THREAD] = [0x4, 0x20_0000];

it('tells kernel threads by their parent, and nothing of tasks whose parent is not known', () => {
  const facts = new TaskTable().facts(7);
  expect(flagsOf(facts)).toBeUndefined();
  expect(flagsOf({ ...facts, parent: 2 })).toBe(KERNEL_THREAD);
  expect(flagsOf({ ...facts, tid: 2 })).toBe(KERNEL_THREAD);
  expect(flagsOf({ ...facts, parent: 1 })).toBe(0);
  expect(flagsOf({ ...facts, parent: 1, isEnding: true })).toBe(EXITING);
});
