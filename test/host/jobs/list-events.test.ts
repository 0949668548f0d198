import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import type { ListedEvent } from '../../../electron/host/contract.ts';
import { listEvents, type ListOptions } from '../../../electron/host/jobs/list-events.ts';
import { eventJson, renderEvent } from '../../../electron/report/events.ts';
import { file, folderOf, open } from '../../trace/bundle/on-disk.ts';
import { needTraceCmd, peerEvents } from '../../trace/peer.ts';

const SAMPLE = 'traces/runqueue-contention.zip';
const SHARED = '../shared/recordings';
const ALL: ListOptions = { types: [], from: undefined, to: undefined, clocks: undefined };

async function list(path: string, options: Partial<ListOptions> = {}): Promise<ListedEvent[]> {
  const bundle = await open(path);
  const events: ListedEvent[] = [];
  for await (const event of listEvents(bundle, { ...ALL, ...options }, {})) events.push(event);
  return events;
}

function shared(context: TestContext, name: string): string {
  const path = join(SHARED, name);
  if (!existsSync(path)) context.skip('the shared recordings are not there');
  return path;
}

test('gives all events in order of time, with every field of each', async () => {
  const events = await list(SAMPLE);
  expect(events).toHaveLength(23_704);
  expect(
    events.every(({ timeNs }, index) => index === 0 || (events[index - 1]?.timeNs ?? 0n) <= timeNs),
  ).toBe(true);
  expect(events.some(({ fields }) => fields.some(([, value]) => value === undefined))).toBe(false);
});

test('prints times, threads and fields as trace-cmd does', async (context) => {
  needTraceCmd(context);
  const path = file('trace.dat', execFileSync('unzip', ['-p', SAMPLE, 'trace.dat'], { maxBuffer: 1 << 28 }));
  const theirs = peerEvents(path).filter(({ name }) => name === 'sched_switch' || name === 'sched_wakeup');
  const events = await list(path, { types: ['sched_switch', 'sched_wakeup'] });
  expect(events.length).toBeGreaterThan(1000);
  expect(events.length).toBe(theirs.length);
  for (const [index, event] of events.entries()) {
    const peer = theirs[index];
    const [seconds, cpu, task, type, ...fields] = renderEvent(event, false).trim().split(/ {2,}/);
    expect(BigInt((seconds ?? '').replace('.', ''))).toBe(peer?.timeNs);
    expect([Number(cpu), task?.endsWith(`-${peer?.tid}`), type, fields.join(' ')]).toEqual([
      peer?.cpu,
      true,
      `sched:${peer?.name}`,
      peer?.fields.trim().replace(/=0+(\d)/g, '=$1'),
    ]);
    const json = JSON.parse(eventJson(event)) as { timeNs: number; tid: number };
    expect([BigInt(json.timeNs), json.tid]).toEqual([peer?.timeNs, peer?.tid]);
  }
});

test('takes types by full name, by name and by star, and knows the name of the thread at each', async () => {
  const full = await list(SAMPLE, { types: ['sched:sched_switch'] });
  expect((await list(SAMPLE, { types: ['sched_switch'] })).length).toBe(full.length);
  const all = await list(SAMPLE, { types: ['sched:*'] });
  expect(all.length).toBeGreaterThan(full.length);
  for (const { tid, comm, fields, cpu } of full) {
    const value = new Map(fields);
    expect([tid, comm]).toEqual([
      value.get('prev_pid'),
      tid === 0 ? `swapper/${cpu}` : value.get('prev_comm'),
    ]);
  }
});

test('keeps to a window of time, counted from the clock or from the first event', async () => {
  const all = await list(SAMPLE);
  const firstNs = all[0]?.timeNs ?? 0n;
  const from = firstNs + 1_000_000_000n;
  const to = firstNs + 1_250_000_000n;
  const inside = all.filter(({ timeNs }) => timeNs >= from && timeNs <= to).map(({ id }) => id);
  expect(inside.length).toBeGreaterThan(100);
  expect((await list(SAMPLE, { from: '+1', to: '+1.25' })).map(({ id }) => id)).toEqual(inside);
  const absolute = `${from / 1_000_000_000n}.${String(from % 1_000_000_000n).padStart(9, '0')}`;
  expect((await list(SAMPLE, { from: absolute, to: '+1.25' })).map(({ id }) => id)).toEqual(inside);
});

test('merges sources on one clock, and lists the others after them', async (context) => {
  const path = folderOf({
    'a.txt': readFileSync(shared(context, 'perf-script.txt')),
    'b.data': readFileSync(shared(context, 'sleep.data')),
    'c.dat': readFileSync(shared(context, 'trappy-arm.trace.dat')),
  });
  const events = await list(path, { clocks: { 'a.txt': '-191172s' } });
  const groups = events.map(({ source, isUnsynchronised }) => `${source} ${String(isUnsynchronised)}`);
  expect(new Set(groups)).toEqual(new Set(['c.dat false', 'a.txt false', 'b.data true']));
  expect(groups.slice(-13)).toEqual(Array<string>(13).fill('b.data true'));
  const merged = events.slice(0, -13);
  expect(merged.every(({ timeNs }, at) => at === 0 || (merged[at - 1]?.timeNs ?? 0n) <= timeNs)).toBe(true);
  // Neither lies before the other as a whole.
  expect(groups.indexOf('c.dat false')).toBe(0);
  expect(groups.lastIndexOf('c.dat false')).toBeGreaterThan(groups.indexOf('a.txt false'));
});

test('refuses a type that is not there, naming some that are, and what is no time', async () => {
  await expect(list(SAMPLE, { types: ['sched_swich'] })).rejects.toMatchObject({
    code: 'no-such-type',
    reason: expect.stringMatching(/no event type sched_swich; there is .*sched:sched_switch/),
  });
  await expect(list(SAMPLE, { from: 'noon' })).rejects.toMatchObject({ layer: 'usage' });
});

test('prints what terminals may not be given raw, and text with spaces in quotes', async () => {
  const [event] = await list(SAMPLE, { types: ['sched_switch'] });
  if (event === undefined) throw new Error('the sample has switches');
  const line = renderEvent({ ...event, comm: 'a\u001b[31m', fields: [['text', 'two words\n']] }, true);
  expect(line).toMatch(/ a\\x1b\[31m-\d+ .* text="two words" {2}\[trace\.dat\]\n$/);
});

test('stops where it is interrupted', async () => {
  const bundle = await open(SAMPLE);
  const abort = new AbortController();
  const listing = listEvents(bundle, ALL, { signal: abort.signal });
  await listing.next();
  abort.abort(new Error('enough'));
  const rest = async (): Promise<void> => {
    for await (const _event of listing);
  };
  await expect(rest()).rejects.toThrow('enough');
});
