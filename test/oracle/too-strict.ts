/** The reasons that too-strict.md explains. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE = join(import.meta.dirname, 'too-strict.md');
const COLUMNS = 5;

export interface Explained {
  readonly reason: string;
  readonly why: string;
}

/** Throws where a row has no reason or does not say why. */
export function explainedReasons(): readonly Explained[] {
  const rows = readFileSync(FILE, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  return rows.slice(2).map((cells) => {
    const [reason, , , , why] = cells;
    if (cells.length !== COLUMNS || !reason || !why) throw new Error(`${FILE}: ${cells.join(' | ')}`);
    return { reason, why };
  });
}

/** Those of `reasons` that no row explains, each once. */
export function unexplained(reasons: readonly string[]): string[] {
  const explained = explainedReasons();
  return [...new Set(reasons)].filter((each) => !explained.some(({ reason }) => each.startsWith(reason)));
}
