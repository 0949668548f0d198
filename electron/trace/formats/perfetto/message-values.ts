/** The fields of one event's message, as they were found: numbers in halves, texts where they lie. Hot. */
import { FIELDS_MAX } from './limits.ts';
import type { ProtoReader } from './proto.ts';

export class MessageValues {
  /** A bit for each field that is there, by its place; and for each that is a text. */
  mask = 0;
  textMask = 0;
  bytes: Uint8Array = new Uint8Array(0);
  readonly low = new Uint32Array(FIELDS_MAX);
  readonly high = new Uint32Array(FIELDS_MAX);
  readonly start = new Uint32Array(FIELDS_MAX);
  readonly length = new Uint32Array(FIELDS_MAX);

  restart(bytes: Uint8Array): void {
    this.mask = 0;
    this.textMask = 0;
    this.bytes = bytes;
  }

  /** The field that the reader stands at; false where there is no room for it. */
  take(place: number, reader: ProtoReader): boolean {
    if (place < 0 || place >= FIELDS_MAX) return false;
    this.mask |= 1 << place;
    if (reader.isStretch) {
      this.textMask |= 1 << place;
      this.start[place] = reader.start;
      this.length[place] = reader.length;
    } else {
      this.low[place] = reader.low;
      this.high[place] = reader.high;
    }
    return true;
  }

  setNumber(place: number, low: number, high: number): void {
    this.mask |= 1 << place;
    this.low[place] = low;
    this.high[place] = high;
  }

  setText(place: number, start: number, length: number): void {
    this.mask |= 1 << place;
    this.textMask |= 1 << place;
    this.start[place] = start;
    this.length[place] = length;
  }
}
