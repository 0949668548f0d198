import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Source } from '../../../../electron/trace/event.ts';
import { openRecording, recording } from '../../peer.ts';
import { firstDifference, head, ourSamples, peerSamples, perfRecord, perfScript, scratch } from './peer.ts';
import type { OurSample, PeerSample } from './peer.ts';

const SHARED = '../shared/recordings';
/** The whole machine is recorded, so how much there is to compare depends on what else it does. */
const PATIENCE_MS = 120_000;
const WORK = "sh -c 'for i in 1 2 3 4 5; do /bin/true; sleep 0.01; done'";

const MODES = [
  ['a file', '-o perf.data'],
  ['a file with compressed records', '-z -o perf.data'],
  ['a pipe', '-o - > perf.data'],
  ['a pipe with compressed records', '-z -o - > perf.data'],
] as const;

describe.each(MODES)('%s of tracepoints with callchains', (_, output) => {
  test(
    'gives the samples, times, CPUs, threads, callchains and fields that perf script prints, in its order',
    async (context) => {
      const path = join(scratch(), 'perf.data');
      const [target, redirect] = output.split('>');
      perfRecord(
        context,
        path,
        `-a -g -e 'sched:*' ${target}`,
        redirect === undefined ? WORK : `${WORK} >${redirect}`,
      );
      const source = openRecording(path);
      const ours = await ourSamples(source);
      const peer = peerSamples(path);
      expect(peer.length).toBeGreaterThan(100);
      expect(firstDifference(asSampled(ours, peer).map(head), peer.map(head))).toBeUndefined();
      expect(ours.filter(({ chain }) => chain !== '').length).toBeGreaterThan(100);
      expect(comparedFields(ours, peer)).toBeGreaterThan(300);
      expectNothingLost(source);
    },
    PATIENCE_MS,
  );
});

/** A task that is being reaped has no id in a sample any more, but still in the tracepoint's record, which we take. */
function asSampled(ours: readonly OurSample[], peer: readonly PeerSample[]): OurSample[] {
  return ours.map((sample, index) => {
    if (peer[index]?.tid !== -1) return sample;
    expect(sample.tid).toBe(sample.values.get('common_pid'));
    return { ...sample, tid: -1 };
  });
}

/** Whole numbers in a tracepoint's text under a field's own name: how many there were. */
function comparedFields(ours: readonly OurSample[], peer: readonly PeerSample[]): number {
  let count = 0;
  for (const [index, { text, event }] of peer.entries()) {
    for (const [, name = '', value = ''] of text.matchAll(/(?:^| )(\w+)=(\d+)(?= |$)/g)) {
      const own = ours[index]?.values.get(name);
      if (own === undefined || typeof own === 'string') continue;
      expect(`${event} ${name}=${String(own)}`).toBe(`${event} ${name}=${Number(value)}`);
      count += 1;
    }
  }
  return count;
}

function expectNothingLost({ ledger }: Source): void {
  const { unparsed, unsupported, outOfOrder, places } = ledger;
  expect({ unparsed, unsupported, outOfOrder, places }).toEqual({
    unparsed: 0,
    unsupported: 0,
    outOfOrder: 0,
    places: [],
  });
}

/** Records by kind, as `perf report --stats` counts them, would count the header's too: -D lists each. */
function peerRecords(path: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [, name = ''] of perfScript(path, '-D').matchAll(/^[^.\s][^\n]*: PERF_RECORD_(\w+)/gm)) {
    const event = name.toLowerCase();
    counts.set(event, (counts.get(event) ?? 0) + 1);
  }
  return counts;
}

test(
  'counts every record of the kernel once: yielded, or state from before the recording',
  async (context) => {
    const path = join(scratch(), 'perf.data');
    perfRecord(context, path, `-a -e 'sched:sched_switch' -o perf.data`, WORK);
    const source = openRecording(path);
    await ourSamples(source);
    const own = new Set([
      'finished_round',
      'finished_init',
      'id_index',
      'thread_map',
      'cpu_map',
      'time_conv',
    ]);
    const kernels = [...peerRecords(path)].filter(([name]) => !own.has(name));
    const sum = kernels.reduce((total, [, count]) => total + count, 0);
    expect(source.ledger.read + source.ledger.withoutClock).toBe(sum);
  },
  PATIENCE_MS,
);

test('reads a pipe whose recorder wrote its last words behind the data, and says where', async (context) => {
  const source = openRecording(recording(context, `${SHARED}/sleep.compressed2.pipe.data`));
  const samples = await ourSamples(source);
  expect(source.formatDetail).toBe('pipe, zstd, samples without CPUs');
  expect(samples.map(({ event, tid }) => `${event} ${tid}`)).toEqual(Array(7).fill('cycles:P 255866'));
  expect(source.ledger.unparsed).toBe(1);
  expect(source.ledger.places[0]?.at).toBe(31_808);
});

test('tells the clock and its pair with the wall clock where the recorder was asked for one', async (context) => {
  const source = openRecording(recording(context, `${SHARED}/sleep.data`));
  expect(source.clock).toBe('mono');
  expect(source.clockPairs?.[0]).toEqual({
    clock: 'mono',
    timeNs: 3_696_140_926_905n,
    otherClock: 'realtime',
    otherTimeNs: 1_762_604_581_421_437_000n,
    origin: 'clock data',
  });
  expect(source.context.kernelRelease).toBe('5.15.193-1-MANJARO');
  expect(source.context.machine).toBe('x86_64');
});
