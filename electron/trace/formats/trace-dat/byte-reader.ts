/** Reads a trace.dat's headers one after the other, in the file's byte order. */
import { Failure } from '../../../failure.ts';
import type { ByteSource } from '../../event.ts';
import { STRING_BYTES_MAX } from './limits.ts';

const WINDOW_BYTES = 64 * 1024;

export class ByteReader {
  readonly file: ByteSource;
  isLittleEndian: boolean;
  /** Position of the next read. */
  at: number;
  #window: DataView = new DataView(new ArrayBuffer(0));
  #windowAt = 0;

  constructor(file: ByteSource, at: number, isLittleEndian: boolean) {
    this.file = file;
    this.at = at;
    this.isLittleEndian = isLittleEndian;
  }

  uint8(): number {
    return this.#take(1).getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#take(2).getUint16(this.#advance(2), this.isLittleEndian);
  }

  uint32(): number {
    return this.#take(4).getUint32(this.#advance(4), this.isLittleEndian);
  }

  uint64(): bigint {
    return this.#take(8).getBigUint64(this.#advance(8), this.isLittleEndian);
  }

  /** A 64-bit file offset or size. */
  offset(): number {
    const at = this.at;
    const value = this.uint64();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.corrupt(`${value} is no place in a file`, at);
    return Number(value);
  }

  bytes(length: number): Uint8Array {
    const bytes = this.file.read(this.at, length);
    this.at += length;
    return bytes;
  }

  latin1(length: number): string {
    return Buffer.from(this.bytes(length)).toString('latin1');
  }

  /** Text up to a NUL byte, which is consumed. */
  string(): string {
    const start = this.at;
    let text = '';
    for (;;) {
      const byte = this.uint8();
      if (byte === 0) return text;
      text += String.fromCharCode(byte);
      if (text.length > STRING_BYTES_MAX) throw this.corrupt('a name does not end', start);
    }
  }

  /** A size that is checked against its limit. */
  limited(size: number, limit: number, what: string): number {
    if (size > limit) throw this.corrupt(`${what}: ${size}, more than the limit of ${limit}`, this.at);
    return size;
  }

  corrupt(reason: string, at = this.at): Failure {
    return new Failure('trace', 'corrupt', reason, { file: this.file.name, at: `byte ${at}` }, { at });
  }

  #take(length: number): DataView {
    const inWindow =
      this.at >= this.#windowAt && this.at + length <= this.#windowAt + this.#window.byteLength;
    if (!inWindow) {
      const size = Math.max(length, Math.min(WINDOW_BYTES, this.file.sizeBytes - this.at));
      const bytes = this.file.read(this.at, size);
      this.#window = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#windowAt = this.at;
    }
    return this.#window;
  }

  /** Where in the window the value that was taken lies. */
  #advance(length: number): number {
    const start = this.at - this.#windowAt;
    this.at += length;
    return start;
  }
}
