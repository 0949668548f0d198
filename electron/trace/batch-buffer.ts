/** The columns and bytes a pass fills again and again; what it hands out is valid until the next fill. */
import type { Batch } from './event.ts';

const RECORD_ALIGN = 8;

export class BatchBuffer implements Batch {
  count = 0;
  firstEvent = 0;
  readonly timeNs: BigUint64Array;
  /** timeNs in halves, so that no bigint is made per event; see halfHigh. */
  readonly timeHalves: Uint32Array;
  readonly cpu: Uint16Array;
  readonly tid: Int32Array;
  readonly type: Uint16Array;
  readonly stack: Int32Array;
  readonly offset: Uint32Array;
  readonly length: Uint32Array;
  bytes: Uint8Array;
  words: Uint32Array;
  /** First free byte. */
  end = 0;

  constructor(events: number) {
    this.timeNs = new BigUint64Array(events);
    this.timeHalves = new Uint32Array(this.timeNs.buffer);
    this.cpu = new Uint16Array(events);
    this.tid = new Int32Array(events);
    this.type = new Uint16Array(events);
    this.stack = new Int32Array(events);
    this.offset = new Uint32Array(events);
    this.length = new Uint32Array(events);
    this.bytes = new Uint8Array(events * 64);
    this.words = new Uint32Array(this.bytes.buffer);
  }

  restart(firstEvent: number): void {
    this.firstEvent = firstEvent;
    this.count = 0;
    this.end = 0;
  }

  /** Copies a record of whole words; `at` and `bytes` are multiples of 4. Hot: short copies beat set(). */
  copy(words: Uint32Array, at: number, bytes: number): number {
    const start = this.end;
    if (start + bytes > this.bytes.length) this.#grow(start + bytes);
    const target = this.words;
    const from = at >>> 2;
    const to = start >>> 2;
    const count = bytes >>> 2;
    for (let index = 0; index < count; index++) target[to + index] = words[from + index] as number;
    this.end = (start + bytes + RECORD_ALIGN - 1) & -RECORD_ALIGN;
    return start;
  }

  #grow(sizeBytes: number): void {
    const bytes = new Uint8Array(Math.ceil((sizeBytes * 2) / RECORD_ALIGN) * RECORD_ALIGN);
    bytes.set(this.bytes);
    this.bytes = bytes;
    this.words = new Uint32Array(bytes.buffer);
  }
}
