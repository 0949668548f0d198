/** The bundle named on a command line. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';

import { Failure } from '../failure.ts';

/** Absolute; undefined for none. Throws Failure `no-such-file` before any window opens. */
export function checkedBundlePath(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const absolute = resolve(path);
  if (statSync(absolute, { throwIfNoEntry: false }) === undefined)
    throw new Failure('bundle', 'no-such-file', 'no such file', { file: path });
  return absolute;
}
