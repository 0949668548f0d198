/** The shape of what packs one file by itself; table.ts lists them. */
import type { ByteSource } from '../../event.ts';
import type { Pieces } from '../unpacker.ts';

export interface Compression {
  /** As messages say it: `gzip`. */
  readonly name: string;
  detect(head: Uint8Array): boolean;
  /** What the file holds, unpacked. Throws Failure `corrupt`, `truncated`, `unsupported`, `limit`. */
  pieces(file: ByteSource): Pieces;
}
