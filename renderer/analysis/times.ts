/** Moments of a recording, told from its start: its own clock says little to a reader. */
import { formatDuration } from './units.ts';

/** `+12.345678 s`, to the microsecond; the recording's own time where the start is unknown. */
export function formatMoment(timeNs: bigint, startNs: bigint | undefined): string {
  const fromStartNs = timeNs - (startNs ?? 0n);
  const sign = fromStartNs < 0n ? '-' : startNs === undefined ? '' : '+';
  const us = (fromStartNs < 0n ? -fromStartNs : fromStartNs) / 1000n;
  return `${sign}${us / 1_000_000n}.${String(us % 1_000_000n).padStart(6, '0')} s`;
}

/** An offset between clocks: `-12.345678 s`. */
export function formatOffset(offsetNs: bigint): string {
  return formatMoment(offsetNs, 0n);
}

/** Length of a span as `30 s`; undefined for none. */
export function formatSpan(spanNs: readonly [bigint, bigint] | undefined): string | undefined {
  return spanNs === undefined ? undefined : formatDuration(Number(spanNs[1] - spanNs[0]));
}

/** A tick of the time axis, in seconds from the start. */
export function formatTick(seconds: number): string {
  return seconds === 0 ? '0' : formatDuration(Math.round(seconds * 1e9));
}
