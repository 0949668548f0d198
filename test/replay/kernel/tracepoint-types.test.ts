import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { openObject } from '../../../electron/bpf/object/open.ts';
import { attachObject } from '../../../electron/replay/attach.ts';
import { replay } from '../../../electron/replay/engine.ts';
import { tracepointTypes } from '../../../electron/replay/kernel/tracepoint-types.ts';
import { openBundle } from '../../../electron/trace/bundle/bundle.ts';
import type { Source } from '../../../electron/trace/event.ts';
import { openBytes } from '../../trace/formats/pcap/peer.ts';
import { perfettoOf, recordedEvents } from '../../trace/formats/perfetto/transcode.ts';

const runqlat = openObject(readFileSync('programs/scheduling/runqlat.bpf.o'), 'runqlat.bpf.o');

async function sample(): Promise<Source> {
  const bundle = await openBundle('traces/runqueue-contention.zip');
  onTestFinished(() => bundle.close());
  const [source] = bundle.sources;
  if (source === undefined) throw new Error('the sample has no source');
  return source;
}

/** The histograms of the program's map, as bytes. */
async function histograms(source: Source): Promise<string[]> {
  const attached = await attachObject(runqlat, [source]);
  await replay(attached);
  const map = attached.maps.find(({ definition }) => definition.name === 'hists');
  const rows = map?.entries() ?? [];
  return [...rows].map(({ key, value }) => Buffer.concat([key, value]).toString('hex')).sort();
}

test('a program counts on a Perfetto trace what it counts on the trace.dat of the same events', async () => {
  const recorded = await sample();
  const expected = await histograms(recorded);
  const encoded = openBytes(perfettoOf(await recordedEvents(recorded), 4000, false));
  expect(expected.length).toBeGreaterThan(5);
  expect(await histograms(encoded)).toEqual(expected);
}, 60_000);

test('common fields that were not recorded are no members of a record', async () => {
  const recorded = await sample();
  const encoded = openBytes(perfettoOf(await recordedEvents(recorded), 4000, false));
  const entries = (source: Source): string[] => {
    const types = tracepointTypes([source]);
    const type = types.typeById(types.idsByName('trace_entry')[0] ?? 0);
    return 'members' in type ? type.members.map(({ name }) => name) : [];
  };
  expect(entries(recorded)).toEqual(['type', 'flags', 'preempt_count', 'pid']);
  expect(entries(encoded)).toEqual(['type', 'pid']);
});
