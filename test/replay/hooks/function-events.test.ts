import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openObject } from '../../../electron/bpf/object/open.ts';
import { attachObject } from '../../../electron/replay/attach.ts';
import { replay } from '../../../electron/replay/engine.ts';
import { explainAttach } from '../../../electron/replay/explain.ts';
import type { Source } from '../../../electron/trace/event.ts';
import { eventType, fakeSource, integerField, record } from '../fake-source.ts';
import { numbersIn, replayOn, traceText } from './on-bundle.ts';

const PROBES = 'test/programs/probes.bpf.o';
const VFS_READ = -0x7ed0_0000; // 0xffffffff81300000, as a signed number
const KALLSYMS = 'ffffffff81300000 T vfs_read\nffffffff81300200 T vfs_write\n';

const entry = eventType(0, 'ftrace', 'funcgraph_entry', [
  integerField('func', 8, 8, false),
  integerField('depth', 16, 4),
]);
const exit = eventType(1, 'ftrace', 'funcgraph_exit', [
  integerField('func', 8, 8, false),
  integerField('depth', 16, 4),
  integerField('retval', 24, 8, false),
]);

function graph(kallsyms: string): Source {
  const source = fakeSource(
    [entry, exit],
    [
      { timeNs: 1n, tid: 7, type: 0, bytes: record(entry, { func: VFS_READ, depth: 0 }) },
      { timeNs: 2n, tid: 7, type: 0, bytes: record(entry, { func: VFS_READ + 0x200, depth: 1 }) },
      { timeNs: 3n, tid: 7, type: 1, bytes: record(exit, { func: VFS_READ + 0x200, depth: 1, retval: 100 }) },
      { timeNs: 4n, tid: 7, type: 1, bytes: record(exit, { func: VFS_READ, depth: 0, retval: -5 }) },
    ],
  );
  return { ...source, context: { ...source.context, kallsyms } };
}

test('the graph of functions calls programs of one of them, with its result where that was recorded', async () => {
  const source = graph(KALLSYMS);
  const attached = await attachObject(openObject(readFileSync(PROBES), PROBES), [source], {
    programs: ['counted', 'got'],
  });
  const result = await replay(attached);
  expect(numbersIn({ ...result, attached, calls: {} }, 'sums')).toEqual({ 2: -5n, 3: 1n });
});

test('of the records of all functions, those of a program are counted before it is run', async () => {
  const source = graph(`${KALLSYMS}ffffffff81300400 T vfs_open\n`);
  const counts = new Map([[source, [2, 2]]]);
  const eventsOf = async (attachTargets: Record<string, string>): Promise<unknown> => {
    const object = openObject(readFileSync(PROBES), PROBES);
    const programs = await explainAttach(object, [source], { counts, attachTargets });
    const { events, lacks } = programs.find(({ program }) => program === 'counted') ?? {};
    return { events: events?.map((each) => each.events), lacks };
  };
  expect(await eventsOf({})).toEqual({ events: [1], lacks: [] });
  expect(await eventsOf({ counted: 'kprobe.multi/vfs_*' })).toEqual({ events: [2], lacks: [] });
  expect(await eventsOf({ counted: 'kprobe/vfs_open' })).toEqual({
    events: [0],
    lacks: [{ what: 'ftrace:funcgraph_entry', remedy: 'none of the 2 recorded is of kprobe:vfs_open' }],
  });
});

test('without symbols nobody can tell whose records they are', async () => {
  const attached = attachObject(openObject(readFileSync(PROBES), PROBES), [graph('')], {
    programs: ['counted'],
  });
  await expect(attached).rejects.toMatchObject({ code: 'event-not-recorded' });
});

test('the text of the function tracer names each function', async () => {
  const text = traceText([
    [7, 'vfs_read <-ksys_read'],
    [7, 'vfs_readlink <-do_readlinkat'],
    [8, 'vfs_read <-__x64_sys_pread64'],
  ]);
  const replayed = await replayOn(PROBES, { 'trace.txt': text }, { programs: ['counted'] });
  expect(numbersIn(replayed, 'sums')).toEqual({ 3: 2n });
});

test.each([
  ['vfs_read*', 3n],
  ['vfs_*', 4n],
  ['*', 5n],
  ['vfs_rea?', 2n],
])('a wildcard stands for all functions that fit it: %s', async (pattern, calls) => {
  const text = traceText([
    [7, 'vfs_read <-ksys_read'],
    [7, 'vfs_readlink <-do_readlinkat'],
    [8, 'vfs_write <-ksys_write'],
    [8, 'vfs_read <-__x64_sys_pread64'],
    [8, 'fput <-vfs_read'],
  ]);
  const attachTargets = { counted: `kprobe.multi/${pattern}` };
  const replayed = await replayOn(PROBES, { 'trace.txt': text }, { programs: ['counted'], attachTargets });
  expect(numbersIn(replayed, 'sums')).toEqual({ 3: calls });
});

test('a wildcard over addresses is of the symbols that fit it, and of none where none does', async () => {
  const over = (pattern: string): ReturnType<typeof attachObject> =>
    attachObject(openObject(readFileSync(PROBES), PROBES), [graph(KALLSYMS)], {
      programs: ['got'],
      attachTargets: { got: `kretprobe.multi/${pattern}` },
    });
  const attached = await over('vfs_*');
  const result = await replay(attached);
  expect(numbersIn({ ...result, attached, calls: {} }, 'sums')).toEqual({ 2: 95n });
  await expect(over('tcp_*')).rejects.toMatchObject({ code: 'event-not-recorded' });
});

test('a system call is told by the function that begins it, where no event of calls does', async () => {
  const text = traceText([
    [7, '__x64_sys_pread64 <-do_syscall_64'],
    [7, '__x64_sys_read <-do_syscall_64'],
    [8, '__x64_sys_pread64 <-do_syscall_64'],
  ]);
  const options = { programs: ['counted'], attachTargets: { counted: 'ksyscall/pread64' } };
  const replayed = await replayOn(PROBES, { 'trace.txt': text }, options);
  expect(numbersIn(replayed, 'sums')).toEqual({ 3: 2n });
  const beside = text + traceText([[7, 'sys_pread64(fd: 3, buf: 7ffc0000, count: 100, pos: 2000)']]);
  expect((await replayOn(PROBES, { 'trace.txt': beside }, options)).calls).toEqual({ counted: 1 });
});
