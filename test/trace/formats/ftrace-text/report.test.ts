import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { unzip } from '../../../e2e/unzip.ts';
import { needTraceCmd, recording } from '../../peer.ts';
import { allEvents, differences, openText } from './compare.ts';
import type { Difference } from './compare.ts';

const RECORDINGS = ['../shared/recordings/lisa-rtapp.trace.dat', '../shared/recordings/trappy-arm.trace.dat'];
const SAMPLE = 'traces/runqueue-contention.zip';
const OPTIONS = ['', '-t', '-R', '-l', '-N', '-t -l -R', '--ts-diff', '--raw-ts'];

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * A bprint's text is no field of its record, nor are a stack's names. trace-cmd's own printing of sched_switch leaves
 * out the mark of a task that was preempted, so that its text says R for both.
 */
function isOfTheText({ field, text, binary }: Difference): boolean {
  if (field === 'text') return true;
  return (
    field === 'prev_state' && String(text) === '0' && (String(binary) === '256' || String(binary) === '2048')
  );
}

async function expectEqual(path: string, options: string): Promise<void> {
  const text = join(temporaryFolder(), 'report.txt');
  const output = openSync(text, 'w');
  spawnSync('trace-cmd', ['report', ...options.split(' ').filter((each) => each !== ''), '-i', path], {
    stdio: ['ignore', output, 'ignore'],
  });
  closeSync(output);
  const source = openText(text);
  const ours = await allEvents(source);
  const binary = await allEvents(openText(path));
  expect(source.ledger).toMatchObject({ read: binary.length, unparsed: 0, unsupported: 0, places: [] });
  const isCoarse = !/-t\b|--raw-ts/.test(options);
  expect(differences(ours, binary, isCoarse).filter((each) => !isOfTheText(each))).toEqual([]);
}

describe.each(RECORDINGS)('%s', (path) => {
  for (const options of OPTIONS) {
    test(`trace-cmd report ${options} gives the events and fields of the binary`, async (context) => {
      needTraceCmd(context);
      await expectEqual(recording(context, path), options);
    });
  }
});

test('the text of the sample gives its events, and the callchains of its stacks', async (context) => {
  needTraceCmd(context);
  const path = join(temporaryFolder(), 'trace.dat');
  writeFileSync(path, await unzip(SAMPLE, 'trace.dat'));
  for (const options of ['', '-R', '-N']) await expectEqual(path, options);

  const text = join(temporaryFolder(), 'report.txt');
  const { stdout } = spawnSync('trace-cmd', ['report', '-i', path], { maxBuffer: 64 * 1024 * 1024 });
  writeFileSync(text, stdout);
  const chainsOf = async (name: string): Promise<string[]> => {
    const source = openText(name);
    const chains: string[] = [];
    for await (const batch of source.batches()) {
      for (let row = 0; row < batch.count; row++) {
        const chain = source.context.callchains[batch.stack[row] ?? -1] ?? [];
        chains.push([...chain].map((address) => address.toString(16)).join(' '));
      }
    }
    return chains;
  };
  const ours = await chainsOf(text);
  expect(ours.filter((chain) => chain !== '').length).toBeGreaterThan(1000);
  expect(ours).toEqual(await chainsOf(path));
});

test('the text of another is told by its header', async (context) => {
  const path = recording(context, '../shared/recordings/lisa-ftrace.txt');
  const source = openText(path);
  const events = await allEvents(source);
  expect(source).toMatchObject({ format: 'ftrace-text', clock: 'unknown' });
  expect(source.formatDetail).toBe('trace-cmd report, times to a microsecond');
  expect(source.context.cpuCount).toBe(6);
  expect(source.ledger).toMatchObject({ read: 2941, unparsed: 0 });
  expect(events[0]).toMatchObject({ timeNs: 76_211_513_000n, cpu: 1, tid: 1701, name: 'sched:sched_switch' });
  expect(events.filter(({ name }) => name === 'sched:sched_switch')).toHaveLength(1856);
});
