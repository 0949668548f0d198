import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { parseManifest } from '../../electron/packs/manifest.ts';
import { runPack, type PackResult } from '../../electron/packs/run.ts';
import {
  fakeSource,
  record,
  schedSwitchType,
  schedWakeupType,
  type FakeEvent,
} from '../replay/fake-source.ts';

const objectBytes = readFileSync('programs/scheduling/runqlat.bpf.o');
const manifestText = readFileSync('programs/scheduling/runqlat.json', 'utf8');
const types = [schedSwitchType(0), schedWakeupType(1), schedWakeupType(2, 'sched_wakeup_new')] as const;

/** A task that waits `waitUs` from `atUs`. */
function wait(atUs: number, waitUs: number, pid: number): FakeEvent[] {
  const [schedSwitch, wakeup] = types;
  return [
    { timeNs: BigInt(atUs) * 1000n, type: 1, bytes: record(wakeup, { comm: `task-${pid}`, pid }) },
    {
      timeNs: BigInt(atUs + waitUs) * 1000n,
      type: 0,
      bytes: record(schedSwitch, { prev_pid: 1, prev_state: 1, next_comm: `task-${pid}`, next_pid: pid }),
    },
  ];
}

function runqlat(events: readonly FakeEvent[], manifest = manifestText): Promise<PackResult> {
  const first = events[0]?.timeNs ?? 0n;
  const last = events.at(-1)?.timeNs ?? 0n;
  const source = fakeSource(types, events);
  return runPack({
    objectBytes,
    objectName: 'runqlat.bpf.o',
    manifest: parseManifest(manifest, 'runqlat.json'),
    sources: [source],
    spans: new Map(events.length === 0 ? [] : [[source, [first, last]]]),
  });
}

const events = [
  ...wait(0, 3000, 7),
  ...wait(10_000, 5000, 8),
  ...wait(20_000, 2000, 7),
  ...wait(30_000, 10, 9),
];

test('gives the groups with most samples first, labelled by name and id', async () => {
  const [view] = (await runqlat(events)).histograms;
  expect(view?.groups.map(({ label, total }) => `${label}: ${total}`)).toEqual([
    'task-7 7: 2',
    'task-8 8: 1',
    'task-9 9: 1',
  ]);
});

test('puts every sample of the histograms into the heatmap, in the column of its time', async () => {
  const [view] = (await runqlat(events)).histograms;
  if (view?.heatmap === undefined) throw new Error('there is a span');
  const { all, byGroup, slotCount, timeBins, binNs } = view.heatmap;
  const columns = Array.from({ length: timeBins }, (_, bin) =>
    all.subarray(bin * slotCount, (bin + 1) * slotCount).reduce((sum, count) => sum + count, 0),
  );
  const binOf = (us: number): number => Math.floor((us * 1000) / binNs);
  const expected = new Array<number>(timeBins).fill(0);
  for (const us of [3000, 15_000, 22_000, 30_010]) expected[binOf(us)] = (expected[binOf(us)] ?? 0) + 1;
  expect(columns).toEqual(expected);
  for (const { groupId, total } of view.groups) {
    expect(byGroup.get(groupId)?.reduce((sum, count) => sum + count, 0)).toBe(total);
  }
});

test('gives a stream its type, and the largest records first', async () => {
  const { outputs } = await runqlat(events);
  expect(outputs.map(({ value }) => (value as { wait_ns: number }).wait_ns)).toEqual([
    5_000_000, 3_000_000, 2_000_000,
  ]);
});

test('gives no heatmap and no groups for a recording without events', async () => {
  const result = await runqlat([]);
  expect(result.histograms[0]).toMatchObject({ groups: [], heatmap: undefined });
  expect(result.attached.map(({ events: count }) => count)).toEqual([0, 0, 0]);
});

test('counts what the recording could not say', async () => {
  const { missing } = await runqlat(events);
  expect(missing).toEqual([{ what: 'callchain', count: 3 }]);
});

test('refuses a view of a map, or of a member, that the object does not have', async () => {
  const noMap = manifestText.replace('"map": "hists"', '"map": "none"');
  await expect(runqlat(events, noMap)).rejects.toThrow('no map none');
  const noSlots = manifestText.replace('"slots": "slots"', '"slots": "none"');
  await expect(runqlat(events, noSlots)).rejects.toThrow('no member none');
});

test('what user space sets before load reaches the program, and its maps begin with the rows of a file', async () => {
  const [schedSwitch] = types;
  const event = { timeNs: 1n, type: 0, bytes: record(schedSwitch, { prev_pid: 1, next_pid: 2 }) };
  const run = (settings: Readonly<Record<string, string>>): Promise<PackResult> =>
    runPack({
      objectBytes: readFileSync('test/programs/settings.bpf.o'),
      objectName: 'settings.bpf.o',
      manifest: undefined,
      sources: [fakeSource(types, [event])],
      spans: new Map(),
      programs: ['on_switch'],
      settings,
      mapFiles: [{ map: 'counts', file: 'rows.csv', bytes: Buffer.from('key.pid,value.total\n7,5\n') }],
    });
  const rowsOf = ({ maps }: PackResult) => maps.find(({ name }) => name === 'counts')?.rows;
  const first = { key: { pid: 7, name: '' }, value: { total: 5, slots: [0, 0, 0] } };
  expect(rowsOf(await run({}))).toEqual([first]);
  const set = { mode: 'MODE_COUNT', verbose: 'true', letter: "'z'", limit: '4', 'filter.comm': 'bash' };
  expect(rowsOf(await run({ ...set, 'filter.ports[2]': '80' }))).toEqual([
    first,
    { key: { pid: 80, name: 'bash' }, value: { total: 1, slots: [0, 0, 0] } },
  ]);
  const full = await run({ ...set, 'counts.max_entries': '1' });
  expect(full.faults).toEqual([
    { program: 'on_switch', kind: 'map-full', detail: 'counts', count: 1, firstEvent: 0, source: 'fake' },
  ]);
});

test('packs that run in one pass have their own views, settings and outputs', async () => {
  const type = schedSwitchType(0);
  const events = [10n, 20n].map((timeNs) => ({ timeNs, type: 0, bytes: record(type, { next_pid: 7 }) }));
  const pack = (name: string) => ({
    objectBytes: readFileSync(`${name}.bpf.o`),
    objectName: `${name}.bpf.o`,
  });
  const manifest = parseManifest(readFileSync('programs/scheduling/runqlat.json', 'utf8'), 'runqlat.json');
  const source = fakeSource([type, schedWakeupType(1), schedWakeupType(2, 'sched_wakeup_new')], events);
  const { histograms, maps, attached } = await runPack({
    ...pack('test/programs/counter'),
    manifest: undefined,
    sources: [source],
    spans: new Map([[source, [10n, 20n]]]),
    others: [
      { ...pack('programs/scheduling/runqlat'), manifest: { ...manifest, settings: { min_wait_ns: 5 } } },
    ],
  });
  expect(histograms.map(({ view }) => view.viewId)).toEqual(manifest.views.map(({ viewId }) => viewId));
  expect(maps.find(({ name }) => name === 'total')?.rows[0]?.value).toBe(2);
  expect(maps.find(({ name }) => name.endsWith('runqlat.bpf.o: .rodata'))?.rows[0]?.value).toMatchObject({
    min_wait_ns: 5,
  });
  expect(attached.map(({ object }) => object)).toContain('programs/scheduling/runqlat.bpf.o');
});
