import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { EventField } from '../../../../electron/trace/event.ts';
import { knownEvent } from '../../../../electron/trace/known-events/known-events.ts';
import { needTraceCmd } from '../../peer.ts';
import { allEvents, differences, openText } from './compare.ts';
import type { Difference } from './compare.ts';

const NAME = `retroprobe-text-${process.pid}`;
const INSTANCE = join('/sys/kernel/tracing/instances', NAME);
const SYSTEMS = [
  ...[
    'sched',
    'irq',
    'timer',
    'power',
    'workqueue',
    'block',
    'kmem',
    'net',
    'skb',
    'napi',
    'tcp',
    'sock',
    'udp',
  ],
  ...[
    'signal',
    'task',
    'raw_syscalls',
    'syscalls',
    'writeback',
    'ext4',
    'filemap',
    'rcu',
    'ipi',
    'mmap_lock',
  ],
];
/** Writes, files, pipes, a socket and a signal. */
const WORKLOAD =
  'ls -R /usr/share/doc | head -c 1000; dd if=/dev/zero of=$1/x bs=4k count=20 conv=fsync; sleep 0.01 | cat; ' +
  'exec 3<>/dev/udp/127.0.0.1/9 && echo hi >&3; kill -USR2 $$ & wait; true';

/** The recording as tracefs prints it, and as trace-cmd takes it out. */
function recordLive(folder: string): { text: string; binary: string } {
  mkdirSync(INSTANCE);
  onTestFinished(() => {
    if (existsSync(INSTANCE)) rmdirSync(INSTANCE);
  });
  const write = (file: string, text: string): void => writeFileSync(join(INSTANCE, file), text);
  write('trace_clock', 'mono');
  write('buffer_size_kb', '1500');
  for (const system of SYSTEMS) {
    if (existsSync(join(INSTANCE, 'events', system))) write(`events/${system}/enable`, '1');
  }
  write('trace_marker', 'hello from a program');
  spawnSync('bash', ['-c', WORKLOAD, 'workload', folder], { stdio: 'ignore' });
  write('tracing_on', '0');
  write('events/enable', '0');
  const text = join(folder, 'trace.txt');
  writeFileSync(text, readFileSync(join(INSTANCE, 'trace')));
  const binary = join(folder, 'trace.dat');
  spawnSync('trace-cmd', ['extract', '-B', NAME, '-o', binary], { stdio: 'ignore' });
  return { text, binary };
}

function isPointer(event: string, name: string): boolean {
  const [system = '', each = ''] = event.split(':');
  const field: EventField | undefined = knownEvent(system, each)?.fields.find((other) => other.name === name);
  return field?.type.endsWith('*') === true;
}

/** The kernel prints a hash of a pointer, and a text that no field is: no difference of ours. */
const isKernels = ({ event, field, binary }: Difference): boolean =>
  binary === undefined || isPointer(event, field) || field === 'mm' || field === 'sk' || field === 'skaddr';

/**
 * trace-cmd 3.1 does not know the values of some names, prints masked flags as if they were not, leaves out the mark
 * of a preempted task, and knows no 64-bit dev_t.
 */
const isPeers = ({ event, field, binary }: Difference): boolean =>
  binary === undefined ||
  event.startsWith('writeback:') ||
  (event === 'timer:timer_start' && field === 'flags') ||
  field === 'prev_state';

test('trace and trace-cmd report give the events and fields of a live recording of many systems', async (context) => {
  needTraceCmd(context);
  if (!existsSync('/sys/kernel/tracing/instances'))
    context.skip('tracefs is not mounted, or not for this user');
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { text, binary } = recordLive(folder);
  if (!existsSync(binary)) context.skip('trace-cmd extract wrote nothing');
  const expected = await allEvents(openText(binary));
  expect(expected.length).toBeGreaterThan(1000);

  const source = openText(text);
  const found = differences(await allEvents(source), expected, true);
  expect(source.ledger).toMatchObject({ read: expected.length, unparsed: 0, unsupported: 0, places: [] });
  expect(found.filter((each) => !isKernels(each))).toEqual([]);

  for (const options of [[], ['-t', '-N'], ['-R']]) {
    const report = join(folder, 'report.txt');
    const output = openSync(report, 'w');
    spawnSync('trace-cmd', ['report', ...options, '-i', binary], { stdio: ['ignore', output, 'ignore'] });
    closeSync(output);
    const printed = openText(report);
    const differs = differences(await allEvents(printed), expected, !options.includes('-t'));
    expect(printed.ledger).toMatchObject({ read: expected.length, unparsed: 0, unsupported: 0, places: [] });
    expect(differs.filter((each) => !isPeers(each))).toEqual([]);
  }
}, 120_000);
