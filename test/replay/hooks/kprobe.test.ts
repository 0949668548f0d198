import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openObject } from '../../../electron/bpf/object/open.ts';
import { attachObject } from '../../../electron/replay/attach.ts';
import { replay } from '../../../electron/replay/engine.ts';
import { eventType, fakeSource, integerField, record } from '../fake-source.ts';
import { numbersIn, replayOn, traceText } from './on-bundle.ts';

const PROBES = 'test/programs/probes.bpf.o';

const READS = traceText([
  [7, 'read_probe: (vfs_read+0x4/0x140) count=0x1000'],
  [7, 'read_done: (ksys_read+0x6b/0xe0 <- vfs_read) arg1=0x20'],
  [8, 'read_probe: (vfs_read+0x4/0x140) count=0x10'],
  [8, 'read_done: (__x64_sys_pread64+0x6b/0xe0 <- vfs_read) arg1=0xfffffffffffffff7'],
  [8, 'other: (vfs_write+0x4/0x140) count=0x100'],
]);
const READ_EVENTS = [
  'p:kprobes/read_probe vfs_read count=%dx',
  'r16:kprobes/read_done vfs_read $retval',
  'p:kprobes/other vfs_write count=%dx',
  '',
].join('\n');

test('a probe calls the program with the registers that its fetch arguments recorded', async () => {
  const replayed = await replayOn(PROBES, { 'trace.txt': READS, kprobe_events: READ_EVENTS });
  expect(replayed.calls).toEqual({ asked: 2, got: 2 });
  expect(numbersIn(replayed, 'sums')).toEqual({ 1: 0x1010n, 2: 0x20n - 9n });
  expect(replayed.faults).toEqual([]);
});

test('without a list of the probes, the symbol in each record tells the function, and names the registers', async () => {
  const named = READS.replaceAll('count=', 'arg3=');
  const replayed = await replayOn(PROBES, { 'trace.txt': named });
  expect(numbersIn(replayed, 'sums')).toEqual({ 1: 0x1010n, 2: 0x20n - 9n });
});

test("a parameter's name in the modelled kernel stands for its register", async () => {
  const replayed = await replayOn(PROBES, { 'trace.txt': READS });
  expect(numbersIn(replayed, 'sums')).toEqual({ 1: 0x1010n, 2: 0x20n - 9n });
});

test('a register that is read and that no fetch argument holds is refused, with the one that would have held it', async () => {
  const files = { 'trace.txt': READS, kprobe_events: READ_EVENTS.replace('count=%dx', 'buf=%si') };
  await expect(replayOn(PROBES, files, { programs: ['asked'] })).rejects.toMatchObject({
    code: 'argument-not-recorded',
    reason: expect.stringContaining("echo 'p:vfs_read vfs_read arg3=$arg3' >> kprobe_events") as string,
  });
  const counted = await replayOn(PROBES, files, { programs: ['counted'] });
  expect(numbersIn(counted, 'sums')).toEqual({ 3: 2n });
});

test('a register that is read through a helper is read or refused like any other', async () => {
  const files = { 'trace.txt': READS, kprobe_events: READ_EVENTS };
  const programs = ['through_helper'];
  expect(numbersIn(await replayOn(PROBES, files, { programs }), 'sums')).toEqual({ 15: 0x1010n });
  const without = { ...files, kprobe_events: READ_EVENTS.replace('count=%dx', 'buf=%si') };
  await expect(replayOn(PROBES, without, { programs })).rejects.toMatchObject({
    code: 'argument-not-recorded',
    facts: { register: 'dx' },
  });
});

test('a function without a probe is refused, with how to record one', async () => {
  const files = { 'trace.txt': READS, kprobe_events: READ_EVENTS };
  await expect(replayOn(PROBES, files, { programs: ['opened'] })).rejects.toMatchObject({
    code: 'event-not-recorded',
    reason: expect.stringContaining("echo 'p:do_sys_openat2 do_sys_openat2' >> kprobe_events") as string,
  });
});

const OPENS = traceText([
  [7, 'open: (do_sys_openat2+0x0/0x90) dfd=0xffffff9c name="/etc/a b=c"'],
  [8, 'open: (do_sys_openat2+0x0/0x90) dfd=0xffffff9c name=(fault)'],
  [7, 'open: (do_sys_openat2+0x0/0x90) dfd=0xffffff9c name="/etc/passwd"'],
]);

function callIn(bytes: Uint8Array | undefined) {
  if (bytes === undefined) throw new Error('no output');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    address: view.getBigUint64(0, true),
    cookie: view.getBigUint64(8, true),
    tid: view.getUint32(16, true),
    length: view.getInt32(20, true),
    text: Buffer.from(bytes.subarray(24)).toString('latin1').replace(/\0.*$/s, ''),
  };
}

test('a text that was fetched is read through its pointer, recorded or not', async () => {
  const definition = 'p:kprobes/open do_sys_openat2 dfd=%di name=+0(%si):ustring\n';
  const kallsyms = 'ffffffff81300000 T vfs_read\nffffffff81400000 T do_sys_openat2\n'.repeat(20);
  const replayed = await replayOn(
    PROBES,
    { 'trace.txt': OPENS, kprobe_events: definition, kallsyms: kallsyms.slice(0, kallsyms.length / 20) },
    { programs: ['opened'] },
  );
  const [first, second, third] = replayed.outputs.map(({ bytes }) => callIn(bytes));
  expect(first).toMatchObject({ tid: 7, length: 11, text: '/etc/a b=c' });
  expect(second).toMatchObject({ tid: 8, length: -14, text: '' });
  expect(third).toMatchObject({ tid: 7, length: 12, text: '/etc/passwd', cookie: 0n });
  expect(replayed.attached.moment.missingCounts.get('the pointer in si')).toBeGreaterThan(0);
  const { missingCounts } = replayed.attached.moment;
  expect(missingCounts.has('address of the function')).toBe(false);
  // A text names the function, and symbols alone tell where it lies.
  const files = { 'trace.txt': OPENS, kprobe_events: definition };
  const without = await replayOn(PROBES, files, { programs: ['opened'] });
  expect(without.attached.moment.missingCounts.get('address of the function')).toBe(3);
});

test('a session sees the return of those calls alone for whose entry it returned 0', async () => {
  const files = {
    'trace.txt': READS.replace(/(worker-8 +\[)000/g, '$1001'),
    kprobe_events: READ_EVENTS,
  };
  const replayed = await replayOn(PROBES, files, { programs: ['session'] });
  expect(numbersIn(replayed, 'sums')).toEqual({ 11: 3n });
});

test('what a session keeps of a call at its entry is there at its return', async () => {
  const files = { 'trace.txt': READS, kprobe_events: READ_EVENTS };
  const replayed = await replayOn(PROBES, files, { programs: ['both_ends'] });
  const notRead = 0x1000n - 0x20n + (0x10n + 9n);
  expect(numbersIn(replayed, 'sums')).toEqual({ 12: notRead, 13: 2n, 14: 2n });
});

test('a recording of arm64 has its own registers', async () => {
  const type = eventType(0, 'kprobes', 'read_probe', [
    integerField('__probe_ip', 8, 8, false),
    integerField('count', 16, 8, false),
  ]);
  const source = fakeSource(
    [type],
    [{ timeNs: 1n, tid: 7, type: 0, bytes: record(type, { __probe_ip: 0x1234, count: 4096 }) }],
  );
  const context = {
    ...source.context,
    machine: 'aarch64',
    dynamicEvents: ['p:kprobes/read_probe vfs_read count=%x2'],
  };
  const object = openObject(readFileSync('test/programs/arm64.bpf.o'), 'arm64.bpf.o');
  const attached = await attachObject(object, [{ ...source, context }]);
  const result = await replay(attached);
  expect(numbersIn({ ...result, attached, calls: {} }, 'sums')).toEqual({ 1: 4096n, 2: 0x1234n });
  const other = { ...context, dynamicEvents: ['p:kprobes/read_probe vfs_read count=%x3'] };
  await expect(attachObject(object, [{ ...source, context: other }])).rejects.toMatchObject({
    code: 'argument-not-recorded',
    facts: { register: 'x2' },
  });
});
