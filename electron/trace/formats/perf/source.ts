/** A perf.data as a Source: schema, context, ledger, and batches in time order. */
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
  SourceMapping,
  SpaceChange,
} from '../../event.ts';
import { clockName } from './attributes.ts';
import { PerfCallchains } from './callchains.ts';
import type { PerfFile } from './header.ts';
import { Pass } from './pass.ts';
import { SAMPLE, SAMPLE_BITS } from './sample-plan.ts';
import type { SamplePlan } from './sample-plan.ts';

const BATCH_EVENTS = 16_384;

export class PerfDataSource implements Source {
  readonly name: string;
  readonly format = 'perf.data';
  readonly formatDetail: string;
  readonly clock: string;
  readonly schema: Schema;
  readonly context: SourceContext;
  readonly clockPairs: readonly ClockPair[];
  ledger: Ledger = emptyLedger();
  readonly #file: ByteSource;
  readonly #perf: PerfFile;
  readonly #chains = new PerfCallchains();
  readonly #tgids = new Map<number, number>();
  readonly #parents = new Map<number, number>();
  readonly #mappings: SourceMapping[] = [];
  readonly #spaceChanges: SpaceChange[] = [];

  constructor(file: ByteSource, perf: PerfFile) {
    const { session } = perf;
    const { facts } = session;
    this.#file = file;
    this.#perf = perf;
    this.name = file.name;
    this.formatDetail = detailOf(perf);
    const isTimed = session.plans.length === 0 || session.plans.some(({ time }) => time >= 0);
    this.clock = isTimed ? clockName(session.plans[0]?.attribute.clockId) : 'unknown';
    this.schema = {
      types: session.types,
      isLittleEndian: session.isLittleEndian,
      longSizeBytes: session.longSizeBytes,
    };
    this.clockPairs = facts.clockPairs;
    this.context = {
      comms: session.comms,
      tgids: this.#tgids,
      parents: this.#parents,
      callchains: this.#chains.kernel,
      userCallchains: this.#chains.user,
      mappings: this.#mappings,
      spaceChanges: this.#spaceChanges,
      buildIds: facts.buildIds,
      get kallsyms() {
        return session.kallsyms?.();
      },
      kernelRelease: facts.kernelRelease,
      machine: facts.machine,
      cpuCount: facts.cpuCount,
    };
  }

  async *batches(options: ReadOptions = {}): AsyncGenerator<Batch, void, void> {
    const ledger = (this.ledger = emptyLedger());
    this.#mappings.length = 0;
    this.#spaceChanges.length = 0;
    const batch = new BatchBuffer(Math.max(1, options.batchEvents ?? BATCH_EVENTS));
    const { session } = this.#perf;
    const tasks = {
      comms: session.comms,
      tgids: this.#tgids,
      parents: this.#parents,
      mappings: this.#mappings,
      spaceChanges: this.#spaceChanges,
      buildIds: session.facts.buildIds,
    };
    const pass = new Pass(this.#file, this.#perf, this.#chains, tasks, ledger);
    try {
      for (let hasMore = true; hasMore;) {
        options.signal?.throwIfAborted();
        hasMore = await pass.advance();
        while (pass.fill(batch)) {
          yield batch;
          options.onProgress?.(pass.fraction);
          // Lets an abort or a message arrive between batches.
          await nextTurn();
          options.signal?.throwIfAborted();
        }
      }
    } finally {
      pass.close();
    }
    options.onProgress?.(1);
  }

  /** The file belongs to whoever opened it. */
  close(): void {
    this.#chains.clear();
  }
}

function detailOf({ session, isPipe, isUnfinished }: PerfFile): string {
  const parts = [isPipe ? 'pipe' : 'file'];
  if (session.facts.compression !== undefined) parts.push(session.facts.compression);
  if (isUnfinished) parts.push('not finished by its recorder');
  const lacks = (offset: (plan: SamplePlan) => number): boolean =>
    session.plans.some((plan) => offset(plan) < 0 && (plan.bits & SAMPLE.ip) !== 0);
  if (lacks(({ time }) => time)) parts.push('samples without times');
  if (lacks(({ cpu }) => cpu)) parts.push('samples without CPUs');
  if (session.plans.some(({ bits }) => (bits & ~SAMPLE_BITS) !== 0))
    parts.push('sample fields unknown to us');
  return parts.join(', ');
}
