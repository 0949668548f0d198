/**
 * Which events programs are called for, of all they are attached to: those of a time, of CPUs, of threads. Events
 * outside still tell of tasks, as they would have told a program that looks away.
 */
import type { Batch } from '../trace/event.ts';
import type { ReplayMoment } from './kernel/moment.ts';

export interface Limits {
  /** On the replay's clock: from this moment on, and before that one. */
  readonly fromNs?: bigint | undefined;
  readonly toNs?: bigint | undefined;
  readonly cpus?: ReadonlySet<number> | undefined;
  /** Processes, by tgid. */
  readonly pids?: ReadonlySet<number> | undefined;
  readonly tids?: ReadonlySet<number> | undefined;
  /** Names of threads. */
  readonly comms?: ReadonlySet<string> | undefined;
}

/** Hot: whether programs are called for the row, which the moment is at. */
export type LimitTest = (batch: Batch, row: number, moment: ReplayMoment) => boolean;

/** undefined where there is no limit. An event of a thread of which the asked-for fact is not known is outside. */
export function limitTest({ fromNs, toNs, cpus, pids, tids, comms }: Limits): LimitTest | undefined {
  const tests: LimitTest[] = [];
  if (fromNs !== undefined) tests.push(({ timeNs }, row) => (timeNs[row] ?? 0n) >= fromNs);
  if (toNs !== undefined) tests.push(({ timeNs }, row) => (timeNs[row] ?? 0n) < toNs);
  if (cpus !== undefined) tests.push(({ cpu }, row) => cpus.has(cpu[row] ?? -1));
  if (tids !== undefined) tests.push(({ tid }, row) => tids.has(tid[row] ?? -1));
  if (pids !== undefined) tests.push((_batch, _row, moment) => pids.has(moment.tgid()));
  if (comms !== undefined) tests.push((_batch, _row, moment) => comms.has(moment.comm() ?? ''));
  if (tests.length === 0) return undefined;
  return (batch, row, moment) => tests.every((test) => test(batch, row, moment));
}

/** Whether threads must be followed through the events to tell. */
export function asksForTasks({ pids, comms }: Limits): boolean {
  return pids !== undefined || comms !== undefined;
}
