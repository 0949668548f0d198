import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openObject } from '../../electron/bpf/object/open.ts';
import { attachObject } from '../../electron/replay/attach.ts';
import { replay } from '../../electron/replay/engine.ts';
import type { Source } from '../../electron/trace/event.ts';
import { countEvents, folderOf, open } from '../trace/bundle/on-disk.ts';
import { eventType, fakeSource, integerField, record, type FakeEvent } from './fake-source.ts';

const PROBES = 'test/programs/probes.bpf.o';
const COUNTER = 'test/programs/counter.bpf.o';
const STRACE = [
  '100 1700000000.100000 pread64(3, "", 100, 2000) = 0 <0.000010>',
  '100 1700000000.200000 pread64(3, "", 100, 2000) = -1 EFAULT (Bad address) <0.000010>',
  '',
].join('\n');

const enter = eventType(0, 'syscalls', 'sys_enter_pread64', [
  integerField('__syscall_nr', 8, 4),
  ...['fd', 'buf', 'count', 'pos'].map((name, index) => integerField(name, 16 + 8 * index, 8, false)),
]);
const entered = (timeNs: bigint): FakeEvent => ({
  timeNs,
  tid: 100,
  type: 0,
  bytes: record(enter, { common_pid: 100, __syscall_nr: 17, fd: 3, buf: 0, count: 100, pos: 2000 }),
});

/** Events that the program is called for, over the strace and a trace that describes the call. */
async function callsOf(
  events: readonly FakeEvent[],
  file = PROBES,
  program = 'preading',
): Promise<number | undefined> {
  const bundle = await open(folderOf({ 'app.strace': STRACE }));
  await countEvents(bundle);
  const trace = fakeSource([enter], events, { clock: bundle.sources[0]?.clock ?? '' });
  const sources: readonly Source[] = [trace, ...bundle.sources];
  const attached = await attachObject(openObject(readFileSync(file), file), sources, {
    programs: [program],
    ...(file === PROBES ? {} : { attachTargets: { [program]: 'syscalls/sys_enter_pread64' } }),
  });
  await replay(attached);
  return attached.programs[0]?.events;
}

test.each([
  [PROBES, 'preading'],
  [COUNTER, 'count_switch'],
])(
  'calls that a trace describes and did not record are those of the strace beside it: %s',
  async (...program) => {
    expect(await callsOf([], ...program)).toBe(2);
  },
);

test.each([
  [PROBES, 'preading'],
  [COUNTER, 'count_switch'],
])(
  'calls that a trace recorded are told by it, and not by the strace beside it too: %s',
  async (...program) => {
    const from = 1_700_000_000_000_000_000n;
    expect(await callsOf([entered(from), entered(from + 1n), entered(from + 2n)], ...program)).toBe(3);
  },
);
