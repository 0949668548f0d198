import { expect, test } from 'vitest';
import { MemoryBytes } from '../../electron/trace/bundle/byte-source.ts';
import { openSources } from '../../electron/trace/formats/registry.ts';
import { countTypes } from '../../electron/trace/summary.ts';
import { makeTraceDat } from './formats/trace-dat/make-trace-dat.ts';
import type { Page } from './formats/trace-dat/make-trace-dat.ts';

function open(pages: readonly Page[]) {
  const { file } = makeTraceDat({ isLittleEndian: true, longSizeBytes: 8 }, [pages]);
  const [source] = openSources(new MemoryBytes(file, 'made.dat')) ?? [];
  if (source === undefined) throw new Error('it was not recognised');
  return source;
}

test('counts events by type, and gives the first and the last time', async () => {
  const entries = [1, 2, 3].map((value) => ({ kind: 'tick' as const, delta: 10, value }));
  const source = open([
    { time: 100n, entries },
    { time: 2n ** 60n, entries },
  ]);
  const summary = await countTypes(source, { batchEvents: 2 });
  expect(summary).toMatchObject({ events: 6, spanNs: [110n, 2n ** 60n + 30n] });
  expect([...summary.counts]).toEqual([6]);
  expect(source.ledger.read).toBe(6);
});

test('has no span where there are no events', async () => {
  expect(await countTypes(open([]))).toMatchObject({ events: 0, spanNs: undefined });
});
