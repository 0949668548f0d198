import { expect, test } from 'vitest';
import { replayOn, traceText } from './on-bundle.ts';
import { callsIn, SOCKETS, traced } from './seen-calls.ts';

const PEER = '{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("192.0.2.7")}, 16';
const PEER6 =
  '{sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}, 28';

test('a program sees the address that connect() was given, and the socket', async () => {
  const replayed = await replayOn(
    SOCKETS,
    {
      's.strace': traced(
        'socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3',
        `connect(3, ${PEER}) = -1 ECONNREFUSED (Connection refused)`,
        'socket(AF_INET6, SOCK_DGRAM, IPPROTO_IP) = 4<UDPv6:[77]>',
        `connect(4<UDPv6:[77]>, ${PEER6}) = 0`,
        'socket(AF_UNIX, SOCK_STREAM, 0) = 5',
        'connect(5, {sa_family=AF_UNIX, sun_path="/run/nscd/socket"}, 110) = -1 ENOENT (No such file or directory)',
      ),
    },
    { programs: ['connect4', 'unprivileged', 'connect6'] },
  );
  expect(callsIn(replayed)).toEqual([
    'connect4 2 192.0.2.7 80 of 2 1 6',
    'connect6 10 20010db8000000000000000000000001 443 of 10 2 17',
  ]);
  const counts = replayed.attached.programs.map(({ plan }) => plan.packets);
  expect(counts.map((each) => [each?.seen, each?.passedBy, ...(each?.verdicts ?? [])])).toEqual([
    [1, 2, ['allow', 1]],
    [1, 2, ['deny', 1]],
    [1, 2, ['allow', 1]],
  ]);
  expect([...replayed.attached.moment.missingCounts]).toEqual([]);
});

test('a stream that is connected, or waits for it, is not asked about again', async () => {
  const replayed = await replayOn(
    SOCKETS,
    {
      's.strace': traced(
        'socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3',
        `connect(3, ${PEER}) = -1 EINPROGRESS (Operation now in progress)`,
        `connect(3, ${PEER}) = -1 EALREADY (Operation already in progress)`,
        `connect(3, ${PEER}) = 0`,
        `connect(3, ${PEER}) = -1 EISCONN (Transport endpoint is already connected)`,
        'connect(3, {sa_family=AF_UNSPEC, sa_data="\\0\\0"}, 16) = 0',
        `connect(3, ${PEER}) = -1 ECONNREFUSED (Connection refused)`,
        `connect(3, ${PEER}) = -1 ECONNREFUSED (Connection refused)`,
        `connect(9, ${PEER}) = -1 EBADF (Bad file descriptor)`,
      ),
    },
    { programs: ['connect4'] },
  );
  expect(callsIn(replayed)).toEqual(Array<string>(3).fill('connect4 2 192.0.2.7 80 of 2 1 6'));
});

test('what a socket is that was made before the recording is counted, and reads as all ones', async () => {
  const replayed = await replayOn(
    SOCKETS,
    { 's.strace': traced(`connect(3, ${PEER}) = 0`) },
    { programs: ['connect4'] },
  );
  expect(callsIn(replayed)).toEqual(['connect4 2 192.0.2.7 80 of -1 -1 -1']);
  expect(Object.fromEntries(replayed.attached.moment.missingCounts)).toEqual({
    'the family of a socket': 1,
    'the type of a socket': 1,
    'the protocol of a socket': 1,
  });
});

test('a bundle without such calls is refused, with what would have told of them', async () => {
  const refused = replayOn(
    SOCKETS,
    { 's.strace': traced('socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3', 'close(3) = 0') },
    { programs: ['connect4'] },
  );
  await expect(refused).rejects.toMatchObject({
    code: 'event-not-recorded',
    reason: expect.stringContaining('strace -f -ttt -e trace=network,process') as string,
  });
});

test('without an strace, connections of TCP are known by their changes of state', async () => {
  const changed = (states: string): string =>
    `inet_sock_set_state: family=AF_INET protocol=IPPROTO_TCP sport=0 dport=80 saddr=192.0.2.1 daddr=192.0.2.7 saddrv6=::ffff:192.0.2.1 daddrv6=::ffff:192.0.2.7 ${states}`;
  const text = traceText([
    [7, changed('oldstate=TCP_CLOSE newstate=TCP_SYN_SENT')],
    [0, changed('oldstate=TCP_SYN_SENT newstate=TCP_ESTABLISHED')],
  ]);
  const replayed = await replayOn(SOCKETS, { 'trace.txt': text }, { programs: ['connect4', 'connect6'] });
  expect(callsIn(replayed)).toEqual(['connect4 2 192.0.2.7 80 of 2 1 6']);
  expect(replayed.attached.programs[0]?.plan.lacks).toMatchObject([
    { what: 'connect() of UDP, and of TCP where no packet was sent' },
  ]);
  const bound = replayOn(SOCKETS, { 'trace.txt': text }, { programs: ['bind4'] });
  await expect(bound).rejects.toMatchObject({ code: 'event-not-recorded' });
});
