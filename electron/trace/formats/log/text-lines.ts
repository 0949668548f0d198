/** A log's lines as Latin-1 text. Of a line too long to be one, the first stretch: the rest belongs to it. */
import type { ByteSource } from '../../event.ts';
import { linesOf } from '../../lines.ts';
import type { LogNotes } from './entry.ts';

export interface TextLine {
  text: string;
  number: number;
}

/** One object is yielded again and again. Lines without a character are not. */
export function* textLines(file: ByteSource, notes: LogNotes): Generator<TextLine, void, void> {
  const out: TextLine = { text: '', number: 0 };
  for (const line of linesOf(file)) {
    if (line.number === out.number || line.end === line.start) continue;
    out.number = line.number;
    out.text = Buffer.from(
      line.bytes.buffer,
      line.bytes.byteOffset + line.start,
      line.end - line.start,
    ).toString('latin1');
    notes.reached(line.fileOffset);
    yield out;
  }
}
