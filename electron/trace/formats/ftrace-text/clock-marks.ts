/**
 * atrace writes the time on other clocks into the trace when it begins: `trace_event_clock_sync:
 * parent_ts=683201.375000` (monotonic, seconds) and `realtime_ts=1448979311493` (milliseconds since 1970).
 */
import type { ClockPair } from '../../event.ts';

const MARK = Buffer.from('trace_event_clock_sync: ');

/** Hot: whether the text at `at` begins like one. */
export function isClockMark(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < MARK.length) return false;
  for (let index = 0; index < MARK.length; index++) if (bytes[at + index] !== MARK[index]) return false;
  return true;
}

/** The pair it tells, of the line's time on the trace's clock and the time it names. */
export function clockPairOf(
  text: string,
  clock: string,
  timeNs: bigint,
  line: number,
): ClockPair | undefined {
  const [, name, whole = '', fraction = ''] =
    /^trace_event_clock_sync: (parent_ts|realtime_ts)=(\d{1,16})(?:\.(\d{1,9}))?\s*$/.exec(text) ?? [];
  if (name === undefined) return undefined;
  const isMonotonic = name === 'parent_ts';
  const otherTimeNs = isMonotonic
    ? BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'))
    : BigInt(whole) * 1_000_000n;
  return {
    clock,
    timeNs,
    otherClock: isMonotonic ? 'mono' : 'realtime',
    otherTimeNs,
    origin: `line ${line}`,
  };
}
