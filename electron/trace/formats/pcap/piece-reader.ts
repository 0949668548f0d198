/** A file read in pieces: whoever reads asks for so many bytes at a place, and finds them in one stretch. */
import type { ByteSource } from '../../event.ts';
import { PIECE_BYTES } from './limits.ts';

export class PieceReader {
  readonly file: ByteSource;
  /** The stretch that is held; replaced by need(). */
  bytes: Uint8Array = new Uint8Array(0);
  view: DataView = new DataView(new ArrayBuffer(0));
  #start = 0;
  readonly #pieceBytes: number;

  constructor(file: ByteSource, pieceBytes = PIECE_BYTES) {
    this.file = file;
    this.#pieceBytes = pieceBytes;
  }

  /** Index in `bytes` of the file's byte `at`, with `length` behind it; -1 where the file ends before. Hot. */
  need(at: number, length: number): number {
    const index = at - this.#start;
    if (index >= 0 && index + length <= this.bytes.length) return index;
    if (at + length > this.file.sizeBytes) return -1;
    this.bytes = this.file.read(at, Math.min(Math.max(length, this.#pieceBytes), this.file.sizeBytes - at));
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    this.#start = at;
    return 0;
  }
}
