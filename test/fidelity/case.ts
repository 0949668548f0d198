/** What one comparison is made of: a tool, a recording around a workload, and how what both print is compared. */

import type { Factor } from './scaled-times.ts';

/** What the workload says of itself before it begins: `ready pid=12 port=4444`. */
export interface WorkloadFacts {
  readonly pid: number;
  readonly facts: Readonly<Record<string, string>>;
}

/** What the live tool printed, and what its replay did. */
export interface Printed {
  readonly live: readonly string[];
  /** What it said beside, such as that it missed a stack. */
  readonly liveErrors: readonly string[];
  readonly replayed: readonly string[];
  /** What the replay prints where the tool may have counted more than it surely did; empty for `replayed`. */
  readonly atMost: readonly string[];
  /** What the replay prints of the recorder that read its clock before the tool did; empty without one. */
  readonly before: readonly string[];
  readonly workload: WorkloadFacts;
  /** Files in the bundle that have symbols, by the paths they were mapped under. */
  readonly symbolFiles: ReadonlyMap<string, string>;
  /** What the replay prints of a recording whose every duration is so many times as long. */
  scaled(factor: Factor): Promise<readonly string[]>;
}

export interface Comparison {
  /** Figures of the live tool and of the replay, short: `1,200 in 5 rows`. */
  readonly live: string;
  readonly replay: string;
  /** What differs; empty where both are equal. */
  readonly differences: readonly string[];
  /** What was not compared, or moved, and why. */
  readonly notes: readonly string[];
}

export interface FidelityCase {
  readonly tool: string;
  /** A program of workloads/, `NAME.c`. */
  readonly workload: string;
  /**
   * perf drops the samples of a tracepoint while a program that is attached to it through perf returns 0, as the
   * tools' do: what hangs on tracepoints is recorded with ftrace.
   */
  readonly recorder: 'ftrace' | 'perf';
  readonly events: readonly string[];
  /**
   * Set where durations are printed line by line: ftrace records the same events from before the tool is attached, and
   * so reads its clock before the tool's programs do, as the recorder does after them.
   */
  readonly isBracketed?: boolean;
  /** Whether strings of the workload's calls come from an strace of it. */
  readonly hasStrace?: boolean;
  /**
   * Set for a tool that counts what the whole machine does: the events its programs hang on, in the order of its
   * attaches. The recording begins before it and ends after it, and only what the tool was there for is replayed.
   */
  readonly wholeMachine?: readonly string[];
  /** Whether stacks are printed: the bundle brings the kernel's symbols. */
  readonly hasSymbols?: boolean;
  /** Whether stacks of the user are: the bundle brings the files that the workload has mapped. */
  readonly hasUserSymbols?: boolean;
  /** What the live tool is started through. */
  readonly wrap?: readonly string[];
  /** What the replay is given where it is not the same. */
  replayArguments?(workload: WorkloadFacts): readonly string[];
  /** What both are started with. */
  arguments(workload: WorkloadFacts): readonly string[];
  compare(printed: Printed): Comparison | Promise<Comparison>;
}
