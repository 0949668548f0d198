/** A source with its times moved onto another clock. */
import type { Batch, ClockName, Ledger, ReadOptions, Source } from '../event.ts';
import { mapThrough, type ClockMap } from './clock-map.ts';
import { SourceView } from '../source-view.ts';

const WORD = 2 ** 32;

export class ShiftedSource extends SourceView {
  readonly #clock: ClockName;
  readonly #offsetNs: bigint;
  readonly #maps: readonly ClockMap[] | undefined;
  readonly #low: number;
  readonly #high: number;
  #before = 0;

  /** `maps`: where the offset is not the same at all times. */
  constructor(source: Source, clock: string, offsetNs: bigint, maps?: readonly ClockMap[]) {
    super(source);
    this.#offsetNs = offsetNs;
    this.#clock = clock;
    this.#maps = maps;
    const offset = BigInt.asUintN(64, offsetNs);
    this.#low = Number(offset & 0xffff_ffffn);
    this.#high = Number(offset >> 32n);
  }

  override get outline(): undefined {
    return undefined;
  }

  override get clock(): ClockName {
    return this.#clock;
  }

  /** Events from before the clock began, of an earlier boot perhaps, have no place on it. */
  override get ledger(): Ledger {
    const { ledger } = this.source;
    if (this.#before === 0) return ledger;
    const { read, withoutClock } = ledger;
    return { ...ledger, read: read - this.#before, withoutClock: withoutClock + this.#before };
  }

  async *batches(options?: ReadOptions): AsyncGenerator<Batch, void, void> {
    this.#before = 0;
    let times = new BigUint64Array(0);
    for await (const batch of this.source.batches(options)) {
      if (times.length < batch.count) times = new BigUint64Array(Math.max(batch.count, times.length * 2));
      const from = this.#rowsBefore(batch);
      this.#before += from;
      if (from === batch.count) continue;
      if (this.#maps === undefined) this.#move(batch.timeNs, times, batch.count);
      else moveThrough(this.#maps, batch.timeNs, times, batch.count);
      yield moved(batch, times, from);
    }
  }

  /** Leading rows whose time would lie before the clock began. Not hot: the first row of most batches ends it. */
  #rowsBefore({ timeNs, count }: Batch): number {
    let row = 0;
    while (row < count && this.#place(timeNs[row] ?? 0n) < 0n) row += 1;
    return row;
  }

  #place(timeNs: bigint): bigint {
    return this.#maps === undefined ? timeNs + this.#offsetNs : mapThrough(this.#maps, timeNs);
  }

  /** Hot: in halves, as a bigint an event would be made otherwise. */
  #move(from: BigUint64Array, to: BigUint64Array, count: number): void {
    const source = new Uint32Array(from.buffer, from.byteOffset, count * 2);
    const target = new Uint32Array(to.buffer, to.byteOffset, count * 2);
    for (let at = 0; at < count * 2; at += 2) {
      const low = (source[at] as number) + this.#low;
      target[at] = low;
      target[at + 1] = (source[at + 1] as number) + this.#high + (low >= WORD ? 1 : 0);
    }
  }
}

/** Of logs, mostly, whose clock was set or stood still: a bigint an event. */
function moveThrough(
  maps: readonly ClockMap[],
  from: BigUint64Array,
  to: BigUint64Array,
  count: number,
): void {
  for (let row = 0; row < count; row += 1) {
    const time = mapThrough(maps, from[row] ?? 0n);
    to[row] = time < 0n ? 0n : time;
  }
}

function moved(batch: Batch, timeNs: BigUint64Array, from: number): Batch {
  const { count, firstEvent, cpu, tid, type, stack, offset, length, bytes } = batch;
  if (from === 0) return { count, firstEvent, timeNs, cpu, tid, type, stack, offset, length, bytes };
  return {
    count: count - from,
    firstEvent: firstEvent + from,
    timeNs: timeNs.subarray(from),
    cpu: cpu.subarray(from),
    tid: tid.subarray(from),
    type: type.subarray(from),
    stack: stack.subarray(from),
    offset: offset.subarray(from),
    length: length.subarray(from),
    bytes,
  };
}
