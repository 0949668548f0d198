import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { openObject } from '../../electron/bpf/object/open.ts';
import { attachObject } from '../../electron/replay/attach.ts';
import { replay } from '../../electron/replay/engine.ts';
import type { EventType } from '../../electron/trace/event.ts';
import { mapDefinition } from '../bpf/vm/machine-fixture.ts';
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

const runqlat = openObject(readFileSync('programs/scheduling/runqlat.bpf.o'), 'runqlat.bpf.o');
const TASK_INTERRUPTIBLE = 1;
const US = 1000n;

const types = [schedSwitchType(0), schedWakeupType(1), schedWakeupType(2, 'sched_wakeup_new')] as const;

function wakeup(timeUs: bigint, pid: number, type: EventType = types[1]): FakeEvent {
  const bytes = record(type, { comm: `task-${pid}`, pid, target_cpu: 0 });
  return { timeNs: timeUs * US, type: type.index, tid: 1, bytes };
}

function switchTo(
  timeUs: bigint,
  prev: number,
  next: number,
  state = TASK_INTERRUPTIBLE,
  type = types[0],
): FakeEvent {
  const bytes = record(type, {
    prev_comm: `task-${prev}`,
    prev_pid: prev,
    prev_state: state,
    next_comm: `task-${next}`,
    next_pid: next,
  });
  return { timeNs: timeUs * US, type: 0, tid: prev, bytes };
}

/** Slots of the `hists` map by pid, after a replay. */
async function histograms(
  events: readonly FakeEvent[],
  batchEvents = 2,
): Promise<Map<number, Map<number, number>>> {
  const attached = await attachObject(runqlat, [fakeSource(types, events, { batchEvents })]);
  await replay(attached);
  const map = attached.maps.find((each) => each.definition.name === 'hists');
  const byPid = new Map<number, Map<number, number>>();
  for (const { key, value } of map?.entries() ?? []) {
    const slots = new Uint32Array(value.slice(0, 26 * 4).buffer);
    const counts = [...slots].flatMap((count, slot) => (count === 0 ? [] : [[slot, count] as const]));
    byPid.set(new DataView(key.buffer, key.byteOffset).getUint32(0, true), new Map(counts));
  }
  return byPid;
}

test('counts a wait from the wakeup to the switch, in the slot of its microseconds', async () => {
  const counts = await histograms([wakeup(10n, 7), switchTo(110n, 1, 7)]);
  expect(counts).toEqual(new Map([[7, new Map([[6, 1]])]]));
});

test('counts the wait of a task that was preempted, and none of one that slept', async () => {
  const preempted = await histograms([switchTo(0n, 7, 1, 0), switchTo(5n, 1, 7)]);
  expect(preempted).toEqual(new Map([[7, new Map([[2, 1]])]]));
  const slept = await histograms([switchTo(0n, 7, 1), switchTo(5n, 1, 7)]);
  expect(slept).toEqual(new Map());
});

test('counts a new task, and never the idle task', async () => {
  const counts = await histograms([
    wakeup(0n, 8, types[2]),
    wakeup(0n, 0),
    switchTo(1n, 1, 8),
    switchTo(2n, 8, 0),
  ]);
  expect(counts).toEqual(new Map([[8, new Map([[0, 1]])]]));
});

test('gives the same counts however the events are cut into batches', async () => {
  const events = Array.from({ length: 40 }, (_, index) =>
    index % 2 === 0
      ? wakeup(BigInt(index * 50), 7 + (index % 3))
      : switchTo(BigInt(index * 50 + index), 1, 7 + ((index - 1) % 3)),
  );
  const whole = await histograms(events, 40);
  expect(whole.size).toBeGreaterThan(1);
  for (const batchEvents of [1, 3, 7]) expect(await histograms(events, batchEvents)).toEqual(whole);
});

test('reads fields where this recording has them, not where the object was built for', async () => {
  const moved = [
    eventType(0, 'sched', 'sched_switch', [
      integerField('next_pid', 8, 4),
      integerField('prev_pid', 12, 4),
      integerField('prev_state', 16, 8),
      textField('next_comm', 24, 16),
      textField('prev_comm', 40, 16),
    ]),
    types[1],
    types[2],
  ];
  const [movedSwitch] = moved;
  if (movedSwitch === undefined) throw new Error('listed above');
  const events = [wakeup(10n, 7), switchTo(110n, 1, 7, TASK_INTERRUPTIBLE, movedSwitch)];
  const attached = await attachObject(runqlat, [fakeSource(moved, events)]);
  await replay(attached);
  const map = attached.maps.find((each) => each.definition.name === 'hists');
  const [entry] = [...(map?.entries() ?? [])];
  expect(entry && new Uint32Array(entry.value.slice(0, 26 * 4).buffer)[6]).toBe(1);
});

test('reads a 32-bit kernel’s prev_state, which has four bytes', async () => {
  const narrow = eventType(0, 'sched', 'sched_switch', [
    textField('prev_comm', 8, 16),
    integerField('prev_pid', 24, 4),
    integerField('prev_prio', 28, 4),
    integerField('prev_state', 32, 4),
    textField('next_comm', 36, 16),
    integerField('next_pid', 52, 4),
    integerField('next_prio', 56, 4),
  ]);
  const events = [
    switchTo(0n, 7, 1, 0, narrow),
    switchTo(5n, 1, 7, TASK_INTERRUPTIBLE, narrow),
    switchTo(9n, 7, 1, 1, narrow),
  ];
  const attached = await attachObject(runqlat, [fakeSource([narrow, types[1], types[2]], events)]);
  await replay(attached);
  const map = attached.maps.find((each) => each.definition.name === 'hists');
  const entries = [...(map?.entries() ?? [])];
  expect(entries).toHaveLength(1);
  expect(entries[0] && new Uint32Array(entries[0].value.slice(0, 26 * 4).buffer)[2]).toBe(1);
});

test('refuses to attach where the recording lacks a field, naming it', async () => {
  const withoutState = eventType(0, 'sched', 'sched_switch', [
    textField('prev_comm', 8, 16),
    integerField('prev_pid', 24, 4),
    textField('next_comm', 40, 16),
    integerField('next_pid', 56, 4),
  ]);
  await expect(attachObject(runqlat, [fakeSource([withoutState, types[1], types[2]], [])])).rejects.toThrow(
    expect.objectContaining({ code: 'field-not-recorded', message: expect.stringContaining('prev_state') }),
  );
});

test('refuses recordings that lay out one event differently: a program is relocated onto one layout', async () => {
  const moved = eventType(0, 'sched', 'sched_switch', [
    ...types[0].fields.slice(4, -2),
    integerField('next_pid', 60, 4),
    integerField('next_prio', 56, 4),
  ]);
  const sources = [
    fakeSource(types, [], { name: 'one' }),
    fakeSource([moved, types[1], types[2]], [], { name: 'two' }),
  ];
  await expect(attachObject(runqlat, sources)).rejects.toThrow(
    expect.objectContaining({
      code: 'layouts-differ',
      message: expect.stringContaining('one and two lay out sched:sched_switch differently'),
    }),
  );
  const alike = [fakeSource(types, [], { name: 'one' }), fakeSource(types, [], { name: 'two' })];
  expect((await attachObject(runqlat, alike)).programs).toHaveLength(3);
});

test('refuses to attach where the recording lacks an event, naming it', async () => {
  await expect(attachObject(runqlat, [fakeSource([types[0], types[1]], [])])).rejects.toThrow(
    expect.objectContaining({
      code: 'event-not-recorded',
      message: expect.stringContaining('sched:sched_wakeup_new'),
    }),
  );
});

test('calls interval ends in order, each once, through to the last event', async () => {
  const events = [wakeup(0n, 7), switchTo(10n, 1, 7), wakeup(35n, 7)];
  const attached = await attachObject(runqlat, [fakeSource(types, events)]);
  const ended: number[] = [];
  await replay(attached, {
    intervals: { fromNs: 0n, lengthNs: 10_000, onEnd: (interval) => ended.push(interval) },
  });
  expect(ended).toEqual([0, 1, 2, 3]);
});

test('stops between batches when cancelled', async () => {
  const events = Array.from({ length: 10 }, (_, index) => wakeup(BigInt(index), 7));
  const attached = await attachObject(runqlat, [fakeSource(types, events)]);
  const abort = new AbortController();
  const result = replay(attached, {
    signal: abort.signal,
    onProgress: () => abort.abort(new Error('enough')),
  });
  await expect(result).rejects.toThrow('enough');
});

test('gives each output its event’s time and the program that wrote it', async () => {
  const attached = await attachObject(runqlat, [fakeSource(types, [wakeup(0n, 7), switchTo(5_000n, 1, 7)])]);
  const { outputs } = await replay(attached);
  expect(outputs.map(({ stream, program, timeNs }) => ({ stream, program, timeNs }))).toEqual([
    { stream: 'worst', program: 'on_switch', timeNs: 5_000_000n },
  ]);
});

test('goes on in the programs that a program array is declared with', async () => {
  const tails = openObject(readFileSync('test/programs/tails.bpf.o'), 'tails.bpf.o');
  const attached = await attachObject(tails, [fakeSource(types, [switchTo(1n, 1, 2), switchTo(2n, 2, 1)])]);
  expect(attached.programs.map(({ program }) => program.name)).toEqual(['first']);
  await replay(attached);
  const variables = attached.maps.find((each) => each.definition.name === '.bss');
  const [[, value] = []] = [...(variables?.entries() ?? [])].map((each) => [each.key, each.value]);
  const counts = [...new BigUint64Array(value?.slice().buffer ?? new ArrayBuffer(0))].sort();
  expect(counts).toEqual([2n, 2n]);
  await expect(attachObject(tails, [fakeSource(types, [])], { programs: ['second'] })).rejects.toThrow(
    /only called by others/,
  );
});

test('gives up a verification when cancelled', async () => {
  const cancelled = AbortSignal.abort(new Error('cancelled'));
  const attaching = attachObject(runqlat, [fakeSource(types, [])], { signal: cancelled });
  await expect(attaching).rejects.toThrow('cancelled');
});

test('calls timers between events, at their own time and on their own CPU, with nobody known to run', async () => {
  const events = [wakeup(10n, 7), wakeup(20n, 8), wakeup(30n, 9)];
  const attached = await attachObject(runqlat, [fakeSource(types, events, { batchEvents: 2 })]);
  const { machine, moment } = attached;
  const map = machine.addMap(mapDefinition({ type: 'array', valueSizeBytes: 24 }));
  const timer = map.directValue() + 8;
  const calls: unknown[] = [];
  machine.timers.init(timer, map);
  const call = (): bigint => {
    calls.push([moment.timeNs(), moment.cpu(), moment.tid()]);
    machine.timers.start(timer, moment.timeNs() + 8n * US, 1);
    return 0n;
  };
  machine.timers.setCallback(timer, { program: 'test', call });
  machine.timers.start(timer, 12n * US, 1);
  const ended: (readonly [number, number])[] = [];
  await replay(attached, {
    intervals: { fromNs: 10n * US, lengthNs: 5000, onEnd: (each) => ended.push([each, calls.length]) },
  });
  expect(calls).toEqual([
    [12n * US, 1, -1],
    [20n * US, 1, -1],
    [28n * US, 1, -1],
  ]);
  // What a timer counts falls into the interval of its own time.
  expect(ended).toEqual([
    [0, 1],
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 3],
  ]);
});
