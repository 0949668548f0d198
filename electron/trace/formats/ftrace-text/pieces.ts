/** A text's bytes in pieces: as they lie in the file, or behind `TRACE:` and compressed by atrace -z. */
import { Readable } from 'node:stream';
import { createInflate } from 'node:zlib';
import type { ByteSource } from '../../event.ts';
import { PIECE_BYTES } from './limits.ts';

const MARK = Buffer.from('TRACE:\n');
const HEAD_BYTES = 4096;
/** First bytes of a zlib stream with a window of 32 KiB, whatever its level. */
const ZLIB_FIRST = 0x78;

export interface Piece {
  readonly bytes: Uint8Array;
  /** File bytes read so far. */
  readonly consumed: number;
}

/** Where the compressed stream begins; undefined for a plain text. */
export function compressedStart(file: ByteSource): number | undefined {
  const head = Buffer.from(file.read(0, Math.min(HEAD_BYTES, file.sizeBytes)));
  const at = head.indexOf(MARK);
  if (at < 0) return undefined;
  const start = at + MARK.length;
  const first = head[start];
  const second = head[start + 1];
  if (first !== ZLIB_FIRST || second === undefined) return undefined;
  return (first * 256 + second) % 31 === 0 ? start : undefined;
}

/** Throws what zlib says of a damaged stream, after the pieces before the damage. */
export async function* piecesOf(
  file: ByteSource,
  compressedAt: number | undefined,
): AsyncGenerator<Piece, void, void> {
  if (compressedAt === undefined) {
    for (const piece of fileParts(file, 0)) yield piece;
    return;
  }
  let consumed = 0;
  function* parts(): Generator<Uint8Array, void, void> {
    for (const piece of fileParts(file, compressedAt ?? 0)) {
      consumed = piece.consumed;
      yield piece.bytes;
    }
  }
  const inflate = createInflate({ chunkSize: PIECE_BYTES });
  const input = Readable.from(parts());
  try {
    for await (const bytes of input.pipe(inflate)) yield { bytes: bytes as Uint8Array, consumed };
  } finally {
    input.destroy();
    inflate.destroy();
  }
}

function* fileParts(file: ByteSource, from: number): Generator<Piece, void, void> {
  for (let at = from; at < file.sizeBytes;) {
    const bytes = file.read(at, Math.min(PIECE_BYTES, file.sizeBytes - at));
    at += bytes.length;
    yield { bytes, consumed: at };
  }
}
