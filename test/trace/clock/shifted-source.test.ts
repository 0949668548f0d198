import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ShiftedSource } from '../../../electron/trace/clock/shifted-source.ts';
import { SyncMarkers } from '../../../electron/trace/clock/sync-markers.ts';
import { countTypes } from '../../../electron/trace/summary.ts';
import { eventType, fakeSource, record, textField } from '../../replay/fake-source.ts';

const types = [eventType(0, 'test', 'a', [])];

async function shifted(times: readonly bigint[], offsetNs: bigint) {
  const source = fakeSource(
    types,
    times.map((timeNs) => ({ timeNs, type: 0 })),
    { batchEvents: 3 },
  );
  const moved = new ShiftedSource(source, 'boot', offsetNs);
  const seen: { id: number; timeNs: bigint }[] = [];
  for await (const batch of moved.batches())
    for (let row = 0; row < batch.count; row += 1)
      seen.push({ id: batch.firstEvent + row, timeNs: batch.timeNs[row] ?? -1n });
  return { moved, seen };
}

test('moves every time by the offset, whatever the two are', async () => {
  const time = fc.bigInt(0n, 2n ** 62n);
  await fc.assert(
    fc.asyncProperty(
      fc.array(time, { maxLength: 8 }),
      fc.bigInt(-(2n ** 62n), 2n ** 62n),
      async (list, by) => {
        const times = [...list].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        const { moved, seen } = await shifted(times, by);
        const expected = times
          .map((timeNs, id) => ({ id, timeNs: timeNs + by }))
          .filter(({ timeNs }) => timeNs >= 0n);
        expect(seen).toEqual(expected);
        expect(moved.ledger).toMatchObject({
          read: expected.length,
          withoutClock: times.length - expected.length,
        });
      },
    ),
    { seed: 1, numRuns: 300 },
  );
});

test('gives the span of what is left', async () => {
  const { moved } = await shifted([5n, 10n, 20n, 30n, 40n], -15n);
  expect((await countTypes(moved)).spanNs).toEqual([5n, 25n]);
});

test('finds the lines that place a trace by other clocks, and no others', async () => {
  const print = eventType(1, 'ftrace', 'print', [textField('buf', 16, 80)]);
  const marker = (timeNs: bigint, buf: string) => ({ timeNs, type: 1, bytes: record(print, { buf }) });
  const source = fakeSource(
    [eventType(0, 'test', 'a', []), print],
    [
      { timeNs: 1n, type: 0 },
      marker(2n, 'trace_event_clock_sync: parent_ts=1234.567\n'),
      marker(3n, 'trace_event_clock_sync: realtime_ts=1712345678901\n'),
      marker(4n, 'trace_event_clock_sync: parent_ts=0.0\n'),
      marker(5n, 'trace_event_clock_sync: parent_ts=x\n'),
      marker(6n, 'tracing_mark_write: B|1|x'),
    ],
  );
  const markers = new SyncMarkers(source.schema, 'boot');
  await countTypes(source, {}, (batch) => markers.follow(batch));
  expect(markers.pairs).toMatchObject([
    { clock: 'boot', timeNs: 2n, otherClock: 'mono', otherTimeNs: 1_234_567_000_000n },
    { clock: 'boot', timeNs: 3n, otherClock: 'realtime', otherTimeNs: 1_712_345_678_901_000_000n },
  ]);
});
