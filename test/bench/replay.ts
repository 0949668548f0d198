/**
 * Programs over generated trace.dat recordings of 1, 10 and 50 million events, compiled and interpreted, beside
 * trace-cmd report printing the same file: `npm run bench:replay [-- --events 1000000] [--program runqlat]`. A table
 * is printed as soon as a size is done; the largest takes some three and a half minutes, two of them the peer's.
 *
 * `over reading` is what an event costs beyond reading the file: dispatch and programs. The peer prints text into
 * nothing, which is part of what it does, and is stopped after two minutes.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { writeTraceDatEvents } from './import/recordings.ts';
import type { ReplayTimes } from './replay/once.ts';
import { machineLine, shown, table } from './table.ts';

const ONCE = fileURLToPath(new URL('replay/once.ts', import.meta.url));
const EVENTS = [1_000_000, 10_000_000, 50_000_000];
/** The interpreter takes some ten times as long: it is measured on the smallest. */
const INTERPRETED_EVENTS_MAX = 1_000_000;
const PEER_MS_MAX = 120_000;
const PROBLEM_CHARACTERS = 100;

interface Subject {
  readonly name: string;
  readonly object: string;
  /** Of those that the object has for several kernels. */
  readonly programs?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** What the recording holds, again and again. */
  readonly events: readonly string[];
}

const SCHEDULING = ['sched_waking', 'sched_wakeup', 'sched_switch'];
const CALLS = ['sys_enter', 'sys_exit'];

const subjects: readonly Subject[] = [
  { name: 'counter', object: 'test/programs/counter.bpf.o', events: SCHEDULING },
  { name: 'runqlat (ours)', object: 'programs/scheduling/runqlat.bpf.o', events: SCHEDULING },
  {
    name: 'runqlat (Debian)',
    object: '/usr/sbin/runqlat',
    programs: 'sched_wakeup,sched_wakeup_new,sched_switch',
    settings: { 'hists.max_entries': '10240', 'start.max_entries': '10240' },
    events: SCHEDULING,
  },
  {
    name: 'offcputime (Debian)',
    object: '/usr/sbin/offcputime',
    settings: { 'stackmap.max_entries': '1024', 'stackmap.value_size': '1016' },
    events: SCHEDULING,
  },
  { name: 'syscount (Debian)', object: '/usr/sbin/syscount', events: CALLS },
];

const { values } = parseArgs({
  options: {
    events: { type: 'string', multiple: true },
    program: { type: 'string', multiple: true },
  },
});

function replayOnce(path: string, subject: Subject, engine: 'jit' | 'interpreter'): ReplayTimes | string {
  const { object, programs = '', settings = {} } = subject;
  const { status, stdout, stderr } = spawnSync(process.execPath, [ONCE, path, object, engine, programs], {
    encoding: 'utf8',
    env: { ...process.env, BENCH_SETTINGS: JSON.stringify(settings) },
  });
  if (status === 0) return JSON.parse(stdout) as ReplayTimes;
  const reason = /^\w*(?:Error|Failure): (.*)$/m.exec(stderr)?.[1] ?? stderr;
  return reason.slice(0, PROBLEM_CHARACTERS);
}

function peerMs(path: string): number | string {
  const startedAt = performance.now();
  const { status, error } = spawnSync('trace-cmd', ['report', '-i', path], {
    stdio: 'ignore',
    timeout: PEER_MS_MAX,
  });
  if (error !== undefined) return 'code' in error && error.code === 'ETIMEDOUT' ? 'over 2 min' : 'not there';
  return status === 0 ? performance.now() - startedAt : 'fails';
}

const millionsPerSecond = (events: number, ms: number): string => shown(events / ms / 1000, 2);

function row(name: string, path: string, subject: Subject, engine: 'jit' | 'interpreter'): string[] {
  const times = replayOnce(path, subject, engine);
  if (typeof times === 'string') return [`${name}: ${times}`];
  const { events, calls, readMs, ms, peakBytes } = times;
  return [
    `${name}, ${engine}`,
    String(events),
    String(calls),
    millionsPerSecond(events, ms),
    shown((ms * 1e6) / events, 0),
    shown(((ms - readMs) * 1e6) / events, 0),
    shown(peakBytes / 1e6, 0),
  ];
}

const HEAD = ['', 'events', 'calls', 'M events/s', 'ns an event', 'over reading', 'peak MB'];

async function measured(
  size: number,
  recordings: ReadonlyMap<readonly string[], Subject[]>,
): Promise<string[][]> {
  const rows: string[][] = [];
  for (const [names, own] of recordings) {
    const path = join(folder, 'bench.dat');
    const events = await writeTraceDatEvents(path, size, names);
    for (const subject of own) {
      rows.push(row(subject.name, path, subject, 'jit'));
      if (size <= INTERPRETED_EVENTS_MAX) rows.push(row(subject.name, path, subject, 'interpreter'));
    }
    const peer = peerMs(path);
    rows.push([
      'trace-cmd report',
      String(events),
      '',
      typeof peer === 'string' ? peer : millionsPerSecond(events, peer),
      typeof peer === 'string' ? '' : shown((peer * 1e6) / events, 0),
    ]);
    rmSync(path);
  }
  return rows.map((each) => HEAD.map((_, column) => each[column] ?? ''));
}

const isChosen = ({ name }: Subject): boolean =>
  values.program === undefined || values.program.some((each) => name.startsWith(each));
const [chosen, missing] = [true, false].map((isHere) =>
  subjects.filter((subject) => isChosen(subject) && existsSync(subject.object) === isHere),
) as [Subject[], Subject[]];
const recordings = Map.groupBy(chosen, ({ events }) => events);
const folder = mkdtempSync(join(tmpdir(), 'bench-replay-'));
console.log(machineLine());
for (const { name, object } of missing) console.log(`${name} is left out: there is no ${object}`);
try {
  for (const size of values.events?.map(Number) ?? EVENTS)
    console.log(`${table(HEAD, await measured(size, recordings))}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
