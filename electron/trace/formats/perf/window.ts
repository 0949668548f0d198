/**
 * Puts events in time order: perf writes each CPU's buffer in turn, and marks the rounds. Events wait here until
 * a later round has passed them. Batches point into the block that holds the waiting records. Hot: append() and
 * fill() run per event.
 */
import type { BatchBuffer } from '../../batch-buffer.ts';
import { Rows } from './rows.ts';

const UINT32 = 4_294_967_296;

export class Window {
  /** Events that were yielded although one after them in time had been before. */
  outOfOrder = 0;
  /** Latest time that was appended, as a key. */
  keyMax = -Infinity;
  #rows = new Rows();
  #other = new Rows();
  #order = new Uint32Array(0);
  #spare = new Uint32Array(0);
  /** Rows at which time goes back. */
  #runs: number[] = [];
  #released = 0;
  #emitted = 0;
  #keyLast = -Infinity;
  #baseHigh = -1;
  #baseLow = 0;

  get count(): number {
    return this.#rows.count;
  }

  /** Bytes of the records that wait. */
  get end(): number {
    return this.#rows.end;
  }

  /** Valid until the next reserve(). */
  get bytes(): Uint8Array {
    return this.#rows.bytes;
  }

  get view(): DataView {
    return this.#rows.view;
  }

  /** Makes room for a record of `sizeBytes` and gives its place; append() takes it. */
  reserve(sizeBytes: number): number {
    const rows = this.#rows;
    const needed = rows.end + sizeBytes + 8;
    if (needed > rows.bytes.length) rows.growBytes(needed * 1.5);
    return rows.end;
  }

  append(
    timeHigh: number,
    timeLow: number,
    cpu: number,
    tid: number,
    type: number,
    stack: number,
    length: number,
  ): void {
    const rows = this.#rows;
    const row = rows.count;
    if (row === rows.key.length) rows.growRows();
    if (this.#baseHigh < 0) {
      this.#baseHigh = timeHigh;
      this.#baseLow = timeLow;
    }
    // Exact up to 104 days from the first event.
    const key = (timeHigh - this.#baseHigh) * UINT32 + (timeLow - this.#baseLow);
    if (row > 0 && key < (rows.key[row - 1] as number)) this.#runs.push(row);
    if (key > this.keyMax) this.keyMax = key;
    rows.key[row] = key;
    rows.timeLow[row] = timeLow;
    rows.timeHigh[row] = timeHigh;
    rows.cpu[row] = cpu;
    rows.tid[row] = tid;
    rows.type[row] = type;
    rows.stack[row] = stack;
    rows.offset[row] = rows.end;
    rows.length[row] = length;
    rows.end = (rows.end + length + 7) & -8;
    rows.count = row + 1;
  }

  /** Gives a row that was appended since the last release its callchain, which was told behind it. */
  setStack(row: number, stack: number): void {
    this.#rows.stack[row] = stack;
  }

  /** Sorts, and lets fill() yield all events up to the key. */
  release(keyLimit: number): void {
    this.#sort();
    const { key, count } = this.#rows;
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((key[this.#order[middle] as number] as number) <= keyLimit) low = middle + 1;
      else high = middle;
    }
    this.#released = low;
    this.#emitted = 0;
  }

  /** The earlier half of what waits: where no round ends in time. */
  releaseHalf(): void {
    this.#sort();
    this.#released = Math.ceil(this.count / 2);
    this.#emitted = 0;
  }

  /** Fills the batch with released events; false where none is left, and the window holds the rest. */
  fill(batch: BatchBuffer, firstEvent: number): boolean {
    const rows = this.#rows;
    const order = this.#order;
    const first = this.#emitted;
    batch.restart(firstEvent);
    batch.bytes = rows.bytes;
    const count = Math.min(batch.type.length, this.#released - first);
    if (count === 0) {
      this.#forget();
      return false;
    }
    let keyLast = this.#keyLast;
    for (let index = 0; index < count; index++) {
      const row = order[first + index] as number;
      const key = rows.key[row] as number;
      if (key < keyLast) this.outOfOrder += 1;
      keyLast = key;
      batch.timeHalves[index * 2] = rows.timeLow[row] as number;
      batch.timeHalves[index * 2 + 1] = rows.timeHigh[row] as number;
      batch.cpu[index] = rows.cpu[row] as number;
      batch.tid[index] = rows.tid[row] as number;
      batch.type[index] = rows.type[row] as number;
      batch.stack[index] = rows.stack[row] as number;
      batch.offset[index] = rows.offset[row] as number;
      batch.length[index] = rows.length[row] as number;
    }
    this.#keyLast = keyLast;
    batch.count = count;
    this.#emitted = first + count;
    return true;
  }

  /** Natural merge sort: each CPU's stretch is in order already, so there are few runs. Keeps equals in order. */
  #sort(): void {
    const { count } = this.#rows;
    if (this.#order.length < count) {
      this.#order = new Uint32Array(this.#rows.key.length);
      this.#spare = new Uint32Array(this.#rows.key.length);
    }
    for (let row = 0; row < count; row++) this.#order[row] = row;
    let starts = [0, ...this.#runs, count];
    while (starts.length > 2) {
      const merged: number[] = [];
      for (let run = 0; run + 1 < starts.length; run += 2) {
        const start = starts[run] as number;
        const middle = starts[run + 1] as number;
        merged.push(start);
        this.#merge(start, middle, starts[run + 2] ?? middle);
      }
      merged.push(count);
      [this.#order, this.#spare] = [this.#spare, this.#order];
      starts = merged;
    }
  }

  #merge(start: number, middle: number, end: number): void {
    const { key } = this.#rows;
    const from = this.#order;
    const to = this.#spare;
    let left = start;
    let right = middle;
    for (let index = start; index < end; index++) {
      const takesLeft =
        right >= end ||
        (left < middle && (key[from[left] as number] as number) <= (key[from[right] as number] as number));
      to[index] = from[takesLeft ? left++ : right++] as number;
    }
  }

  /** What was not released stays, in its order. */
  #forget(): void {
    this.#other.take(this.#rows, this.#order, this.#released, this.#rows.count);
    [this.#rows, this.#other] = [this.#other, this.#rows];
    this.#runs = [];
    this.#released = 0;
    this.#emitted = 0;
  }
}
