/** A Perfetto trace as a Source. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BatchBuffer } from '../../batch-buffer.ts';
import { emptyLedger } from '../../event.ts';
import type {
  Batch,
  ByteSource,
  ClockPair,
  Ledger,
  ReadOptions,
  Schema,
  Source,
  SourceContext,
} from '../../event.ts';
import type { Surroundings } from '../../surroundings.ts';
import { clockName } from './clocks.ts';
import { EventTypes } from './event-writer.ts';
import { OPEN_BYTES } from './limits.ts';
import { Pass } from './pass.ts';
import { Survey } from './survey.ts';

const BATCH_EVENTS = 16_384;
/** Looked at before others get their turn. */
const SURVEY_STEP_BYTES = 32 * 1024 * 1024;
/** Part of the work that the survey is. */
const SURVEY_FRACTION = 0.2;

export class PerfettoSource implements Source {
  readonly name: string;
  readonly format = 'perfetto';
  readonly formatDetail: string;
  readonly clock: string;
  readonly schema: Schema;
  readonly context: SourceContext;
  ledger: Ledger = emptyLedger();
  readonly #file: ByteSource;
  readonly #types: EventTypes;
  #survey: Survey;
  #cpuCount = 0;

  constructor(file: ByteSource, surroundings: Surroundings) {
    this.#file = file;
    this.name = file.name;
    this.#types = new EventTypes(surroundings);
    this.#survey = this.#readStart();
    const { about, hasCompressed } = this.#survey;
    this.clock = clockName(about.clocks.traceClock);
    this.formatDetail = hasCompressed ? 'compressed packets' : 'plain packets';
    this.schema = { types: this.#types.types, isLittleEndian: true, longSizeBytes: 8 };
    this.context = contextOf(
      () => this.#survey.about,
      () => this.#cpuCount,
    );
  }

  get clockPairs(): readonly ClockPair[] {
    return this.#survey.about.clocks.pairs;
  }

  async *batches(options: ReadOptions = {}): AsyncGenerator<Batch, void, void> {
    const ledger = (this.ledger = emptyLedger());
    const batch = new BatchBuffer(Math.max(1, options.batchEvents ?? BATCH_EVENTS));
    const { sizeBytes } = this.#file;
    const survey = new Survey(this.#file, sizeBytes);
    for (let hasMore = true; hasMore && survey.at < sizeBytes;) {
      options.signal?.throwIfAborted();
      hasMore = survey.readTo(survey.at + SURVEY_STEP_BYTES);
      options.onProgress?.((SURVEY_FRACTION * survey.at) / sizeBytes);
      await nextTurn();
    }
    this.#survey = survey;
    const pass = new Pass(this.#file, survey, this.#types, ledger, survey.at);
    for (let hasMore = true; hasMore;) {
      options.signal?.throwIfAborted();
      hasMore = pass.advance();
      while (pass.fill(batch)) {
        yield batch;
        options.onProgress?.(SURVEY_FRACTION + (1 - SURVEY_FRACTION) * pass.fraction);
        // Lets an abort or a message arrive between batches.
        await nextTurn();
        options.signal?.throwIfAborted();
      }
    }
    this.#cpuCount = Math.max(this.#cpuCount, pass.cpuCount);
    pass.finish(survey.damage);
    options.onProgress?.(1);
  }

  /** The file belongs to whoever opened it. */
  close(): void {}

  /** Events tell their types as they come: a program is attached to those of the trace's start. */
  #readStart(): Survey {
    const end = Math.min(OPEN_BYTES, this.#file.sizeBytes);
    const survey = new Survey(this.#file, this.#file.sizeBytes);
    survey.readTo(end);
    const batch = new BatchBuffer(1024);
    const pass = new Pass(this.#file, survey, this.#types, emptyLedger(), survey.at);
    for (let hasMore = true; hasMore;) {
      hasMore = pass.advance();
      while (pass.fill(batch));
    }
    this.#cpuCount = pass.cpuCount;
    return survey;
  }
}

function contextOf(about: () => Survey['about'], cpuCount: () => number): SourceContext {
  return {
    get comms() {
      return about().comms;
    },
    get tgids() {
      return about().tgids;
    },
    callchains: [],
    kallsyms: undefined,
    get kernelRelease() {
      return about().kernelRelease;
    },
    get machine() {
      return about().machine;
    },
    get cpuCount() {
      return Math.max(about().cpuCount, cpuCount());
    },
  };
}
