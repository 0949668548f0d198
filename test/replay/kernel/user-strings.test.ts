/** What calls were given, from an strace beside a trace of the same calls. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { UserStrings } from '../../../electron/replay/kernel/user-strings.ts';
import { openBundle } from '../../../electron/trace/bundle/bundle.ts';
import type { Source } from '../../../electron/trace/event.ts';
import { eventType, fakeSource, integerField, record } from '../fake-source.ts';

const START_NS = 1_700_000_000_000_000_000n;
const STRACE = [
  '7 1700000000.000100 openat(AT_FDCWD, "/etc/one", O_RDONLY) = 3',
  '7 1700000000.000200 openat(AT_FDCWD, "/etc/two", O_RDONLY|O_CLOEXEC) = 4',
  '8 1700000000.000250 openat(AT_FDCWD, "/other/thread", O_RDONLY) = 3',
  '7 1700000000.000300 read(3, "x", 1) = 1',
  '7 1700000000.000400 openat(AT_FDCWD, "/long/na"..., O_RDONLY) = 5',
  '7 1700000000.000500 execve("/bin/a", ["a", "b c"], 0x7ffd /* 1 var */) = 0',
  '',
].join('\n');

const openat = eventType(0, 'syscalls', 'sys_enter_openat', [
  integerField('__syscall_nr', 8, 4),
  integerField('dfd', 16, 8, false),
  integerField('filename', 24, 8, false),
  integerField('flags', 32, 8, false),
  integerField('mode', 40, 8, false),
]);
const execve = eventType(1, 'syscalls', 'sys_enter_execve', [
  integerField('__syscall_nr', 8, 4),
  integerField('filename', 16, 8, false),
  integerField('argv', 24, 8, false),
  integerField('envp', 32, 8, false),
]);
const CLOEXEC = 0o2000000;

/** An open of `file`'s address at so many microseconds. */
function open(us: number, filename: number, flags = 0, tid = 7) {
  const bytes = record(openat, { __syscall_nr: 257, dfd: 0xffffff9c, filename, flags });
  return { timeNs: START_NS + BigInt(us) * 1000n, tid, type: 0, bytes };
}

async function straceOf(text: string): Promise<Source> {
  const folder = mkdtempSync(join(tmpdir(), 'strings-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'strace.txt'), text);
  const bundle = await openBundle(folder, { cacheFolder: undefined });
  const [source] = bundle.sources;
  if (source === undefined) throw new Error('a strace is a source');
  return source;
}

/** What is at the addresses once each event's call has begun. */
async function read(
  events: Parameters<typeof fakeSource>[1],
  addresses: readonly number[],
): Promise<string[]> {
  const trace = fakeSource([openat, execve], events, { batchEvents: 1 });
  const strings = await UserStrings.read([trace, await straceOf(STRACE)]);
  const texts: string[] = [];
  let event = 0;
  for await (const batch of trace.batches()) {
    strings?.enter(trace, batch, 0);
    texts.push(textAt(strings, batch.tid[0] ?? -1, BigInt(addresses[(event += 1) - 1] ?? 0)));
  }
  return texts;
}

function textAt(strings: UserStrings | undefined, tid: number, address: bigint): string {
  let text = '';
  for (;;) {
    const byte = strings?.read(tid, address + BigInt(text.length), 1)?.[0];
    if (byte === undefined) return `${text}?`;
    if (byte === 0) return text;
    text += String.fromCharCode(byte);
  }
}

test('each call of a thread finds its own string at the address that it was given', async () => {
  const events = [open(120, 0x1000), open(220, 0x1000, CLOEXEC), open(260, 0x2000, 0, 8)];
  expect(await read(events, [0x1000, 0x1000, 0x2000])).toEqual(['/etc/one', '/etc/two', '/other/thread']);
});

test('a call that the trace lacks is passed over by time or by what both tell of it', async () => {
  expect(await read([open(220, 0x1000, CLOEXEC)], [0x1000])).toEqual(['/etc/two']);
  // Long after the strace ended, and one with flags that no call had.
  expect(await read([open(900_000, 0x1000)], [0x1000])).toEqual(['?']);
  expect(await read([open(120, 0x1000, 1)], [0x1000])).toEqual(['?']);
});

test('another address than a pointer of the call is not known, nor the end of a text that was cut', async () => {
  expect(await read([open(120, 0x1000)], [0x1004])).toEqual(['/one']);
  expect(await read([open(120, 0x1000)], [0x3000])).toEqual(['?']);
  expect(await read([open(130, 0x1000), open(420, 0x1000)], [0x1000, 0x1000])).toEqual([
    '/etc/one',
    '/long/na?',
  ]);
});

test('the arguments of a program are found through their array of pointers', async () => {
  const bytes = record(execve, { __syscall_nr: 59, filename: 0x5000, argv: 0x6000, envp: 0x7ffd });
  const trace = fakeSource([openat, execve], [{ timeNs: START_NS + 510_000n, tid: 7, type: 1, bytes }]);
  const strings = await UserStrings.read([trace, await straceOf(STRACE)]);
  for await (const batch of trace.batches()) strings?.enter(trace, batch, 0);
  const pointer = (index: number): bigint =>
    Buffer.from(strings?.read(7, 0x6000n + BigInt(8 * index), 8) ?? []).readBigUInt64LE();
  expect([
    textAt(strings, 7, 0x5000n),
    textAt(strings, 7, pointer(0)),
    textAt(strings, 7, pointer(1)),
  ]).toEqual(['/bin/a', 'a', 'b c']);
  expect(pointer(2)).toBe(0n);
  expect(strings?.read(7, 0x6000n + 24n, 8)).toBeUndefined();
});

test('without an strace there are none', async () => {
  expect(await UserStrings.read([fakeSource([openat], [])])).toBeUndefined();
});
