/** A text of ftrace as a Source: its lines are encoded into the kernel's records, in time order. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inflateSync, constants } from 'node:zlib';
import { BatchBuffer } from '../../batch-buffer.ts';
import { emptyLedger } from '../../event.ts';
import type { Batch, ByteSource, ClockPair, Ledger, ReadOptions, Schema, Source } from '../../event.ts';
import type { SourceContext } from '../../event.ts';
import type { Surroundings } from '../../surroundings.ts';
import { EventCatalog } from '../../text/event-catalog.ts';
import { PerfCallchains } from '../perf/callchains.ts';
import { Window } from '../perf/window.ts';
import { PIECE_BYTES, PLACES_MAX, WINDOW_EVENTS } from './limits.ts';
import { TextPass } from './pass.ts';
import { compressedStart, piecesOf } from './pieces.ts';
import { Tasks } from './tasks.ts';

const BATCH_EVENTS = 16_384;
/** No line says which clock the recorder was told to use. */
const CLOCK = 'unknown';

export class FtraceTextSource implements Source {
  readonly name: string;
  readonly format = 'ftrace-text';
  readonly countsSwitchGaps = true;
  readonly formatDetail: string;
  readonly clock = CLOCK;
  readonly schema: Schema;
  readonly context: SourceContext;
  clockPairs: readonly ClockPair[] = [];
  ledger: Ledger = emptyLedger();
  readonly #file: ByteSource;
  readonly #catalog: EventCatalog;
  readonly #tasks = new Tasks();
  readonly #chains = new PerfCallchains();
  readonly #isPage: boolean;
  readonly #compressedAt: number | undefined;

  constructor(file: ByteSource, surroundings: Surroundings, isPage: boolean) {
    this.#file = file;
    this.name = file.name;
    this.#isPage = isPage;
    this.#compressedAt = compressedStart(file);
    this.#catalog = new EventCatalog(surroundings);
    this.schema = { types: this.#catalog.types, isLittleEndian: true, longSizeBytes: 8 };
    const first = this.#readFirst();
    this.formatDetail = this.#detailOf(first);
    this.context = {
      comms: this.#tasks.comms,
      tgids: this.#tasks.tgids,
      callchains: this.#chains.kernel,
      userCallchains: this.#chains.user,
      kallsyms: undefined,
      kernelRelease: undefined,
      machine: undefined,
      cpuCount: first.facts.cpuCount,
    };
  }

  async *batches(options: ReadOptions = {}): AsyncGenerator<Batch, void, void> {
    const ledger = (this.ledger = emptyLedger());
    const batch = new BatchBuffer(Math.max(1, options.batchEvents ?? BATCH_EVENTS));
    const window = new Window();
    const pass = this.#startPass(window, ledger);
    this.clockPairs = pass.clockPairs;
    const fill = (): boolean => {
      const hasEvents = window.fill(batch, ledger.read);
      ledger.read += batch.count;
      ledger.outOfOrder = window.outOfOrder;
      return hasEvents;
    };
    for await (const { bytes, consumed } of this.#pieces(ledger)) {
      options.signal?.throwIfAborted();
      pass.feed(bytes);
      options.onProgress?.(consumed / this.#file.sizeBytes);
      if (window.count < WINDOW_EVENTS) continue;
      pass.forgetRows();
      window.releaseHalf();
      while (fill()) yield batch;
      await nextTurn();
    }
    pass.finish();
    window.release(Infinity);
    while (fill()) {
      yield batch;
      options.signal?.throwIfAborted();
    }
    options.onProgress?.(1);
  }

  /** The file belongs to whoever opened it. */
  close(): void {
    this.#chains.clear();
  }

  #startPass(window: Window, ledger: Ledger): TextPass {
    return new TextPass({
      file: this.name,
      catalog: this.#catalog,
      tasks: this.#tasks,
      chains: this.#chains,
      window,
      ledger,
      clock: CLOCK,
      isPage: this.#isPage,
    });
  }

  /** A stream that is damaged ends where the damage is; that counts as one unparsed. */
  async *#pieces(ledger: Ledger): ReturnType<typeof piecesOf> {
    let at = 0;
    try {
      for await (const piece of piecesOf(this.#file, this.#compressedAt)) {
        at = piece.consumed;
        yield piece;
      }
    } catch (error) {
      if (!isZlibError(error)) throw error;
      ledger.unparsed += 1;
      if (ledger.places.length < PLACES_MAX)
        ledger.places.push({
          file: this.name,
          at,
          reason: `the compressed text breaks off: ${error.message}`,
        });
    }
  }

  /** The first piece tells most event types, so that programs can be attached before all was read. */
  #readFirst(): TextPass {
    const pass = this.#startPass(new Window(), emptyLedger());
    const from = this.#compressedAt ?? 0;
    const head = this.#file.read(from, Math.min(PIECE_BYTES, this.#file.sizeBytes - from));
    if (this.#compressedAt === undefined) {
      pass.feed(head);
      if (head.length === this.#file.sizeBytes) pass.finish();
      return pass;
    }
    try {
      pass.feed(inflateSync(head.subarray(0, 64 * 1024), { finishFlush: constants.Z_SYNC_FLUSH }));
    } catch (error) {
      // The pass over the whole says where.
      if (!isZlibError(error)) throw error;
    }
    return pass;
  }

  #detailOf({ facts, fractionDigits }: TextPass): string {
    const kind = this.#isPage
      ? 'systrace page'
      : this.#compressedAt !== undefined
        ? 'atrace, compressed'
        : facts.isReport
          ? 'trace-cmd report'
          : 'trace';
    const precision =
      fractionDigits === 0
        ? 'nanoseconds'
        : fractionDigits <= 6
          ? 'times to a microsecond'
          : 'times to a nanosecond';
    return `${kind}, ${precision}`;
  }
}

function isZlibError(error: unknown): error is Error {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_')
  );
}
