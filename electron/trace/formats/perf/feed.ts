/**
 * perf's records one after the other, in pieces of a file or in memory. Hot: next() runs per record and makes
 * no object. Records may lie at any byte: a compressed one may have any size.
 */
import type { ByteSource } from '../../event.ts';
import { PIECE_BYTES } from './limits.ts';

const HEADER_BYTES = 8;

export class Feed {
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  /** The record's first byte in `bytes`, header included. */
  at = 0;
  size = 0;
  type = 0;
  misc = 0;
  /** Why there is no next record, where that is not the end. */
  damage: string | undefined;
  /** The damage is in the record itself: more bytes would not help. */
  isBroken = false;
  readonly #file: ByteSource;
  readonly #end: number;
  readonly #isLittleEndian: boolean;
  #pieceAt: number;

  constructor(file: ByteSource, start: number, end: number, isLittleEndian: boolean) {
    this.#file = file;
    this.#end = end;
    this.#isLittleEndian = isLittleEndian;
    this.#pieceAt = start;
  }

  /** Where the record lies in the file. */
  get offset(): number {
    return this.#pieceAt + this.at;
  }

  next(): boolean {
    this.at += this.size;
    this.size = 0;
    if (this.at + HEADER_BYTES > this.bytes.length && !this.#load(HEADER_BYTES)) return this.#stop();
    const word = this.view.getUint16(this.at + 6, this.#isLittleEndian);
    if (word < HEADER_BYTES) {
      this.isBroken = true;
      return this.#stop(`a record of ${word} bytes`);
    }
    if (this.at + word > this.bytes.length && !this.#load(word))
      return this.#stop('a record goes past the end');
    this.size = word;
    this.type = this.view.getUint32(this.at, this.#isLittleEndian);
    this.misc = this.view.getUint16(this.at + 4, this.#isLittleEndian);
    return true;
  }

  /** Steps over bytes behind the record, which belong to it but not to its size. False past the end. */
  skip(count: number): boolean {
    const target = this.offset + this.size + count;
    if (target > this.#end) {
      this.damage = 'data behind a record goes past the end';
      this.#pieceAt = this.#end;
    } else {
      this.#pieceAt = target;
    }
    this.at = 0;
    this.size = 0;
    this.bytes = new Uint8Array(0);
    return target <= this.#end;
  }

  /** Makes `needed` bytes from `at` on be there. */
  #load(needed: number): boolean {
    const offset = this.offset;
    if (offset + needed > this.#end) return false;
    this.bytes = this.#file.read(offset, Math.min(PIECE_BYTES, this.#end - offset));
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    this.#pieceAt = offset;
    this.at = 0;
    return true;
  }

  #stop(damage?: string): false {
    const left = this.#end - this.offset;
    if (damage !== undefined) this.damage = damage;
    else if (left > 0) this.damage = 'a record header goes past the end';
    return false;
  }
}
