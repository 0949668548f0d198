/**
 * Which programs each type of event calls, as tables that a batch is run over: most programs are called by
 * WebAssembly itself, row after row; those whose contexts are laid out for them are called from here.
 */
import { BatchRows, BatchRunner, type BatchCallee, type HookTable } from '../bpf/jit/batch.ts';
import type { FaultKind } from '../bpf/vm/call-errors.ts';
import { Failure } from '../failure.ts';
import type { Batch, Source } from '../trace/event.ts';
import type { AttachedObject, AttachedProgram } from './attach.ts';
import type { Faults, FaultPlace } from './faults.ts';
import type { Attachment, Call } from './hooks/hook.ts';
import { asksForTasks, limitTest, type Limits } from './limits.ts';
import type { Outputs } from './outputs.ts';

export interface DispatchOptions {
  /** All that may be called in the replay, the first whose machine runs them all. */
  readonly objects: readonly [AttachedObject, ...AttachedObject[]];
  readonly limits: Limits;
  readonly outputs: Outputs;
  readonly faults: Faults;
}

interface SourceHooks {
  readonly rows: BatchRows;
  table: HookTable;
  /** The schema of a text grows as it is read. */
  types: number;
}

interface Callee extends BatchCallee {
  readonly program: string;
}

export class Dispatch {
  readonly #attached: AttachedObject;
  readonly #outputs: Outputs;
  readonly #faults: Faults;
  readonly #asksForTasks: boolean;
  readonly #runner: BatchRunner<Callee>;
  readonly #hooksBySource = new Map<Source, SourceHooks>();
  #programs: readonly AttachedProgram[] = [];
  #source: Source | undefined;
  #batch: Batch | undefined;
  /** The program that runs, where it was called from here. */
  #running: string | undefined;

  constructor({ objects, limits, outputs, faults }: DispatchOptions) {
    const [attached] = objects;
    this.#attached = attached;
    this.#outputs = outputs;
    this.#faults = faults;
    this.#asksForTasks = asksForTasks(limits) || objects.some((object) => object.asksForTasks);
    const { machine, moment, tasks } = attached;
    const isWithin = limitTest(limits);
    this.#runner = new BatchRunner(machine, {
      follow: (row) => {
        if (this.#source !== undefined && this.#batch !== undefined)
          tasks.follow(this.#source.schema, this.#batch, row);
      },
      isWithin: isWithin && ((row) => this.#batch !== undefined && isWithin(this.#batch, row, moment)),
      tgid: (tid) => tasks.tgid(tid) ?? -1,
    });
    machine.timers.onStart = () => this.#runner.stop();
    machine.onFault = (fault) => this.fault(this.#running ?? this.#runner.callee?.program ?? '', fault);
  }

  /** From now on events call these. */
  use(programs: readonly AttachedProgram[]): void {
    this.#programs = programs;
    this.#hooksBySource.forEach((hooks, source) => this.#hook(hooks, source));
  }

  /** The batch that run() goes through, and the row that things between events come before. */
  enter(source: Source, batch: Batch, row: number): void {
    this.#source = source;
    this.#batch = batch;
    this.#attached.moment.enter(source, batch, () => this.#runner.row);
    this.#runner.row = row;
  }

  /** Calls programs for rows of the batch, up to the first event at `untilNs` or later; the row it stopped before. */
  run(from: number, to: number, untilNs: bigint): number {
    const [source, batch] = [this.#source, this.#batch];
    if (source === undefined || batch === undefined) return to;
    const hooks = this.#hooksOf(source);
    hooks.rows.hold(batch);
    return this.#runner.run(hooks.rows, hooks.table, from, to, untilNs);
  }

  /** Calls what belongs to a program; what it puts out and how it fails is noted under its name. */
  callAs<T>(program: string, call: () => T): T | undefined {
    const outer = this.#running;
    this.#running = program;
    try {
      return call();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.fault(program, { kind: error.code });
      return undefined;
    } finally {
      this.#running = outer;
      this.#outputs.take(program, () => this.#attached.moment.timeNs());
    }
  }

  /** The program as what a hook calls. */
  callOf(attached: AttachedProgram): Call {
    const { program, loaded } = attached;
    const { name } = program;
    const timeNs = (): bigint => this.#attached.moment.timeNs();
    // As callAs() does it, without a function made for each call.
    return (context) => {
      attached.events += 1;
      const outer = this.#running;
      this.#running = name;
      let returned: bigint | undefined;
      try {
        returned = loaded.run(context);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        this.fault(name, { kind: error.code });
      }
      this.#running = outer;
      if (this.#outputs.hasStreams) this.#outputs.take(name, timeNs);
      return returned;
    };
  }

  fault(program: string, fault: FaultKind): void {
    this.#faults.add(program, fault, this.#placeNow);
  }

  readonly #placeNow = (): FaultPlace | undefined => {
    const [source, batch] = [this.#source, this.#batch];
    return source && batch && { source, event: batch.firstEvent + this.#runner.row };
  };

  #hooksOf(source: Source): SourceHooks {
    let hooks = this.#hooksBySource.get(source);
    if (hooks === undefined) {
      const rows = new BatchRows(this.#attached.machine.memory);
      hooks = { rows, table: this.#tableOf(source), types: source.schema.types.length };
      this.#hooksBySource.set(source, hooks);
    } else if (hooks.types !== source.schema.types.length) this.#hook(hooks, source);
    return hooks;
  }

  #hook(hooks: SourceHooks, source: Source): void {
    hooks.table = this.#tableOf(source);
    hooks.types = source.schema.types.length;
  }

  #tableOf(source: Source): HookTable {
    const byType = source.schema.types.map((): Callee[] => []);
    for (const program of this.#programs) {
      for (const attachment of program.plan.attachments) {
        if (attachment.source === source) byType[attachment.type]?.push(this.#callee(program, attachment));
      }
    }
    const { tasks } = this.#attached;
    return this.#runner.table(
      byType.map((callees, type) => ({
        callees,
        isFollowed: this.#asksForTasks && tasks.tells(source.schema, type),
      })),
    );
  }

  #callee(attached: AttachedProgram, { drive, layOut }: Attachment): Callee {
    const {
      loaded,
      program: { name },
    } = attached;
    const call = this.callOf(attached);
    const timeNs = (): bigint => this.#attached.moment.timeNs();
    return {
      program: name,
      direct: drive === undefined ? loaded.batchEntry : undefined,
      drive: (record, row) => {
        const batch = this.#batch;
        if (batch === undefined) return;
        if (drive !== undefined) drive(call, record, batch, row);
        else {
          const context = layOut === undefined ? record : layOut(record, batch, row);
          if (context !== 0) call(context);
        }
      },
      layOut: layOut && ((record, row) => (this.#batch === undefined ? 0 : layOut(record, this.#batch, row))),
      drain: this.#outputs.hasStreams ? () => this.#outputs.take(name, timeNs) : undefined,
      count: (calls) => {
        attached.events += calls;
        loaded.runs += calls;
      },
      failed: ({ code }) => this.fault(name, { kind: code }),
    };
  }
}
