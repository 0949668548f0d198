/** Whether a product is older than what it is made of, by modification times alone: a few hundred stats. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface BuildPart {
  /** Files and folders, relative to the project. */
  readonly sources: readonly string[];
  /** The file that is written last. */
  readonly product: string;
}

/** True for a product that is missing; a source that is missing throws. */
export function isStale(root: string, { sources, product }: BuildPart): boolean {
  const built = statSync(join(root, product), { throwIfNoEntry: false });
  if (built === undefined) return true;
  return sources.some((source) => newestMs(join(root, source)) > built.mtimeMs);
}

/** A folder's own time counts: it changes when a file in it is removed. */
function newestMs(path: string): number {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}
