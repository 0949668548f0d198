import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { performRun } from '../../../electron/host/jobs/perform.ts';
import type { RunAnswer } from '../../../electron/host/jobs/protocol.ts';
import { unzip } from '../../e2e/unzip.ts';
import { needTraceCmd } from '../../trace/peer.ts';

const OBJECT = 'programs/scheduling/runqlat.bpf.o';

function run(path: string, cacheFolder: string, spanNs: RunAnswer['spanNs']): Promise<RunAnswer> {
  const manifestPath = 'programs/scheduling/runqlat.json';
  return performRun({ kind: 'run', path, cacheFolder, objectPath: OBJECT, manifestPath, spanNs });
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a program computes from the text of a recording what it computes from the binary', async (context) => {
  needTraceCmd(context);
  const folder = temporaryFolder();
  const binary = join(folder, 'trace.dat');
  writeFileSync(binary, await unzip('traces/runqueue-contention.zip', 'trace.dat'));
  const text = join(folder, 'report.txt');
  const options = { maxBuffer: 64 * 1024 * 1024 };
  writeFileSync(text, spawnSync('trace-cmd', ['report', '-t', '-i', binary], options).stdout);

  const ofBinary = await run(binary, folder, undefined);
  const ofText = await run(text, folder, undefined);
  expect(ofText.histograms).toEqual(ofBinary.histograms);
  // The kernel's symbols are in the binary alone: its addresses have names.
  expect(ofText.maps).toEqual(addressesAlone(ofBinary.maps));
  expect(ofText.maps).not.toEqual(ofBinary.maps);
  expect(ofText.outputs).toEqual(ofBinary.outputs);
  expect(ofText.attached).toEqual(ofBinary.attached);
  expect(ofText.ledger).toEqual(ofBinary.ledger);
  expect(ofText.outputs.length).toBeGreaterThan(100);
});

function addressesAlone<T>(maps: T): T {
  return JSON.parse(JSON.stringify(maps), (_key, value: unknown) =>
    typeof value === 'string' ? value.replace(/^(0x[0-9a-f]+) .*/, '$1') : value,
  ) as T;
}

test('a program is attached to an event that a text tells late', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'trace.txt');
  const line = (index: number, text: string): string =>
    `  task-7 [000] d..2. 1.${String(index).padStart(6, '0')}: ${text}\n`;
  const marks = Array.from({ length: 40_000 }, (_, index) =>
    line(index, 'tracing_mark_write: B|7|something'),
  ).join('');
  const late = [
    line(40_000, 'sched_wakeup: comm=x pid=8 prio=120 target_cpu=000'),
    line(41_000, 'sched_wakeup_new: comm=y pid=9 prio=120 target_cpu=000'),
    line(
      42_000,
      'sched_switch: prev_comm=task prev_pid=7 prev_prio=120 prev_state=S ==> next_comm=x next_pid=8 next_prio=120',
    ),
  ];
  writeFileSync(path, `# tracer: nop\n${marks}${late.join('')}`);
  // As the page runs it, which knows the span from opening the bundle.
  const { attached, ledger } = await run(path, folder, [1_000_000_000n, 1_042_000_000n]);
  expect(ledger.read).toBe(40_003);
  expect(attached.map(({ events }) => events).reduce((sum, events) => sum + events, 0)).toBe(3);
});
