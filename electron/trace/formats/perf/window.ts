/**
 * Puts events in time order: perf writes each CPU's buffer in turn, and marks the rounds. Events wait here until
 * a later round has passed them. Rows are columns and their records lie in one block, which batches point
 * into. Hot: append() and fill() run per event.
 */
import type { BatchBuffer } from '../../batch-buffer.ts';

const FIRST_ROWS = 16 * 1024;
const FIRST_BYTES = 1024 * 1024;

export class Window {
  count = 0;
  /** First free byte of `bytes`. */
  end = 0;
  bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  words: Uint32Array = new Uint32Array(this.bytes.buffer);
  view: DataView = new DataView(this.bytes.buffer);
  /** Events that were released although an event after them in time had been yielded before. */
  outOfOrder = 0;
  /** Latest time that was appended, as a key. */
  keyMax = -Infinity;
  #key = new Float64Array(FIRST_ROWS);
  #timeLow = new Uint32Array(FIRST_ROWS);
  #timeHigh = new Uint32Array(FIRST_ROWS);
  #cpu = new Uint16Array(FIRST_ROWS);
  #tid = new Int32Array(FIRST_ROWS);
  #type = new Uint16Array(FIRST_ROWS);
  #stack = new Int32Array(FIRST_ROWS);
  #offset = new Uint32Array(FIRST_ROWS);
  #length = new Uint32Array(FIRST_ROWS);
  #order = new Uint32Array(0);
  #spare = new Uint32Array(0);
  #runs: number[] = [];
  #released = 0;
  #emitted = 0;
  #keyLast = -Infinity;
  #baseHigh = -1;
  #baseLow = 0;
  #otherBytes: Uint8Array | undefined;

  /** Makes room for a record of `sizeBytes` and gives its place; append() takes it. */
  reserve(sizeBytes: number): number {
    if (this.end + sizeBytes + 8 > this.bytes.length) this.#growBytes(this.end + sizeBytes + 8);
    return this.end;
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
    const row = this.count;
    if (row === this.#key.length) this.#growRows();
    if (this.#baseHigh < 0) {
      this.#baseHigh = timeHigh;
      this.#baseLow = timeLow;
    }
    // Exact up to 104 days from the first event.
    const key = (timeHigh - this.#baseHigh) * 4_294_967_296 + (timeLow - this.#baseLow);
    if (row > 0 && key < (this.#key[row - 1] as number)) this.#runs.push(row);
    if (key > this.keyMax) this.keyMax = key;
    this.#key[row] = key;
    this.#timeLow[row] = timeLow;
    this.#timeHigh[row] = timeHigh;
    this.#cpu[row] = cpu;
    this.#tid[row] = tid;
    this.#type[row] = type;
    this.#stack[row] = stack;
    this.#offset[row] = this.end;
    this.#length[row] = length;
    this.end = (this.end + length + 7) & -8;
    this.count = row + 1;
  }

  /** Sorts, and lets fill() yield all events up to the key. */
  release(keyLimit: number): void {
    this.#sort();
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#key[this.#order[middle] as number] as number) <= keyLimit) low = middle + 1;
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
    batch.restart(firstEvent);
    batch.bytes = this.bytes;
    const count = Math.min(batch.type.length, this.#released - this.#emitted);
    if (count === 0) {
      this.#compact();
      return false;
    }
    for (let index = 0; index < count; index++) {
      const row = this.#order[this.#emitted + index] as number;
      const key = this.#key[row] as number;
      if (key < this.#keyLast) this.outOfOrder += 1;
      this.#keyLast = key;
      batch.timeHalves[index * 2] = this.#timeLow[row] as number;
      batch.timeHalves[index * 2 + 1] = this.#timeHigh[row] as number;
      batch.cpu[index] = this.#cpu[row] as number;
      batch.tid[index] = this.#tid[row] as number;
      batch.type[index] = this.#type[row] as number;
      batch.stack[index] = this.#stack[row] as number;
      batch.offset[index] = this.#offset[row] as number;
      batch.length[index] = this.#length[row] as number;
    }
    batch.count = count;
    this.#emitted += count;
    return true;
  }

  /** Natural merge sort: each CPU's stretch is in order already, so there are few runs. Keeps equals in order. */
  #sort(): void {
    const { count } = this;
    if (this.#order.length < count) {
      this.#order = new Uint32Array(this.#key.length);
      this.#spare = new Uint32Array(this.#key.length);
    }
    for (let row = 0; row < count; row++) this.#order[row] = row;
    let starts = [0, ...this.#runs, count];
    while (starts.length > 2) {
      const merged: number[] = [];
      for (let run = 0; run + 1 < starts.length; run += 2) {
        const start = starts[run] as number;
        merged.push(start);
        this.#merge(start, starts[run + 1] as number, starts[run + 2] ?? (starts[run + 1] as number));
      }
      merged.push(count);
      [this.#order, this.#spare] = [this.#spare, this.#order];
      starts = merged;
    }
  }

  #merge(start: number, middle: number, end: number): void {
    const key = this.#key;
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

  /** Moves what was not released to the front, in its order. */
  #compact(): void {
    const rest = this.#order.slice(this.#released, this.count);
    const old = this.bytes;
    const target = this.#otherBytes?.length === old.length ? this.#otherBytes : new Uint8Array(old.length);
    this.#otherBytes = old;
    this.#use(target);
    const columns = [this.#key, this.#timeLow, this.#timeHigh, this.#cpu, this.#tid, this.#type, this.#stack];
    let end = 0;
    const offsets = Uint32Array.from(rest, (row) => this.#offset[row] as number);
    this.#length.set(Uint32Array.from(rest, (row) => this.#length[row] as number));
    for (const column of columns) {
      const kept = column.slice(0, rest.length);
      for (let index = 0; index < rest.length; index++) kept[index] = column[rest[index] as number] as number;
      column.set(kept);
    }
    for (let index = 0; index < rest.length; index++) {
      const offset = offsets[index] as number;
      const length = this.#length[index] as number;
      target.set(old.subarray(offset, offset + length), end);
      this.#offset[index] = end;
      end = (end + length + 7) & -8;
    }
    this.end = end;
    this.count = rest.length;
    this.#runs = [];
    this.#released = 0;
    this.#emitted = 0;
  }

  #use(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.words = new Uint32Array(bytes.buffer);
    this.view = new DataView(bytes.buffer);
  }

  #growBytes(needed: number): void {
    const bytes = new Uint8Array(Math.ceil((needed * 1.5) / 65_536) * 65_536);
    bytes.set(this.bytes.subarray(0, this.end));
    this.#otherBytes = undefined;
    this.#use(bytes);
  }

  #growRows(): void {
    const size = this.#key.length * 2;
    const grown = <T extends Uint16Array | Uint32Array | Int32Array | Float64Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.#key = grown(new Float64Array(size), this.#key);
    this.#timeLow = grown(new Uint32Array(size), this.#timeLow);
    this.#timeHigh = grown(new Uint32Array(size), this.#timeHigh);
    this.#cpu = grown(new Uint16Array(size), this.#cpu);
    this.#tid = grown(new Int32Array(size), this.#tid);
    this.#type = grown(new Uint16Array(size), this.#type);
    this.#stack = grown(new Int32Array(size), this.#stack);
    this.#offset = grown(new Uint32Array(size), this.#offset);
    this.#length = grown(new Uint32Array(size), this.#length);
  }
}
