import { statSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { openBundle } from '../../electron/trace/bundle/bundle.ts';
import type { EventType, Source } from '../../electron/trace/event.ts';
import { fieldOf, RecordReader, typeOf } from '../../electron/trace/record.ts';
import { countTypes } from '../../electron/trace/summary.ts';
import { namesIn } from '../../traces/check.ts';

const SAMPLE = 'traces/runqueue-contention.zip';

test('the sample names no task but the workload and the idle task', async () => {
  const { names, foreign } = await namesIn(SAMPLE);
  expect(foreign).toEqual([]);
  expect([...names.keys()]).toEqual(
    expect.arrayContaining(['rq-latency', 'rq-burn-0', 'rq-batch', './rq-job', 'swapper/0']),
  );
});

test('the sample is small, says what it is, and holds five seconds with nothing dropped', async () => {
  const bundle = await openBundle(SAMPLE);
  onTestFinished(() => bundle.close());
  expect(statSync(SAMPLE).size).toBeLessThan(1_500_000);
  expect(Object.values(bundle.caseFile ?? {}).every((text) => text.length > 0)).toBe(true);
  expect(bundle.unread).toEqual([]);
  const [source] = bundle.sources;
  if (source === undefined) throw new Error('the sample has no source');
  const { spanNs, events } = await countTypes(source);
  const [first, last] = spanNs ?? [0n, 0n];
  expect(Number(last - first) / 1e9).toBeGreaterThan(4.5);
  expect(events).toBeGreaterThan(10_000);
  expect(source.ledger).toMatchObject({
    dropped: 0,
    droppedUncounted: 0,
    unparsed: 0,
    unsupported: 0,
    outOfOrder: 0,
  });
  // Other tasks ran on CPU 0 now and then and were filtered out: the gaps they left are noticed, and few.
  expect(source.ledger.suspectedLosses).toBeGreaterThan(0);
  expect(source.ledger.suspectedLosses).toBeLessThan(events / 100);
});

test('in the sample the latency thread waits at least five times as long during the incident', async () => {
  const bundle = await openBundle(SAMPLE);
  onTestFinished(() => bundle.close());
  const [source] = bundle.sources;
  if (source === undefined) throw new Error('the sample has no source');
  const waits = await latencyWaits(source);
  // The incident lasts from 2.2 s to 3.4 s; its beginning and end are left out.
  const before = mean(waits.filter(({ atMs }) => atMs < 2000));
  const incident = mean(waits.filter(({ atMs }) => atMs > 2400 && atMs < 3200));
  expect(before).toBeGreaterThan(0);
  expect(incident).toBeGreaterThan(before * 5);
});

interface Wait {
  readonly atMs: number;
  readonly waitMs: number;
}

/** Every time rq-latency waited, from its wake-up to the switch to it; times from the first event. */
async function latencyWaits(source: Source): Promise<Wait[]> {
  const reader = new RecordReader(source.schema);
  const wakeup = typeOf(source.schema, 'sched:sched_wakeup');
  const change = typeOf(source.schema, 'sched:sched_switch');
  if (wakeup === undefined || change === undefined) throw new Error('the sample has no scheduler events');
  const waits: Wait[] = [];
  let firstNs: bigint | undefined;
  let wokenNs: bigint | undefined;
  for await (const batch of source.batches()) {
    for (let row = 0; row < batch.count; row++) {
      const timeNs = batch.timeNs[row] ?? 0n;
      firstNs ??= timeNs;
      const type: EventType | undefined =
        batch.type[row] === wakeup.index ? wakeup : batch.type[row] === change.index ? change : undefined;
      const comm = type && fieldOf(type, type === wakeup ? 'comm' : 'next_comm');
      if (comm === undefined || reader.text(batch, row, comm) !== 'rq-latency') continue;
      if (type === wakeup) wokenNs = timeNs;
      else if (wokenNs !== undefined) {
        waits.push({ atMs: Number(timeNs - firstNs) / 1e6, waitMs: Number(timeNs - wokenNs) / 1e6 });
        wokenNs = undefined;
      }
    }
  }
  return waits;
}

function mean(waits: readonly Wait[]): number {
  return waits.reduce((sum, { waitMs }) => sum + waitMs, 0) / waits.length;
}
