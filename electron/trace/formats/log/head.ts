/** The first lines of a file, by which text is recognised. */
import type { ByteSource } from '../../event.ts';
import { DETECT_BYTES, DETECT_LINES, DETECT_SHARE } from './limits.ts';

/** Not empty, as Latin-1, without line ends; none where the file is not text. A line cut off is left out. */
export function firstLines(file: ByteSource): string[] {
  const bytes = file.read(0, Math.min(DETECT_BYTES, file.sizeBytes));
  if (bytes.includes(0)) return [];
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1').split(/\r?\n/);
  if (lines.length > 1) lines.pop();
  return lines.filter((line) => line.trim() !== '').slice(0, DETECT_LINES);
}

/** Whether most of the lines, and the first that counts, read as a family's own. */
export function mostAre(lines: readonly string[], isOwn: (line: string) => boolean): boolean {
  const own = lines.filter(isOwn).length;
  return own > 0 && own >= lines.length * DETECT_SHARE;
}
