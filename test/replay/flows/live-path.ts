/**
 * A transfer from one network namespace to another, under a congestion control that was registered with this kernel,
 * over a link that takes its time, loses frames or marks them (link.c): what tcpdump saw at the sender, and what
 * tcp:tcp_probe said of its windows. Needs root, bpftool, perf, tcpdump, ip and a C compiler.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const COMMAND_MS = 20_000;
/** Far more than a round trip, so that the order of packets is that of what the sender does. */
const DELAY_MS = 5;
const PORT = 5001;
const [SENDER, RECEIVER] = ['10.9.0.1', '10.9.0.2'];

const SERVER = `
const server = require('node:net').createServer((socket) => socket.resume().on('end', () => server.close()));
server.listen(${PORT}, '${RECEIVER}', () => console.log('listening'));`;

/** Sends in two halves with a pause between. */
const CLIENT = `
const [bytes, pauseMs] = process.argv.slice(1).map(Number);
const socket = require('node:net').connect(${PORT}, '${RECEIVER}', () => {
  socket.write(Buffer.alloc(bytes / 2), () => setTimeout(() => socket.end(Buffer.alloc(bytes / 2)), pauseMs));
});
socket.resume();`;

export interface PathOptions {
  readonly object: string;
  readonly algorithm: string;
  readonly bytes: number;
  readonly pauseMs: number;
  /** Every so manyth frame with data is lost, or marked; 0 for none. */
  readonly drop: number;
  readonly mark: number;
}

export interface LivePath {
  readonly capturePath: string;
  readonly probesPath: string;
  readonly port: number;
  remove(): void;
}

/** Why a command did not do what it is for. */
class Refused extends Error {}

function run(command: string, ...given: readonly string[]): void {
  const { status, error, stderr } = spawnSync(command, given, { encoding: 'utf8', timeout: COMMAND_MS });
  if (error !== undefined) throw new Refused(`${command}: ${error.message}`);
  if (status !== 0) throw new Refused(`${command} ${given[0] ?? ''}: ${stderr.trim().split('\n')[0] ?? ''}`);
}

/** Begun, once it says so. */
async function begin(saying: RegExp, command: string, ...given: readonly string[]): Promise<ChildProcess> {
  const child = spawn(command, given, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const hear = (bytes: Buffer): void => {
      said += String(bytes);
      if (saying.test(said)) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', (error) => reject(new Refused(`${command}: ${error.message}`)));
    child.on('exit', () => reject(new Refused(`${command} ${given.at(-1) ?? ''}: ${said.trim()}`)));
  });
  return child;
}

async function end(child: ChildProcess | undefined, signal?: NodeJS.Signals): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const isOver = once(child, 'exit');
  if (signal !== undefined) child.kill(signal);
  await isOver;
}

/** Why there is none, as text, where this machine does not let one be recorded. */
export async function recordPath(options: PathOptions): Promise<LivePath | string> {
  const { object, algorithm, bytes, pauseMs, drop, mark } = options;
  const folder = mkdtempSync(join(tmpdir(), 'path-'));
  const [capturePath, probesPath] = [join(folder, 'sender.pcap'), join(folder, 'perf.data')];
  const remove = (): void => rmSync(folder, { recursive: true });
  const [sender, link, receiver] = ['a', 'b', 'c'].map((each) => `path-${process.pid}-${each}`) as [
    string,
    string,
    string,
  ];
  const inside = (namespace: string): readonly string[] => ['netns', 'exec', namespace];
  const begun: ChildProcess[] = [];
  let isRegistered = false;
  try {
    run('cc', '-O1', '-o', join(folder, 'link'), join(import.meta.dirname, 'link.c'));
    run('bpftool', 'struct_ops', 'register', object);
    isRegistered = true;
    for (const each of [sender, link, receiver]) run('ip', 'netns', 'add', each);
    for (const [namespace, far, address] of [
      [sender, 'left', SENDER],
      [receiver, 'right', RECEIVER],
    ] as const) {
      const pair = ['link', 'add', 'wire', 'netns', namespace, 'type', 'veth', 'peer', 'name', far, 'netns'];
      run('ip', ...pair, link);
      run('ip', '-n', link, 'link', 'set', far, 'up');
      run('ip', '-n', namespace, 'addr', 'add', `${address}/24`, 'dev', 'wire');
      // Segments of their own: the link knows none that are put together.
      run('ip', '-n', namespace, 'link', 'set', 'wire', 'up', 'gso_max_segs', '1');
      const settings = [`tcp_congestion_control=${algorithm}`, `tcp_ecn=${mark > 0 ? 1 : 0}`];
      for (const each of settings) run('ip', ...inside(namespace), 'sysctl', '-qw', `net.ipv4.${each}`);
    }
    const path = [join(folder, 'link'), 'left', 'right', ...[DELAY_MS, drop, mark].map(String)];
    begun.push(await begin(/^up/m, 'ip', ...inside(link), ...path));
    const server = await begin(/listening/, 'ip', ...inside(receiver), process.execPath, '-e', SERVER);
    begun.push(server);
    const dump = ['-i', 'wire', '-w', capturePath, '-s', '128', '-U', '-B', '16384', '-Z', 'root', 'tcp'];
    const nanoseconds = '--time-stamp-precision=nano';
    const tcpdump = await begin(/listening on/, 'ip', ...inside(sender), 'tcpdump', nanoseconds, ...dump);
    begun.push(tcpdump);
    const record = [
      'perf',
      'record',
      '-q',
      '-k',
      'CLOCK_MONOTONIC',
      '-o',
      probesPath,
      '-a',
      '-e',
      'tcp:tcp_probe',
    ];
    const client = [process.execPath, '-e', CLIENT, String(bytes), String(pauseMs)];
    run('ip', ...inside(sender), ...record, ...client);
    // It ends when all has come.
    await end(server);
    await end(tcpdump, 'SIGINT');
    return { capturePath, probesPath, port: PORT, remove };
  } catch (error) {
    remove();
    if (error instanceof Refused) return error.message;
    throw error;
  } finally {
    for (const each of begun) await end(each, 'SIGTERM');
    for (const each of [sender, link, receiver]) spawnSync('ip', ['netns', 'del', each]);
    if (isRegistered) spawnSync('bpftool', ['struct_ops', 'unregister', 'name', algorithm]);
  }
}
