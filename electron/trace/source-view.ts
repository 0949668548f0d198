/** A source seen through another: what a view does not change is the source's own. */
import type {
  Batch,
  ClockName,
  ClockPair,
  Ledger,
  ReadOptions,
  Schema,
  Source,
  SourceContext,
} from './event.ts';

export abstract class SourceView implements Source {
  protected readonly source: Source;

  constructor(source: Source) {
    this.source = source;
  }

  get name(): string {
    return this.source.name;
  }

  get format(): string {
    return this.source.format;
  }

  get formatDetail(): string {
    return this.source.formatDetail;
  }

  get clock(): ClockName {
    return this.source.clock;
  }

  get schema(): Schema {
    return this.source.schema;
  }

  get context(): SourceContext {
    return this.source.context;
  }

  get clockPairs(): readonly ClockPair[] | undefined {
    return this.source.clockPairs;
  }

  get ledger(): Ledger {
    return this.source.ledger;
  }

  /** A view that moves times has none. */
  get outline(): Source['outline'] {
    return this.source.outline?.bind(this.source);
  }

  abstract batches(options?: ReadOptions): AsyncGenerator<Batch, void, void>;

  close(): void {
    this.source.close();
  }
}
