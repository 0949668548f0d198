import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { livePackets, MARKED_PORT } from './live-namespace.ts';
import { replayOn } from './on-bundle.ts';
import { callsIn, SOCKETS, textsOf } from './seen-calls.ts';
import { workload } from './workload.ts';

const WORKLOAD = 'test/replay/hooks/socket-workload.c';

test('a program is asked for the socket of a packet where the kernel asks it', async (context) => {
  const { path } = workload(context, readFileSync(WORKLOAD, 'utf8'));
  const live = livePackets(context, SOCKETS, 'choose', path);
  const expected = textsOf(live.pairs('calls'));
  const replayed = await replayOn(SOCKETS, { 'capture.pcap': live.capture }, { programs: ['choose'] });
  const isMarked = (call: string): boolean => call.includes(` ${MARKED_PORT} of `);
  const seen = callsIn(replayed).filter((call) => !isMarked(call));
  // Whether the socket of an error is connected no packet tells: the workload's are not, and their ports its last.
  const isOfError = (call: string): boolean => !seen.includes(call);
  expect(seen).toEqual(expected.filter((call) => !isOfError(call)));
  const errors = expected.filter(isOfError);
  const [[what, count] = ['', 0]] = replayed.attached.moment.missingCounts;
  expect(what).toBe('whether the socket is connected that a packet of UDP comes to');
  // The packets that mark the end come back as errors too.
  expect(count).toBeGreaterThanOrEqual(errors.length);
  expect(replayed.attached.programs[0]?.plan.packets?.verdicts.get('SK_DROP')).toBe(7);
});
