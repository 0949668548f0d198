/** Programs on raw tracepoints, typed and not: what their arguments are, by the records. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { openObject } from '../../../electron/bpf/object/open.ts';
import { attachObject } from '../../../electron/replay/attach.ts';
import { replay } from '../../../electron/replay/engine.ts';
import type { EventType } from '../../../electron/trace/event.ts';
import {
  eventType,
  fakeSource,
  integerField,
  record,
  schedSwitchType,
  schedWakeupType,
  type FakeEvent,
} from '../fake-source.ts';

const FILE = 'test/programs/raw-tracepoints.bpf.o';
/** As the kernel reports states since Linux 4.14. */
const [RUNNING, SLEEPING, BLOCKED, ZOMBIE, IDLE, PREEMPTED] = [0, 1, 2, 0x20, 0x80, 0x100];
const UNKNOWN = 0xffff_ffff;

const switched = schedSwitchType(0);
const woken = schedWakeupType(1);
const waking = schedWakeupType(2, 'sched_waking');

function leaves(tid: number, state: number, next = 0): FakeEvent {
  return {
    timeNs: 1n,
    tid,
    cpu: 1,
    type: 0,
    bytes: record(switched, {
      prev_comm: `task-${tid}`,
      prev_pid: tid,
      prev_state: state,
      next_comm: next === 0 ? 'swapper/1' : `task-${next}`,
      next_pid: next,
    }),
  };
}

async function outputs(
  program: string,
  types: readonly EventType[],
  events: readonly FakeEvent[],
): Promise<{ records: DataView[]; missing: ReadonlyMap<string, number> }> {
  const source = fakeSource(types, events);
  const object = await attachObject(openObject(readFileSync(FILE), 'raw-tracepoints.bpf.o'), [source], {
    programs: [program],
  });
  const { outputs: written, faults } = await replay(object);
  expect(faults).toEqual([]);
  const records = written.map(({ bytes }) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return { records, missing: object.moment.missingCounts };
}

function seen(view: DataView): Record<string, number | string> {
  const comm = Buffer.from(view.buffer, view.byteOffset + 32, 16).toString();
  return {
    preempt: Number(view.getBigUint64(0, true)),
    prevState: Number(view.getBigUint64(8, true)),
    prev: view.getInt32(16, true),
    next: view.getInt32(20, true),
    prevOwn: view.getUint32(24, true),
    nextOwn: view.getUint32(28, true),
    nextComm: comm.slice(0, comm.indexOf('\0')),
  };
}

describe.each(['typed_switch', 'raw_switch'])('sched_switch, %s', (program) => {
  it('is called with both tasks and the state the first leaves in, which is its own', async () => {
    const { records } = await outputs(program, [switched], [leaves(7, SLEEPING), leaves(0, RUNNING, 8)]);
    expect(records.map(seen)).toEqual([
      { preempt: 0, prevState: 1, prev: 7, next: 0, prevOwn: 1, nextOwn: 0, nextComm: 'swapper/1' },
      { preempt: 0, prevState: 0, prev: 0, next: 8, prevOwn: 0, nextOwn: 0, nextComm: 'task-8' },
    ]);
  });

  it('tells a preempted task from one that sleeps, ends or idles', async () => {
    const events = [PREEMPTED, BLOCKED, IDLE, ZOMBIE].map((state) => leaves(7, state, 8));
    const { records } = await outputs(program, [switched], events);
    const told = records.map(seen).map(({ preempt, prevState, prevOwn }) => [preempt, prevState, prevOwn]);
    expect(told).toEqual([
      [1, 0, 0],
      [0, 2, 2],
      [0, 0x402, 0x402],
      [0, 0x80, 0x80],
    ]);
  });
});

describe('states of tasks', () => {
  it('are those of the last switch, by the letters that the recording gives the bits', async () => {
    const older = {
      ...switched,
      printFormat:
        '"x", REC->prev_state & (2048-1) ? __print_flags(REC->prev_state & (2048-1), "|", { 0x1, "S"} , { 0x2, "D" }, { 0x10, "Z" }, { 0x20, "X" }) : "R", REC->prev_state & 2048 ? "+" : ""',
    };
    const { records } = await outputs(
      'typed_switch',
      [older],
      [leaves(7, 0x10, 8), leaves(8, 2048, 7), leaves(7, 1)],
    );
    const told = records.map(seen).map(({ preempt, prevOwn }) => [preempt, prevOwn]);
    expect(told).toEqual([
      [0, 0x80],
      [1, 0],
      [0, 1],
    ]);
  });

  it('are kept until the task was woken, and unknown before its first switch', async () => {
    const wake = (type: number, pid: number): FakeEvent => ({
      timeNs: 2n,
      tid: 0,
      type,
      bytes: record(woken, { comm: `task-${pid}`, pid }),
    });
    const types = [switched, woken, waking];
    const events = [wake(2, 7), wake(1, 7), leaves(7, BLOCKED), wake(2, 7), wake(1, 7), wake(2, 7)];
    const states = async (program: string): Promise<unknown[]> => {
      const { records, missing } = await outputs(program, types, events);
      return [...records.map((view) => seen(view)['prevOwn']), missing.get('task_struct.__state')];
    };
    expect(await states('typed_waking')).toEqual([UNKNOWN, 2, 0, 1]);
    expect(await states('typed_wakeup')).toEqual([0, 0, undefined]);
  });
});

describe('arguments that are numbers', () => {
  const numbers = (records: readonly DataView[]): bigint[] =>
    records.map((view) => view.getBigUint64(0, true));

  it('are had from fields of their names, cut to their width', async () => {
    const type = eventType(0, 'power', 'cpu_idle', [
      integerField('state', 8, 4, false),
      integerField('cpu_id', 12, 4, false),
    ]);
    const bytes = record(type, { state: -1, cpu_id: 3 });
    const { records } = await outputs('idle', [type], [{ timeNs: 1n, type: 0, bytes }]);
    expect(numbers(records)).toEqual([0xffff_ffffn]);
    expect(records[0]?.getBigUint64(8, true)).toBe(3n);
  });

  it('are had from the field that a rule names', async () => {
    const type = eventType(0, 'irq', 'softirq_entry', [integerField('vec', 8, 4, false)]);
    const bytes = record(type, { vec: 9 });
    const { records } = await outputs('softirq', [type], [{ timeNs: 1n, type: 0, bytes }]);
    expect(numbers(records)).toEqual([9n]);
  });

  it('are all ones and counted where a record ends before them', async () => {
    const type = eventType(0, 'sched', 'sched_migrate_task', [
      integerField('pid', 8, 4),
      integerField('dest_cpu', 12, 4),
    ]);
    const { records, missing } = await outputs(
      'migrate',
      [type],
      [{ timeNs: 1n, type: 0, bytes: record(type, { pid: 3, dest_cpu: 1 }).subarray(0, 12) }],
    );
    expect(numbers(records)).toEqual([0xffff_ffff_ffff_ffffn]);
    expect(missing.get('sched:sched_migrate_task.dest_cpu')).toBe(1);
  });
});

describe('a program that cannot be attached', () => {
  const exec = eventType(0, 'sched', 'sched_process_exec', [
    integerField('pid', 12, 4),
    integerField('old_pid', 16, 4),
  ]);
  const event: FakeEvent = { timeNs: 1n, tid: 5, type: 0, bytes: record(exec, { pid: 5, old_pid: 6 }) };

  it('is refused for the argument it reads that no record tells, and takes the others', async () => {
    await expect(outputs('reads_binary', [exec, { ...switched, index: 1 }], [])).rejects.toMatchObject({
      code: 'argument-not-recorded',
      facts: { event: 'sched_process_exec', argument: 'bprm' },
    });
    const { records } = await outputs('reads_old_pid', [exec, { ...switched, index: 1 }], [event]);
    expect(records.map(seen)[0]).toMatchObject({ prevState: 6, prev: 5 });
  });

  it('is refused where the event is not described', async () => {
    await expect(outputs('idle', [switched], [])).rejects.toMatchObject({
      code: 'event-not-recorded',
      facts: { event: 'cpu_idle' },
    });
  });

  it('is refused an argument of a tracepoint that is not modelled, and may count its events', async () => {
    const type = eventType(0, 'any', 'not_modelled', [integerField('value', 8, 4)]);
    const { records } = await outputs(
      'counts_unknown',
      [type],
      [{ timeNs: 1n, type: 0, bytes: record(type, {}) }],
    );
    expect(records).toHaveLength(1);
    await expect(outputs('reads_unknown', [type], [])).rejects.toMatchObject({
      code: 'argument-not-recorded',
    });
  });
});

/** With the programs that its own main() loads where the kernel has BTF, and the sizes it gives maps. */
const tools: readonly (readonly [string, readonly string[], Readonly<Record<string, number>>])[] = [
  ['runqlat', ['sched_wakeup', 'sched_wakeup_new', 'sched_switch'], {}],
  ['runqslower', ['sched_wakeup', 'sched_wakeup_new', 'sched_switch'], {}],
  ['cpudist', ['sched_switch_btf'], { 'start.max_entries': 1024, 'hists.max_entries': 1024 }],
  [
    'wakeuptime',
    ['sched_wakeup', 'sched_switch'],
    { 'stackmap.value_size': 8 * 127, 'stackmap.max_entries': 1024 },
  ],
];

describe.each(tools)('%s of libbpf-tools', (tool, programs, settings) => {
  it('attaches to a recording of the scheduler by its typed programs', async (ctx) => {
    const file = `/usr/sbin/${tool}`;
    if (!existsSync(file)) ctx.skip(`${file} is not installed`);
    const fork = schedWakeupType(2, 'sched_wakeup_new');
    const source = fakeSource([switched, woken, fork], [leaves(7, SLEEPING), leaves(0, RUNNING, 7)], {
      tgids: new Map([[7, 7]]),
    });
    const attached = await attachObject(openObject(readFileSync(file), tool), [source], {
      programs,
      settings,
    });
    const { faults } = await replay(attached);
    expect(faults).toEqual([]);
    const switches = attached.programs.filter(({ plan }) => plan.hook === 'tp_btf:sched_switch');
    expect(switches.map(({ events }) => events)).toEqual([2]);
  });
});
