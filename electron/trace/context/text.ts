/** Reading a member of the context as text. */
import { Failure } from '../../failure.ts';
import type { ByteSource } from '../event.ts';
import { TEXT_BYTES_MAX } from './limits.ts';

/** The whole text. Throws Failure `limit` where it is longer. */
export function textOf(file: ByteSource, bytesMax = TEXT_BYTES_MAX): string {
  if (file.sizeBytes > bytesMax) {
    const reason = `it has ${file.sizeBytes} bytes, more than the ${bytesMax} that are read of its kind`;
    throw new Failure('bundle', 'limit', reason, { file: file.name });
  }
  const bytes = file.read(0, file.sizeBytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/** Lines that say something, without their ends. */
export function linesIn(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

/** `1 route`, `2,431 routes`. */
export function counted(count: number, noun: string): string {
  return `${String(count).replace(/\B(?=(\d{3})+$)/g, ',')} ${noun}${count === 1 ? '' : 's'}`;
}

/** The whole lines at the start of what is known of a member, so that a pattern never sees half of one. */
export function wholeLines(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.length > 1) lines.pop();
  return lines.filter((line) => line.trim() !== '');
}
