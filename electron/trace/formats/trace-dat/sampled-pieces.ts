/**
 * A few pages of one CPU's ring buffer, evenly spread from the first to the last: what a look at a recording reads
 * instead of the whole.
 */
import { Failure } from '../../../failure.ts';
import type { ByteSource } from '../../event.ts';
import { SAMPLED_PLACES_MAX } from './limits.ts';
import type { CpuData } from './layout.ts';
import { CHUNK_HEAD_BYTES, readChunk, readWord } from './page-pieces.ts';
import type { ChunkFormat, PagePieces, Piece } from './page-pieces.ts';

interface Place {
  readonly at: number;
  /** Of the file, that this place stands for. */
  readonly bytes: number;
}

/** How many places there are in the file, and those of them that are looked at. */
export interface SampledPlaces {
  /** By what counts in the samples are multiplied to be counts in all. */
  readonly factor: number;
  readonly pieces: PagePieces;
}

/** `chunks`: how the data is packed, undefined where pages lie one behind the other. */
export function sampledPieces(
  file: ByteSource,
  data: CpuData,
  pageSizeBytes: number,
  chunks: ChunkFormat | undefined,
  samplesMax: number,
): SampledPlaces {
  const places = chunks === undefined ? pagesOf(file, data, pageSizeBytes) : chunksOf(file, data, chunks);
  const chosen = spread(places, samplesMax);
  const bytesOf = (some: readonly Place[]): number => some.reduce((sum, { bytes }) => sum + bytes, 0);
  // Pages were thinned out, chunks were not.
  const wholeBytes = (all: readonly Place[]): number =>
    chunks === undefined ? Math.min(data.sizeBytes, Math.max(0, file.sizeBytes - data.offset)) : bytesOf(all);
  const read = ({ at, bytes }: Place): Uint8Array =>
    chunks === undefined ? file.read(at, bytes) : readChunk(file, at, chunks).bytes;
  return {
    factor: chosen.length === 0 ? 0 : wholeBytes(places) / bytesOf(chosen),
    pieces: new ChosenPieces(chosen, read),
  };
}

class ChosenPieces implements PagePieces {
  readonly #places: readonly Place[];
  readonly #read: (place: Place) => Uint8Array;
  #next = 0;
  consumedBytes = 0;

  constructor(places: readonly Place[], read: (place: Place) => Uint8Array) {
    this.#places = places;
    this.#read = read;
  }

  next(): Piece | undefined {
    for (let place = this.#places[this.#next++]; place !== undefined; place = this.#places[this.#next++]) {
      try {
        const bytes = this.#read(place);
        this.consumedBytes += place.bytes;
        return { bytes: bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes), fileOffset: place.at };
      } catch (error) {
        // Reading the whole says what is wrong with it, and where.
        if (!(error instanceof Failure)) throw error;
      }
    }
    return undefined;
  }
}

/** Neighbouring pages stand for one place where there are too many. */
function pagesOf(file: ByteSource, { offset, sizeBytes }: CpuData, pageSizeBytes: number): readonly Place[] {
  const available = Math.max(0, Math.min(sizeBytes, file.sizeBytes - offset));
  const pages = Math.floor(available / pageSizeBytes);
  const count = Math.min(pages, SAMPLED_PLACES_MAX);
  return Array.from({ length: count }, (_, index) => ({
    // The first and the last page are places whatever their number.
    at: offset + Math.round((index * (pages - 1)) / Math.max(1, count - 1)) * pageSizeBytes,
    bytes: pageSizeBytes,
  }));
}

/** Chunks are found one behind the other; only their heads are read. */
function chunksOf(file: ByteSource, { offset, sizeBytes }: CpuData, format: ChunkFormat): readonly Place[] {
  const places: Place[] = [];
  const end = file.sizeBytes;
  if (sizeBytes === 0 || offset + 4 > end) return places;
  let left = readWord(file, offset, format.isLittleEndian);
  let at = offset + 4;
  while (left > 0 && at + CHUNK_HEAD_BYTES <= end && places.length < SAMPLED_PLACES_MAX) {
    const bytes = CHUNK_HEAD_BYTES + readWord(file, at, format.isLittleEndian);
    if (at + bytes > end) break;
    places.push({ at, bytes });
    at += bytes;
    left -= 1;
  }
  return places;
}

/** The first and the last among them. */
function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  const step = (all.length - 1) / Math.max(1, most - 1);
  return Array.from({ length: most }, (_, index) => all[Math.round(index * step)] as T);
}
