/**
 * Several sources as one stream in time order: at every step the source whose next event is earliest,
 * the first named on a tie. Stable, so the same sources give the same order.
 */
import { Failure } from '../failure.ts';
import type { Batch, ReadOptions, Source } from '../trace/event.ts';

/** Rows [from, to) of a batch, none later than the next event of any other source. */
export interface Run {
  readonly source: Source;
  readonly batch: Batch;
  readonly from: number;
  readonly to: number;
}

interface Cursor {
  readonly source: Source;
  readonly batches: AsyncGenerator<Batch, void, void>;
  batch: Batch;
  row: number;
}

/**
 * Yields runs in time order. Sources must share a clock: Failure `clocks-differ` names two that do not.
 * A run is valid until the next is asked for.
 */
export async function* mergeByTime(
  sources: readonly Source[],
  options: ReadOptions,
): AsyncGenerator<Run, void, void> {
  requireOneClock(sources);
  const parts = sources.map(() => 0);
  const cursors: Cursor[] = [];
  try {
    for (const [index, source] of sources.entries()) {
      const onProgress = (fraction: number): void => {
        parts[index] = fraction;
        options.onProgress?.(parts.reduce((sum, part) => sum + part, 0) / parts.length);
      };
      const batches = source.batches({ ...options, onProgress });
      const batch = await nextBatch(batches);
      if (batch !== undefined) cursors.push({ source, batches, batch, row: 0 });
    }
    while (cursors.length > 0) {
      const cursor = earliest(cursors);
      const to = endOfRun(cursor, cursors);
      yield { source: cursor.source, batch: cursor.batch, from: cursor.row, to };
      cursor.row = to;
      if (to < cursor.batch.count) continue;
      const batch = await nextBatch(cursor.batches);
      if (batch === undefined) cursors.splice(cursors.indexOf(cursor), 1);
      else {
        cursor.batch = batch;
        cursor.row = 0;
      }
    }
  } finally {
    for (const cursor of cursors) await cursor.batches.return();
  }
}

async function nextBatch(batches: AsyncGenerator<Batch, void, void>): Promise<Batch | undefined> {
  for (;;) {
    const next = await batches.next();
    if (next.done) return undefined;
    if (next.value.count > 0) return next.value;
  }
}

function timeAt(cursor: Cursor, row: number): bigint {
  return cursor.batch.timeNs[row] ?? 0n;
}

function earliest(cursors: readonly Cursor[]): Cursor {
  let best = cursors[0];
  if (best === undefined) throw new Error('no cursor to choose from');
  for (const cursor of cursors) if (timeAt(cursor, cursor.row) < timeAt(best, best.row)) best = cursor;
  return best;
}

/** First row past the ones that come before every other source's next event; at least one row on. */
function endOfRun(cursor: Cursor, cursors: readonly Cursor[]): number {
  let limit: bigint | undefined;
  let takesTies = true;
  let isBefore = true;
  for (const other of cursors) {
    if (other === cursor) {
      isBefore = false;
      continue;
    }
    const time = timeAt(other, other.row);
    if (limit !== undefined && time > limit) continue;
    takesTies = (limit === time ? takesTies : true) && !isBefore;
    limit = time;
  }
  if (limit === undefined) return cursor.batch.count;
  let row = cursor.row + 1;
  while (row < cursor.batch.count) {
    const time = timeAt(cursor, row);
    if (time > limit || (time === limit && !takesTies)) break;
    row += 1;
  }
  return row;
}

function requireOneClock(sources: readonly Source[]): void {
  const [first] = sources;
  const other = sources.find((source) => source.clock !== first?.clock);
  if (first === undefined || other === undefined) return;
  throw new Failure(
    'replay',
    'clocks-differ',
    `${first.name} is on clock ${first.clock} and ${other.name} on ${other.clock}; they cannot be put in one order unless their offset is set`,
    { file: other.name },
  );
}
