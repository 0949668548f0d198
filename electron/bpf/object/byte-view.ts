/** A little-endian view that refuses to read past its end, naming the file and the place. */
import { Failure } from '../../failure.ts';

export class ByteView {
  readonly bytes: Uint8Array;
  readonly file: string;
  /** What the bytes are, for messages: `section .BTF`. */
  readonly what: string;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, file: string, what: string) {
    this.bytes = bytes;
    this.file = file;
    this.what = what;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  u8(at: number): number {
    this.#check(at, 1);
    return this.#view.getUint8(at);
  }

  u16(at: number): number {
    this.#check(at, 2);
    return this.#view.getUint16(at, true);
  }

  u32(at: number): number {
    this.#check(at, 4);
    return this.#view.getUint32(at, true);
  }

  i32(at: number): number {
    this.#check(at, 4);
    return this.#view.getInt32(at, true);
  }

  /** A 64-bit offset or size: refused where a double cannot hold it, long before a file is that big. */
  u64(at: number): number {
    this.#check(at, 8);
    const value = this.#view.getBigUint64(at, true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw this.refuse('bad-offset', `${value} is no offset or size`, at);
    return Number(value);
  }

  /** A 64-bit address, of which the kernel's are larger than a double holds. */
  address(at: number): bigint {
    this.#check(at, 8);
    return this.#view.getBigUint64(at, true);
  }

  /** The bytes of a range; throws `truncated` where it does not lie inside. */
  slice(at: number, length: number): Uint8Array {
    this.#check(at, length);
    return this.bytes.subarray(at, at + length);
  }

  refuse(code: string, reason: string, at?: number): Failure {
    const where = at === undefined ? this.what : `${this.what}, byte ${at}`;
    return new Failure('object', code, reason, { file: this.file, at: where });
  }

  #check(at: number, length: number): void {
    if (at < 0 || length < 0 || at + length > this.length) {
      throw this.refuse(
        'truncated',
        `${length} bytes asked for, ${Math.max(0, this.length - at)} are there`,
        at,
      );
    }
  }
}
