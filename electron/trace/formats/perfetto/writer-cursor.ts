/** One writer's packets in their order, wherever they lie in the file, and out of compressed ones. */
import { MemoryBytes } from '../../bundle/byte-source.ts';
import type { ByteSource } from '../../event.ts';
import { unpacked } from './compressed.ts';
import { PACKET } from './packet-fields.ts';
import { PacketFeed } from './packet-feed.ts';
import { ProtoReader } from './proto.ts';

export class WriterCursor {
  /** Latest time of an event that was read: cursors are read in the order of these. */
  key = -Infinity;
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  length = 0;
  /** Where the packet, or the one it came out of, lies in the file. */
  packetAt = 0;
  /** Why the packet cannot be read. */
  damage: string | undefined;
  /** undefined takes packets of all writers. */
  readonly #writer: number | undefined;
  readonly #name: string;
  readonly #runs: readonly number[];
  readonly #feed: PacketFeed;
  #run = 0;
  #inner: PacketFeed | undefined;
  readonly #scratch = new ProtoReader();

  constructor(file: ByteSource, writer: number | undefined, runs: readonly number[], pieceBytes: number) {
    this.#writer = writer;
    this.#name = file.name;
    this.#runs = runs;
    this.#feed = new PacketFeed(file, runs[0] ?? 0, file.sizeBytes, pieceBytes);
  }

  /** False at the end. */
  next(): boolean {
    this.damage = undefined;
    for (;;) {
      if (this.#inner !== undefined) {
        if (this.#nextInner(this.#inner)) return true;
        this.#inner = undefined;
      }
      const end = this.#runs[this.#run + 1];
      if (end === undefined) return false;
      if (this.#feed.at >= end) {
        this.#run += 2;
        this.#feed.moveTo(this.#runs[this.#run] ?? 0);
        continue;
      }
      if (!this.#feed.next()) return this.#endOfFile();
      const { bytes, start, length, packetAt, passedOver } = this.#feed;
      this.packetAt = packetAt;
      this.#feed.passedOver = undefined;
      const inside = unpacked(this.#scratch, bytes, start, length);
      if (passedOver !== undefined || inside === null) {
        this.damage = passedOver ?? 'compressed packets that do not decompress';
        return true;
      }
      if (inside !== undefined) {
        this.#inner = new PacketFeed(new MemoryBytes(inside, this.#name), 0, inside.length);
        continue;
      }
      this.bytes = bytes;
      this.start = start;
      this.length = length;
      return true;
    }
  }

  /** The survey ended at the same place, so that only one that reads all comes here. */
  #endOfFile(): boolean {
    this.#run = this.#runs.length;
    return false;
  }

  #nextInner(inner: PacketFeed): boolean {
    while (inner.next()) {
      if (this.#writer !== undefined && this.#writerOf(inner) !== this.#writer) continue;
      this.bytes = inner.bytes;
      this.start = inner.start;
      this.length = inner.length;
      return true;
    }
    if (inner.damage === undefined) return false;
    this.damage = `within compressed packets: ${inner.damage}`;
    inner.damage = undefined;
    inner.moveTo(Infinity);
    return true;
  }

  #writerOf(feed: PacketFeed): number {
    const packet = this.#scratch.reset(feed.bytes, feed.start, feed.start + feed.length);
    while (packet.next()) if (packet.field === PACKET.sequence) return packet.value;
    return 0;
  }
}
