import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import {
  UPLOAD_PIECE_BYTES_MAX,
  type HostApi,
  type OpenedFile,
  type Progress,
  type RunLimits,
  type SymbolFile,
} from '../../electron/host/contract.ts';
import { createHost, type Host, type HostOptions } from '../../electron/host/host.ts';
import { retroprobe, sampleBundle } from '../e2e/cli.ts';

const PROGRAM = 'scheduling/runqlat';
const TOOL = '/usr/sbin/runqlat';
/** A run that is not held is over by then. */
const PAUSE_MS = 1_000;

let folder: string;
let host: Host;
let api: HostApi;
let progress: Progress[];

function start(options: Partial<HostOptions> = {}): void {
  host = createHost({ door: 'cli', cacheFolder: join(folder, 'cache'), ...options });
  progress = [];
  api = host.connect({ onProgress: (each) => progress.push(each), onOutline: () => undefined });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'retroprobe-test-'));
  start();
});
afterEach(async () => {
  await host.close();
  rmSync(folder, { recursive: true });
});

async function upload(name: string, bytes: Uint8Array): Promise<string> {
  const { uploadId } = await api.beginUpload({ name, sizeBytes: bytes.length });
  await api.appendUpload({ uploadId, bytes });
  const opened = await api.finishUpload({ uploadId });
  if (opened.kind !== 'bundle') throw new Error('a recording was handed over');
  return opened.bundle.bundleId;
}

async function startupBundle(): Promise<string> {
  const { startupBundleId } = await api.hello();
  if (startupBundleId === undefined) throw new Error('there is a sample');
  return startupBundleId;
}

test('opens the sample first, runs a program on it, and answers heatmaps and reports of the run', async () => {
  const bundleId = await startupBundle();
  const info = await api.openBundle({ jobId: 'open', bundleId });
  expect(info.sources).toHaveLength(1);
  const run = await api.run({ jobId: 'run', bundleId, programId: PROGRAM });
  const [view] = run.histograms;
  const [group] = view?.groups ?? [];
  if (view === undefined || group === undefined) throw new Error('runqlat has a histogram');

  const all = await api.heatmap({ runId: run.runId, viewId: view.viewId });
  const samples = view.groups.reduce((sum, each) => sum + each.total, 0);
  expect(all.counts.reduce((sum, count) => sum + count, 0)).toBe(samples);
  const one = await api.heatmap({ runId: run.runId, viewId: view.viewId, groupId: group.groupId });
  expect(one.counts.reduce((sum, count) => sum + count, 0)).toBe(group.total);

  const report = await api.report({ jobId: 'report', runId: run.runId, locale: 'en' });
  expect(new TextDecoder().decode(report.bytes)).toContain(group.label);
  expect(progress.map(({ phase }) => phase)).toContain('replay');
});

test('opens what was uploaded, under its own name', async () => {
  const bundleId = await upload('mine.zip', readFileSync('traces/runqueue-contention.zip'));
  expect((await api.openBundle({ jobId: 'a', bundleId })).name).toBe('mine.zip');
});

test('opens what the command line named instead of the sample', async () => {
  await host.close();
  const path = join(folder, 'named.zip');
  writeFileSync(path, readFileSync('traces/runqueue-contention.zip'));
  start({ startupPath: path });
  expect((await api.openBundle({ jobId: 'a', bundleId: await startupBundle() })).name).toBe('named.zip');
});

test('stays alive after a bundle that cannot be read', async () => {
  const bundleId = await upload('notes.zip', new TextEncoder().encode('no archive'));
  await expect(api.openBundle({ jobId: 'a', bundleId })).rejects.toThrow('notes.zip');
  await expect(api.openBundle({ jobId: 'b', bundleId: await startupBundle() })).resolves.toBeTruthy();
});

async function handOver(name: string, path: string): Promise<OpenedFile> {
  const bytes = readFileSync(path);
  const { uploadId } = await api.beginUpload({ name, sizeBytes: bytes.length });
  for (let at = 0; at < bytes.length; at += UPLOAD_PIECE_BYTES_MAX)
    await api.appendUpload({ uploadId, bytes: bytes.subarray(at, at + UPLOAD_PIECE_BYTES_MAX) });
  return api.finishUpload({ uploadId });
}

test('runs an object that was handed over, and refuses an ELF file without programs by name', async () => {
  const bundleId = await startupBundle();
  const opened = await handOver('mine.o', 'test/programs/comm.bpf.o');
  if (opened.kind !== 'program') throw new Error('an object was handed over');
  const { programId } = opened.program;
  expect((await api.hello()).programs).toContainEqual(opened.program);
  const run = await api.run({ jobId: 'own', bundleId, programId });
  expect(run.maps.find(({ name }) => name === 'switches')?.rows.length).toBeGreaterThan(0);
  await expect(handOver('ls', '/bin/ls')).rejects.toMatchObject({ layer: 'object', place: { file: 'ls' } });
});

test('a libbpf tool that was handed over prints what it prints from the command line', async (context) => {
  if (!existsSync(TOOL)) context.skip(`${TOOL} is not installed`);
  const bundleId = await startupBundle();
  const opened = await handOver('runqlat', TOOL);
  if (opened.kind !== 'program') throw new Error('a tool holds an object');
  const { programId } = opened.program;
  expect((await api.programSettings({ programId })).toolOptions).toContain('-p NUMBER');
  await api.openBundle({ jobId: 'open', bundleId });
  const run = await api.run({ jobId: 'tool', bundleId, programId, toolArguments: ' -m ' });
  const lines = run.tool?.lines.filter((line) => line !== '') ?? [];
  expect(lines.length).toBeGreaterThan(2);
  expect(retroprobe('run', TOOL, sampleBundle, '--', '-m').stdout).toContain(lines.join('\n'));
  const refused = api.run({ jobId: 'wrong', bundleId, programId, toolArguments: '-m -Q' });
  await expect(refused).rejects.toMatchObject({ code: 'bad-setting', place: { at: 'arguments' } });
  const report = await api.report({ jobId: 'report', runId: run.runId, locale: 'en' });
  const html = new TextDecoder().decode(report.bytes);
  expect(html).toContain('What runqlat prints');
  expect(html).toContain('--program runqlat --out report.html -- -m<');
});

test('the command that a report names makes the same report', async () => {
  const bundleId = await startupBundle();
  await api.openBundle({ jobId: 'open', bundleId });
  const uploaded = await handOver('iterators.bpf.o', 'test/programs/iterators.bpf.o');
  if (uploaded.kind !== 'program') throw new Error('an object was handed over');
  const { runId, attached } = await api.run({
    ...{ jobId: 'run', bundleId, programId: uploaded.program.programId },
    settings: { 'dump_switched.autoload': 'true', 'switched.max_entries': '40' },
    limits: { cpu: '0', to: '+3', comm: 'rq-main, rq-burn-0' },
    iterators: { at: '+2', maps: { dump_switched: 'switched' } },
  });
  expect(attached.find(({ program }) => program === 'dump_switched')?.text?.text).toContain('end after');
  const report = await api.report({ jobId: 'report', runId, locale: 'en' });
  const html = new TextDecoder().decode(report.bytes);
  const [, command = ''] = /<code>(retroprobe report .*)<\/code>/.exec(html) ?? [];
  const words = command.replaceAll('&#39;', '').split(' ').slice(1);
  expect(words).toContain('iterators.bpf.o');
  const paths: Record<string, string> = {
    'runqueue-contention.zip': sampleBundle,
    'iterators.bpf.o': 'test/programs/iterators.bpf.o',
    'report.html': join(folder, 'report.html'),
  };
  const { code, stderr } = retroprobe(...words.map((word) => paths[word] ?? word));
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const again = readFileSync(join(folder, 'report.html'), 'utf8');
  const withoutIds = (text: string): string => text.replaceAll(/own-[0-9a-f]+/g, 'iterators.bpf.o');
  expect(withoutIds(again)).toBe(withoutIds(html));
});

test('takes files for their symbols that may have some', async () => {
  const added = async (name: string, bytes: Uint8Array): Promise<SymbolFile> => {
    const { uploadId } = await api.beginUpload({ name, sizeBytes: bytes.length });
    await api.appendUpload({ uploadId, bytes });
    return api.finishSymbols({ uploadId });
  };
  const notes = added('notes.txt', Buffer.from('no ELF file'));
  await expect(notes).rejects.toMatchObject({ code: 'not-symbols', place: { file: 'notes.txt' } });
  const object = added('mine.o', readFileSync('test/programs/comm.bpf.o'));
  await expect(object).rejects.toMatchObject({ code: 'not-symbols' });
  const file = await added('env', readFileSync('/usr/bin/env'));
  expect(file.name).toBe('env');
});

test('calls programs for the events that were asked for alone, and names the limit that is none', async () => {
  const bundleId = await startupBundle();
  const eventsWithin = async (limits: RunLimits): Promise<number> => {
    const { attached } = await api.run({ jobId: 'limited', bundleId, programId: PROGRAM, limits });
    return attached.reduce((sum, { events }) => sum + events, 0);
  };
  const [all, ...parts] = [
    await eventsWithin({ cpu: ' ' }),
    await eventsWithin({ cpu: '0' }),
    await eventsWithin({ cpu: '1-3, 4' }),
    await eventsWithin({ to: '+0.5' }),
    await eventsWithin({ from: '+0.5' }),
  ];
  const [first = 0, second = 0, early = 0, late = 0] = parts;
  expect(first + second).toBe(all);
  expect(early + late).toBe(all);
  expect(Math.min(first, early, late)).toBeGreaterThan(0);
  for (const [name, text] of Object.entries({ cpu: '3-1', from: 'noon', pid: '-4', tid: '0-4000000' }))
    await expect(eventsWithin({ [name]: text })).rejects.toMatchObject({
      code: 'bad-setting',
      place: { at: `limits.${name}` },
    });
});

test('explains what a program attaches to without running it', async () => {
  const bundleId = await startupBundle();
  const { programs } = await api.explain({ jobId: 'explain', bundleId, programId: PROGRAM });
  const onSwitch = programs.find(({ program }) => program === 'on_switch');
  expect(onSwitch).toMatchObject({ hook: 'tracepoint:sched:sched_switch', refusal: undefined });
  expect(onSwitch?.events).toEqual([{ source: 'trace.dat', type: 'sched:sched_switch', events: 9_971 }]);
  expect(progress.map(({ phase }) => phase)).not.toContain('replay');
});

test('cancels a run and says so', async () => {
  const bundleId = await startupBundle();
  const run = api.run({ jobId: 'run', bundleId, programId: PROGRAM });
  const refused = expect(run).rejects.toThrow(expect.objectContaining({ code: 'cancelled' }));
  expect(await api.cancel({ jobId: 'run' })).toBe(true);
  await refused;
  expect(await api.cancel({ jobId: 'run' })).toBe(false);
});

test('a run that is paused waits, goes on where it was, and can be cancelled as it waits', async () => {
  const bundleId = await startupBundle();
  const { faults, attached } = await api.run({ jobId: 'plain', bundleId, programId: PROGRAM });
  const run = api.run({ jobId: 'run', bundleId, programId: PROGRAM });
  let isDone = false;
  void run.then(() => (isDone = true));
  expect(await api.pause({ jobId: 'run', isPaused: true })).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  expect(isDone).toBe(false);
  expect(await api.pause({ jobId: 'run', isPaused: false })).toBe(true);
  expect(await run).toMatchObject({ faults, attached });
  expect(progress.at(-1)?.elapsedNs).toBeGreaterThan(0);

  const second = api.run({ jobId: 'second', bundleId, programId: PROGRAM });
  const refused = expect(second).rejects.toThrow(expect.objectContaining({ code: 'cancelled' }));
  await api.pause({ jobId: 'second', isPaused: true });
  await api.cancel({ jobId: 'second' });
  await refused;
  expect(await api.pause({ jobId: 'second', isPaused: true })).toBe(false);
});

test.each([
  ['bundle', () => api.openBundle({ jobId: 'a', bundleId: 'none' }), 'unknown-bundle'],
  ['run', () => api.heatmap({ runId: 'none', viewId: 'wait' }), 'unknown-run'],
  ['upload', () => api.finishUpload({ uploadId: 'none' }), 'unknown-upload'],
])('refuses an unknown %s', async (_what, call, code) => {
  await expect(call()).rejects.toThrow(expect.objectContaining({ code }));
});

test('refuses an unknown program', async () => {
  const bundleId = await startupBundle();
  await expect(api.run({ jobId: 'a', bundleId, programId: 'none' })).rejects.toThrow('no program none');
});

test('runs a program with what was set of it, and says which setting is wrong', async () => {
  const settings = await api.programSettings({ programId: PROGRAM });
  expect(settings.variables).toEqual([
    { name: 'min_wait_ns', type: 'const volatile __u64', value: 1_000_000 },
  ]);
  expect(settings.maps).toContainEqual({ name: 'hists', type: 'hash', maxEntries: 10_240 });
  expect(settings.programs.map(({ name }) => name)).toEqual(['on_wakeup', 'on_wakeup_new', 'on_switch']);
  const bundleId = await startupBundle();
  const ask = { bundleId, programId: PROGRAM };
  const small = await api.run({ ...ask, jobId: 'a', settings: { 'hists.max_entries': '3' } });
  expect(small.settings).toEqual({ 'hists.max_entries': '3' });
  expect(small.histograms[0]?.groups).toHaveLength(3);
  expect(small.faults).toContainEqual(expect.objectContaining({ kind: 'map-full', detail: 'hists' }));
  await expect(api.run({ ...ask, jobId: 'b', settings: { min_wait_ns: '-5' } })).rejects.toMatchObject({
    code: 'bad-setting',
    place: { at: 'min_wait_ns' },
  });
  await expect(api.programSettings({ programId: 'none' })).rejects.toThrow('no program none');
});
