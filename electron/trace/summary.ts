/** One pass over a source: what it spans and how many events of each type it holds. */
import type { Batch, ReadOptions, Source } from './event.ts';

export interface SourceSummary {
  /** First and last time; undefined for a source without events. */
  readonly spanNs: readonly [bigint, bigint] | undefined;
  /** Events by Schema.types index. */
  readonly counts: Float64Array;
  readonly events: number;
}

/** Reads the source to its end, which also completes its ledger; `onBatch` sees what passes. */
export async function countTypes(
  source: Source,
  options: ReadOptions = {},
  onBatch: (batch: Batch) => void = () => {},
): Promise<SourceSummary> {
  let counts = new Float64Array(source.schema.types.length);
  let firstNs: bigint | undefined;
  let lastNs = 0n;
  let events = 0;
  for await (const batch of source.batches(options)) {
    const { count, type, timeNs } = batch;
    onBatch(batch);
    // Text tells of an event type when it first occurs.
    if (counts.length < source.schema.types.length) counts = grown(counts, source.schema.types.length);
    // Hot: per event. Rows exist up to count.
    for (let row = 0; row < count; row++) {
      const index = type[row] as number;
      counts[index] = (counts[index] as number) + 1;
    }
    firstNs ??= timeNs[0];
    lastNs = timeNs[count - 1] ?? lastNs;
    events += count;
  }
  return { spanNs: firstNs === undefined ? undefined : [firstNs, lastNs], counts, events };
}

function grown(counts: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(length);
  longer.set(counts);
  return longer;
}

/** The span that holds both; either may have no event. */
export function joinSpans(
  a: readonly [bigint, bigint] | undefined,
  b: readonly [bigint, bigint] | undefined,
): readonly [bigint, bigint] | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return [a[0] < b[0] ? a[0] : b[0], a[1] > b[1] ? a[1] : b[1]];
}
