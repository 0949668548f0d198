import { expect, test } from 'vitest';
import { ACK, capture, FIN, packet, SYN, type MadeSegment } from './made-segments.ts';
import { replayOn, traceText, type Replayed } from './on-bundle.ts';
import { callsIn, SOCKETS } from './seen-calls.ts';

const client = [[192, 0, 2, 1], 40_000] as const;
const server = [[192, 0, 2, 2], 80] as const;
/** Close to where numbers of sequence begin anew. */
const FIRST = 0xffff_fffc;

function sent(at: number, text: string, more: MadeSegment = {}): Buffer {
  return packet(6, client, server, {
    flags: ACK,
    sequence: FIRST + 1 + at,
    payload: Buffer.from(text),
    ...more,
  });
}

const syn = packet(6, client, server, { flags: SYN, sequence: FIRST });

function run(packets: readonly Buffer[], programs: readonly string[]): Promise<Replayed> {
  return replayOn(SOCKETS, { 'c.pcap': capture(packets) }, { programs });
}

/** \`verdict a 4\`: the second byte of what a program saw, and how long it was; sorted. */
function messagesIn(replayed: Replayed): string[] {
  return callsIn(replayed)
    .map((call) => {
      const [name = '', size = '', bytes = ''] = call.split(' ');
      return `${name} ${String.fromCharCode(parseInt(bytes.slice(0, 2), 16))} ${size}`;
    })
    .sort();
}

test('a verdict is asked for messages as the parser finds them, however they were sent', async () => {
  const stream = '\x04abc\x03de\x02f';
  const cut = (from: number, to: number): Buffer => sent(from, stream.slice(from, to));
  const replayed = await run(
    [syn, cut(0, 2), cut(4, 7), cut(2, 4), cut(2, 4), cut(7, 8), cut(6, 9)],
    ['parse', 'verdict'],
  );
  expect(messagesIn(replayed)).toEqual(['verdict a 4', 'verdict d 3', 'verdict f 2']);
  const [parser, verdict] = replayed.attached.programs.map(({ plan }) => plan.packets);
  expect(Object.fromEntries(verdict?.verdicts ?? [])).toEqual({ SK_PASS: 2, SK_DROP: 1 });
  // Once a message, as its length is in its first byte.
  expect(Object.fromEntries(parser?.verdicts ?? [])).toEqual({ 'more is needed': 2, message: 1 });
  expect([...replayed.attached.moment.missingCounts]).toEqual([]);
});

test('programs see all of what came at once, wherever in it the message begins', async () => {
  // As Linux 6.18 does: both times the parser reads the same first byte, and the last byte waits for another.
  const replayed = await run([syn, sent(0, '\x02x\x03yz')], ['parse', 'verdict']);
  expect(messagesIn(replayed)).toEqual(['verdict x 5', 'verdict x 5']);
  expect(replayed.attached.programs[0]?.plan.packets?.seen).toBe(3);
});

test('without a parser, a verdict is asked for what comes at once', async () => {
  const replayed = await run([syn, sent(0, 'abcd'), sent(0, 'abcd'), sent(2, 'cdef')], ['verdict']);
  expect(messagesIn(replayed)).toEqual(['verdict b 4', 'verdict f 2']);
});

test('what was acknowledged and not captured leaves a gap, which is counted', async () => {
  const answer = packet(6, server, client, { flags: ACK, acknowledgement: FIRST + 1 + 12 });
  const replayed = await run([syn, sent(0, 'abcd'), sent(8, 'ijkl'), answer, sent(12, 'mn')], ['sending']);
  expect(messagesIn(replayed)).toEqual(['sending b 4', 'sending j 4', 'sending n 2']);
  expect([...replayed.attached.moment.missingCounts]).toEqual([
    ['bytes of streams that the capture does not hold', 1],
  ]);
});

test('a parser that finds an error is not asked again of the stream', async () => {
  const replayed = await run([syn, sent(0, '\x00ab'), sent(3, '\x02x')], ['parse', 'verdict']);
  expect(messagesIn(replayed)).toEqual([]);
  expect(replayed.attached.programs[0]?.plan.packets?.verdicts).toEqual(new Map([['error', 1]]));
  expect([...replayed.attached.moment.missingCounts]).toEqual([
    ['messages behind what is no message, or was not captured', 2],
  ]);
});

test('a connection that begins anew has nothing of the one before', async () => {
  const anew = packet(6, client, server, { flags: SYN, sequence: 1000 });
  const again = packet(6, client, server, { flags: ACK, sequence: 1001, payload: Buffer.from('xy') });
  const end = packet(6, client, server, { flags: FIN | ACK, sequence: FIRST + 5 });
  const replayed = await run([syn, sent(0, 'abcd'), end, anew, again], ['sending']);
  expect(messagesIn(replayed)).toEqual(['sending b 4', 'sending y 2']);
});

test('a recording without packets is refused', async () => {
  const text = traceText([[7, 'sched_waking: comm=a pid=7 prio=120 target_cpu=000']]);
  await expect(replayOn(SOCKETS, { 'trace.txt': text }, { programs: ['verdict'] })).rejects.toMatchObject({
    code: 'event-not-recorded',
  });
});
