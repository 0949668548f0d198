import type { LogLayout } from './log-probes/layout.ts';
import type { LogProbe } from './log-probes/probe.ts';

/**
 * What lies beside a recording in its bundle and tells how to read it. A format asks for what it needs and
 * reads on without what is not there.
 */
export interface Surroundings {
  /** Text of the format file of an event, `events/<system>/<name>/format`; undefined where there is none. */
  eventFormat(system: string, name: string): string | undefined;
  /** Systems that have an event of this name, where format files are there: text often names no system. */
  systemsOf(name: string): readonly string[];
  /** When the bundle was made, milliseconds since 1970 in UTC: what a log without a year is dated by. */
  readonly madeAtMs: number | undefined;
  /** Minutes that the device's wall clock is ahead of UTC; undefined where nothing says. */
  readonly utcOffsetMinutes: number | undefined;
  /** What makes further events of a log's lines. */
  readonly logProbes?: readonly LogProbe[] | undefined;
  /** Files that are logs, by their names. */
  readonly logLayouts?: readonly LogLayout[] | undefined;
}

/** A recording by itself. */
export const NO_SURROUNDINGS: Surroundings = {
  eventFormat: () => undefined,
  systemsOf: () => [],
  madeAtMs: undefined,
  utcOffsetMinutes: undefined,
};
