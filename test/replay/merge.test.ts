import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { mergeByTime } from '../../electron/replay/merge.ts';
import { eventType, fakeSource } from './fake-source.ts';

const types = [eventType(0, 'test', 'a', [])];

function sourceAt(name: string, times: readonly number[], clock = 'mono') {
  const events = times.map((time) => ({ timeNs: BigInt(time), type: 0 }));
  return fakeSource(types, events, { name, clock, batchEvents: 3 });
}

async function mergedTimes(sources: ReturnType<typeof sourceAt>[]): Promise<string[]> {
  const seen: string[] = [];
  for await (const { source, batch, from, to } of mergeByTime(sources, {})) {
    for (let row = from; row < to; row += 1) seen.push(`${batch.timeNs[row]} ${source.name}`);
  }
  return seen;
}

test('merges any sources into one order by time, the first named on a tie', async () => {
  const times = fc.array(fc.nat(20), { maxLength: 20 }).map((list) => list.sort((a, b) => a - b));
  await fc.assert(
    fc.asyncProperty(fc.array(times, { minLength: 1, maxLength: 4 }), async (lists) => {
      const sources = lists.map((list, index) => sourceAt(`s${index}`, list));
      const expected = lists
        .flatMap((list, index) => list.map((time) => ({ time, index })))
        .sort((a, b) => a.time - b.time || a.index - b.index)
        .map(({ time, index }) => `${time} s${index}`);
      expect(await mergedTimes(sources)).toEqual(expected);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('refuses to order sources whose clocks differ, naming both', async () => {
  const sources = [sourceAt('a', [1]), sourceAt('b', [2], 'boot')];
  await expect(mergedTimes(sources)).rejects.toThrow('b: a is on clock mono and b on boot');
});

test('stops when it is cancelled', async () => {
  const abort = new AbortController();
  const merged = mergeByTime([sourceAt('a', [1, 2, 3, 4, 5, 6, 7])], { signal: abort.signal });
  await merged.next();
  abort.abort(new Error('enough'));
  await expect(merged.next()).rejects.toThrow('enough');
});
