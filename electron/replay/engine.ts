/**
 * The replay: every event of the sources in time order, handed to the programs attached to it.
 *
 * A function of its input: time, CPU and task are the event's, random numbers are seeded. What
 * programs put out is collected as it appears, with the event's time and the program that wrote it.
 */
import { Failure } from '../failure.ts';
import type { AttachedObject, AttachedProgram } from './attach.ts';
import { Dispatch } from './dispatch.ts';
import { Faults, type Fault } from './faults.ts';
import type { Limits } from './limits.ts';
import { mergeByTime, type Run } from './merge.ts';
import { Outputs, type Output } from './outputs.ts';
import { TimedCalls } from './timed-calls.ts';

/** Later than every event. */
const NEVER_NS = 0xffff_ffff_ffff_ffffn;

export interface ReplayResult {
  readonly events: number;
  readonly outputs: readonly Output[];
  readonly outputsCut: number;
  readonly faults: readonly Fault[];
}

/** Called when trace time passes the end of each interval, with the intervals that ended. */
export interface Intervals {
  readonly fromNs: bigint;
  readonly lengthNs: number;
  onEnd(interval: number): void;
}

/** From an event's time on, programs of an object take the place of those that ran until then. */
export interface Swap {
  /** On the replay's clock: the first event at this time or later is the new programs'. */
  readonly atNs: bigint;
  /** Attached beside the object it replaces, with takeOver() for its maps. */
  readonly object: AttachedObject;
}

export interface ReplayOptions {
  /** Objects attached beside the first, whose programs run after its own at each event. */
  readonly others?: readonly AttachedObject[];
  /** Of the first object, in order of time. */
  readonly swaps?: readonly Swap[];
  readonly signal?: AbortSignal;
  /** `timeNs` is that of the last event replayed. */
  readonly onProgress?: (fraction: number, events: number, timeNs: bigint) => void;
  readonly intervals?: Intervals;
  /** Programs are called for these events alone. */
  readonly limits?: Limits | undefined;
}

/** Runs the programs over their sources once. Throws signal.reason when cancelled. */
export async function replay(attached: AttachedObject, options: ReplayOptions = {}): Promise<ReplayResult> {
  const state = new ReplayState(attached, options);
  const merged = mergeByTime(attached.sources, {
    signal: options.signal,
    onProgress: (fraction) => options.onProgress?.(fraction, state.events, state.timeNs),
  });
  for await (const run of merged) {
    options.signal?.throwIfAborted();
    state.play(run);
  }
  state.finish();
  return {
    events: state.events,
    outputs: state.outputs.kept,
    outputsCut: state.outputs.cut,
    faults: state.faults.all(),
  };
}

class ReplayState {
  events = 0;
  /** Of the event that was replayed last. */
  timeNs = 0n;
  readonly outputs: Outputs;
  readonly faults = new Faults();
  readonly #attached: AttachedObject;
  readonly #intervals: Intervals | undefined;
  readonly #others: readonly AttachedObject[];
  readonly #swaps: Swap[];
  readonly #limits: Limits;
  readonly #dispatch: Dispatch;
  readonly #timed: TimedCalls;
  #intervalsEnded = 0;
  /** Of the first event. */
  #firstNs: bigint | undefined;

  constructor(attached: AttachedObject, options: ReplayOptions) {
    const { intervals, others = [], swaps = [], limits = {} } = options;
    this.#attached = attached;
    this.#intervals = intervals;
    this.#others = others;
    this.#swaps = [...swaps];
    this.#limits = limits;
    const objects = [attached, ...others, ...swaps.map(({ object }) => object)] as const;
    this.outputs = new Outputs(new Set(objects.flatMap((object) => object.maps)));
    this.#dispatch = new Dispatch({ objects, limits, outputs: this.outputs, faults: this.faults });
    const first = this.#programs(attached);
    this.#dispatch.use(first);
    this.#timed = new TimedCalls(
      first.flatMap((program) =>
        (program.plan.timed ?? []).map((timed) => ({ timed, call: this.#dispatch.callOf(program) })),
      ),
      (timeNs, run) => attached.moment.atTimer(timeNs, 0, run),
    );
  }

  /** Hot: once for rows that no other source's event comes between. */
  play({ source, batch, from, to }: Run): void {
    for (let row = from; row < to;) {
      this.#dispatch.enter(source, batch, row);
      const untilNs = this.#passTo(batch.timeNs[row] ?? 0n);
      row = this.#dispatch.run(row, to, untilNs);
    }
    this.events += to - from;
    this.timeNs = batch.timeNs[to - 1] ?? 0n;
  }

  /** Everything whose time came before the event at `timeNs`; when the next thing comes. */
  #passTo(timeNs: bigint): bigint {
    this.#swapUntil(timeNs);
    this.#runTimers(timeNs);
    this.#endIntervals(timeNs);
    this.#callTimed(timeNs);
    const { timers } = this.#attached.machine;
    let next = NEVER_NS;
    const timed = this.#timed.nextNs ?? this.#limits.fromNs;
    for (const due of [this.#swaps[0]?.atNs, timers.nextNs, this.#intervalEndNs, timed])
      if (due !== undefined && due > timeNs && due < next) next = due;
    return next > timeNs ? next : timeNs + 1n;
  }

  #programs(current: AttachedObject): readonly AttachedProgram[] {
    return [current, ...this.#others].flatMap((object) => object.programs);
  }

  /** The programs for events from `timeNs` on. */
  #swapUntil(timeNs: bigint): void {
    for (let swap = this.#swaps[0]; swap !== undefined && swap.atNs <= timeNs; swap = this.#swaps[0]) {
      swap.object.fillEntries();
      this.#dispatch.use(this.#programs(swap.object));
      this.#swaps.shift();
    }
  }

  /** Timers whose time came before the event at `untilNs`: each at its own time, on the CPU it was set on. */
  #runTimers(untilNs: bigint): void {
    const { machine, moment } = this.#attached;
    try {
      machine.timers.runDue(untilNs, ({ timeNs, cpu, program, run }) => {
        this.#endIntervals(timeNs);
        moment.atTimer(timeNs, cpu, () => this.#dispatch.callAs(program, run));
      });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#dispatch.fault(error.place.file ?? 'a timer', { kind: error.code });
    }
  }

  #callTimed(timeNs: bigint): void {
    const { fromNs = 0n, toNs = NEVER_NS } = this.#limits;
    this.#firstNs ??= timeNs;
    if (timeNs < fromNs) return;
    this.#timed.begin(this.#firstNs > fromNs ? this.#firstNs : fromNs);
    this.#timed.runUntil(timeNs < toNs ? timeNs : toNs - 1n);
  }

  /** When the interval ends that is not over yet. */
  get #intervalEndNs(): bigint | undefined {
    if (this.#intervals === undefined) return undefined;
    const { fromNs, lengthNs } = this.#intervals;
    return fromNs + BigInt(Math.ceil((this.#intervalsEnded + 1) * lengthNs));
  }

  #endIntervals(timeNs: bigint): void {
    for (
      let endNs = this.#intervalEndNs;
      endNs !== undefined && endNs <= timeNs;
      endNs = this.#intervalEndNs
    ) {
      this.#intervals?.onEnd(this.#intervalsEnded);
      this.#intervalsEnded += 1;
    }
  }

  /** What comes after the last event; ends the interval that it fell in. */
  finish(): void {
    const { toNs = NEVER_NS } = this.#limits;
    this.#timed.end(this.timeNs < toNs ? this.timeNs : toNs);
    this.#intervals?.onEnd(this.#intervalsEnded);
  }
}
