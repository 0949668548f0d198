import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { liveCgroup } from './live-cgroup.ts';
import { capturing } from './live-namespace.ts';
import { replayOn } from './on-bundle.ts';
import { callbacksOf, SOCKETS } from './seen-calls.ts';
import { workload } from './workload.ts';

const WORKLOAD = 'test/replay/hooks/socket-workload.c';
const CONNECTIONS = 'test/replay/hooks/connection-workload.c';
const EVENTS = 'sock:inet_sock_set_state,tcp:tcp_retransmit_skb,tcp:tcp_destroy_sock';

test('a program is called for connections as the kernel calls it', async (context) => {
  const { path } = workload(context, readFileSync(WORKLOAD, 'utf8'));
  const live = liveCgroup(context, SOCKETS, { follow: 'cgroup_sock_ops' });
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-perf-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const data = join(folder, 'perf.data');
  live.run(['perf', 'record', '-q', '-o', data, '-e', EVENTS, path]);
  const called = callbacksOf(live.pairs('callbacks'));
  // No event tells when a connection is asked for; its socket is a request, and not full.
  const expected = called.filter((each) => !each.includes('full=0'));
  expect(called.length - expected.length).toBe(3);

  const replayed = await replayOn(SOCKETS, { 'perf.data': readFileSync(data) }, { programs: ['follow'] });
  const map = replayed.attached.maps.find(({ definition }) => definition.name === 'callbacks');
  expect(callbacksOf([...(map?.entries() ?? [])])).toEqual(expected);
  expect(expected.length).toBeGreaterThan(25);
});

test('packets tell of what connections are called for, but for what listens', async (context) => {
  const { path } = workload(context, readFileSync(CONNECTIONS, 'utf8'));
  const live = liveCgroup(context, SOCKETS, { follow: 'cgroup_sock_ops' });
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-capture-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const capture = join(folder, 'capture.pcap');
  live.run(capturing(capture, [path]));
  // A listener asks for its sockets, which without it ask when they are accepted.
  const isOfListener = (each: string): boolean => /^TCP_LISTEN_CB|^STATE_CB 10/.test(each);
  const plain = (each: string): string => each.replace(/^(PASSIVE_ESTABLISHED_CB .*) flags=\d/, '$1');
  const called = callbacksOf(live.pairs('callbacks')).filter((each) => !isOfListener(each));

  const replayed = await replayOn(SOCKETS, { 'c.pcap': readFileSync(capture) }, { programs: ['follow'] });
  const map = replayed.attached.maps.find(({ definition }) => definition.name === 'callbacks');
  expect(callbacksOf([...(map?.entries() ?? [])]).map(plain)).toEqual(called.map(plain));
});
