/** One pass over the data: records into the window, and out of it as far as their rounds are over. */
import type { BatchBuffer } from '../../batch-buffer.ts';
import type { ByteSource, Ledger } from '../../event.ts';
import { MemoryBytes } from '../../bundle/byte-source.ts';
import type { PerfCallchains } from './callchains.ts';
import { Decompressor } from './decompressor.ts';
import { Feed } from './feed.ts';
import type { PerfFile } from './header.ts';
import { COMPRESSED_RUN_BYTES, PLACES_MAX, WINDOW_BYTES, WINDOW_EVENTS } from './limits.ts';
import { applyMark, skipTracingData } from './marks.ts';
import { MARKS, RECORD } from './record-types.ts';
import { Records } from './records.ts';
import type { Tasks } from './records.ts';
import { Samples } from './samples.ts';
import type { Session } from './session.ts';
import { Window } from './window.ts';

const HEADER_BYTES = 8;
const NEVER = -Infinity;

export class Pass {
  readonly #session: Session;
  readonly #perf: PerfFile;
  readonly #file: ByteSource;
  readonly #ledger: Ledger;
  readonly #chains: PerfCallchains;
  readonly #feed: Feed;
  readonly #window = new Window();
  readonly #samples: Samples;
  readonly #records: Records;
  readonly #decompressor = new Decompressor();
  /** Records that came out of compressed ones, and the start of the next of them. */
  #inner: Feed | undefined;
  #innerBytes: Uint8Array = new Uint8Array(0);
  #rest: Uint8Array = new Uint8Array(0);
  readonly #unsupportedTypes = new Set<number>();
  /** Latest time seen when the round before ended: what follows is not earlier. */
  #roundLimit = NEVER;
  /** The file's feed stands at a record that is not dealt with yet. */
  #isPending = false;

  constructor(file: ByteSource, perf: PerfFile, chains: PerfCallchains, tasks: Tasks, ledger: Ledger) {
    this.#file = file;
    this.#perf = perf;
    this.#session = perf.session;
    this.#ledger = ledger;
    this.#chains = chains;
    this.#feed = new Feed(file, perf.dataStart, perf.dataEnd, perf.session.isLittleEndian);
    this.#samples = new Samples(perf.session, this.#window, chains, tasks.tgids);
    this.#records = new Records(perf.session, this.#window, tasks);
  }

  get fraction(): number {
    const { dataStart, dataEnd } = this.#perf;
    return dataEnd === dataStart ? 1 : (this.#feed.offset - dataStart) / (dataEnd - dataStart);
  }

  /** Reads on until events can be yielded; false at the end, with all that waited released. */
  async advance(): Promise<boolean> {
    for (;;) {
      if (this.#inner !== undefined) {
        if (this.#drain(this.#inner, true)) return true;
        this.#keepRest(this.#inner);
        this.#inner = undefined;
      }
      if (this.#drain(this.#feed, false)) return true;
      if (!this.#isPending) break;
      await this.#expand();
    }
    this.#finish();
    return false;
  }

  /** Fills the batch from what was released; false where that is all out. */
  fill(batch: BatchBuffer): boolean {
    const { read } = this.#ledger;
    const hasEvents = this.#window.fill(batch, read);
    this.#ledger.dropped = this.#records.dropped;
    const { withoutTime, priorState } = this.#records;
    this.#ledger.withoutClock = withoutTime + priorState + this.#samples.withoutClock;
    this.#ledger.priorState = priorState;
    this.#ledger.read = read + batch.count;
    this.#ledger.outOfOrder = this.#window.outOfOrder;
    return hasEvents;
  }

  close(): void {
    this.#decompressor.close();
  }

  /** Hot. True where events were released; false at a compressed record (pending) or the feed's end. */
  #drain(feed: Feed, isInner: boolean): boolean {
    const window = this.#window;
    for (;;) {
      if (!isInner && this.#isPending) this.#isPending = false;
      else if (!feed.next()) return false;
      const { type } = feed;
      if (type === RECORD.sample) {
        const damage = this.#samples.read(feed.view, feed.bytes, feed.at, feed.size);
        if (damage !== undefined) this.#unparsed(feed, isInner, damage);
      } else if (type === RECORD.finishedRound) {
        const limit = this.#roundLimit;
        this.#roundLimit = window.keyMax;
        if (limit !== NEVER) {
          window.release(limit);
          return true;
        }
      } else if (type < RECORD.firstOfPerf) {
        this.#readRecord(feed, isInner);
      } else if (!isInner && isCompressed(type)) {
        this.#isPending = true;
        return false;
      } else this.#readMark(feed, isInner);
      if (window.count >= WINDOW_EVENTS || window.end >= WINDOW_BYTES) {
        window.releaseHalf();
        return true;
      }
    }
  }

  #readRecord(feed: Feed, isInner: boolean): void {
    const damage = this.#records.read(feed.view, feed.bytes, feed.at, feed.size, feed.type);
    if (damage === 'unsupported') this.#unsupported(feed, isInner);
    else if (damage !== undefined) this.#unparsed(feed, isInner, damage);
  }

  /** perf's own. A pipe's descriptions may come late; each is taken in the first pass over it. */
  #readMark(feed: Feed, isInner: boolean): void {
    const session = this.#session;
    const end = feed.offset + feed.size;
    const isNew = !isInner && feed.offset >= session.marksEnd;
    if (feed.type === RECORD.auxtrace) {
      this.#unsupported(feed, isInner);
      const isSized = feed.size >= HEADER_BYTES + 8;
      if (isSized) feed.skip(Number(feed.view.getBigUint64(feed.at + HEADER_BYTES, session.isLittleEndian)));
    } else if (MARKS.has(feed.type)) {
      if (isNew) applyMark(session, feed);
      else if (feed.type === RECORD.tracingData) skipTracingData(feed, session.isLittleEndian);
    } else this.#unsupported(feed, isInner);
    if (isNew) session.marksEnd = end;
  }

  /** The pending compressed record, and those right behind it, become the inner feed. */
  async #expand(): Promise<void> {
    const feed = this.#feed;
    const parts: Uint8Array[] = [];
    const at = feed.offset;
    let sizeBytes = 0;
    do {
      const payload = payloadOf(feed, this.#session.isLittleEndian);
      parts.push(payload);
      sizeBytes += payload.length;
      this.#isPending = feed.next();
    } while (this.#isPending && sizeBytes < COMPRESSED_RUN_BYTES && isCompressed(feed.type));
    const result = await this.#decompressor.expand(Buffer.concat(parts));
    if (typeof result === 'string') {
      this.#ledger.unparsed += parts.length;
      this.#place(at, `compressed records do not decompress: ${result}`);
      return;
    }
    const bytes = this.#rest.length === 0 ? result : Buffer.concat([this.#rest, result]);
    const { isLittleEndian } = this.#session;
    this.#innerBytes = bytes;
    this.#rest = new Uint8Array(0);
    this.#inner = new Feed(new MemoryBytes(bytes, this.#file.name), 0, bytes.length, isLittleEndian);
  }

  /** A record may begin in one compressed record and end in the next. */
  #keepRest(inner: Feed): void {
    const rest = this.#innerBytes.subarray(Math.min(inner.offset, this.#innerBytes.length));
    this.#innerBytes = new Uint8Array(0);
    if (inner.isBroken) {
      this.#ledger.unparsed += 1;
      this.#place(this.#feed.offset, `inside compressed records: ${inner.damage ?? ''}`);
    } else this.#rest = rest.slice();
  }

  #finish(): void {
    const { damage } = this.#feed;
    if (damage !== undefined) {
      this.#ledger.unparsed += 1;
      this.#place(this.#feed.offset, damage);
    }
    if (this.#rest.length > 0) {
      this.#ledger.unparsed += 1;
      this.#place(this.#feed.offset, 'the last compressed record ends inside a record');
    }
    if (this.#chains.refused > 0) {
      const reason = `${this.#chains.refused} samples are without their callchains: there are more than are kept`;
      this.#place(this.#feed.offset, reason);
    }
    this.#window.release(Infinity);
  }

  #unsupported(feed: Feed, isInner: boolean): void {
    this.#ledger.unsupported += 1;
    if (this.#unsupportedTypes.has(feed.type)) return;
    this.#unsupportedTypes.add(feed.type);
    const what = feed.type === RECORD.auxtrace ? 'hardware traces (AUX)' : `records of type ${feed.type}`;
    this.#place(isInner ? this.#feed.offset : feed.offset, `${what} are not read`);
  }

  #unparsed(feed: Feed, isInner: boolean, reason: string): void {
    this.#ledger.unparsed += 1;
    this.#place(isInner ? this.#feed.offset : feed.offset, reason);
  }

  #place(at: number, reason: string): void {
    const { places } = this.#ledger;
    if (places.length < PLACES_MAX) places.push({ file: this.#file.name, at, reason });
  }
}

function isCompressed(type: number): boolean {
  return type === RECORD.compressed || type === RECORD.compressed2;
}

/** COMPRESSED holds nothing else; COMPRESSED2 says how much, and is padded. A copy: the feed reads on. */
function payloadOf(feed: Feed, isLittleEndian: boolean): Uint8Array {
  const body = feed.at + HEADER_BYTES;
  const end = feed.at + feed.size;
  if (feed.type === RECORD.compressed) return feed.bytes.slice(body, end);
  if (end - body < 8) return new Uint8Array(0);
  const size = Number(feed.view.getBigUint64(body, isLittleEndian));
  return feed.bytes.slice(body + 8, Math.min(end, body + 8 + size));
}
