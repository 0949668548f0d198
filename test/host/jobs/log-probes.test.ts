import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { performEvents } from '../../../electron/host/jobs/events.ts';
import { performExplain } from '../../../electron/host/jobs/explain.ts';
import { performLogs } from '../../../electron/host/jobs/logs.ts';
import { performRun } from '../../../electron/host/jobs/perform.ts';
import { folderOf } from '../../trace/bundle/on-disk.ts';

const LOG = [
  '[    1.000000] camera back open took 12ms',
  '[    2.000000] usb 1-1: new device',
  '[    3.500000] camera front open took 30ms',
  '',
].join('\n');
const PROBES = "probes:\n  - name: camera\n    pattern: 'camera {id:str} open took {ms:u64}ms'\n";
const PROGRAM = `
#define SEC(name) __attribute__((section(name), used))
typedef unsigned long long u64;
typedef unsigned int u32;
struct trace_event_raw_camera { u64 ms; } __attribute__((preserve_access_index));
struct { int (*type)[2]; int (*max_entries)[1]; u32 *key; u64 *value; } sums SEC(".maps");
static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
SEC("tracepoint/log/camera") int on_camera(struct trace_event_raw_camera *ctx)
{
  u32 key = 0;
  u64 *sum = bpf_map_lookup_elem(&sums, &key);
  if (sum)
    *sum += ctx->ms;
  return 0;
}
char _license[] SEC("license") = "GPL";
`;
const MANIFEST = {
  id: 'camera',
  title: { en: 'Camera', zh: '相机' },
  summary: { en: '', zh: '' },
  object: 'camera.o',
  views: [],
};

const written = (text: string) => [{ name: 'probes.yaml', bytes: Buffer.from(text) }];

/** undefined where there is no compiler. */
function pack(files: Readonly<Record<string, string>>): string | undefined {
  const path = folderOf({ 'camera.c': PROGRAM, ...files });
  const built = spawnSync('clang-19', ['-O2', '-g', '-target', 'bpf', '-c', 'camera.c', '-o', 'camera.o'], {
    cwd: path,
    encoding: 'utf8',
  });
  if (built.error !== undefined) return undefined;
  expect(built.stderr).toBe('');
  return path;
}

function runJob(folder: string, manifest: boolean) {
  return {
    kind: 'run',
    path: folderOf({ 'dmesg.txt': LOG }),
    cacheFolder: undefined,
    objectPath: join(folder, 'camera.o'),
    manifestPath: manifest ? join(folder, 'camera.json') : undefined,
    spanNs: undefined,
  } as const;
}

test("a pack's own log probes make the events that its programs attach to", async (context) => {
  const manifest = JSON.stringify({ ...MANIFEST, probes: 'camera.yaml' });
  const folder = pack({ 'camera.json': manifest, 'camera.yaml': PROBES });
  if (folder === undefined) return context.skip('clang-19 is not installed');
  const job = runJob(folder, true);
  const { attached, maps } = await performRun(job);
  expect(attached).toMatchObject([{ program: 'on_camera', events: 2 }]);
  expect(maps[0]?.rows).toEqual([{ key: 0, value: 42 }]);
  const explained = await performExplain({ ...job, kind: 'explain' });
  expect(explained.programs[0]).toMatchObject({
    refusal: undefined,
    events: [{ type: 'log:camera', events: 2 }],
  });
});

test('log probes written on the page do the same, and clash with those of the pack by name', async (context) => {
  const folder = pack({
    'camera.json': JSON.stringify({ ...MANIFEST, probes: 'camera.yaml' }),
    'camera.yaml': PROBES,
  });
  if (folder === undefined) return context.skip('clang-19 is not installed');
  const { maps } = await performRun({ ...runJob(folder, false), probeFiles: written(PROBES) });
  expect(maps[0]?.rows).toEqual([{ key: 0, value: 42 }]);
  const clash = performRun({ ...runJob(folder, true), probeFiles: written(PROBES) });
  await expect(clash).rejects.toThrow('probes.yaml: another file has a log:camera already');
});

test('a manifest whose file of probes is not there is refused, naming it', async (context) => {
  const folder = pack({ 'camera.json': JSON.stringify({ ...MANIFEST, probes: 'gone.yaml' }) });
  if (folder === undefined) return context.skip('clang-19 is not installed');
  await expect(performRun(runJob(folder, true))).rejects.toThrow(
    'camera.json: probes: gone.yaml cannot be read (ENOENT)',
  );
});

test('lines and events of probes are counted, and listed with their fields', async () => {
  const path = folderOf({ 'dmesg.txt': LOG });
  const files = { path, cacheFolder: undefined, probeFiles: written(PROBES) };
  const { logs } = await performLogs({ kind: 'logs', ...files, areTemplatesWanted: true }, {});
  expect(logs).toMatchObject([{ lines: 3, probes: [{ name: 'log:camera', events: 2 }] }]);
  const job = { kind: 'events', ...files, types: ['log:camera'], from: undefined, count: 1 } as const;
  const first = await performEvents(job, {});
  expect(first.isMore).toBe(true);
  expect(first.events[0]).toMatchObject({ type: 'log:camera', timeNs: 1_000_000_000n });
  expect(Object.fromEntries(first.events[0]?.fields ?? [])).toMatchObject({ id: 'back', ms: 12n });
  const later = await performEvents({ ...job, from: '+1' }, {});
  expect(later.isMore).toBe(false);
  expect(Object.fromEntries(later.events[0]?.fields ?? [])).toMatchObject({ id: 'front' });
});
