/** Walks a file from its start in pieces, for logs whose entries are not lines. What it hands out is valid until the next call. */
import type { ByteSource } from '../../event.ts';

const PIECE_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

export class ByteCursor {
  readonly #file: ByteSource;
  #bytes: Uint8Array = new Uint8Array(0);
  /** Of the first of `#bytes` in the file. */
  #from = 0;
  #at = 0;

  constructor(file: ByteSource) {
    this.#file = file;
  }

  get offset(): number {
    return this.#from + this.#at;
  }

  get left(): number {
    return this.#file.sizeBytes - this.offset;
  }

  /** Goes on behind so many bytes, at most to the file's end. */
  skip(sizeBytes: number): void {
    const size = Math.min(sizeBytes, this.left);
    if (this.#at + size <= this.#bytes.length) this.#at += size;
    else {
      this.#from = this.offset + size;
      this.#bytes = new Uint8Array(0);
      this.#at = 0;
    }
  }

  /** So many bytes without passing them; undefined where the file ends before. `sizeBytes` is at most PIECE_BYTES. */
  peek(sizeBytes: number): Buffer | undefined {
    if (this.#at + sizeBytes > this.#bytes.length) {
      if (sizeBytes > this.left) return undefined;
      this.#load(Math.max(sizeBytes, PIECE_BYTES));
    }
    return this.#buffer(sizeBytes);
  }

  /** Text of Latin-1 to the line's end, which is passed; of a longer line, the first `lengthMax`. undefined at the end. */
  line(lengthMax: number): string | undefined {
    if (this.left === 0) return undefined;
    let end = this.#bytes.indexOf(NEWLINE, this.#at);
    if (end < 0) {
      this.#load(PIECE_BYTES);
      end = this.#bytes.indexOf(NEWLINE, this.#at);
    }
    const length = (end < 0 ? this.#bytes.length : end) - this.#at;
    const text = this.#buffer(Math.min(length, lengthMax)).toString('latin1');
    this.#at += end < 0 ? length : length + 1;
    if (end < 0) this.#passLine();
    return text;
  }

  /** A line longer than a piece: on to its end. */
  #passLine(): void {
    while (this.left > 0) {
      this.#load(PIECE_BYTES);
      const end = this.#bytes.indexOf(NEWLINE);
      this.#at = end < 0 ? this.#bytes.length : end + 1;
      if (end >= 0) return;
    }
  }

  #load(sizeBytes: number): void {
    const size = Math.min(sizeBytes, this.left);
    this.#from = this.offset;
    this.#bytes = this.#file.read(this.#from, size);
    this.#at = 0;
  }

  #buffer(sizeBytes: number): Buffer {
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + this.#at, sizeBytes);
  }
}
