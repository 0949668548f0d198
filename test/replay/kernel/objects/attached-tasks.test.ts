/** Programs that read the current task of a recording: through CO-RE, and through a typed pointer. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { decodeValue } from '../../../../electron/bpf/object/typed-value.ts';
import { openObject } from '../../../../electron/bpf/object/open.ts';
import { attachObject, type AttachedObject } from '../../../../electron/replay/attach.ts';
import { replay } from '../../../../electron/replay/engine.ts';
import type { EventType, Source } from '../../../../electron/trace/event.ts';
import {
  eventType,
  fakeSource,
  integerField,
  record,
  schedSwitchType,
  textField,
  type FakeEvent,
} from '../../fake-source.ts';

const FILE = 'test/programs/tasks.bpf.o';
const CLONE_THREAD = 0x1_0000;

const switched = schedSwitchType(0);
const newTask = eventType(1, 'task', 'task_newtask', [
  integerField('pid', 8, 4),
  textField('comm', 12, 16),
  integerField('clone_flags', 32, 8, false),
]);
const forked = eventType(2, 'sched', 'sched_process_fork', [
  textField('parent_comm', 8, 16),
  integerField('parent_pid', 24, 4),
  textField('child_comm', 28, 16),
  integerField('child_pid', 44, 4),
]);
const exited = eventType(3, 'sched', 'sched_process_exit', [
  textField('comm', 8, 16),
  integerField('pid', 24, 4),
]);

const born = (timeNs: bigint, tid: number, pid: number, comm: string, flags = 0): FakeEvent[] => [
  { timeNs, tid, type: 1, bytes: record(newTask, { pid, comm, clone_flags: flags }) },
  {
    timeNs: timeNs + 1n,
    tid,
    type: 2,
    bytes: record(forked, { parent_pid: tid, child_comm: comm, child_pid: pid }),
  },
];
const offCpu = (timeNs: bigint, tid: number): FakeEvent => ({
  timeNs,
  tid,
  type: 0,
  bytes: record(switched, { prev_comm: `task-${tid}`, prev_pid: tid, next_pid: 0 }),
});

async function attached(source: Source, program: string): Promise<AttachedObject> {
  return attachObject(openObject(readFileSync(FILE), 'tasks.bpf.o'), [source], { programs: [program] });
}

type Seen = Readonly<
  Record<'pid' | 'tgid' | 'parent' | 'leader', number> & { start_time: bigint; comm: string }
>;

async function seen(
  source: Source,
  program: string,
): Promise<{ tasks: unknown[]; missing: Record<string, number> }> {
  const object = await attached(source, program);
  await replay(object);
  const map = object.maps.find(({ definition }) => definition.name === 'tasks');
  const { btf } = object.linked;
  if (map === undefined || btf === undefined) throw new Error('tasks.bpf.o has a typed map');
  const tasks = [...map.entries()].map(({ value }) => {
    const each = decodeValue(btf, map.definition.valueTypeId, value) as unknown as Seen;
    const { pid, tgid, parent, leader, start_time: start, comm } = each;
    return [pid, tgid, parent, leader, BigInt(start), comm];
  });
  tasks.sort((a, b) => Number(a[0]) - Number(b[0]));
  return { tasks, missing: Object.fromEntries(object.moment.missingCounts) };
}

function family(types: readonly EventType[] = [switched, newTask, forked, exited]): Source {
  return fakeSource(types, [
    ...born(100n, 10, 20, 'task-20'),
    ...born(200n, 20, 21, 'task-21', CLONE_THREAD),
    offCpu(300n, 20),
    offCpu(400n, 21),
    offCpu(500n, 10),
  ]);
}

const UNKNOWN = 0xffff_ffff;
const NEVER = 0xffff_ffff_ffff_ffffn;

describe.each(['by_probe_read', 'by_pointer'])('the current task, %s', (program) => {
  it('is a process with its parent, a thread with its process, and what was there before is unknown', async () => {
    const { tasks, missing } = await seen(family(), program);
    expect(tasks).toEqual([
      [10, UNKNOWN, UNKNOWN, UNKNOWN, NEVER, 'task-10'],
      [20, 20, UNKNOWN, 20, 100n, 'task-20'],
      [21, 20, UNKNOWN, 20, 200n, 'task-21'],
    ]);
    expect(missing['task_struct.tgid']).toBe(1);
    expect(missing['task_struct.start_time']).toBe(1);
  });

  it('is an orphan of nobody known once its parent ended', async () => {
    const source = fakeSource(
      [switched, newTask, forked, exited],
      [
        ...born(100n, 1, 10, 'task-10'),
        ...born(200n, 10, 20, 'task-20'),
        offCpu(300n, 20),
        { timeNs: 400n, tid: 10, type: 3, bytes: record(exited, { pid: 10 }) },
        offCpu(500n, 20),
      ],
    );
    const { tasks, missing } = await seen(source, program);
    expect(tasks).toEqual([[20, 20, UNKNOWN, 20, 200n, 'task-20']]);
    expect(missing['task_struct.real_parent']).toBe(1);
  });

  it('is one idle task a CPU', async () => {
    const source = fakeSource([switched, newTask], [{ ...offCpu(1n, 0), cpu: 1 }]);
    expect((await seen(source, program)).tasks).toEqual([[0, 0, 0, 0, 0n, 'swapper/1']]);
  });

  it('needs a recording that tells of births and processes', async () => {
    await expect(attached(fakeSource([switched], []), program)).rejects.toMatchObject({
      code: 'field-not-recorded',
      facts: { access: 'struct task_struct.tgid' },
    });
  });
});

describe('a field that no event fills', () => {
  it('is refused by name when the program is attached', async () => {
    await expect(attached(family(), 'reads_exit_code')).rejects.toMatchObject({
      code: 'field-not-recorded',
      facts: { access: 'struct task_struct.exit_code', program: 'reads_exit_code' },
    });
  });

  it('does not exist for a program that asks first', async () => {
    const { tasks } = await seen(family(), 'asks_first');
    expect(tasks).toHaveLength(1);
  });
});
