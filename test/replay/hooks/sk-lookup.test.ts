import { expect, test } from 'vitest';
import { replayOn, traceText } from './on-bundle.ts';
import { ACK, capture, packet, RST, SYN } from './made-segments.ts';
import { callsIn, SOCKETS } from './seen-calls.ts';

const PROGRAMS = { programs: ['choose'] };
const CLIENT = [192, 0, 2, 1];
const SERVER = [192, 0, 2, 2];

const from = [CLIENT, 40_000] as const;
const to = [SERVER, 80] as const;

test('a connection is looked up once, and again where it was refused', async () => {
  const syn = packet(6, from, to, { flags: SYN, sequence: 7 });
  const answer = packet(6, to, from, { flags: SYN | ACK, sequence: 1, acknowledgement: 8 });
  const refusal = packet(6, to, from, { flags: RST | ACK, acknowledgement: 8 });
  const rest = packet(6, from, to, { flags: ACK, sequence: 8, acknowledgement: 2 });
  const replayed = await replayOn(
    SOCKETS,
    { 'c.pcap': capture([syn, answer, syn, rest, refusal, syn]) },
    PROGRAMS,
  );
  const looked = 'lookup 0 c0000202c00002010000000000000000 80 of 2 1 6';
  expect(callsIn(replayed)).toEqual([looked, looked]);
  expect(replayed.attached.programs[0]?.plan.packets).toMatchObject({ seen: 2, passedBy: 4 });
});

test('datagrams are looked up, and answers to those of the host counted as unknown', async () => {
  const replayed = await replayOn(
    SOCKETS,
    { 'c.pcap': capture([packet(17, from, to), packet(17, to, from), packet(17, from, to)]) },
    PROGRAMS,
  );
  expect(replayed.attached.programs[0]?.plan.packets).toMatchObject({ seen: 2, passedBy: 1 });
  expect([...replayed.attached.moment.missingCounts]).toEqual([
    ['whether the socket is connected that a packet of UDP comes to', 1],
  ]);
});

test('without packets, connections that were made are known by their changes of state', async () => {
  const changes = (states: string): string =>
    `inet_sock_set_state: family=AF_INET protocol=IPPROTO_TCP sport=80 dport=40000 saddr=192.0.2.2 daddr=192.0.2.1 saddrv6=::ffff:192.0.2.2 daddrv6=::ffff:192.0.2.1 ${states}`;
  const text = traceText([
    [0, changes('oldstate=TCP_LISTEN newstate=TCP_SYN_RECV')],
    [0, changes('oldstate=TCP_SYN_RECV newstate=TCP_ESTABLISHED')],
  ]);
  const replayed = await replayOn(SOCKETS, { 'trace.txt': text }, PROGRAMS);
  expect(callsIn(replayed)).toEqual(['lookup 0 c0000202c00002010000000000000000 80 of 2 -1 6']);
  expect([...replayed.attached.moment.missingCounts]).toEqual([['the interface of a packet', 1]]);
});

test('a bundle that tells of no connection that comes in is refused', async () => {
  const text = traceText([[7, 'sched_waking: comm=a pid=7 prio=120 target_cpu=000']]);
  await expect(replayOn(SOCKETS, { 'trace.txt': text }, PROGRAMS)).rejects.toMatchObject({
    code: 'event-not-recorded',
    reason: expect.stringContaining('tcpdump') as string,
  });
});
