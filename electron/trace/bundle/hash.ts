/** SHA-256 of files, read in pieces. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

const PIECE_BYTES = 1024 * 1024;

/** Lower-case hex; `onBytes` is told how many bytes were read so far. */
export async function hashFile(
  path: string,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void = () => {},
): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
    signal?.throwIfAborted();
    const buffer = piece as Buffer;
    hash.update(buffer);
    bytes += buffer.length;
    onBytes(bytes);
  }
  return hash.digest('hex');
}

/** One hash for a folder: over its files' names and hashes, in order of name. */
export function hashOfHashes(files: readonly { readonly name: string; readonly sha256: string }[]): string {
  const hash = createHash('sha256');
  const sorted = [...files].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (const { name, sha256 } of sorted) hash.update(`${name}\0${sha256}\n`);
  return hash.digest('hex');
}
