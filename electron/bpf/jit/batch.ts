/**
 * Calling programs for a whole stretch of recorded events at once: tables in linear memory say which programs a
 * type of event calls, and one call of WebAssembly goes through the rows (batch-module.ts). A program that has to be
 * called from JavaScript, because its context is laid out there or it is interpreted, is called row by row.
 */
import { Failure } from '../../failure.ts';
import type { Address, LinearMemory } from '../vm/memory.ts';
import { STACK_FRAME_BYTES } from '../vm/operations.ts';
import type { BATCH_IMPORTS } from './batch-module.ts';
import {
  buildBatchModule,
  CALLEE,
  CALLEE_BYTES,
  HOOK,
  HOOK_BYTES,
  HOOK_IS_FOLLOWED,
  HOOK_IS_LIMITED,
  NEEDS_CONTEXT,
  NEEDS_DRAIN,
  NO_SLOT,
  PROGRESS,
  PROGRESS_BYTES,
  ROWS,
  ROWS_BYTES,
} from './batch-module.ts';

/** A program that WebAssembly may call without JavaScript between. */
export interface BatchEntry {
  /** Registers r1 to r5 and the frame pointer; r0. */
  readonly entry: WebAssembly.ExportValue;
  /** READS_*: cells of the moment that it reads. */
  readonly reads: number;
  /** The failure that something thrown while it ran stands for. */
  asFailure(error: unknown): unknown;
}

/** What is called for an event. */
export interface BatchCallee {
  /** Absent where `drive` calls it. */
  readonly direct: BatchEntry | undefined;
  drive(record: Address, row: number): void;
  /** Of a direct one whose context is not the record: lays it out; 0 where it is not called. */
  readonly layOut?: ((record: Address, row: number) => Address) | undefined;
  /** Of a direct one: takes what it left in streams. Absent where it leaves nothing. */
  readonly drain?: (() => void) | undefined;
  /** Of a direct one: so many calls more. */
  count(calls: number): void;
  failed(failure: Failure): void;
}

/** What is called for each type of event, by its index. */
export interface BatchHook<Callee> {
  readonly callees: readonly Callee[];
  readonly isFollowed: boolean;
}

/** What a batch asks of its replay. */
export interface BatchAsks {
  /** The event tells of tasks. */
  follow(row: number): void;
  /** Whether programs are called for the event; absent where they are for all. */
  readonly isWithin?: ((row: number) => boolean) | undefined;
  /** -1 where unknown. */
  tgid(tid: number): number;
}

/** Events as columns, each of `count` entries, over the bytes of their records. */
export interface EventColumns {
  readonly count: number;
  readonly firstEvent: number;
  readonly timeNs: BigUint64Array;
  readonly cpu: Uint16Array;
  readonly tid: Int32Array;
  readonly type: Uint16Array;
  readonly offset: Uint32Array;
  readonly bytes: Uint8Array;
}

export interface BatchMachine {
  readonly memory: LinearMemory;
  readonly momentCells: Address;
  readonly stack: Address;
}

/** Hooks of one source, in linear memory. */
export interface HookTable {
  readonly address: Address;
  readonly types: number;
}

type Run = (rows: Address, row: number, to: number, callee: Address) => number;

export class BatchRunner<Callee extends BatchCallee> {
  readonly #machine: BatchMachine;
  readonly #asks: BatchAsks;
  readonly #progress: Address;
  readonly #programs = new WebAssembly.Table({ element: 'anyfunc', initial: 0 });
  readonly #slots = new Map<BatchEntry, number>();
  readonly #callees = new Map<Address, Callee>();
  readonly #direct = new Map<Address, Callee>();
  readonly #run: Run;
  #records: Address = 0;
  #offset: Uint32Array = new Uint32Array();

  constructor(machine: BatchMachine, asks: BatchAsks) {
    this.#machine = machine;
    this.#asks = asks;
    this.#progress = machine.memory.allocate(PROGRESS_BYTES);
    const places = {
      progress: this.#progress,
      moment: machine.momentCells,
      frame: machine.stack + STACK_FRAME_BYTES,
    };
    const module = new WebAssembly.Module(buildBatchModule(places));
    const given: Record<(typeof BATCH_IMPORTS)[number], (at: number) => number | undefined> = {
      follow: (row) => void asks.follow(row),
      isWithin: (row) => (asks.isWithin?.(row) === false ? 0 : 1),
      drive: (callee) => this.#drive(callee >>> 0),
      layOut: (callee) => this.#layOut(callee >>> 0),
      drain: (callee) => void this.#callees.get(callee >>> 0)?.drain?.(),
      tgid: (tid) => asks.tgid(tid),
    };
    const imports = { replay: { memory: machine.memory.wasmMemory, programs: this.#programs, ...given } };
    this.#run = new WebAssembly.Instance(module, imports).exports['run'] as Run;
  }

  /** The row that programs are called for. Between calls of run(), the one that is gone on with. */
  get row(): number {
    return this.#machine.memory.view.getInt32(this.#progress + PROGRESS.row, true);
  }

  set row(row: number) {
    this.#machine.memory.view.setInt32(this.#progress + PROGRESS.row, row, true);
  }

  /** The program that was called last for a row. */
  get callee(): Callee | undefined {
    return this.#callees.get(this.#machine.memory.view.getUint32(this.#progress + PROGRESS.callee, true));
  }

  /** Ends run() before its next row. */
  stop(): void {
    this.#machine.memory.view.setInt32(this.#progress + PROGRESS.stop, 1, true);
  }

  /** What is called for events of one source; types beyond the last are followed, and call nothing. */
  table(hooks: readonly BatchHook<Callee>[]): HookTable {
    const { memory } = this.#machine;
    const address = memory.allocate((hooks.length + 1) * HOOK_BYTES);
    for (const [type, hook] of [...hooks, { callees: [], isFollowed: true }].entries()) {
      const callees = memory.allocate(hook.callees.length * CALLEE_BYTES);
      hook.callees.forEach((callee, index) => this.#place(callee, callees + index * CALLEE_BYTES));
      const isLimited = this.#asks.isWithin !== undefined && hook.callees.length > 0;
      const { view } = memory;
      const at = address + type * HOOK_BYTES;
      view.setUint32(at + HOOK.callees, callees, true);
      view.setUint32(at + HOOK.end, callees + hook.callees.length * CALLEE_BYTES, true);
      const flags = (hook.isFollowed ? HOOK_IS_FOLLOWED : 0) | (isLimited ? HOOK_IS_LIMITED : 0);
      view.setUint32(at + HOOK.flags, flags, true);
    }
    return { address, types: hooks.length };
  }

  #place(callee: Callee, at: Address): void {
    const { view } = this.#machine.memory;
    this.#callees.set(at, callee);
    const { direct, drain, layOut } = callee;
    if (direct !== undefined) this.#direct.set(at, callee);
    view.setUint32(at + CALLEE.slot, direct === undefined ? NO_SLOT : this.#slotOf(direct), true);
    const needs =
      direct === undefined
        ? 0
        : direct.reads | (drain === undefined ? 0 : NEEDS_DRAIN) | (layOut === undefined ? 0 : NEEDS_CONTEXT);
    view.setUint32(at + CALLEE.needs, needs, true);
    view.setUint32(at + CALLEE.calls, 0, true);
  }

  #slotOf(direct: BatchEntry): number {
    const known = this.#slots.get(direct);
    if (known !== undefined) return known;
    const slot = this.#programs.grow(1, direct.entry);
    this.#slots.set(direct, slot);
    return slot;
  }

  /**
   * Calls the programs of `table` for rows [from, to) that `rows` holds, up to the first event at `untilNs` or later.
   * Gives the row that it stopped before. A program that fails is told so, and the next goes on.
   */
  run(rows: BatchRows, table: HookTable, from: number, to: number, untilNs: bigint): number {
    const { view } = this.#machine.memory;
    view.setBigUint64(this.#progress + PROGRESS.until, untilNs, true);
    view.setUint32(this.#progress + PROGRESS.stop, 0, true);
    this.#records = rows.records;
    this.#offset = rows.offset;
    const address = rows.hookedTo(table);
    let row = from;
    let callee: Address = 0;
    for (;;) {
      try {
        const reached = this.#run(address, row, to, callee);
        this.#count();
        return reached;
      } catch (error) {
        row = this.row;
        callee = this.#endFailed(error) + CALLEE_BYTES;
      }
    }
  }

  /** Notes the failure of the program that was called last; where that is. */
  #endFailed(error: unknown): Address {
    const at = this.#machine.memory.view.getUint32(this.#progress + PROGRESS.callee, true);
    const callee = this.#callees.get(at);
    const failure = callee?.direct?.asFailure(error);
    if (callee === undefined || !(failure instanceof Failure)) throw error;
    callee.failed(failure);
    callee.drain?.();
    return at;
  }

  #drive(callee: Address): undefined {
    const row = this.row;
    this.#callees.get(callee)?.drive(this.#records + (this.#offset[row] ?? 0), row);
  }

  #layOut(callee: Address): Address {
    const row = this.row;
    return this.#callees.get(callee)?.layOut?.(this.#records + (this.#offset[row] ?? 0), row) ?? 0;
  }

  #count(): void {
    const { view } = this.#machine.memory;
    for (const [at, callee] of this.#direct) {
      const calls = view.getUint32(at + CALLEE.calls, true);
      if (calls === 0) continue;
      view.setUint32(at + CALLEE.calls, 0, true);
      callee.count(calls);
    }
  }
}

/** A column of a batch in linear memory: where its address is noted, and bytes an entry. */
const COLUMNS = [
  ['timeNs', ROWS.time, 8],
  ['offset', ROWS.offset, 4],
  ['tid', ROWS.tid, 4],
  ['type', ROWS.type, 2],
  ['cpu', ROWS.cpu, 2],
] as const;

/** Where one source's batch lies in linear memory: columns, and records that programs read as their contexts. */
export class BatchRows {
  readonly #memory: LinearMemory;
  readonly #address: Address;
  #capacity = 0;
  #columns: Address = 0;
  #columnRows = 0;
  /** First event of the batch that is held: a batch may come in several runs, and is copied once. */
  #firstEvent = -1;
  /** Address of the batch's first byte. */
  records: Address = 0;
  offset: Uint32Array = new Uint32Array();

  constructor(memory: LinearMemory) {
    this.#memory = memory;
    this.#address = memory.allocate(ROWS_BYTES);
  }

  /** Copies the batch in. */
  hold(batch: EventColumns): void {
    if (batch.firstEvent === this.#firstEvent) return;
    this.#firstEvent = batch.firstEvent;
    this.offset = batch.offset;
    if (batch.bytes.length > this.#capacity) {
      this.#capacity = 2 * batch.bytes.length;
      this.records = this.#memory.allocate(this.#capacity, 16);
    }
    if (batch.count > this.#columnRows) {
      this.#columnRows = 2 * batch.count;
      const rowBytes = COLUMNS.reduce((sum, [, , sizeBytes]) => sum + sizeBytes, 0);
      this.#columns = this.#memory.allocate(this.#columnRows * rowBytes);
    }
    const { bytes, view } = this.#memory;
    bytes.set(batch.bytes, this.records);
    view.setUint32(this.#address + ROWS.records, this.records, true);
    let at = this.#columns;
    for (const [name, where, sizeBytes] of COLUMNS) {
      const column = batch[name];
      bytes.set(new Uint8Array(column.buffer, column.byteOffset, batch.count * sizeBytes), at);
      view.setUint32(this.#address + where, at, true);
      at += this.#columnRows * sizeBytes;
    }
  }

  /** Address of ROWS, with the hooks of the table. */
  hookedTo({ address, types }: HookTable): Address {
    this.#memory.view.setUint32(this.#address + ROWS.hooks, address, true);
    this.#memory.view.setUint32(this.#address + ROWS.types, types, true);
    return this.#address;
  }
}
