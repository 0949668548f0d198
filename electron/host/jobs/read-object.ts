/** Reads an object file, or a kernel's types, whole. */
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';

import { Failure } from '../../failure.ts';

/** The largest object there is any use for; libbpf tools' are under 100 KB, a kernel's types under 10 MB. */
const OBJECT_BYTES_MAX = 64 * 1024 * 1024;

/** Throws Failure `unreadable` or `too-large`. */
export function readObject(path: string): Uint8Array {
  const file = basename(path);
  try {
    const stats = statSync(path);
    // A device or a pipe has no size to limit, and may never end.
    if (!stats.isFile()) throw new Failure('object', 'unreadable', 'it is not a file', { file });
    if (stats.size > OBJECT_BYTES_MAX) {
      throw new Failure('object', 'too-large', `${stats.size} bytes, more than ${OBJECT_BYTES_MAX}`, {
        file,
      });
    }
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Failure('object', 'unreadable', `cannot be read (${code})`, { file });
  }
}
