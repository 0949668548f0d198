/**
 * A text file's lines as bytes, read in pieces: a line is a stretch of a buffer that is used again, so whoever
 * wants to keep one copies it. A last line without an end counts as a line.
 */
import type { ByteSource } from './event.ts';

const PIECE_BYTES = 1024 * 1024;
/** A longer line is no line of a log: it is handed on in stretches of this length, marked as cut. */
export const LINE_BYTES_MAX = 256 * 1024;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

export interface Line {
  bytes: Uint8Array;
  /** First byte in `bytes`. */
  start: number;
  /** Past the last byte, without line end (LF or CR LF). */
  end: number;
  /** Counted from 1. */
  number: number;
  /** Of the line's first byte in the file. */
  fileOffset: number;
  /** The line goes on: it was longer than LINE_BYTES_MAX. */
  isCut: boolean;
}

/** Hot: one object is yielded again and again, and is valid until the next is asked for. */
export function* linesOf(file: ByteSource, from = 0): Generator<Line, void, void> {
  const line: Line = {
    bytes: new Uint8Array(0),
    start: 0,
    end: 0,
    number: 0,
    fileOffset: from,
    isCut: false,
  };
  let rest = new Uint8Array(0);
  for (let at = from; at < file.sizeBytes;) {
    const piece = file.read(at, Math.min(PIECE_BYTES, file.sizeBytes - at));
    const bytes = rest.length === 0 ? piece : joined(rest, piece);
    const firstOffset = at - rest.length;
    at += piece.length;
    const isLast = at >= file.sizeBytes;
    let start = 0;
    for (;;) {
      let end = bytes.indexOf(NEWLINE, start);
      const isEnded = end >= 0;
      if (!isEnded) end = bytes.length;
      const isCut = end - start > LINE_BYTES_MAX;
      if (!isEnded && !isCut && !isLast) break;
      if (start >= bytes.length) break;
      if (isCut) end = start + LINE_BYTES_MAX;
      line.bytes = bytes;
      line.start = start;
      line.end = !isCut && end > start && bytes[end - 1] === RETURN ? end - 1 : end;
      if (!line.isCut) line.number += 1;
      line.fileOffset = firstOffset + start;
      line.isCut = isCut;
      yield line;
      start = isCut ? end : end + 1;
    }
    rest = bytes.slice(start);
  }
}

function joined(rest: Uint8Array, piece: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(rest.length + piece.length);
  bytes.set(rest);
  bytes.set(piece, rest.length);
  return bytes;
}
