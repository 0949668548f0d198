import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import { openSources } from '../../../../electron/trace/formats/registry.ts';
import { openRecording, recording } from '../../peer.ts';
import { firstDifference, head, ourSamples, perfRecord, perfScript, scratch } from '../perf/peer.ts';

const SHARED = '../shared/recordings';

test('reads every sample of a text with its header, with the callchain below it', async (context) => {
  const path = recording(context, `${SHARED}/perf-script.txt`);
  const lines = readFileSync(path, 'latin1').split('\n');
  const source = openRecording(path);
  const samples = await ourSamples(source);
  expect(source.format).toBe('perf-script');
  expect(source.clock).toBe('perf');
  expect(source.context.kernelRelease).toBe('4.9.93-linuxkit-aufs');
  expect(source.context.cpuCount).toBe(4);
  expect(samples.length).toBe(lines.filter((line) => line.includes('cpu-clock:')).length);
  expect(samples[0]).toMatchObject({
    tid: 9,
    timeNs: 198_789_478_194_000n,
    event: 'cpu-clock',
    chain: ' 63c 695 6f3 21b97 6ce258d4c544155',
  });
  expect(samples[0]?.values.get('period')).toBe(1_001_001n);
  expect(source.context.comms.get(9)).toBe('simple-terminat');
  expect(source.ledger).toMatchObject({ read: samples.length, unparsed: 0, unsupported: 0, outOfOrder: 0 });
});

test('gives the samples of a recording whose binary is read beside its text', async (context) => {
  const folder = scratch();
  const path = join(folder, 'perf.data');
  perfRecord(context, path, `-a -g -e 'sched:*' -e cpu-clock -o perf.data`, "sh -c '/bin/true; sleep 0.1'");
  const recorded = openRecording(path);
  const binary = await ourSamples(recorded);
  const fields = 'comm,pid,tid,cpu,time,period,event,ip,sym,dso,trace';
  writeFileSync(join(folder, 'text.txt'), perfScript(path, '-F', fields), 'latin1');
  const source = openRecording(join(folder, 'text.txt'));
  const text = await ourSamples(source);
  // The text has -1 for the thread of a task that is being reaped; the binary's record knows better.
  const withoutChain = (line: string): string => line.replace(/^(\S+ \S+) \S+ (\S+).*$/, '$1 $2');
  const difference = firstDifference(
    text.map((sample) => withoutChain(head(sample))),
    binary.map((sample) => withoutChain(head(sample))),
  );
  expect(difference).toBeUndefined();
  for (const [tid, pid] of source.context.tgids) {
    if (tid >= 0 && pid >= 0) expect(`${tid} of ${recorded.context.tgids.get(tid)}`).toBe(`${tid} of ${pid}`);
  }
  const depths = (samples: readonly { chain: string }[]): number[] =>
    samples.map(({ chain }) => chain.split(' ffffffff').length);
  expect(depths(text)).toEqual(depths(binary));
  expect(source.ledger).toMatchObject({ read: text.length, unparsed: 0, unsupported: 0, outOfOrder: 0 });
}, 120_000);

test('counts lines that are no sample, and names them', async () => {
  const text =
    'a b  7 [001] 1.000001: cpu-clock:u: \n\t  10 main (x)\n\nwhat is this\n  c 8/9 2.000000001: 5 cycles: 44 f\n';
  const source = openSources(new MemoryBytes(Buffer.from(text), 'text.txt'))?.[0];
  if (source === undefined) throw new Error('it was not recognised');
  const samples = await ourSamples(source);
  expect(samples.map(head)).toEqual(['1000001000 [1] 7 cpu-clock:u 10', '2000000001 [0] 9 cycles']);
  expect(samples[1]?.values.get('ip')).toBe(0x44n);
  expect([...source.context.comms]).toEqual([
    [7, 'a b'],
    [9, 'c'],
  ]);
  expect([...source.context.tgids]).toEqual([[9, 8]]);
  expect(source.ledger.places).toEqual([
    { file: 'text.txt', at: 4, reason: 'neither a sample nor a line of its callchain' },
  ]);
});

test.each(['lisa-ftrace.txt', 'android_systrace.txt', 'decompressed_atrace_data.txt'])(
  'does not take %s for its own',
  (name) => {
    const bytes = readFileSync(`${SHARED}/${name}`);
    expect(openSources(new MemoryBytes(bytes, name))?.[0]?.format).not.toBe('perf-script');
  },
);
