/** One pass over the events: packets of all writers side by side, into the window, and out of it by time. */
import type { BatchBuffer } from '../../batch-buffer.ts';
import type { ByteSource, Ledger } from '../../event.ts';
import { Window } from '../perf/window.ts';
import { type EventTypes, EventWriter } from './event-writer.ts';
import { WINDOW_BYTES, WINDOW_EVENTS } from './limits.ts';
import { Losses } from './losses.ts';
import { PacketReader } from './packet-reader.ts';
import type { Survey } from './survey.ts';
import { WriterCursor } from './writer-cursor.ts';

const UINT32 = 4_294_967_296;
/** Held of the file by all writers' cursors together, and the least by one. */
const PIECES_BYTES = 32 * 1024 * 1024;
const PIECE_BYTES_MIN = 4 * 1024;
const PIECE_BYTES_MAX = 1024 * 1024;

export class Pass {
  readonly #window = new Window();
  readonly #writer: EventWriter;
  readonly #losses: Losses;
  readonly #packets: PacketReader;
  readonly #ledger: Ledger;
  readonly #survey: Survey;
  readonly #heap: WriterCursor[];
  readonly #sizeBytes: number;
  #doneBytes = 0;

  /** `end`: where the survey stopped. */
  constructor(file: ByteSource, survey: Survey, types: EventTypes, ledger: Ledger, end: number) {
    this.#survey = survey;
    this.#ledger = ledger;
    this.#sizeBytes = end;
    this.#writer = new EventWriter(this.#window, types);
    this.#losses = new Losses(ledger, file.name);
    this.#packets = new PacketReader(this.#writer, survey.about, this.#losses);
    const share = Math.floor(PIECES_BYTES / Math.max(1, survey.runs.size));
    const pieceBytes = Math.max(PIECE_BYTES_MIN, Math.min(PIECE_BYTES_MAX, share));
    this.#heap = survey.isMixed
      ? [new WriterCursor(file, undefined, [0, end], pieceBytes)]
      : [...survey.runs].map(([writer, runs]) => new WriterCursor(file, writer, runs, pieceBytes));
  }

  get fraction(): number {
    return this.#sizeBytes === 0 ? 1 : Math.min(1, this.#doneBytes / this.#sizeBytes);
  }

  get cpuCount(): number {
    return this.#packets.cpuCount;
  }

  /** Reads on until the window is full; false at the end, with all that waited released. */
  advance(): boolean {
    const heap = this.#heap;
    const window = this.#window;
    for (let cursor = heap[0]; cursor !== undefined; cursor = heap[0]) {
      if (cursor.next()) this.#read(cursor);
      else {
        const last = heap.pop();
        if (last !== undefined && last !== cursor) heap[0] = last;
      }
      siftDown(heap);
      if (window.count >= WINDOW_EVENTS || window.end >= WINDOW_BYTES) {
        window.releaseHalf();
        return true;
      }
    }
    window.release(Infinity);
    return false;
  }

  /** Fills the batch from what was released; false where that is all out. */
  fill(batch: BatchBuffer): boolean {
    const ledger = this.#ledger;
    const hasEvents = this.#window.fill(batch, ledger.read);
    ledger.read += batch.count;
    ledger.outOfOrder = this.#window.outOfOrder;
    return hasEvents;
  }

  /** At the end: where the file is damaged, and what recorders say was lost. */
  finish(damage: { readonly at: number; readonly reason: string } | undefined): void {
    if (damage !== undefined) this.#losses.unparsed(damage.at, damage.reason);
    this.#survey.about.addLosses(this.#losses);
  }

  #read(cursor: WriterCursor): void {
    this.#doneBytes += cursor.length;
    if (cursor.damage !== undefined) {
      this.#losses.unparsed(cursor.packetAt, cursor.damage);
      return;
    }
    const before = this.#window.count;
    this.#packets.read(cursor);
    if (this.#window.count === before) return;
    const time = this.#writer.timeHigh * UINT32 + this.#writer.timeLow;
    if (time > cursor.key) cursor.key = time;
  }
}

/** Puts the root back in its place in a heap whose other entries are in order. */
function siftDown(heap: WriterCursor[]): void {
  const moved = heap[0];
  if (moved === undefined) return;
  let at = 0;
  for (;;) {
    let child = at * 2 + 1;
    if (child >= heap.length) break;
    // Both children exist by the bounds just checked.
    if (child + 1 < heap.length && (heap[child + 1] as WriterCursor).key < (heap[child] as WriterCursor).key)
      child++;
    if ((heap[child] as WriterCursor).key >= moved.key) break;
    heap[at] = heap[child] as WriterCursor;
    at = child;
  }
  heap[at] = moved;
}
