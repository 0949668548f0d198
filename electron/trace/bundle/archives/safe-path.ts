/** Paths of archive members, as POSIX writes them. */
import { Failure } from '../../../failure.ts';
import { PATH_BYTES_MAX } from '../limits.ts';

/** Without `./` before it and empty parts. Throws Failure `unsafe-path` where it leads out of the archive, or is none. */
export function safePath(path: string, file: string, at: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const isOut = path.startsWith('/') || /^[A-Za-z]:/.test(path) || parts.includes('..');
  const isNone = parts.length === 0 || path.includes('\0') || path.length > PATH_BYTES_MAX;
  if (!isOut && !isNone) return parts.join('/');
  const reason = `an entry's path leads out of the archive, or is none: ${path.slice(0, 200)}`;
  throw new Failure('bundle', 'unsafe-path', reason, { file, at });
}
