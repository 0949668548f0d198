/** A log of any family as a Source: every entry an event `log:line`, and what derivers make of it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BatchBuffer } from '../../batch-buffer.ts';
import { emptyLedger } from '../../event.ts';
import type {
  Batch,
  ByteSource,
  ClockPair,
  EventType,
  Ledger,
  ReadOptions,
  Schema,
  Source,
  SourceContext,
} from '../../event.ts';
import { Window } from '../perf/window.ts';
import type { DeclareDerivers, Deriver, DerivingNotes, MakeDeriver } from './deriver.ts';
import type { LogEntry, OpenLog } from './entry.ts';
import { CLOCK_PAIRS_MAX, PLACES_MAX, SECONDS_MAX, TASKS_MAX, WINDOW_EVENTS } from './limits.ts';
import { lineType, RecordWriter, writeLine } from './line-record.ts';

const BATCH_EVENTS = 16_384;

export class LogSource implements Source {
  readonly name: string;
  readonly format: string;
  readonly formatDetail: string;
  readonly clock: string;
  readonly schema: Schema;
  readonly context: SourceContext;
  readonly clockPairs: ClockPair[] = [];
  ledger: Ledger = emptyLedger();
  readonly #file: ByteSource;
  readonly #log: OpenLog;
  readonly #line: EventType;
  readonly #makeDerivers: readonly MakeDeriver[];
  readonly #comms = new Map<number, string>();
  readonly #tgids = new Map<number, number>();

  constructor(file: ByteSource, format: string, log: OpenLog, probes: DeclareDerivers) {
    this.name = file.name;
    this.format = format;
    this.formatDetail = log.detail;
    this.clock = log.clock;
    this.#file = file;
    this.#log = log;
    this.#line = lineType(0);
    const types = [this.#line];
    this.#makeDerivers = [...(log.derivers?.(types) ?? []), ...probes(types)];
    this.schema = { types, isLittleEndian: true, longSizeBytes: 8 };
    this.context = {
      comms: this.#comms,
      tgids: this.#tgids,
      callchains: [],
      kallsyms: undefined,
      kernelRelease: undefined,
      machine: undefined,
      cpuCount: 0,
    };
  }

  async *batches(options: ReadOptions = {}): AsyncGenerator<Batch, void, void> {
    const pass = this.#startPass();
    const { window, ledger } = pass;
    const batch = new BatchBuffer(Math.max(1, options.batchEvents ?? BATCH_EVENTS));
    let events = 0;
    const fill = (): boolean => {
      const hasEvents = window.fill(batch, events);
      events += batch.count;
      ledger.outOfOrder = window.outOfOrder;
      return hasEvents;
    };
    for (const entry of this.#log.entries(pass.notes)) {
      this.#take(pass, entry);
      if (window.count < WINDOW_EVENTS) continue;
      options.signal?.throwIfAborted();
      window.releaseHalf();
      while (fill()) yield batch;
      options.onProgress?.(Math.min(1, pass.offset / Math.max(1, this.#file.sizeBytes)));
      await nextTurn();
    }
    for (const deriver of pass.derivers) deriver.end?.(pass.writer, pass.notes);
    options.signal?.throwIfAborted();
    window.release(Infinity);
    while (fill()) {
      yield batch;
      options.signal?.throwIfAborted();
    }
    options.onProgress?.(1);
  }

  /** The file belongs to whoever opened it. */
  close(): void {
    this.#comms.clear();
    this.#tgids.clear();
  }

  #startPass(): Pass {
    const ledger = (this.ledger = emptyLedger());
    this.clockPairs.length = 0;
    const window = new Window();
    const pass: Pass = {
      window,
      ledger,
      writer: new RecordWriter(window),
      derivers: this.#makeDerivers.map((make) => make()),
      notes: this.#notesOf(ledger, (offset) => (pass.offset = offset)),
      offset: 0,
      seconds: 0,
      nanoseconds: 0,
    };
    return pass;
  }

  #notesOf(ledger: Ledger, reached: (offset: number) => void): DerivingNotes {
    const file = this.name;
    const place = (at: number, reason: string): void => {
      if (ledger.places.length < PLACES_MAX) ledger.places.push({ file, at, reason });
    };
    return {
      unparsed: (at, reason) => {
        ledger.unparsed += 1;
        place(at, reason);
      },
      unreadable: (at, reason) => {
        ledger.unsupported += 1;
        place(at, reason);
      },
      suspectedLoss: () => (ledger.suspectedLosses += 1),
      unsupported: () => (ledger.unsupported += 1),
      dropped: (count) => (ledger.dropped += count),
      withoutClock: () => (ledger.withoutClock += 1),
      pair: (pair) => {
        if (this.clockPairs.length < CLOCK_PAIRS_MAX) this.clockPairs.push(pair);
      },
      reached,
      comm: (tid, pid, name) => {
        if (tid < 0 || this.#comms.size >= TASKS_MAX) return;
        if (name !== '') this.#comms.set(tid, name);
        if (pid >= 0) this.#tgids.set(tid, pid);
      },
    };
  }

  /** An entry without a time is yielded at the one before it, and counted as such. */
  #take(pass: Pass, entry: LogEntry): void {
    const { ledger, writer, notes } = pass;
    if (entry.hasTime && (entry.seconds < 0 || entry.seconds >= SECONDS_MAX)) {
      notes.unparsed(entry.at, 'its time is out of range');
      return;
    }
    if (!entry.hasTime) {
      ledger.withoutClock += 1;
      entry.seconds = pass.seconds;
      entry.nanoseconds = pass.nanoseconds;
    }
    pass.seconds = entry.seconds;
    pass.nanoseconds = entry.nanoseconds;
    ledger.read += 1;
    writeLine(writer, entry, this.#line);
    for (const deriver of pass.derivers) deriver.derive(entry, writer, notes);
  }
}

interface Pass {
  readonly window: Window;
  readonly ledger: Ledger;
  readonly writer: RecordWriter;
  readonly derivers: readonly Deriver[];
  readonly notes: DerivingNotes;
  offset: number;
  /** Of the entry before. */
  seconds: number;
  nanoseconds: number;
}
