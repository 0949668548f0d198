/**
 * A transfer over loopback in a network namespace of its own, under a congestion control that was registered with this
 * kernel, while perf records what tcp:* tell of it. Needs root, bpftool, perf and ip.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const EVENTS = ['tcp_probe', 'tcp_cong_state_set', 'tcp_retransmit_skb'].map((name) => `tcp:${name}`);
const WAIT_MS = 20_000;

/** Sends `bytes` to itself, with a pause in the middle, and ends when all has come. */
const TRANSFER = `
const net = require('node:net');
const [bytes, pauseMs] = process.argv.slice(1).map(Number);
const server = net.createServer((socket) => socket.resume().on('end', () => server.close()));
server.listen(0, '127.0.0.1', () => {
  const socket = net.connect(server.address().port, '127.0.0.1', () => {
    socket.write(Buffer.alloc(bytes / 2), () => setTimeout(() => socket.end(Buffer.alloc(bytes / 2)), pauseMs));
  });
});`;

export interface LiveFlow {
  /** The recording, while the test runs. */
  readonly path: string;
  remove(): void;
}

function run(command: string, ...given: readonly string[]): string | undefined {
  const { status, error, stderr } = spawnSync(command, given, { encoding: 'utf8', timeout: WAIT_MS });
  if (error !== undefined) return `${command}: ${error.message}`;
  return status === 0 ? undefined : `${command} ${given[0] ?? ''}: ${stderr.trim().split('\n')[0] ?? ''}`;
}

/** Why there is none, as text, where this machine does not let one be recorded. */
export function recordFlow(
  object: string,
  algorithm: string,
  bytes: number,
  pauseMs: number,
): LiveFlow | string {
  const folder = mkdtempSync(join(tmpdir(), 'flow-'));
  const path = join(folder, 'perf.data');
  const namespace = `flow-${process.pid}`;
  const inside = ['netns', 'exec', namespace];
  const remove = (): void => rmSync(folder, { recursive: true });
  const registered = run('bpftool', 'struct_ops', 'register', object);
  if (registered !== undefined) {
    remove();
    return registered;
  }
  try {
    const problem =
      run('ip', 'netns', 'add', namespace) ??
      run('ip', ...inside, 'ip', 'link', 'set', 'lo', 'up', 'mtu', '1500') ??
      run('ip', ...inside, 'sysctl', '-qw', `net.ipv4.tcp_congestion_control=${algorithm}`) ??
      run(
        ...(['ip', ...inside, 'perf', 'record', '-q', '-k', 'CLOCK_MONOTONIC', '-o', path] as const),
        ...(['-a', '-e', EVENTS.join(','), process.execPath, '-e', TRANSFER] as const),
        ...[String(bytes), String(pauseMs)],
      );
    if (problem === undefined) return { path, remove };
    remove();
    return problem;
  } finally {
    run('ip', 'netns', 'del', namespace);
    run('bpftool', 'struct_ops', 'unregister', 'name', algorithm);
  }
}
