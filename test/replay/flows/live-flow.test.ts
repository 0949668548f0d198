import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { runPack } from '../../../electron/packs/run.ts';
import { openBundle } from '../../../electron/trace/bundle/bundle.ts';
import { recordFlow } from './live-flow.ts';

/** Whole segments: how many a burst came to that ends within one, the events do not tell. */
const BYTES = 2 * 1000 * 1448;
/** Longer than the least time-out, after which a window starts anew. */
const PAUSE_MS = 300;

test.for([
  ['test/programs/reno.bpf.o', 'own_reno'],
  ['test/programs/cubic.bpf.o', 'own_cubic'],
] as const)(
  'the windows that %s chooses of a recording are those that it chose while this kernel ran it',
  { timeout: 30_000 },
  async ([object, algorithm], context) => {
    const live = recordFlow(object, algorithm, BYTES, PAUSE_MS);
    if (typeof live === 'string') return context.skip(live);
    const bundle = await openBundle(live.path);
    try {
      const { flows } = await runPack({
        objectBytes: readFileSync(object),
        objectName: object,
        manifest: undefined,
        sources: bundle.sources,
        spans: new Map(),
      });
      const points =
        flows?.series.filter((each) => each.algorithm === algorithm).flatMap((each) => each.points) ?? [];
      expect(points.length).toBeGreaterThan(5);
      expect(new Set(points.map(({ recordedCwnd }) => recordedCwnd)).size).toBeGreaterThan(2);
      expect(points.map(({ cwnd }) => cwnd)).toEqual(points.map(({ recordedCwnd }) => recordedCwnd));
    } finally {
      bundle.close();
      live.remove();
    }
  },
);
