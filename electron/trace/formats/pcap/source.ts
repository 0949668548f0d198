/** A capture file as a Source: each packet an event of system `packet`, whatever the file's format. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BatchBuffer } from '../../batch-buffer.ts';
import { emptyLedger } from '../../event.ts';
import type {
  Batch,
  ByteSource,
  EventType,
  Ledger,
  ReadOptions,
  Schema,
  Source,
  SourceContext,
} from '../../event.ts';
import { Window } from '../perf/window.ts';
import { AT, type CaptureFacts, FIXED_BYTES, LOCATED_BYTES_MAX, packetType } from './event-types.ts';
import { COMMENT_BYTES_MAX, LINK_TYPES_MAX, PLACES_MAX, WINDOW_BYTES, WINDOW_EVENTS } from './limits.ts';
import type { CaptureListener, PacketReader } from './packet-reader.ts';

const BATCH_EVENTS = 16_384;

/** What a format knows of a file once its headers were read. */
export interface Capture {
  readonly format: string;
  readonly formatDetail: string;
  readonly facts: CaptureFacts;
  /** Link layers that are known before packets are read. */
  readonly linkTypes: readonly number[];
  /** May grow while packets are read. */
  readonly interfaceNames?: readonly (string | undefined)[];
  readonly kernelRelease: string | undefined;
  readonly machine: string | undefined;
  /** A reader from the first packet on. */
  packets(listener: CaptureListener): PacketReader;
}

export class PacketSource implements Source {
  readonly name: string;
  readonly format: string;
  readonly formatDetail: string;
  readonly clock = 'realtime';
  readonly schema: Schema;
  readonly context: SourceContext;
  ledger: Ledger = emptyLedger();
  readonly #file: ByteSource;
  readonly #capture: Capture;
  readonly #types: EventType[] = [];
  readonly #typeByLink = new Map<number, EventType>();

  constructor(file: ByteSource, capture: Capture) {
    this.#file = file;
    this.#capture = capture;
    this.name = file.name;
    this.format = capture.format;
    this.formatDetail = capture.formatDetail;
    // Records are encoded here, in one byte order; a packet's own bytes are as they were.
    this.schema = { types: this.#types, isLittleEndian: true, longSizeBytes: 8 };
    for (const linkType of capture.linkTypes) this.#typeOf(linkType);
    this.context = {
      comms: new Map(),
      tgids: new Map(),
      callchains: [],
      kallsyms: undefined,
      interfaceNames: capture.interfaceNames,
      kernelRelease: capture.kernelRelease,
      machine: capture.machine,
      cpuCount: 0,
    };
  }

  async *batches(options: ReadOptions = {}): AsyncGenerator<Batch, void, void> {
    const ledger = (this.ledger = emptyLedger());
    const batch = new BatchBuffer(Math.max(1, options.batchEvents ?? BATCH_EVENTS));
    const window = new Window();
    const packets = this.#capture.packets(listenerOf(ledger, this.#file.name));
    const fill = (): boolean => {
      const hasEvents = window.fill(batch, ledger.read);
      ledger.read += batch.count;
      ledger.outOfOrder = window.outOfOrder;
      return hasEvents;
    };
    for (let hasMore = true; hasMore;) {
      options.signal?.throwIfAborted();
      hasMore = this.#readOn(packets, window, ledger);
      if (hasMore) window.releaseHalf();
      else window.release(Infinity);
      while (fill()) {
        yield batch;
        options.onProgress?.(Math.min(1, packets.at / this.#file.sizeBytes));
        // Lets an abort or a message arrive between batches.
        await nextTurn();
        options.signal?.throwIfAborted();
      }
    }
    options.onProgress?.(1);
  }

  /** The file belongs to whoever opened it. */
  close(): void {}

  /** Packets into the window until it is full; false at the end. */
  #readOn(packets: PacketReader, window: Window, ledger: Ledger): boolean {
    while (packets.next()) {
      const type = this.#typeOf(packets.linkType);
      if (type === undefined) ledger.unsupported += 1;
      else append(window, packets, type.index);
      if (!packets.hasTime) ledger.withoutClock += 1;
      if (window.count >= WINDOW_EVENTS || window.end >= WINDOW_BYTES) return true;
    }
    return false;
  }

  #typeOf(linkType: number): EventType | undefined {
    const known = this.#typeByLink.get(linkType);
    if (known !== undefined || this.#types.length >= LINK_TYPES_MAX) return known;
    const type = packetType(linkType, this.#types.length, this.#capture.facts);
    this.#types.push(type);
    this.#typeByLink.set(linkType, type);
    return type;
  }
}

/** Hot. */
function append(window: Window, packets: PacketReader, type: number): void {
  const { comment, capturedBytes, start, time } = packets;
  const commentBytes = comment === undefined ? 0 : Math.min(comment.length, COMMENT_BYTES_MAX);
  const dataAt = (FIXED_BYTES + commentBytes + 7) & -8;
  const length = dataAt + capturedBytes;
  const at = window.reserve(length);
  const { view, bytes } = window;
  view.setUint32(at, 0, true);
  view.setInt32(at + 4, -1, true);
  view.setUint32(at + AT.interface, packets.interfaceId, true);
  view.setUint32(at + AT.linkType, packets.linkType, true);
  view.setUint32(at + AT.capturedLength, capturedBytes, true);
  view.setUint32(at + AT.originalLength, packets.originalBytes, true);
  view.setUint32(at + AT.flags, packets.flags, true);
  view.setUint32(at + AT.data, Math.min(capturedBytes, LOCATED_BYTES_MAX) * 65_536 + dataAt, true);
  view.setUint32(at + AT.comment, commentBytes * 65_536 + FIXED_BYTES, true);
  view.setUint32(at + AT.comment + 4, 0, true);
  if (comment !== undefined) {
    bytes.fill(0, at + FIXED_BYTES, at + dataAt);
    bytes.set(comment.subarray(0, commentBytes), at + FIXED_BYTES);
  }
  bytes.set(packets.bytes.subarray(start, start + capturedBytes), at + dataAt);
  window.append(time.high, time.low, 0, -1, type, -1, length);
}

function listenerOf(ledger: Ledger, file: string): CaptureListener {
  const told = new Set<string>();
  const place = (at: number, reason: string): void => {
    if (ledger.places.length < PLACES_MAX) ledger.places.push({ file, at, reason });
  };
  return {
    unparsed(at, reason) {
      ledger.unparsed += 1;
      place(at, reason);
    },
    unsupported(at, what) {
      ledger.unsupported += 1;
      if (!told.has(what)) place(at, `${what} are not read`);
      told.add(what);
    },
    dropped(packets) {
      ledger.dropped += packets;
    },
  };
}
