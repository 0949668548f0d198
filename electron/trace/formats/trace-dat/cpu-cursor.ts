/**
 * Steps through one CPU's records in a kernel ring buffer's pages (struct buffer_data_page, as
 * kernel/trace/ring_buffer.c writes them): page headers, time deltas, time extends, absolute stamps,
 * padding, and the marks of lost events. Hot: advance() runs per record.
 */
import type { PagePieces } from './page-pieces.ts';
import type { PageLayout } from './page-layout.ts';

const TYPE_PADDING = 29;
const TYPE_TIME_EXTEND = 30;
const TYPE_TIME_STAMP = 31;
const EVENT_HEADER_BYTES = 4;
/** RB_MISSED_EVENTS and RB_MISSED_STORED. */
const COMMIT_MISSED = 2 ** 31;
const COMMIT_MISSED_STORED = 2 ** 30;
/** Bits of commit that count bytes, as libtraceevent masks them. */
const COMMIT_BYTES_MASK = 2 ** 27 - 1;
const WORD = 2 ** 32;

export interface CursorEvents {
  /** Events lost before this page: their number, or undefined where the page does not say. */
  onMissed(cpu: number, events: number | undefined): void;
  /** The rest of a page cannot be read. */
  onDamaged(fileOffset: number, reason: string): void;
}

export class CpuCursor {
  readonly cpu: number;
  /** Time of the current record in two halves, each 0 to 2^32 - 1. */
  timeHigh = 0;
  timeLow = 0;
  /** The current record's place in `bytes` (and in `view`), without the ring buffer's header. */
  recordAt = 0;
  recordBytes = 0;
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  words: Uint32Array = new Uint32Array(0);
  /** Kept here by the merge: row of this CPU's last record in the batch, -1 for none. */
  lastRow = -1;
  /** Kept here by the merge: next_pid of this CPU's last sched_switch, undefined before the first. */
  lastNextPid: number | undefined;

  readonly #pieces: PagePieces;
  readonly #layout: PageLayout;
  readonly #pageSizeBytes: number;
  readonly #isLittleEndian: boolean;
  readonly #events: CursorEvents;
  #pieceFileOffset = 0;
  #nextPageAt = 0;
  /** Next event header, and the end of the page's events, in `bytes`. */
  #at = 0;
  #end = 0;

  constructor(
    cpu: number,
    pieces: PagePieces,
    format: { page: PageLayout; pageSizeBytes: number; isLittleEndian: boolean },
    events: CursorEvents,
  ) {
    this.cpu = cpu;
    this.#pieces = pieces;
    this.#layout = format.page;
    this.#pageSizeBytes = format.pageSizeBytes;
    this.#isLittleEndian = format.isLittleEndian;
    this.#events = events;
  }

  get consumedBytes(): number {
    return this.#pieces.consumedBytes;
  }

  /** Moves to the next record; false at the end. */
  advance(): boolean {
    do {
      if (this.#advanceInPage()) return true;
    } while (this.#openPage());
    return false;
  }

  #advanceInPage(): boolean {
    const isLittleEndian = this.#isLittleEndian;
    const view = this.view;
    const end = this.#end;
    while (this.#at < end) {
      const at = this.#at;
      const header = view.getUint32(at, isLittleEndian);
      const type = isLittleEndian ? header & 31 : header >>> 27;
      const delta = isLittleEndian ? header >>> 5 : header & 0x7ff_ffff;
      if (type !== 0 && type < TYPE_PADDING) {
        this.#addTime(0, delta);
        return this.#take(at + EVENT_HEADER_BYTES, type * 4);
      }
      // A padding without a delta fills the rest of the page, and has no second word.
      if (type === TYPE_PADDING && delta === 0) return this.#finishPage();
      if (at + 8 > end) return this.#damaged('an event header ends behind its page');
      const second = view.getUint32(at + 4, isLittleEndian);
      if (type === 0) {
        this.#addTime(0, delta);
        if (second < 4) return this.#damaged(`an event of ${second} bytes`);
        return this.#take(at + 8, (second - 4 + 3) & ~3);
      }
      this.#at = at + 8;
      if (type === TYPE_TIME_EXTEND) {
        this.#addTime(second >>> 5, ((second << 27) | delta) >>> 0);
      } else if (type === TYPE_TIME_STAMP) {
        // An absolute stamp has 59 bits; the highest five are those of the time so far.
        this.timeHigh = ((this.timeHigh & 0xf800_0000) | (second >>> 5)) >>> 0;
        this.timeLow = ((second << 27) | delta) >>> 0;
      } else {
        // A discarded event: its length counts from the word behind the header.
        this.#addTime(0, delta);
        if (second < 4 || at + EVENT_HEADER_BYTES + second > end) {
          return this.#damaged(`a discarded event of ${second} bytes`);
        }
        this.#at = at + EVENT_HEADER_BYTES + ((second + 3) & ~3);
      }
    }
    return false;
  }

  #addTime(high: number, low: number): void {
    const sum = this.timeLow + low;
    const carry = sum >= WORD ? 1 : 0;
    this.timeLow = sum - carry * WORD;
    this.timeHigh = (this.timeHigh + high + carry) >>> 0;
  }

  #take(recordAt: number, recordBytes: number): boolean {
    // Every record has the common fields: 8 bytes.
    if (recordBytes < 8 || recordAt + recordBytes > this.#end) {
      return this.#damaged(`an event of ${recordBytes} bytes with ${this.#end - recordAt} left in its page`);
    }
    this.recordAt = recordAt;
    this.recordBytes = recordBytes;
    this.#at = recordAt + recordBytes;
    return true;
  }

  #finishPage(): false {
    this.#at = this.#end;
    return false;
  }

  #damaged(reason: string): false {
    this.#events.onDamaged(this.#pieceFileOffset + this.#at, reason);
    return this.#finishPage();
  }

  /** Reads the next page's header; false where there is none. */
  #openPage(): boolean {
    if (this.#nextPageAt >= this.bytes.length && !this.#nextPiece()) return false;
    const pageAt = this.#nextPageAt;
    this.#nextPageAt += this.#pageSizeBytes;
    const layout = this.#layout;
    const isLittleEndian = this.#isLittleEndian;
    const halves = isLittleEndian ? [4, 0] : [0, 4];
    const timestampAt = pageAt + layout.timestampOffset;
    this.timeHigh = this.view.getUint32(timestampAt + (halves[0] ?? 0), isLittleEndian);
    this.timeLow = this.view.getUint32(timestampAt + (halves[1] ?? 0), isLittleEndian);
    // A long's lower half holds all there is: the count of bytes and the two marks.
    const commit = this.#lowerHalf(pageAt + layout.commitOffset);
    const size = commit & COMMIT_BYTES_MASK;
    this.#at = pageAt + layout.dataOffset;
    this.#end = this.#at + size;
    const pageEnd = pageAt + this.#pageSizeBytes;
    if (this.#end > pageEnd) {
      this.#end = pageEnd;
      this.#damaged(`a page says it holds ${size} bytes, more than it can`);
      return true;
    }
    if (commit >= COMMIT_MISSED) this.#reportMissed(commit, pageEnd);
    return true;
  }

  #reportMissed(commit: number, pageEnd: number): void {
    // A loss that is marked is not suspected as well.
    this.lastNextPid = undefined;
    const isStored =
      (commit & COMMIT_MISSED_STORED) !== 0 && this.#end + this.#layout.commitSizeBytes <= pageEnd;
    this.#events.onMissed(this.cpu, isStored ? this.#lowerHalf(this.#end) : undefined);
  }

  #lowerHalf(at: number): number {
    const isUpperFirst = !this.#isLittleEndian && this.#layout.commitSizeBytes === 8;
    return this.view.getUint32(isUpperFirst ? at + 4 : at, this.#isLittleEndian);
  }

  #nextPiece(): boolean {
    const piece = this.#pieces.next();
    if (piece === undefined) return false;
    this.bytes = piece.bytes;
    this.view = new DataView(piece.bytes.buffer, piece.bytes.byteOffset, piece.bytes.length);
    this.words = new Uint32Array(piece.bytes.buffer, piece.bytes.byteOffset, piece.bytes.length >>> 2);
    this.#pieceFileOffset = piece.fileOffset;
    this.#nextPageAt = 0;
    return true;
  }
}
