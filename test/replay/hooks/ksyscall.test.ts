import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openObject } from '../../../electron/bpf/object/open.ts';
import { attachObject } from '../../../electron/replay/attach.ts';
import { replay } from '../../../electron/replay/engine.ts';
import { eventType, fakeSource, integerField } from '../fake-source.ts';
import { numbersIn, replayOn, traceText } from './on-bundle.ts';
import { workload } from './workload.ts';

const PROBES = 'test/programs/probes.bpf.o';
const PROGRAMS = ['preading', 'pread', 'begun'];
const PREAD64 = 17;

const NAMED = [
  [7, 'sys_pread64(fd: 3, buf: 7ffc0000, count: 100, pos: 2000)'],
  [8, 'sys_read(fd: 3, buf: 7ffc0000, count: 1)'],
  [8, 'sys_read -> 0x1'],
  [7, 'sys_pread64 -> 0xfffffffffffffff2'],
] as const;
const RAW = [
  [7, 'sys_enter: NR 17 (3, 7ffc0000, 100, 2000, 0, 0)'],
  [8, 'sys_enter: NR 0 (3, 7ffc0000, 1, 0, 0, 0)'],
  [8, 'sys_exit: NR 0 = 1'],
  [7, 'sys_exit: NR 17 = -14'],
] as const;
const SUMS = { 6: 0x100n, 7: 0x2000n, 8: -14n, 9: BigInt(PREAD64) };

test.each([
  ['events of the call', NAMED],
  ['raw_syscalls', RAW],
  ['both, which tell of a call twice', NAMED.flatMap((line, index) => [RAW[index] ?? line, line])],
])('a system call has its arguments where the kernel has them, by %s', async (_, lines) => {
  const replayed = await replayOn(PROBES, { 'trace.txt': traceText(lines) }, { programs: PROGRAMS });
  expect(numbersIn(replayed, 'sums')).toEqual(SUMS);
});

test('calls of an strace have the arguments that it printed, and others are counted', async () => {
  const strace = [
    '100 1700000000.100000 pread64(3, "abc"..., 100, 2000) = 100 <0.000010>',
    '100 1700000000.200000 pread64(3, 0x7ffc0000, 100, 2000) = -1 EFAULT (Bad address) <0.000010>',
    '',
  ].join('\n');
  const told = await replayOn(PROBES, { 'app.strace': strace }, { programs: ['preading'] });
  expect(told.calls).toEqual({ preading: 2 });
  expect(numbersIn(told, 'sums')).toEqual({ 6: 200n, 7: 4000n });
  expect(told.attached.moment.missingCounts).toEqual(new Map());
  const unsure = strace.replace('0x7ffc0000, 100', '0x7ffc0000, LATER');
  const counted = await replayOn(PROBES, { 'app.strace': unsure }, { programs: ['preading'] });
  expect(counted.attached.moment.missingCounts).toEqual(new Map([['sys_enter_pread64.count', 2]]));
});

test('a function that begins a call takes one argument, and reads of others are refused', async () => {
  const refused = replayOn(PROBES, { 'trace.txt': traceText(RAW) }, { programs: ['second'] });
  await expect(refused).rejects.toMatchObject({ code: 'argument-not-recorded', facts: { register: 'si' } });
});

test('a call that is not recorded is refused, with the events that would have told of it', async () => {
  const text = traceText([[7, 'sched_waking: comm=a pid=7 prio=120 target_cpu=000']]);
  await expect(replayOn(PROBES, { 'trace.txt': text }, { programs: ['pread'] })).rejects.toMatchObject({
    code: 'event-not-recorded',
    reason: expect.stringContaining('-e raw_syscalls:sys_enter') as string,
  });
});

test('a workload recorded by perf made the calls that it says it made', async (context) => {
  const source = `
    #include <fcntl.h>
    #include <stdio.h>
    #include <unistd.h>
    int main(void)
    {
      char bytes[512];
      long asked = 0, got = 0;
      int fd = open("/proc/self/exe", O_RDONLY);
      for (int i = 0; i < 500; i++) {
        asked += i;
        got += pread(fd, bytes, i, 64 + i);
      }
      printf("%ld %ld", asked, got);
      return 0;
    }`;
  const { record } = workload(context, source);
  for (const events of [['raw_syscalls:*'], ['raw_syscalls:*', 'syscalls:sys_*_pread64']]) {
    const { data, printed } = record(events);
    const [asked = '', got = ''] = printed.split(' ');
    const replayed = await replayOn(PROBES, { 'perf.data': data }, { programs: PROGRAMS });
    expect(replayed.calls).toMatchObject({ preading: 500, pread: 500 });
    expect(numbersIn(replayed, 'sums')).toMatchObject({ 6: BigInt(asked), 8: BigInt(got) });
  }
});

test('system calls of arm64 have the numbers and registers of that machine', async () => {
  const words = {
    ...integerField('args', 16, 48, false),
    kind: 'array',
    elementCount: 6,
    elementSizeBytes: 8,
  } as const;
  const type = eventType(0, 'raw_syscalls', 'sys_enter', [integerField('id', 8, 8), words]);
  const called = (id: bigint, ...given: readonly bigint[]): Uint8Array => {
    const bytes = new Uint8Array(type.sizeBytes);
    const view = new DataView(bytes.buffer);
    [id, ...given].forEach((value, index) => view.setBigUint64(8 + 8 * index, value, true));
    return bytes;
  };
  // 17 is pread64 on x86-64, and getcwd here.
  const calls = [called(67n, 3n, 0x1000n, 100n, 2000n, 0n, 0n), called(17n, 9n, 9n, 9n, 9n, 9n, 9n)];
  const source = fakeSource(
    [type],
    calls.map((bytes, index) => ({ timeNs: BigInt(index), tid: 7, type: 0, bytes })),
    { machine: 'aarch64' },
  );
  const object = openObject(readFileSync('test/programs/arm64.bpf.o'), 'arm64.bpf.o');
  const attached = await attachObject(object, [source], { programs: ['pread'] });
  const result = await replay(attached);
  expect(result.faults).toEqual([]);
  expect(attached.moment.missingCounts).toEqual(new Map());
  expect(numbersIn({ ...result, attached, calls: {} }, 'sums')).toEqual({ 3: 3n, 4: 2000n });
});
