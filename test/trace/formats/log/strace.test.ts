import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { TestContext } from 'vitest';
import { at, COLLECTED, NOTHING_LOST, readLog } from './read-log.ts';
import type { OurEvent } from '../../peer.ts';

const folder = mkdtempSync(join(tmpdir(), 'strace-'));
afterAll(() => rmSync(folder, { recursive: true }));

const WORKLOAD = '(sleep 0.02) & cat /etc/hostname /nonexistent; /bin/echo "a \\"b\\" é" > /dev/null; wait';

function record(context: TestContext, options: string, command: readonly string[]): string {
  const out = join(folder, `out${options.replaceAll(' ', '')}`);
  const run = spawnSync('strace', [...options.split(' '), '-o', out, '--', ...command], { encoding: 'utf8' });
  if (run.error !== undefined) context.skip('strace is not installed');
  if (!existsSync(out)) context.skip(`strace is refused here: ${run.stderr}`);
  return out;
}

const names = (events: readonly OurEvent[], prefix: string): string[] =>
  events.flatMap(({ name }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));

function counted(items: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return new Map([...counts].sort());
}

test.for([
  '-f -tt',
  '-f -ttt -T',
  '-f -r',
  '-f -r -tt',
  '-f -tt -T -y',
  '-f -t',
  '-f -yy -ttt',
  '-ttt -T',
  '-f',
])('accounts for every line of strace %s', async (options, context) => {
  const text = readFileSync(record(context, options, ['sh', '-c', WORKLOAD]));
  const { events, ledger, source } = await readLog(text, COLLECTED);
  expect(source.format).toBe('strace');
  const lines = text.toString('latin1').trim().split('\n');
  expect(ledger).toMatchObject({ unparsed: 0, unsupported: 0, dropped: 0, read: lines.length });
  expect(events.filter(({ name }) => name === 'line').length).toBe(lines.length);
  const calls = lines.filter((line) => /^[^"<]*?\b[a-z]\w*\(/.test(line)).length;
  expect(names(events, 'sys_enter').length).toBe(2 * calls);
  const timed = /-T/.test(options)
    ? lines.filter((line) => / = /.test(line) && !/\) += \?(?! E)/.test(line)).length
    : 0;
  if (timed > 0) expect(names(events, 'sys_exit').length).toBe(2 * timed);
});

test('counts as many calls of each name as strace -c', async (context) => {
  const table = readFileSync(record(context, '-f -c', ['/bin/true']), 'utf8');
  const { events } = await readLog(readFileSync(record(context, '-f -ttt -T', ['/bin/true'])));
  const printed = table.split('\n').flatMap((line) => {
    const [, calls, name = ''] = /^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?([a-z]\w*)$/.exec(line) ?? [];
    return calls === undefined || name === 'total' ? [] : [[name, Number(calls)] as const];
  });
  const ours = counted(names(events, 'sys_enter_').filter((name) => name !== 'exit_group'));
  const renamed = ours.get('newfstat');
  if (renamed !== undefined) ours.set('fstat', renamed);
  ours.delete('newfstat');
  expect(new Map([...ours].sort())).toEqual(new Map(printed.sort()));
});

const TRACING = '/sys/kernel/tracing';

/** Per thread what the kernel's own events say of the calls while strace watched them: number and arguments, or result. */
function kernelCalls(context: TestContext, out: string): Map<number, string[]> {
  const instance = `${TRACING}/instances/strace-test-${process.pid}`;
  try {
    mkdirSync(instance);
  } catch (error) {
    context.skip(`tracefs takes no instance: ${String(error)}`);
  }
  try {
    writeFileSync(`${instance}/buffer_size_kb`, '8192');
    writeFileSync(`${instance}/options/event-fork`, '1');
    const script = `echo $$ > ${instance}/set_event_pid; echo 1 > ${instance}/events/raw_syscalls/enable; exec strace -f -ttt -T -s 4096 -o ${out} sh -c "$1"`;
    const run = spawnSync('sh', ['-c', script, 'sh', WORKLOAD]);
    writeFileSync(`${instance}/events/raw_syscalls/enable`, '0');
    if (run.error !== undefined || !existsSync(out)) context.skip('strace is refused here');
    const calls = new Map<number, string[]>();
    for (const line of readFileSync(`${instance}/trace`, 'latin1').split('\n')) {
      const [, tid, text = ''] = /-(\d+) +\[\d+\].*: (sys_(?:enter|exit): NR .*)$/.exec(line) ?? [];
      if (tid === undefined) continue;
      calls.set(Number(tid), [...(calls.get(Number(tid)) ?? []), text]);
    }
    return calls;
  } finally {
    rmdirSync(instance);
  }
}

/** A field of a record as ftrace prints an argument. */
const hex = (value: unknown): string => BigInt.asUintN(64, BigInt(value as bigint | number)).toString(16);

test("gives the numbers, arguments and results that the kernel's own events have of the same calls", async (context) => {
  const out = join(folder, 'beside-ftrace');
  const kernel = kernelCalls(context, out);
  const { events, source } = await readLog(readFileSync(out));
  const layouts = new Map(source.schema.types.map(({ name, fields }) => [name, fields]));
  let compared = 0;
  let argumentsCompared = 0;
  for (const tid of new Set(events.map((event) => event.tid))) {
    const ours = events.filter((event) => event.tid === tid && /^sys_(?:enter|exit)_/.test(event.name));
    // What a thread did before strace saw it, and after, is the kernel's alone: it is told from our first call on.
    const theirs = kernel.get(tid) ?? [];
    const first = ours[0]?.values['__syscall_nr'];
    const offset = theirs.findIndex((text) => text.startsWith('sys_enter') && nrOf(text) === first);
    for (const [row, event] of ours.entries()) {
      const text = theirs[offset + row];
      // rt_sigreturn takes its number back with the registers.
      if (text === undefined || nrOf(text) === -1) continue;
      expect(`${event.name.startsWith('sys_enter') ? 'enter' : 'exit'} ${event.values['__syscall_nr']}`).toBe(
        `${text.startsWith('sys_enter') ? 'enter' : 'exit'} ${nrOf(text)}`,
      );
      compared += 1;
      if (text.startsWith('sys_exit')) {
        expect(`${event.name} ${event.values['ret']}`).toBe(`${event.name} ${/= (-?\d+)$/.exec(text)?.[1]}`);
        continue;
      }
      const printed = /\((.*)\)$/.exec(text)?.[1]?.split(', ') ?? [];
      for (const field of layouts.get(event.name) ?? []) {
        const value = event.values[field.name];
        if (field.offsetBytes < 16 || field.sizeBytes !== 8 || value === undefined) continue;
        const theirsValue = BigInt(`0x${printed[(field.offsetBytes - 16) / 8] ?? 0}`);
        const isOurAddress =
          BigInt(value as bigint) >= 0x7e00_0000_0000n && BigInt(value as bigint) < 0x7e10_0000_0000n;
        if (isOurAddress) continue;
        // A call takes as many bits as its parameter has: an int's upper half is whatever was in the register.
        const bits = /\*|long|size_t|loff_t/.test(field.type) ? 64 : 32;
        expect(`${event.name} ${field.name} ${hex(value)}`).toBe(
          `${event.name} ${field.name} ${hex(BigInt.asUintN(bits, theirsValue))}`,
        );
        argumentsCompared += 1;
      }
    }
  }
  expect(compared).toBeGreaterThan(200);
  expect(argumentsCompared).toBeGreaterThan(200);
});

function nrOf(text: string): number {
  return Number(/NR (-?\d+)/.exec(text)?.[1]);
}

/** Address and bytes of each piece. */
function pieces(value: unknown): [bigint, string][] {
  const bytes = Buffer.from(value as number[]);
  const found: [bigint, string][] = [];
  for (let place = 0; place < bytes.length;) {
    const length = bytes.readUInt32LE(place + 8);
    found.push([bytes.readBigUInt64LE(place), bytes.toString('latin1', place + 12, place + 12 + length)]);
    place += 12 + length;
  }
  return found;
}

test('keeps the strings of a call where its pointers point, and leaves out what is not known', async () => {
  const text = [
    '10 1709632632.000100 openat(AT_FDCWD, "/a\\"b\\303\\251\\n", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file) <0.000050>',
    '10 1709632632.000200 execve("/bin/sh", ["sh", "-c"], 0x7ffe /* 39 vars */ <unfinished ...>',
    '11 1709632632.000250 openat(3</x,y>, "cut"..., 0x8 /* O_??? */, 0644) = 4</z> <0.000010>',
    '10 1709632632.000300 <... execve resumed>) = 0 <0.000120>',
    '10 1709632632.000400 fcntl(3, F_SECRET, {a=1}) = 0',
    '10 1709632632.000500 read(3,  <unfinished ...>',
    '10 1709632632.000600 +++ killed by SIGKILL +++',
  ];
  const { events, ledger, source } = await readLog(text.join('\n'));
  const second = at('2024-03-05T09:57:12Z');
  const of = (name: string): OurEvent[] => events.filter((event) => event.name === name);
  const [first, third] = of('sys_enter_openat');
  expect(first).toMatchObject({ tid: 10, timeNs: second + 100_000n });
  expect(first?.values).toMatchObject({
    __syscall_nr: 257,
    dfd: 0xffff_ff9cn,
    flags: 0x80000n,
  });
  expect(pieces(first?.values['user_memory'])).toEqual([[first?.values['filename'], '/a"b\u00c3\u00a9\n\0']]);
  expect(pieces(third?.values['user_memory'])).toEqual([[third?.values['filename'], 'cut']]);
  expect(third?.values).toMatchObject({ dfd: 3n, flags: 8n });
  // The first has no mode: not known for all is known for none.
  expect(third?.values).not.toHaveProperty('mode');
  expect(of('sys_exit_openat')).toMatchObject([
    { timeNs: second + 150_000n, values: { ret: -2n } },
    { timeNs: second + 260_000n, values: { ret: 4n } },
  ]);
  const [exec] = of('sys_enter_execve');
  const [path, sh, c, argv] = pieces(exec?.values['user_memory']);
  expect(exec).toMatchObject({
    timeNs: second + 200_000n,
    values: { filename: path?.[0], argv: argv?.[0], envp: 0x7ffen },
  });
  const pointers = Buffer.from(argv?.[1] ?? '', 'latin1');
  expect([0, 8, 16].map((place) => pointers.readBigUInt64LE(place))).toEqual([sh?.[0], c?.[0], 0n]);
  expect(of('sys_exit_execve')).toMatchObject([{ timeNs: second + 320_000n, values: { ret: 0n } }]);
  const fcntl = source.schema.types.find(({ name }) => name === 'sys_enter_fcntl');
  expect(fcntl?.fields.map(({ name }) => name).slice(4)).toEqual([
    '__syscall_nr',
    'fd',
    'user_memory',
    'call_result',
  ]);
  // fcntl returned at a time that is not told; read did not return, and its entry has but its number.
  expect(ledger).toMatchObject({ ...NOTHING_LOST, read: 7, withoutClock: 1 });
  expect(of('sys_enter').at(-1)).toMatchObject({ timeNs: second + 500_000n, values: { id: 0n } });
});

test('goes on into the next day, and counts lines that are none', async () => {
  const text =
    '10 23:59:59.5 getpid() = 10\n10 00:00:00.25 getpid() = 10\nwhat\n10 00:00:01.0 read(3, "a\n10 00:00:01 unheard_of(1) = 0\n';
  const { events, ledger, source } = await readLog(text, COLLECTED);
  expect(source.clock).toBe('realtime');
  expect(events.filter(({ name }) => name === 'line').map(({ timeNs }) => timeNs)).toEqual([
    at('2024-12-30T21:59:59.500Z'),
    at('2024-12-30T22:00:00.250Z'),
    at('2024-12-30T22:00:01Z'),
    at('2024-12-30T22:00:01Z'),
  ]);
  expect(ledger).toMatchObject({ read: 4, unparsed: 2, unsupported: 1 });
});
