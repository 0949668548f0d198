/**
 * The replay: every event of the sources in time order, handed to the programs attached to it.
 *
 * A function of its input: time, CPU and task are the event's, random numbers are seeded. What
 * programs put out is collected as it appears, with the event's time and the program that wrote it.
 */
import { PerfEventArray } from '../bpf/maps/perf-event-array.ts';
import { RingBuffer } from '../bpf/maps/ringbuf.ts';
import type { Address, LinearMemory } from '../bpf/vm/memory.ts';
import { Failure } from '../failure.ts';
import type { Batch, Source } from '../trace/event.ts';
import type { AttachedObject, AttachedProgram } from './attach.ts';
import type { Call, Driver } from './hooks/hook.ts';
import { asksForTasks, limitTest, type Limits, type LimitTest } from './limits.ts';
import { mergeByTime, type Run } from './merge.ts';

/** Output records kept; later ones are counted. A page shows thousands, a file format is for millions. */
const OUTPUTS_KEPT_MAX = 20_000;

/** Kinds of runtime faults kept a program; a program has a handful of ways to fail. */
const FAULT_KINDS_MAX = 100;

/** Maps that programs send records through. */
type Stream = RingBuffer | PerfEventArray;

export interface Output {
  readonly stream: string;
  readonly program: string;
  readonly timeNs: bigint;
  readonly bytes: Uint8Array;
}

export interface Fault {
  readonly program: string;
  readonly kind: string;
  count: number;
  readonly firstEvent: number;
}

export interface ReplayResult {
  readonly events: number;
  readonly outputs: readonly Output[];
  readonly outputsCut: number;
  readonly faults: readonly Fault[];
}

/** A program that is called for a type of event. */
interface Callee {
  readonly drive: Driver | undefined;
  readonly call: Call;
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
  readonly onProgress?: (fraction: number, events: number) => void;
  readonly intervals?: Intervals;
  /** Programs are called for these events alone. */
  readonly limits?: Limits | undefined;
}

/** Runs the programs over their sources once. Throws signal.reason when cancelled. */
export async function replay(attached: AttachedObject, options: ReplayOptions = {}): Promise<ReplayResult> {
  const state = new ReplayState(attached, options);
  const merged = mergeByTime(attached.sources, {
    signal: options.signal,
    onProgress: (fraction) => options.onProgress?.(fraction, state.events),
  });
  for await (const run of merged) {
    options.signal?.throwIfAborted();
    state.play(run);
  }
  state.finish();
  return {
    events: state.events,
    outputs: state.outputs,
    outputsCut: state.outputsCut,
    faults: [...state.faults.values()],
  };
}

class ReplayState {
  events = 0;
  readonly outputs: Output[] = [];
  outputsCut = 0;
  readonly faults = new Map<string, Fault>();
  readonly #attached: AttachedObject;
  readonly #intervals: Intervals | undefined;
  readonly #calleesBySource = new Map<Source, readonly (readonly Callee[] | undefined)[]>();
  readonly #contextsBySource = new Map<Source, ContextArea>();
  readonly #streams: readonly Stream[];
  readonly #others: readonly AttachedObject[];
  readonly #swaps: Swap[];
  readonly #asksForTasks: boolean;
  readonly #isWithin: LimitTest | undefined;
  #nextIntervalEnd = 1;
  /** The event that programs are called for. */
  #event = 0;

  constructor(attached: AttachedObject, options: ReplayOptions) {
    const { intervals, others = [], swaps = [], limits = {} } = options;
    this.#attached = attached;
    this.#intervals = intervals;
    this.#others = others;
    this.#swaps = [...swaps];
    const objects = [attached, ...others, ...swaps.map(({ object }) => object)];
    const maps = new Set(objects.flatMap((object) => object.maps));
    this.#streams = [...maps].filter((map) => map instanceof RingBuffer || map instanceof PerfEventArray);
    this.#asksForTasks = asksForTasks(limits) || objects.some((object) => object.asksForTasks);
    this.#isWithin = limitTest(limits);
    for (const source of attached.sources)
      this.#contextsBySource.set(source, new ContextArea(attached.machine.memory));
    this.#dispatch(attached);
  }

  #dispatch(current: AttachedObject): void {
    const programs = [current, ...this.#others].flatMap((object) => object.programs);
    for (const source of this.#attached.sources)
      this.#calleesBySource.set(source, this.#calleesByType(programs, source));
  }

  /** The programs for events from `timeNs` on. */
  #swapUntil(timeNs: bigint): void {
    for (let swap = this.#swaps[0]; swap !== undefined && swap.atNs <= timeNs; swap = this.#swaps[0]) {
      swap.object.fillEntries();
      this.#dispatch(swap.object);
      this.#swaps.shift();
    }
  }

  /** Hot: runs once an event. */
  play(run: Run): void {
    const { source, batch } = run;
    let callees = this.#calleesBySource.get(source) ?? [];
    const { machine, moment, tasks } = this.#attached;
    const followsTasks = this.#asksForTasks;
    const isWithin = this.#isWithin;
    const start = this.#contextsBySource.get(source)?.hold(batch) ?? 0;
    for (let row = run.from; row < run.to; row += 1) {
      if (this.#swaps.length > 0) {
        this.#swapUntil(batch.timeNs[row] ?? 0n);
        callees = this.#calleesBySource.get(source) ?? [];
      }
      if (machine.timers.isAnySet) this.#runTimers(batch.timeNs[row] ?? 0n, batch.firstEvent + row);
      if (this.#intervals !== undefined) this.#passTime(this.#intervals, batch.timeNs[row] ?? 0n);
      if (followsTasks) tasks.follow(source.schema, batch, row);
      const called = callees[batch.type[row] ?? 0];
      if (called === undefined) continue;
      moment.moveTo(source, batch, row);
      if (isWithin !== undefined && !isWithin(batch, row, moment)) continue;
      this.#event = batch.firstEvent + row;
      const record = start + (batch.offset[row] ?? 0);
      for (const { drive, call } of called) {
        if (drive === undefined) call(record);
        else drive(call, record, batch, row);
      }
    }
    this.events += run.to - run.from;
  }

  /** Timers whose time came before the event at `untilNs`: each at its own time, on the CPU it was set on. */
  #runTimers(untilNs: bigint, event: number): void {
    const { machine, moment } = this.#attached;
    try {
      machine.timers.runDue(untilNs, ({ timeNs, cpu, program, run }) => {
        if (this.#intervals !== undefined) this.#passTime(this.#intervals, timeNs);
        try {
          moment.atTimer(timeNs, cpu, run);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          this.#fault(program, error.code, event);
        }
        for (const stream of this.#streams) if (stream.hasRecords) this.#drain(stream, program, timeNs);
      });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#fault(error.place.file ?? 'a timer', error.code, event);
    }
  }

  /** Ends the interval that the last event fell in. */
  finish(): void {
    this.#intervals?.onEnd(this.#nextIntervalEnd - 1);
  }

  #calleesByType(
    programs: readonly AttachedProgram[],
    source: Source,
  ): readonly (readonly Callee[] | undefined)[] {
    const byType: (Callee[] | undefined)[] = source.schema.types.map(() => undefined);
    for (const program of programs) {
      const call: Call = (context) => this.#call(program, context);
      for (const attachment of program.plan.attachments) {
        if (attachment.source !== source) continue;
        (byType[attachment.type] ??= []).push({ drive: attachment.drive, call });
      }
    }
    return byType;
  }

  #call(program: AttachedProgram, context: Address): bigint | undefined {
    program.events += 1;
    let returned: bigint | undefined;
    try {
      returned = program.loaded.run(context);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#fault(program.program.name, error.code, this.#event);
    }
    for (const stream of this.#streams)
      if (stream.hasRecords) this.#drain(stream, program.program.name, this.#attached.moment.timeNs());
    return returned;
  }

  #drain(stream: Stream, program: string, timeNs: bigint): void {
    for (const bytes of stream.drain()) {
      if (this.outputs.length >= OUTPUTS_KEPT_MAX) {
        this.outputsCut += 1;
        continue;
      }
      this.outputs.push({
        stream: stream.definition.name,
        program,
        timeNs,
        bytes,
      });
    }
  }

  #fault(program: string, kind: string, event: number): void {
    const key = `${program} ${kind}`;
    const fault = this.faults.get(key);
    if (fault !== undefined) fault.count += 1;
    else if (this.faults.size < FAULT_KINDS_MAX) {
      this.faults.set(key, { program, kind, count: 1, firstEvent: event });
    }
  }

  #passTime(intervals: Intervals, timeNs: bigint): void {
    const elapsed = Number(timeNs - intervals.fromNs);
    while (elapsed >= this.#nextIntervalEnd * intervals.lengthNs) {
      intervals.onEnd(this.#nextIntervalEnd - 1);
      this.#nextIntervalEnd += 1;
    }
  }
}

/** Where a source's batch lies in linear memory while programs read its records as contexts. */
class ContextArea {
  readonly #memory: LinearMemory;
  #start: Address = 0;
  #capacity = 0;
  /** First event of the batch that is held: a batch may come in several runs, and is copied once. */
  #firstEvent = -1;

  constructor(memory: LinearMemory) {
    this.#memory = memory;
  }

  /** Copies the batch's bytes in; gives the address of the first. */
  hold(batch: Batch): Address {
    if (batch.firstEvent === this.#firstEvent) return this.#start;
    if (batch.bytes.length > this.#capacity) {
      this.#capacity = 2 * batch.bytes.length;
      this.#start = this.#memory.allocate(this.#capacity, 16);
    }
    this.#memory.bytes.set(batch.bytes, this.#start);
    this.#firstEvent = batch.firstEvent;
    return this.#start;
  }
}
