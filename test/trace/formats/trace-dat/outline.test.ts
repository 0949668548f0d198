import { describe, expect, onTestFinished, test } from 'vitest';
import { openBundle } from '../../../../electron/trace/bundle/bundle.ts';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import type { Source } from '../../../../electron/trace/event.ts';
import { openSources } from '../../../../electron/trace/formats/registry.ts';
import { countTypes } from '../../../../electron/trace/summary.ts';
import { openRecording, recording } from '../../peer.ts';
import { makeTraceDat7, type Page } from './make-trace-dat.ts';

/** Of the events that there are. */
const ESTIMATE_OFF_MAX = 0.2;

async function expectCloseToPass(source: Source): Promise<void> {
  const outline = source.outline?.();
  const { spanNs, events } = await countTypes(source);
  expect(outline?.spanNs).toEqual(spanNs);
  const estimated = outline?.counts.reduce((sum, count) => sum + count, 0) ?? 0;
  expect(Math.abs(estimated - events) / events).toBeLessThan(ESTIMATE_OFF_MAX);
}

describe.each(['../shared/recordings/lisa-rtapp.trace.dat', '../shared/recordings/trappy-arm.trace.dat'])(
  '%s',
  (path) => {
    test('a look at some pages tells its span exactly and about how many events it holds', async (context) => {
      await expectCloseToPass(openRecording(recording(context, path)));
    });
  },
);

test('a look at some chunks tells the same of a recording compressed with zstd', async () => {
  const bundle = await openBundle('traces/runqueue-contention.zip');
  onTestFinished(() => bundle.close());
  for (const source of bundle.sources) await expectCloseToPass(source);
});

test('a look at what is cut short, or empty, tells what is there', () => {
  const pages: readonly Page[] = Array.from({ length: 300 }, (_, index) => ({
    time: BigInt(index + 1) * 1000n,
    entries: [{ kind: 'tick', delta: 1, value: index }],
  }));
  const target = { isLittleEndian: true, longSizeBytes: 8 } as const;
  const whole = makeTraceDat7(target, [{ name: '', cpus: [pages, []] }], { compression: 'zlib' });
  const outlineOf = (bytes: Uint8Array) => openSources(new MemoryBytes(bytes, 'made.dat'))?.[0]?.outline?.();
  const outline = outlineOf(whole);
  expect(outline?.spanNs).toEqual([1001n, 300_001n]);
  expect(outline?.counts.reduce((sum, count) => sum + count, 0)).toBe(300);
  const none = outlineOf(makeTraceDat7(target, [{ name: '', cpus: [[], []] }], { compression: 'zlib' }));
  expect(none?.spanNs).toBeUndefined();
});
