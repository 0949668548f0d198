/** The packets of a stretch of the file, one by one, each in one piece. */
import type { ByteSource } from '../../event.ts';
import { PieceReader } from '../pcap/piece-reader.ts';
import { PACKET_BYTES_MAX } from './limits.ts';
import { ProtoReader } from './proto.ts';

/** Field 1 of a Trace, a message. */
const PACKET_TAG = 0x0a;
const HEAD_BYTES = 11;

export class PacketFeed {
  /** Where the packet begins in the file, with what tells its length. */
  packetAt = 0;
  /** Where the next begins. */
  at: number;
  start = 0;
  length = 0;
  /** Why nothing more is read. */
  damage: string | undefined;
  /** Why a packet was passed over; the caller takes it. */
  passedOver: string | undefined;
  readonly #end: number;
  readonly #pieces: PieceReader;
  readonly #head = new ProtoReader();

  constructor(file: ByteSource, from: number, to: number, pieceBytes?: number) {
    this.at = from;
    this.#end = to;
    this.#pieces = new PieceReader(file, pieceBytes);
  }

  get bytes(): Uint8Array {
    return this.#pieces.bytes;
  }

  next(): boolean {
    const pieces = this.#pieces;
    if (this.at >= this.#end || this.damage !== undefined) return false;
    this.packetAt = this.at;
    const size = Math.min(HEAD_BYTES, pieces.file.sizeBytes - this.at);
    const index = pieces.need(this.at, size);
    const head = this.#head.reset(pieces.bytes, index, index + size);
    if (pieces.bytes[index] !== PACKET_TAG) return this.#stop('no packet begins here');
    head.at += 1;
    if (!head.number() || head.high !== 0) return this.#stop('a packet of no length');
    const bodyAt = this.at + (head.at - index);
    const length = head.low;
    if (bodyAt + length > pieces.file.sizeBytes) return this.#stop('the file ends within a packet');
    this.at = bodyAt + length;
    this.length = length;
    if (length > PACKET_BYTES_MAX) {
      this.passedOver = `a packet of ${length} bytes, more than ${PACKET_BYTES_MAX}`;
      this.length = 0;
    }
    this.start = pieces.need(bodyAt, this.length);
    return true;
  }

  /** Goes on elsewhere. */
  moveTo(from: number): void {
    this.at = from;
  }

  #stop(reason: string): boolean {
    this.damage = reason;
    return false;
  }
}
