import { expect, test } from 'vitest';
import { replayOn, type Replayed } from './on-bundle.ts';

const SOCKETS = 'test/programs/sockets.bpf.o';
const HOOKS: Readonly<Record<string, number>> = {
  bind4: 8,
  bind6: 9,
  connect4: 10,
  connect6: 11,
  sendmsg4: 14,
  sendmsg6: 15,
  recvmsg4: 19,
  recvmsg6: 20,
  getpeername4: 29,
  getpeername6: 30,
  getsockname4: 31,
  getsockname6: 32,
};

/** Lines as strace prints them with -f -ttt. */
function traced(...calls: readonly string[]): string {
  return calls.map((call, index) => `700  1795423121.${String(100_000 + index)} ${call}\n`).join('');
}

/** What programs were handed: `connect4 2 127.0.0.1 80 of 2 1 6`, each as often as it was. */
function callsIn({ attached }: Replayed): string[] {
  const map = attached.maps.find(({ definition }) => definition.name === 'calls');
  return [...(map?.entries() ?? [])]
    .flatMap(({ key, value }) => {
      const words = new DataView(key.buffer, key.byteOffset, key.length);
      const word = (index: number): number => words.getInt32(4 * index, true);
      const name = Object.keys(HOOKS).find((each) => HOOKS[each] === word(0)) ?? '?';
      const ip = name.endsWith('4')
        ? [...key.subarray(8, 12)].join('.')
        : Buffer.from(key.subarray(8, 24)).toString('hex').replace(/^0+/, ':');
      const text = `${name} ${word(1)} ${ip} ${word(6)} of ${word(7)} ${word(8)} ${word(9)}`;
      const count = Number(new DataView(value.buffer, value.byteOffset, 8).getBigUint64(0, true));
      return Array<string>(count).fill(text);
    })
    .sort();
}

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
    { programs: ['connect4', 'connect6', 'unprivileged'] },
  );
  expect(callsIn(replayed)).toEqual([
    'connect4 2 192.0.2.7 80 of 2 1 6',
    'connect6 10 20010db8000000000000000000000001 443 of 10 2 17',
  ]);
  const counts = replayed.attached.programs.map(({ plan }) => plan.packets);
  expect(counts.map((each) => [each?.seen, each?.passedBy, ...(each?.verdicts ?? [])])).toEqual([
    [1, 2, ['allow', 1]],
    [1, 2, ['allow', 1]],
    [1, 2, ['deny', 1]],
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
    reason: expect.stringContaining('strace -f -ttt -e trace=network') as string,
  });
});
