import { expect, test } from 'vitest';
import { replayOn } from './on-bundle.ts';
import { callsIn, SOCKETS, traced } from './seen-calls.ts';

test('a program sees sockets of IP that are made, and where they are bound', async () => {
  const replayed = await replayOn(
    SOCKETS,
    {
      's.strace': traced(
        'socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3',
        'socket(AF_UNIX, SOCK_STREAM, 0) = 4',
        'socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6) = -1 EPERM (Operation not permitted)',
        'bind(3, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.1")}, 16) = 0',
        'bind(3, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, 16) = -1 EINVAL (Invalid argument)',
      ),
    },
    { programs: ['sock_create', 'post_bind4', 'post_bind6'] },
  );
  expect(callsIn(replayed)).toEqual(['post_bind4 0 127.0.0.1 0 of 2 1 6', 'sock_create 0 : 0 of 2 1 6']);
  expect([...replayed.attached.moment.missingCounts]).toEqual([]);
});

test('the port that the kernel chose for a socket is counted as unknown where a program reads it', async () => {
  const replayed = await replayOn(
    SOCKETS,
    {
      's.strace': traced(
        'socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3',
        'bind(3, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.1")}, 16) = 0',
        'socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 4',
        'bind(4, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.1")}, 16) = 0',
      ),
    },
    { programs: ['post_bind_port'] },
  );
  expect(callsIn(replayed)).toEqual(['post_bind4 0 0.0.0.0 -1 of 0 0 0', 'post_bind4 0 0.0.0.0 53 of 0 0 0']);
  expect([...replayed.attached.moment.missingCounts]).toEqual([['the port that bind() chose', 1]]);
});
