/** Columns of the events that wait to be put in order, and the block their records lie in. */

const FIRST_ROWS = 16 * 1024;
const FIRST_BYTES = 1024 * 1024;

export class Rows {
  count = 0;
  /** First free byte of `bytes`, a multiple of 8. */
  end = 0;
  /** Nanoseconds from a first event's: what is sorted by. */
  key = new Float64Array(FIRST_ROWS);
  timeLow = new Uint32Array(FIRST_ROWS);
  timeHigh = new Uint32Array(FIRST_ROWS);
  cpu = new Uint16Array(FIRST_ROWS);
  tid = new Int32Array(FIRST_ROWS);
  type = new Uint16Array(FIRST_ROWS);
  stack = new Int32Array(FIRST_ROWS);
  offset = new Uint32Array(FIRST_ROWS);
  length = new Uint32Array(FIRST_ROWS);
  bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  words: Int32Array = new Int32Array(this.bytes.buffer);
  view: DataView = new DataView(this.bytes.buffer);

  /** Becomes the given rows of another, in that order. Hot: a loop of words beats set() for short records. */
  take(from: Rows, order: Uint32Array, first: number, last: number): void {
    this.count = 0;
    this.end = 0;
    while (this.key.length < last - first) this.growRows();
    if (this.bytes.length < from.bytes.length) this.growBytes(from.bytes.length);
    const { words } = this;
    const source = from.words;
    let end = 0;
    for (let index = first; index < last; index++) {
      const row = order[index] as number;
      const to = index - first;
      const start = (from.offset[row] as number) >>> 2;
      const length = from.length[row] as number;
      this.key[to] = from.key[row] as number;
      this.timeLow[to] = from.timeLow[row] as number;
      this.timeHigh[to] = from.timeHigh[row] as number;
      this.cpu[to] = from.cpu[row] as number;
      this.tid[to] = from.tid[row] as number;
      this.type[to] = from.type[row] as number;
      this.stack[to] = from.stack[row] as number;
      this.offset[to] = end;
      this.length[to] = length;
      const target = end >>> 2;
      const count = (length + 3) >>> 2;
      for (let word = 0; word < count; word++) words[target + word] = source[start + word] as number;
      end = (end + length + 7) & -8;
    }
    this.end = end;
    this.count = last - first;
  }

  growBytes(needed: number): void {
    const bytes = new Uint8Array(Math.ceil(needed / 65_536) * 65_536);
    bytes.set(this.bytes.subarray(0, this.end));
    this.bytes = bytes;
    this.words = new Int32Array(bytes.buffer);
    this.view = new DataView(bytes.buffer);
  }

  growRows(): void {
    const size = this.key.length * 2;
    this.key = grown(new Float64Array(size), this.key);
    this.timeLow = grown(new Uint32Array(size), this.timeLow);
    this.timeHigh = grown(new Uint32Array(size), this.timeHigh);
    this.cpu = grown(new Uint16Array(size), this.cpu);
    this.tid = grown(new Int32Array(size), this.tid);
    this.type = grown(new Uint16Array(size), this.type);
    this.stack = grown(new Int32Array(size), this.stack);
    this.offset = grown(new Uint32Array(size), this.offset);
    this.length = grown(new Uint32Array(size), this.length);
  }
}

function grown<Column extends Uint16Array | Uint32Array | Int32Array | Float64Array>(
  to: Column,
  from: Column,
): Column {
  to.set(from);
  return to;
}
