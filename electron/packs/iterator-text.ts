/** What an iterator's program wrote, as people and JSON take it. */
import type { SequenceText } from '../replay/hooks/iterator.ts';

export interface IteratorText {
  /** Objects of the kernel that it was shown. */
  readonly objects: number;
  /** UTF-8; hexadecimal where what was written is no text. */
  readonly text: string;
  readonly isText: boolean;
  /** Bytes beyond what is kept. */
  readonly bytesCut: number;
  /** How reading ended early: `EAGAIN`, `E2BIG`. */
  readonly error?: string | undefined;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Control characters that no text has. */
const isBinary = (byte: number): boolean => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d;

export function iteratorText({ bytes, bytesCut, objects, error }: SequenceText): IteratorText {
  const text = bytes.some(isBinary) ? undefined : decoded(bytes);
  const isText = text !== undefined;
  return { objects, text: text ?? Buffer.from(bytes).toString('hex'), isText, bytesCut, error };
}

/** undefined for what is no UTF-8. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
