import { expect, test } from 'vitest';
import { replayOn } from './on-bundle.ts';
import { callsIn, SOCKETS, traced } from './seen-calls.ts';

test('a program sees options that are set, and those that were had with what came of it', async () => {
  const replayed = await replayOn(
    SOCKETS,
    {
      's.strace': traced(
        'socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3',
        'setsockopt(3, SOL_SOCKET, SO_RCVBUF, [4096], 4) = 0',
        'getsockopt(3, SOL_SOCKET, SO_RCVBUF, [8192], [4]) = 0',
        'getsockopt(3, SOL_SOCKET, SO_ERROR, 0x7ffc8a0b1c9c, [4]) = -1 EOPNOTSUPP (Operation not supported)',
        'setsockopt(9, SOL_SOCKET, SO_RCVBUF, [4096], 4) = -1 EBADF (Bad file descriptor)',
      ),
    },
    { programs: ['setting', 'getting'] },
  );
  // Level, the value, name of length and result.
  expect(callsIn(replayed)).toEqual([
    'getting 1 : 4 of 4 -95 0',
    'getting 1 :200000000000000000000000000000 8 of 4 0 0',
    'setting 1 :100000000000000000000000000000 8 of 4 0 0',
  ]);
  expect([...replayed.attached.moment.missingCounts]).toEqual([]);
});

test('a value that strace does not decode is all ones, and counted', async () => {
  const replayed = await replayOn(
    SOCKETS,
    {
      's.strace': traced('setsockopt(3, SOL_SOCKET, SO_RCVTIMEO_OLD, {tv_sec=1, tv_usec=0}, 16) = 0'),
    },
    { programs: ['setting'] },
  );
  expect(callsIn(replayed)).toEqual(['setting 1 ffffffff000000000000000000000000 20 of 16 0 0']);
  expect([...replayed.attached.moment.missingCounts]).toEqual([['the value of a socket option', 1]]);
});
