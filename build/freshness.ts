/** Whether what was built is older than its sources, by modification times. */
import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const projectFolder = resolve(import.meta.dirname, '..');

export type Part = 'page' | 'electron';

const inputs: Readonly<Record<Part, readonly string[]>> = {
  page: [
    'renderer',
    'electron/host/contract.ts',
    'electron/host/codec.ts',
    'vite.config.ts',
    'package-lock.json',
  ],
  electron: ['electron', 'build/build.ts', 'package.json', 'package-lock.json'],
};

/** Whether a source is newer than what was built of it, or nothing was built. */
export function isStale(part: Part, folder = projectFolder): boolean {
  const built = statSync(stampOf(part, folder), { throwIfNoEntry: false });
  return built === undefined || newestMtimeMs(inputs[part].map((path) => join(folder, path))) > built.mtimeMs;
}

/** Called last, so that an interrupted build stays stale; a source saved while it ran makes it stale again. */
export function markBuilt(part: Part, startedAt: Date, folder = projectFolder): void {
  const path = stampOf(part, folder);
  mkdirSync(join(folder, 'dist', part), { recursive: true });
  writeFileSync(path, '');
  utimesSync(path, startedAt, startedAt);
}

function stampOf(part: Part, folder: string): string {
  return join(folder, 'dist', part, '.built');
}

/** Of all files and folders below `paths`; a path that is not there counts for nothing. */
function newestMtimeMs(paths: readonly string[]): number {
  let newest = 0;
  for (const path of paths) {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) continue;
    // A folder's own time tells of files that were removed.
    newest = Math.max(newest, stats.mtimeMs);
    if (!stats.isDirectory()) continue;
    newest = Math.max(newest, newestMtimeMs(readdirSync(path).map((name) => join(path, name))));
  }
  return newest;
}
