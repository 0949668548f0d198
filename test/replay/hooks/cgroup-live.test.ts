import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { liveCgroup } from './live-cgroup.ts';
import { replayOn } from './on-bundle.ts';
import { callsIn, HOOKS, SOCKETS, textsOf } from './seen-calls.ts';
import { workload } from './workload.ts';

const WORKLOAD = 'test/replay/hooks/socket-workload.c';
/** Those of cgroups. */
const NAMES = Object.keys(HOOKS).filter((name) => !['lookup', 'verdict', 'sending'].includes(name));
/** As bpftool names them. */
const PLACES = Object.fromEntries(
  NAMES.map((name) => {
    if (name === 'sock_create') return [name, 'cgroup_inet_sock_create'];
    if (name === 'setting' || name === 'getting') return [name, `cgroup_${name.slice(0, 3)}sockopt`];
    const [, call = '', version = ''] = /^(\w+)([46])$/.exec(name) ?? [];
    return [name, `cgroup_${call.endsWith('msg') ? 'udp' : 'inet'}${version}_${call}`];
  }),
);

test('programs see of a workload what the kernel shows them', async (context) => {
  const { path } = workload(context, readFileSync(WORKLOAD, 'utf8'));
  const live = liveCgroup(context, SOCKETS, PLACES);
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-strace-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const output = join(folder, 's.strace');
  const events = 'trace=network,process,close,dup';
  live.run(['strace', '-f', '-ttt', '-e', events, '-o', output, path]);
  const expected = textsOf(live.pairs('calls'));

  const programs = NAMES;
  const replayed = await replayOn(SOCKETS, { 's.strace': readFileSync(output) }, { programs });
  expect(callsIn(replayed)).toEqual(expected);
  // Of an option that is too short for an int, strace prints where it lies.
  expect([...replayed.attached.moment.missingCounts]).toEqual([['the value of a socket option', 1]]);
  expect(expected.length).toBeGreaterThan(30);
});
