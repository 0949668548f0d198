/**
 * One direction of a TCP connection, put in order from the segments of a capture: what came twice is left out, what
 * came early waits. Bytes that the other end acknowledged and the capture does not hold leave a gap.
 */
import { FIN, SYN, type Segment } from './segment.ts';

/** What waits for an earlier segment, of one direction: as much as a window without scaling, some times over. */
const EARLY_BYTES_MAX = 1024 * 1024;

export interface Piece {
  readonly bytes: Uint8Array;
  /** Bytes in front of it that are not there. */
  readonly gapBytes: number;
}

interface Early {
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly wireBytes: number;
}

export class Stream {
  #next: number | undefined;
  #early: Early[] = [];
  #earlyBytes = 0;
  #gapBytes = 0;

  /** What of the stream is there now, in order. */
  take(segment: Segment): Piece[] {
    const { flags, sequence, payload, payloadBytes } = segment;
    if ((flags & SYN) !== 0) {
      this.#forget();
      this.#next = (sequence + 1) >>> 0;
      return [];
    }
    this.#next ??= sequence;
    if (payloadBytes === 0) {
      if ((flags & FIN) !== 0) this.#forget();
      return [];
    }
    const pieces: Piece[] = [];
    if (distance(this.#next, sequence) > 0) this.#keep(sequence, payload, payloadBytes);
    else this.#pass(sequence, payload, payloadBytes, pieces);
    this.#passEarly(pieces);
    while (this.#earlyBytes > EARLY_BYTES_MAX) this.#leap(pieces);
    return pieces;
  }

  /** The other end has all before `acknowledgement`: what the capture does not hold of it will not come. */
  acknowledged(acknowledgement: number): Piece[] {
    const pieces: Piece[] = [];
    while (this.#next !== undefined && this.#early.length > 0 && distance(this.#next, acknowledgement) > 0)
      this.#leap(pieces);
    return pieces;
  }

  #forget(): void {
    this.#early = [];
    this.#earlyBytes = 0;
    this.#gapBytes = 0;
    this.#next = undefined;
  }

  #keep(sequence: number, payload: Uint8Array, wireBytes: number): void {
    const bytes = payload.slice();
    this.#earlyBytes += bytes.length;
    this.#early.push({ sequence, bytes, wireBytes });
    this.#early.sort((a, b) => distance(b.sequence, a.sequence));
  }

  /** A segment that begins where the stream has come to, or before. */
  #pass(sequence: number, payload: Uint8Array, wireBytes: number, pieces: Piece[]): void {
    const known = distance(sequence, this.#next ?? sequence);
    if (known >= wireBytes) return;
    const bytes = payload.subarray(Math.min(known, payload.length));
    if (bytes.length > 0) {
      pieces.push({ bytes, gapBytes: this.#gapBytes });
      this.#gapBytes = 0;
    }
    // A cut packet's rest is not there.
    this.#gapBytes += wireBytes - Math.max(known, payload.length);
    this.#next = (sequence + wireBytes) >>> 0;
  }

  #passEarly(pieces: Piece[]): void {
    for (let [first] = this.#early; first !== undefined; [first] = this.#early) {
      if (distance(this.#next ?? 0, first.sequence) > 0) return;
      this.#early.shift();
      this.#earlyBytes -= first.bytes.length;
      this.#pass(first.sequence, first.bytes, first.wireBytes, pieces);
    }
  }

  /** Over what is missing, to the earliest that waits. */
  #leap(pieces: Piece[]): void {
    const [first] = this.#early;
    if (first === undefined) return;
    this.#gapBytes += distance(this.#next ?? first.sequence, first.sequence);
    this.#next = first.sequence;
    this.#passEarly(pieces);
  }
}

/** How far `to` lies behind `from`, as numbers of sequence count: negative where it lies before. */
function distance(from: number, to: number): number {
  return (to - from) | 0;
}
