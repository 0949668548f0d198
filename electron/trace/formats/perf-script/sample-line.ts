/** The line that perf script begins a sample with: `comm pid/tid [cpu] seconds: period event: text`. */
import { HEAD_CHARACTERS_MAX } from './limits.ts';

export interface SampleLine {
  readonly comm: string;
  /** undefined where the line has the thread only. */
  readonly pid: number | undefined;
  readonly tid: number;
  /** undefined where the line has none. */
  readonly cpu: number | undefined;
  readonly timeNs: bigint;
  readonly period: bigint;
  readonly event: string;
  readonly text: string;
}

/** A name may hold blanks, so the numbers behind it are what ends it. The CPU and the period may be left out. */
const HEAD =
  /^(\S.*?)\s+(-?\d+)(?:\/(-?\d+))?\s+(?:\[(\d+)\]\s+)?(\d+)\.(\d{6}|\d{9}):\s+(?:(\d+)\s+)?([^\s[\]]\S*?|PERF_RECORD_\w+ \w+):(?:\s|$)/;

/** undefined where the line is none. */
export function parseSampleLine(line: string): SampleLine | undefined {
  const start = line.trimStart();
  const match = HEAD.exec(start.slice(0, HEAD_CHARACTERS_MAX));
  if (match === null) return undefined;
  const [whole, comm = '', first = '', second, cpu, seconds = '', fraction = '', period, event = ''] = match;
  return {
    comm,
    pid: second === undefined ? undefined : Number(first),
    tid: Number(second ?? first),
    cpu: cpu === undefined ? undefined : Number(cpu),
    timeNs: BigInt.asUintN(64, BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'))),
    period: BigInt.asUintN(64, BigInt(period ?? 0)),
    event,
    text: start.slice(whole.length).trim(),
  };
}

/** The address of a callchain's line, `ffffffff81000000 symbol+0x1 (file)`; undefined where it is none. */
export function parseFrame(line: string): bigint | undefined {
  const digits = /^\s+([0-9a-f]{1,16})(?:\s|$)/.exec(line.slice(0, 64))?.[1];
  return digits === undefined ? undefined : BigInt(`0x${digits}`);
}
