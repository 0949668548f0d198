/** The peer of the trace tests: `trace-cmd report -R -t`, line by line, beside what our reader yields. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { TestContext } from 'vitest';
import { FileBytes } from '../../electron/trace/bundle/byte-source.ts';
import type { Batch, Source } from '../../electron/trace/event.ts';
import { openSources } from '../../electron/trace/formats/registry.ts';
import { RecordReader } from '../../electron/trace/record.ts';
import type { RecordValue } from '../../electron/trace/record.ts';

const REPORT_BYTES_MAX = 512 * 1024 * 1024;

export interface PeerEvent {
  readonly cpu: number;
  readonly timeNs: bigint;
  readonly tid: number;
  readonly name: string;
  /** `pid=3 comm=sh`, as printed. */
  readonly fields: string;
}

/** The path of a recording under the project's root; skips the test where it, or trace-cmd, is missing. */
export function recording(context: TestContext, path: string): string {
  if (!existsSync(path)) context.skip(`${path} is not here`);
  return path;
}

export function needTraceCmd(context: TestContext): void {
  if (spawnSync('trace-cmd', ['--help']).error !== undefined) context.skip('trace-cmd is not installed');
}

export function peerEvents(path: string): PeerEvent[] {
  const { stdout, status } = spawnSync('trace-cmd', ['report', '-R', '-t', '-i', path], {
    encoding: 'latin1',
    maxBuffer: REPORT_BYTES_MAX,
  });
  if (status !== 0) throw new Error(`trace-cmd report ended with ${status}`);
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*\S.*-(\d+)\s+\[(\d+)\]\s+(\d+)\.(\d{9}): ([^\s:]+):\s*(.*)$/.exec(line);
    if (match === null) return [];
    const [, tid = '', cpu = '', seconds = '', nanoseconds = '', name = '', fields = ''] = match;
    const timeNs = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
    return [{ cpu: Number(cpu), timeNs, tid: Number(tid), name, fields }];
  });
}

export interface OurEvent {
  readonly cpu: number;
  readonly timeNs: bigint;
  readonly tid: number;
  readonly name: string;
  readonly values: Readonly<Record<string, RecordValue | undefined>>;
}

/** Every event of a source, read to its end. */
export async function ourEvents(source: Source): Promise<OurEvent[]> {
  const reader = new RecordReader(source.schema);
  const events: OurEvent[] = [];
  for await (const batch of source.batches({ batchEvents: 1000 })) {
    for (let row = 0; row < batch.count; row++) events.push(ourEvent(source, reader, batch, row));
  }
  return events;
}

function ourEvent(source: Source, reader: RecordReader, batch: Batch, row: number): OurEvent {
  const type = source.schema.types[batch.type[row] ?? -1];
  if (type === undefined) throw new Error(`row ${row} has no type`);
  const own = type.fields.filter((field) => !field.name.startsWith('common_'));
  return {
    cpu: batch.cpu[row] ?? -1,
    timeNs: batch.timeNs[row] ?? -1n,
    tid: batch.tid[row] ?? -1,
    name: type.name,
    values: Object.fromEntries(own.map((field) => [field.name, reader.value(batch, row, field)])),
  };
}

/** The peer prints these in hexadecimal, as their print format does. */
const HEX_FIELDS: ReadonlySet<string> = new Set(['clone_flags']);

/** Our values as the peer prints them: its zero-padding is taken off both. */
export function printed(event: OurEvent): string {
  return Object.entries(event.values)
    .map(([name, value]) => {
      const isHex = HEX_FIELDS.has(name) && (typeof value === 'bigint' || typeof value === 'number');
      return `${name}=${isHex ? value.toString(16) : String(value)}`;
    })
    .join(' ');
}

export function unpadded(fields: string): string {
  return fields.trim().replace(/=0+(?=\d)/g, '=');
}

/** The only source of a recording on disk. */
export function openRecording(path: string): Source {
  const source = openSources(new FileBytes(path, path.replace(/^.*\//, '')))?.[0];
  if (source === undefined) throw new Error(`${path} was not recognised`);
  return source;
}

export function countNames(events: readonly { readonly name: string }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { name } of events) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map([...counts].sort());
}
