/** LZMA2: chunks of LZMA or of plain bytes, each saying what it keeps of the ones before. */
import { Failure } from '../../../failure.ts';
import type { ByteSource } from '../../event.ts';
import { LzmaDecoder, type Window } from './lzma.ts';

const END = 0;
const PLAIN_RESET = 1;
const PLAIN = 2;
const LZMA = 0x80;
const CHUNK_BYTES_MAX = 2 * 1024 * 1024;
const WINDOW_BYTES_FIRST = 2 * CHUNK_BYTES_MAX;

export interface Lzma2End {
  /** Past the last chunk in the file. */
  readonly at: number;
}

/**
 * Yields what the chunks from `at` on hold; each piece is valid until the next is asked for. Throws Failure
 * `corrupt` or `truncated`, naming the chunk's place.
 */
export function* lzma2Pieces(
  file: ByteSource,
  from: number,
  dictionaryBytes: number,
): Generator<Uint8Array, Lzma2End, void> {
  const decoder = new LzmaDecoder();
  const window: Window = { bytes: new Uint8Array(WINDOW_BYTES_FIRST), first: 0, origin: 0, position: 0 };
  let isReset = false;
  let hasProperties = false;
  for (let at = from; ;) {
    const chunkAt = at;
    const [control = 0] = file.read(at, 1);
    at += 1;
    if (control === END) return { at };
    const isLzma = control >= LZMA;
    const resets = isLzma ? (control >> 5) & 3 : control === PLAIN_RESET ? 3 : 0;
    if (!isLzma && control > PLAIN) throw damaged(file, chunkAt, `a chunk of unknown kind ${control}`);
    if (resets === 3) {
      window.first = window.position;
      window.origin = window.position;
      isReset = true;
    }
    if (!isReset) throw damaged(file, chunkAt, 'its first chunk builds on one that is not there');
    const header = file.read(at, isLzma ? 4 : 2);
    at += header.length;
    const [high = 0, low = 0, packedHigh = 0, packedLow = 0] = header;
    const sizeBytes = (((isLzma ? control & 0x1f : 0) << 16) | (high << 8) | low) + 1;
    makeRoom(window, dictionaryBytes, sizeBytes);
    const start = window.position;
    if (isLzma) {
      if (resets >= 2) {
        const [properties = 0] = file.read(at, 1);
        at += 1;
        if (!decoder.setProperties(properties)) throw damaged(file, chunkAt, 'its properties make no sense');
        hasProperties = true;
      }
      if (!hasProperties) throw damaged(file, chunkAt, 'a chunk before any properties');
      if (resets >= 1) decoder.reset();
      const packedBytes = ((packedHigh << 8) | packedLow) + 1;
      const isWhole = decoder.decode(file.read(at, packedBytes), window, sizeBytes);
      if (!isWhole) throw damaged(file, chunkAt, 'a chunk does not decode');
      at += packedBytes;
    } else {
      window.bytes.set(file.read(at, sizeBytes), start);
      window.position += sizeBytes;
      at += sizeBytes;
    }
    yield window.bytes.subarray(start, window.position);
  }
}

/** Moves what may still be looked up to the front, or to a larger buffer, so that the next chunk fits behind. */
function makeRoom(window: Window, dictionaryBytes: number, sizeBytes: number): void {
  if (window.position + sizeBytes <= window.bytes.length) return;
  const from = Math.max(window.first, window.position - dictionaryBytes);
  const kept = window.position - from;
  // Twice what is kept, so that moving it costs less than filling it.
  const wanted = Math.min(2 * dictionaryBytes, 4 * kept) + CHUNK_BYTES_MAX;
  if (wanted > window.bytes.length) {
    const bytes = new Uint8Array(wanted);
    bytes.set(window.bytes.subarray(from, window.position));
    window.bytes = bytes;
  } else {
    window.bytes.copyWithin(0, from, window.position);
  }
  window.first = 0;
  window.origin -= from;
  window.position = kept;
}

function damaged(file: ByteSource, at: number, reason: string): Failure {
  return new Failure('bundle', 'corrupt', `the xz data is damaged: ${reason}`, {
    file: file.name,
    at: `byte ${at}`,
  });
}
