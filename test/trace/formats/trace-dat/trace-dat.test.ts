import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openBundle } from '../../../../electron/trace/bundle/bundle.ts';
import {
  countNames,
  needTraceCmd,
  openRecording,
  ourEvents,
  peerEvents,
  printed,
  recording,
  unpadded,
} from '../../peer.ts';
import { unzip } from '../../../e2e/unzip.ts';

const RECORDINGS = ['../shared/recordings/lisa-rtapp.trace.dat', '../shared/recordings/trappy-arm.trace.dat'];
const SAMPLE = 'traces/runqueue-contention.zip';

/** Records whose text the peer makes from more than the record: a format string elsewhere, a symbol. */
const NOT_PLAIN = new Set(['bprint', 'print', 'kernel_stack']);

describe.each(RECORDINGS)('%s', (path) => {
  test('gives the events, times, CPUs and threads that trace-cmd report prints, in its order', async (context) => {
    needTraceCmd(context);
    await compareWithPeer(recording(context, path));
  });

  test('has nothing lost, unparsed or out of order', async (context) => {
    const source = openRecording(recording(context, path));
    const events = await ourEvents(source);
    const { read, places, ...losses } = source.ledger;
    expect(read).toBe(events.length);
    expect(places).toEqual([]);
    expect(Object.values(losses).every((count) => count === 0)).toBe(true);
  });
});

test('gives what trace-cmd report prints of the sample, a version 7 file compressed with zstd', async (context) => {
  needTraceCmd(context);
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'trace.dat');
  writeFileSync(path, await unzip(SAMPLE, 'trace.dat'));
  await compareWithPeer(path);
});

test('knows the clock, the kernel and the machine of the sample, and not the name of its node', async () => {
  const bundle = await openBundle(SAMPLE);
  onTestFinished(() => bundle.close());
  const [source] = bundle.sources;
  expect(source?.clock).toBe('mono');
  expect(source?.formatDetail).toBe('v7 zstd');
  expect(source?.context.machine).toBe('x86_64');
  expect(source?.context.kernelRelease).toMatch(/^\d+\.\d+/);
  expect(source?.context.cpuCount).toBe(2);
  expect([...(source?.context.comms.values() ?? [])]).toContain('rq-latency');
  expect(source?.context.kallsyms).toContain(' do_nanosleep');
});

test('gives every blocking switch of the sample the callchain that was recorded behind it', async () => {
  const bundle = await openBundle(SAMPLE);
  onTestFinished(() => bundle.close());
  const [source] = bundle.sources;
  if (source === undefined) throw new Error('the sample has no source');
  const attached = new Map<string, number>();
  let stacks = 0;
  for await (const batch of source.batches()) {
    for (let row = 0; row < batch.count; row++) {
      const name = source.schema.types[batch.type[row] ?? -1]?.name ?? '';
      if (name === 'kernel_stack') stacks += 1;
      if ((batch.stack[row] ?? -1) >= 0) attached.set(name, (attached.get(name) ?? 0) + 1);
    }
  }
  expect(stacks).toBeGreaterThan(1000);
  expect(attached).toEqual(new Map([['sched_switch', stacks]]));
  const symbols = (source.context.kallsyms ?? '').split('\n').map((line) => line.split(' '));
  const schedule = symbols.find(([, , name]) => name === 'schedule')?.[0];
  const start = BigInt(`0x${schedule}`);
  const holdsSchedule = source.context.callchains.filter((chain) =>
    chain.some((at) => at >= start && at < start + 4096n),
  );
  expect(holdsSchedule.length).toBeGreaterThan(0);
});

test('reads the same events whatever the size of its batches', async () => {
  const bundle = await openBundle(SAMPLE);
  onTestFinished(() => bundle.close());
  const [source] = bundle.sources;
  if (source === undefined) throw new Error('the sample has no source');
  const passes: string[][] = [];
  for (const batchEvents of [7, 100_000]) {
    const lines: string[] = [];
    for await (const batch of source.batches({ batchEvents })) {
      for (let row = 0; row < batch.count; row++) {
        const start = batch.offset[row] ?? 0;
        const bytes = Buffer.from(batch.bytes.subarray(start, start + (batch.length[row] ?? 0)));
        lines.push(
          `${batch.firstEvent + row} ${batch.timeNs[row]} ${batch.stack[row]} ${bytes.toString('hex')}`,
        );
      }
    }
    passes.push(lines);
  }
  expect(passes[0]).toEqual(passes[1]);
});

test('stops between batches when it is aborted, with the reason', async () => {
  const bundle = await openBundle(SAMPLE);
  onTestFinished(() => bundle.close());
  const abort = new AbortController();
  const reason = new Error('enough');
  let batches = 0;
  const read = async () => {
    for await (const _batch of bundle.sources[0]?.batches({ signal: abort.signal, batchEvents: 10 }) ?? []) {
      batches += 1;
      abort.abort(reason);
    }
  };
  await expect(read()).rejects.toBe(reason);
  expect(batches).toBe(1);
});

async function compareWithPeer(path: string): Promise<void> {
  const peer = peerEvents(path);
  const source = openRecording(path);
  const ours = await ourEvents(source);
  expect(peer.length).toBeGreaterThan(100);
  expect(countNames(ours)).toEqual(countNames(peer));
  const head = ({ cpu, timeNs, tid, name }: { cpu: number; timeNs: bigint; tid: number; name: string }) =>
    `${timeNs} [${cpu}] ${tid} ${name}`;
  expect(ours.map(head)).toEqual(peer.map(head));
  const plain = peer.flatMap((event, index) => (NOT_PLAIN.has(event.name) ? [] : [index]));
  expect(plain.map((index) => printed(ours[index] ?? ours[0]!))).toEqual(
    plain.map((index) => unpadded(peer[index]?.fields ?? '')),
  );
}
