/** The peer: `perf script` beside what our reader yields, and `perf record` to make files for both. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { TestContext } from 'vitest';
import type { Source } from '../../../../electron/trace/event.ts';
import { RecordReader } from '../../../../electron/trace/record.ts';
import type { RecordValue } from '../../../../electron/trace/record.ts';

const OUTPUT_BYTES_MAX = 512 * 1024 * 1024;

export interface Sample {
  readonly tid: number;
  readonly cpu: number;
  readonly timeNs: bigint;
  readonly event: string;
  /** Innermost first, the kernel's before the user's, in hexadecimal. */
  readonly chain: string;
}

export interface PeerSample extends Sample {
  /** The tracepoint's text: `comm=sh pid=3`. */
  readonly text: string;
}

export interface OurSample extends Sample {
  readonly values: ReadonlyMap<string, RecordValue | undefined>;
}

export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Records with perf, as a shell would: `perf record ARGUMENTS`; skips where perf is missing or refused. */
export function perfRecord(context: TestContext, path: string, options: string, work: string): void {
  if (spawnSync('perf', ['--version']).error !== undefined) context.skip('perf is not installed');
  const { status, stderr } = spawnSync('sh', ['-c', `perf record ${options} -- ${work}`], {
    encoding: 'utf8',
    cwd: join(path, '..'),
  });
  if (status !== 0) context.skip(`perf record is refused: ${stderr.trim().split('\n')[0] ?? ''}`);
}

export function perfScript(path: string, ...options: string[]): string {
  const { stdout, status, stderr } = spawnSync('perf', ['script', '-i', path, '--ns', ...options], {
    encoding: 'latin1',
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  if (status !== 0) throw new Error(`perf script ended with ${status}: ${stderr}`);
  return stdout;
}

const HEAD = /^\s*(-?\d+)\/(-?\d+)\s+(?:\[(\d+)\]\s+)?(\d+)\.(\d{9}):\s+(\S+?):(?: (.*))?$/;

/** Samples as `perf script` prints them; it prints user addresses relative to their files, so not the chains. */
export function peerSamples(path: string, fields = 'pid,tid,cpu,time,event,trace'): PeerSample[] {
  const chains = dumpedChains(path);
  const heads = perfScript(path, '-G', '-F', fields)
    .split('\n')
    .flatMap((line) => {
      const head = HEAD.exec(line);
      if (head === null && line.trim() !== '') throw new Error(`perf script printed '${line}'`);
      return head === null ? [] : [head];
    });
  return heads.map((head, index) => {
    const [, , tid = '', cpu = '0', seconds = '', nanoseconds = '', event = '', text = ''] = head;
    const timeNs = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
    const chain = chains[index] ?? '';
    return { tid: Number(tid), cpu: Number(cpu), timeNs, event, chain, text: text.trim() };
  });
}

/** `perf script -D` dumps each record: the callchain's addresses by samples, without context markers. */
function dumpedChains(path: string): string[] {
  const chains: string[] = [];
  for (const line of perfScript(path, '-D').split('\n')) {
    if (line.includes(': PERF_RECORD_SAMPLE(')) chains.push('');
    const address = /^\.{5}\s+\d+: ([0-9a-f]{16})$/.exec(line)?.[1];
    if (address === undefined || address.startsWith('fffffffffffff')) continue;
    chains.push(`${chains.pop() ?? ''} ${BigInt(`0x${address}`).toString(16)}`);
  }
  return chains;
}

/** Our samples: events that are not records of system perf about tasks and mappings. */
export async function ourSamples(source: Source, batchEvents = 1000): Promise<OurSample[]> {
  const reader = new RecordReader(source.schema);
  const samples: OurSample[] = [];
  for await (const batch of source.batches({ batchEvents })) {
    for (let row = 0; row < batch.count; row++) {
      const type = source.schema.types[batch.type[row] ?? -1];
      if (type === undefined) throw new Error(`row ${row} has no type`);
      if (type.system === 'perf' && !type.fields.some(({ name }) => name === 'ip')) continue;
      const stack = batch.stack[row] ?? -1;
      const kernel = source.context.callchains[stack] ?? [];
      const user = source.context.userCallchains?.[stack] ?? [];
      samples.push({
        tid: batch.tid[row] ?? -1,
        cpu: batch.cpu[row] ?? -1,
        timeNs: batch.timeNs[row] ?? -1n,
        event: type.system === 'perf' ? type.name : `${type.system}:${type.name}`,
        chain: [...kernel, ...user].map((address) => ` ${address.toString(16)}`).join(''),
        values: new Map(type.fields.map((field) => [field.name, reader.value(batch, row, field)])),
      });
    }
  }
  return samples;
}

export function head({ tid, cpu, timeNs, event, chain }: Sample): string {
  return `${timeNs} [${cpu}] ${tid} ${event}${chain}`;
}

/** Where two lists of lines part, as something an expectation can print. */
export function firstDifference(
  ours: readonly string[],
  peer: readonly string[],
): readonly string[] | undefined {
  const length = Math.max(ours.length, peer.length);
  for (let index = 0; index < length; index++) {
    if (ours[index] !== peer[index]) return [`at ${index}`, `${ours[index]}`, `${peer[index]}`];
  }
  return undefined;
}
