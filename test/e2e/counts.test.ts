import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { openBundle } from '../../electron/trace/bundle/bundle.ts';
import { hasCommand, retroprobe, run, runqlatObject, sampleBundle, temporaryFolder } from './cli.ts';
import { unzip } from './unzip.ts';

interface RunJson {
  readonly bundle: string;
  readonly object: string;
  readonly attached: readonly { readonly program: string; readonly hook: string; readonly events: number }[];
  readonly maps: readonly {
    readonly name: string;
    readonly rows: readonly { key: { pid: number }; value: { slots: number[]; comm: string } }[];
  }[];
  readonly outputs: readonly { readonly value: { readonly wait_ns: number; readonly pid: number } }[];
  readonly ledger: Readonly<Record<string, number>>;
  readonly faults: readonly unknown[];
}

function runJson(): RunJson {
  const { code, stdout, stderr } = retroprobe('run', runqlatObject, sampleBundle, '--json');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout) as RunJson;
}

/** "PID SLOT" to count. */
function countsOf(json: RunJson): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { key, value } of json.maps.find((map) => map.name === 'hists')?.rows ?? []) {
    value.slots.forEach((count, slot) => count > 0 && counts.set(`${key.pid} ${slot}`, count));
  }
  return counts;
}

test('runqlat over the sample counts what awk counts in the text of trace-cmd report', async (context) => {
  if (!hasCommand('trace-cmd')) context.skip('trace-cmd is not installed');
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'trace.dat'), await unzip(sampleBundle, 'trace.dat'));
  const report = run('trace-cmd', ['report', '-R', '-t', '-i', join(folder, 'trace.dat')]);
  expect(report.code).toBe(0);
  const peer = new Map<string, number>();
  for (const line of run('awk', ['-f', 'test/e2e/runqlat.awk'], report.stdout).stdout.trim().split('\n')) {
    const [pid, slot, count] = line.split(' ');
    peer.set(`${pid} ${slot}`, Number(count));
  }
  const total = [...peer.values()].reduce((sum, count) => sum + count, 0);
  expect(total).toBeGreaterThan(1000);
  expect(new Map([...countsOf(runJson())].sort())).toEqual(new Map([...peer].sort()));
});

test('every attached program sees each of its events, and every event is in the ledger', async () => {
  const json = runJson();
  const info = JSON.parse(retroprobe('info', sampleBundle, '--json').stdout) as {
    sources: { ledger: { read: number }; types: { name: string; events: number }[] }[];
  };
  const [source] = info.sources;
  const recorded = new Map(source?.types.map(({ name, events }) => [`tracepoint:${name}`, events]));
  expect(json.attached.map(({ hook }) => hook).sort()).toEqual([
    'tracepoint:sched:sched_switch',
    'tracepoint:sched:sched_wakeup',
    'tracepoint:sched:sched_wakeup_new',
  ]);
  for (const { hook, events } of json.attached) expect(events, hook).toBe(recorded.get(hook));
  expect(json.ledger.read).toBe(source?.ledger.read);
  expect([...recorded.values()].reduce((sum, events) => sum + events, 0)).toBe(source?.ledger.read);
});

test('the same run twice prints the same bytes', () => {
  const once = retroprobe('run', runqlatObject, sampleBundle, '--json').stdout;
  expect(retroprobe('run', runqlatObject, sampleBundle, '--json').stdout).toBe(once);
});

test('a folder with the recording gives the counts that the zip gives', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'trace.dat'), await unzip(sampleBundle, 'trace.dat'));
  const { stdout } = retroprobe('run', runqlatObject, folder, '--json');
  expect(countsOf(JSON.parse(stdout) as RunJson)).toEqual(countsOf(runJson()));
});

test('the terminal shows the histogram and the ledger', () => {
  const { stdout, code } = retroprobe('run', 'scheduling/runqlat', sampleBundle);
  expect(code).toBe(0);
  expect(stdout).toMatch(/\[\d+[KM]?, \d+[KM]?\) +\d+ \|@+ *\|/);
  expect(stdout).toContain('latency');
});

test('the sample bundle holds a case file', async () => {
  const bundle = await openBundle(sampleBundle);
  try {
    expect(bundle.caseFile?.title).toBeTruthy();
    expect(bundle.sha256).toHaveLength(64);
    expect(readFileSync(sampleBundle).length).toBe(bundle.sizeBytes);
  } finally {
    bundle.close();
  }
});
