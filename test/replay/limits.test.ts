import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { openObject } from '../../electron/bpf/object/open.ts';
import { attachObject } from '../../electron/replay/attach.ts';
import { replay } from '../../electron/replay/engine.ts';
import type { Limits } from '../../electron/replay/limits.ts';
import { openBundle } from '../../electron/trace/bundle/bundle.ts';

const SAMPLE = 'traces/runqueue-contention.zip';

interface Replayed {
  readonly calls: number;
  readonly comms: readonly string[];
}

async function replayed(limits: Limits): Promise<Replayed> {
  const bundle = await openBundle(SAMPLE);
  try {
    const object = openObject(readFileSync('test/programs/comm.bpf.o'), 'comm.bpf.o');
    const attached = await attachObject(object, bundle.sources);
    await replay(attached, { limits });
    const comms = [...(attached.maps[0]?.entries() ?? [])].map(({ key }) =>
      Buffer.from(key).toString('latin1').replace(/\0.*$/s, ''),
    );
    return { calls: attached.programs[0]?.events ?? 0, comms };
  } finally {
    bundle.close();
  }
}

test('programs are called for the events of a thread, of a name, of a CPU alone', async () => {
  const all = await replayed({});
  expect(all.calls).toBe(9_971);
  expect(await replayed({ comms: new Set(['rq-burn-1']) })).toEqual({ calls: 327, comms: ['rq-burn-1'] });
  expect(await replayed({ tids: new Set([14_370]) })).toEqual({ calls: 327, comms: ['rq-burn-1'] });
  expect((await replayed({ cpus: new Set([1]) })).calls).toBe(0);
  expect((await replayed({ pids: new Set([-1]) })).calls).toBeLessThanOrEqual(all.calls);
});

test('two parts of time make the whole: every event is in one of them', async () => {
  const bundle = await openBundle(SAMPLE);
  let middle: bigint | undefined;
  for await (const batch of bundle.sources[0]?.batches() ?? []) middle ??= batch.timeNs[batch.count - 1];
  bundle.close();
  if (middle === undefined) throw new Error('the sample has events');
  const before = await replayed({ toNs: middle });
  const after = await replayed({ fromNs: middle });
  expect(before.calls).toBeGreaterThan(0);
  expect(after.calls).toBeGreaterThan(0);
  expect(before.calls + after.calls).toBe(9_971);
});
