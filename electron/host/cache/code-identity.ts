/** What a summary was made by: another version of the readers may count otherwise. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { appVersions } from '../versions.ts';

/** Sources that are run as they are: a change of any is another version. */
const SOURCES = join(import.meta.dirname, '..', '..', 'trace');

let identity: string | undefined;

/** The same for as long as the process runs. */
export function codeIdentity(): string {
  identity ??= identify();
  return identity;
}

function identify(): string {
  const hash = createHash('sha256').update(JSON.stringify(appVersions()));
  // Built, all of it is in the one file that runs.
  const files = existsSync(SOURCES) ? sourceFiles() : [import.meta.filename];
  for (const file of files) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function sourceFiles(): string[] {
  const names = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => join(SOURCES, name));
}
