/** The options a trace.dat carries beside its events: clock, machine, statistics, time conversion. */
import type { ByteReader } from './byte-reader.ts';
import { OPTION_BYTES_MAX } from './limits.ts';

/** Ids as trace-cmd.dat.v7(5) lists them; a table of the format, not all are read. */
export const OPTION = {
  done: 0,
  date: 1,
  cpuStat: 2,
  buffer: 3,
  traceClock: 4,
  uname: 5,
  hook: 6,
  offset: 7,
  cpuCount: 8,
  version: 9,
  procMaps: 10,
  traceId: 11,
  timeShift: 12,
  guest: 13,
  tscToNsec: 14,
  strings: 15,
  headerInfo: 16,
  ftraceEvents: 17,
  eventFormats: 18,
  kallsyms: 19,
  printk: 20,
  commandLines: 21,
  bufferText: 22,
} as const;

export interface RawOption {
  readonly id: number;
  /** Stands at the option's first byte. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

export interface CpuStatistics {
  /** Instance the numbers are of; '' for the top one. */
  readonly buffer: string;
  readonly cpu: number;
  readonly overrun: number;
  readonly commitOverrun: number;
  readonly dropped: number;
}

/** TSC2NSEC: nanoseconds are (ticks * multiplier) >> shift. */
export interface TscConversion {
  readonly multiplier: number;
  readonly shift: number;
}

export interface TraceOptions {
  readonly clock: string | undefined;
  readonly kernelRelease: string | undefined;
  readonly machine: string | undefined;
  readonly cpuCount: number | undefined;
  /** Sum of DATE (microseconds there) and OFFSET, added to every time. */
  readonly timeOffsetNs: bigint;
  /** DATE: what makes the clock's times those of the wall (trace-cmd record --date); 0 without it. */
  readonly dateOffsetNs: bigint;
  readonly tsc: TscConversion | undefined;
  /** A guest's recording whose times would need its host's to be aligned. */
  readonly hasTimeShift: boolean;
  readonly statistics: readonly CpuStatistics[];
  readonly tgids: ReadonlyMap<number, number>;
}

/** One option's head and bytes, with the reader behind it; undefined after the last one. */
export function readOption(reader: ByteReader): RawOption | undefined {
  const id = reader.uint16();
  // Version 6 ends its list with the bare id; in version 7 DONE has a size and 8 bytes.
  if (id === OPTION.done) return undefined;
  const size = reader.limited(reader.uint32(), OPTION_BYTES_MAX, `size of option ${id}`);
  const at = reader.at;
  return { id, at, bytes: reader.bytes(size) };
}

export function parseOptions(raw: readonly RawOption[], isLittleEndian: boolean): TraceOptions {
  const uname = textOf(raw, OPTION.uname)?.trim().split(/\s+/);
  const counts = raw.filter((option) => option.id === OPTION.cpuCount);
  // A fork of trace-cmd keeps tgids as text under the id that became CPUCOUNT, whose size is 4.
  const tgidText = counts.filter((option) => option.bytes.length > 8).map(text);
  const count = counts.find((option) => option.bytes.length === 4);
  const dateOffsetNs = offsetNs(textOf(raw, OPTION.date)) * 1000n;
  return {
    clock: selectedClock(textOf(raw, OPTION.traceClock)),
    // Written as "sysname nodename release machine"; the node name is nobody's business here.
    kernelRelease: uname?.[2],
    machine: uname?.[3],
    cpuCount: count === undefined ? undefined : viewOf(count).getUint32(0, isLittleEndian),
    timeOffsetNs: dateOffsetNs + offsetNs(textOf(raw, OPTION.offset)),
    dateOffsetNs,
    tsc: tscOf(raw, isLittleEndian),
    hasTimeShift: raw.some((option) => option.id === OPTION.timeShift),
    statistics: parseStatistics(raw.filter((option) => option.id === OPTION.cpuStat).map(text)),
    tgids: parseTgids(tgidText.join('\n')),
  };
}

/** The bracketed name of a trace_clock file, `local [mono] boot`; a bare name is itself. */
export function selectedClock(clocks: string | undefined): string | undefined {
  if (clocks === undefined) return undefined;
  const bracketed = /\[([^\]]+)\]/.exec(clocks)?.[1];
  const bare = clocks.trim();
  return bracketed ?? (bare === '' || bare.includes(' ') ? undefined : bare);
}

function offsetNs(number: string | undefined): bigint {
  const match = /^\s*([+-]?)(0x[0-9a-f]+|\d+)/i.exec(number ?? '');
  if (match === null) return 0n;
  const value = BigInt(match[2] ?? '0');
  return match[1] === '-' ? -value : value;
}

function tscOf(raw: readonly RawOption[], isLittleEndian: boolean): TscConversion | undefined {
  const option = raw.find((candidate) => candidate.id === OPTION.tscToNsec && candidate.bytes.length >= 16);
  if (option === undefined) return undefined;
  const view = viewOf(option);
  const multiplier = view.getUint32(0, isLittleEndian);
  const shift = view.getUint32(4, isLittleEndian);
  return multiplier === 0 || shift > 63 ? undefined : { multiplier, shift };
}

/** per_cpu/cpuN/stats texts; one that says `Buffer: name` heads those of an instance. */
function parseStatistics(texts: readonly string[]): CpuStatistics[] {
  let buffer = '';
  const statistics: CpuStatistics[] = [];
  for (const body of texts) {
    buffer = /^Buffer: (.*)$/m.exec(body)?.[1]?.trim() ?? buffer;
    const number = (label: string) => Number(new RegExp(`^${label}:\\s*(\\d+)`, 'm').exec(body)?.[1] ?? 0);
    if (!/^CPU:/m.test(body)) continue;
    statistics.push({
      buffer,
      cpu: number('CPU'),
      overrun: number('overrun'),
      commitOverrun: number('commit overrun'),
      dropped: number('dropped events'),
    });
  }
  return statistics;
}

function parseTgids(lines: string): Map<number, number> {
  const tgids = new Map<number, number>();
  for (const match of lines.matchAll(/^\s*(\d+)\s+(\d+)\s*$/gm))
    tgids.set(Number(match[1]), Number(match[2]));
  return tgids;
}

function textOf(raw: readonly RawOption[], id: number): string | undefined {
  const option = raw.find((candidate) => candidate.id === id);
  return option === undefined ? undefined : text(option);
}

function text(option: RawOption): string {
  return Buffer.from(option.bytes).toString('utf8').replace(/\0+$/, '');
}

function viewOf(option: RawOption): DataView {
  return new DataView(option.bytes.buffer, option.bytes.byteOffset, option.bytes.byteLength);
}
