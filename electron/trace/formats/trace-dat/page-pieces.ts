/**
 * One CPU's ring buffer pages, read from the file in pieces of whole pages: as they lie there, or
 * decompressed chunk by chunk. What the file announces and does not hold is reported, not thrown.
 */
import { Failure } from '../../../failure.ts';
import type { ByteSource } from '../../event.ts';
import { decompress } from './compression.ts';
import type { Compression } from './compression.ts';
import type { CpuData } from './layout.ts';
import { CHUNK_BYTES_MAX } from './limits.ts';

export interface Piece {
  /** Whole pages, aligned to 4 bytes in memory. */
  readonly bytes: Uint8Array;
  /** Where in the file the piece (or the chunk it came from) begins. */
  readonly fileOffset: number;
}

export interface PagePieces {
  /** undefined at the end. */
  next(): Piece | undefined;
  /** File bytes consumed. */
  readonly consumedBytes: number;
}

/** Says that data is unreadable from `at`: so many pages, or 1 where their number is not known. */
export type OnLost = (at: number, pages: number, reason: string) => void;

export class PlainPieces implements PagePieces {
  readonly #file: ByteSource;
  readonly #pieceBytes: number;
  readonly #start: number;
  readonly #end: number;
  #at: number;

  constructor(file: ByteSource, data: CpuData, pageSizeBytes: number, pieceBytes: number, onLost: OnLost) {
    this.#file = file;
    this.#pieceBytes = Math.max(pageSizeBytes, pieceBytes - (pieceBytes % pageSizeBytes));
    this.#start = data.offset;
    this.#at = data.offset;
    const available = Math.max(0, Math.min(data.sizeBytes, file.sizeBytes - data.offset));
    this.#end = data.offset + available - (available % pageSizeBytes);
    const lost = Math.ceil((data.offset + data.sizeBytes - this.#end) / pageSizeBytes);
    if (data.sizeBytes > 0 && lost > 0) {
      onLost(this.#end, lost, `the data of CPU ${data.cpu} is cut short: ${lost} pages are missing`);
    }
  }

  get consumedBytes(): number {
    return this.#at - this.#start;
  }

  next(): Piece | undefined {
    if (this.#at >= this.#end) return undefined;
    const fileOffset = this.#at;
    const bytes = aligned(this.#file.read(fileOffset, Math.min(this.#pieceBytes, this.#end - fileOffset)));
    this.#at += bytes.length;
    return { bytes, fileOffset };
  }
}

/** How the data of a CPU is packed. */
export interface ChunkFormat {
  readonly compression: Compression;
  readonly isLittleEndian: boolean;
  readonly pageSizeBytes: number;
}

/** The two words before a chunk's bytes. */
export const CHUNK_HEAD_BYTES = 8;

export class ChunkedPieces implements PagePieces {
  readonly #file: ByteSource;
  readonly #data: CpuData;
  readonly #format: ChunkFormat;
  readonly #onLost: OnLost;
  #at: number;
  #chunksLeft: number | undefined;

  constructor(file: ByteSource, data: CpuData, format: ChunkFormat, onLost: OnLost) {
    this.#file = file;
    this.#data = data;
    this.#format = format;
    this.#onLost = onLost;
    this.#at = data.offset;
    if (data.sizeBytes === 0) this.#chunksLeft = 0;
  }

  get consumedBytes(): number {
    return this.#at - this.#data.offset;
  }

  next(): Piece | undefined {
    const chunkAt = this.#at;
    try {
      this.#chunksLeft ??= this.#word();
      if (this.#chunksLeft === 0) return undefined;
      this.#chunksLeft--;
      return { bytes: this.#chunk(), fileOffset: chunkAt };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // Chunks are found one behind the other: past a bad one nothing can be found.
      const left = (this.#chunksLeft ?? 0) + 1;
      this.#chunksLeft = 0;
      this.#at = this.#data.offset + this.#data.sizeBytes;
      this.#onLost(
        chunkAt,
        left,
        `the data of CPU ${this.#data.cpu} breaks off, ${left} chunks unread: ${error.reason}`,
      );
      return undefined;
    }
  }

  #chunk(): Uint8Array {
    const { bytes, endsAt } = readChunk(this.#file, this.#at, this.#format);
    this.#at = endsAt;
    return bytes;
  }

  #word(): number {
    const word = readWord(this.#file, this.#at, this.#format.isLittleEndian);
    this.#at += 4;
    return word;
  }
}

/** Two words, compressed bytes and bytes of pages, before the compressed bytes. Throws Failure. */
export function readChunk(
  file: ByteSource,
  at: number,
  { compression, isLittleEndian, pageSizeBytes }: ChunkFormat,
): { readonly bytes: Uint8Array; readonly endsAt: number } {
  const compressedSize = readWord(file, at, isLittleEndian);
  const size = readWord(file, at + 4, isLittleEndian);
  const place = { file: file.name, at: `byte ${at}` };
  const isWhole = size > 0 && size % pageSizeBytes === 0;
  if (!isWhole || Math.max(size, compressedSize) > CHUNK_BYTES_MAX) {
    throw new Failure(
      'trace',
      'corrupt',
      `a chunk of ${compressedSize} bytes for ${size} bytes of pages`,
      place,
    );
  }
  const compressed = file.read(at + CHUNK_HEAD_BYTES, compressedSize);
  const bytes = decompress(compression, compressed, size, place);
  return { bytes: aligned(bytes), endsAt: at + CHUNK_HEAD_BYTES + compressedSize };
}

export function readWord(file: ByteSource, at: number, isLittleEndian: boolean): number {
  const bytes = file.read(at, 4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, isLittleEndian);
}

function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
}
