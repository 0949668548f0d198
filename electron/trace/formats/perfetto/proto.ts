/**
 * Reads the fields of a protobuf message one by one, in place: numbers in halves of 32 bits, texts and messages
 * as stretches of the bytes. Hot: nothing is made per field.
 *
 * Source: protobuf.dev/programming-guides/encoding.
 */

const UINT32 = 4_294_967_296;
const NUMBER = 0;
const FIXED64 = 1;
const STRETCH = 2;
const FIXED32 = 5;

export class ProtoReader {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  /** Of the field that next() found. */
  field = 0;
  wire = 0;
  /** A number's halves, or of fixed 32 bits the lower. */
  low = 0;
  high = 0;
  /** A text's, a message's or packed numbers' bytes. */
  start = 0;
  length = 0;
  /** The message is no protobuf from the last field on. */
  isDamaged = false;

  reset(bytes: Uint8Array, start: number, end: number): this {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    this.isDamaged = false;
    return this;
  }

  /** At the message that the other stands at. */
  enter(outer: ProtoReader): this {
    return this.reset(outer.bytes, outer.start, outer.start + outer.length);
  }

  get isStretch(): boolean {
    return this.wire === STRETCH;
  }

  /** As a number; exact up to 53 bits. */
  get value(): number {
    return this.high * UINT32 + this.low;
  }

  get big(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low);
  }

  /** The field as a signed number of 64 bits. */
  get signed(): bigint {
    return BigInt.asIntN(64, this.big);
  }

  get text(): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.start, this.length).toString('utf8');
  }

  /** False at the end, and where the message is damaged. */
  next(): boolean {
    if (this.at >= this.end) return false;
    if (!this.number()) return false;
    this.wire = this.low & 7;
    this.field = this.high * 0x2000_0000 + (this.low >>> 3);
    switch (this.wire) {
      case NUMBER:
        return this.number();
      case STRETCH: {
        if (!this.number()) return false;
        if (this.high !== 0 || this.low > this.end - this.at) return this.#damaged();
        this.start = this.at;
        this.length = this.low;
        this.at += this.low;
        return true;
      }
      case FIXED64:
        return this.#fixed(8);
      case FIXED32:
        return this.#fixed(4);
      default:
        return this.#damaged();
    }
  }

  /** A number by itself, as packed ones lie behind each other. */
  number(): boolean {
    const { bytes } = this;
    let { at } = this;
    // Most numbers have one byte.
    if (at < this.end && (bytes[at] as number) < 0x80) {
      this.low = bytes[at] as number;
      this.high = 0;
      this.at = at + 1;
      return true;
    }
    const last = Math.min(this.end, at + 10);
    let low = 0;
    let high = 0;
    for (let shift = 0; at < last; shift += 7) {
      const byte = bytes[at++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else if (shift < 63) high |= bits << (shift - 32);
      else high |= (bits & 1) << 31;
      if (byte < 0x80) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        this.at = at;
        return true;
      }
    }
    return this.#damaged();
  }

  #fixed(size: number): boolean {
    if (this.end - this.at < size) return this.#damaged();
    this.low = this.#word(this.at);
    this.high = size === 8 ? this.#word(this.at + 4) : 0;
    this.at += size;
    return true;
  }

  #word(at: number): number {
    const { bytes } = this;
    const upper = ((bytes[at + 3] as number) << 24) | ((bytes[at + 2] as number) << 16);
    return (upper | ((bytes[at + 1] as number) << 8) | (bytes[at] as number)) >>> 0;
  }

  #damaged(): boolean {
    this.isDamaged = true;
    this.at = this.end;
    return false;
  }
}
