/** A recording whose every duration is longer or shorter by a factor: a sample near an edge of a histogram crosses it. */
import type { Batch, ReadOptions, Source } from '../../electron/trace/event.ts';
import { SourceView } from '../../electron/trace/source-view.ts';

export interface Factor {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export class ScaledTimes extends SourceView {
  readonly #factor: Factor;

  constructor(source: Source, factor: Factor) {
    super(source);
    this.#factor = factor;
  }

  override get outline(): undefined {
    return undefined;
  }

  override async *batches(options?: ReadOptions): AsyncGenerator<Batch, void, void> {
    const { numerator, denominator } = this.#factor;
    for await (const batch of this.source.batches(options))
      yield { ...batch, timeNs: batch.timeNs.map((timeNs) => (timeNs * numerator) / denominator) };
  }
}
