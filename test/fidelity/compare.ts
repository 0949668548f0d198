/** What two runs of a tool printed, compared by what the lines say. */
import { NOT_RECORDED } from '../../electron/packs/tool-cells.ts';
import type { Comparison } from './case.ts';

const DIFFERENCES_MAX = 5;
/** Of what is printed in decimals. */
const ROUNDING = 1e-9;

/** Cells of a line, apart by spaces; the last takes the rest. */
export function cellsOf(line: string, columns: number): string[] {
  const words = line.replaceAll(NOT_RECORDED, NOT_RECORDED.replace(' ', '_')).trim().split(/\s+/);
  return words.length <= columns
    ? words
    : [...words.slice(0, columns - 1), words.slice(columns - 1).join(' ')];
}

/** Lines below the heading that both must print alike. Throws where the live tool prints another. */
export function below(
  live: readonly string[],
  replayed: readonly string[],
): { heading: string; live: string[]; replayed: string[] } {
  const heading = replayed.find((line) => line.trim() !== '') ?? '';
  const isHeading = (line: string): boolean => line.trimEnd() === heading.trimEnd();
  const at = live.findIndex(isHeading);
  if (at < 0)
    throw new Error(`the live tool prints no line "${heading}" but "${live.slice(0, 3).join(' | ')}"`);
  const rest = (lines: readonly string[], from: number): string[] =>
    lines.slice(from + 1).filter((line) => line.trim() !== '');
  return { heading, live: rest(live, at), replayed: rest(replayed, replayed.findIndex(isHeading)) };
}

export interface LineRules {
  /** Whether a line is the workload's. */
  isOurs(cells: readonly string[]): boolean;
  /** Columns of which each run has its own, such as the time of day. */
  readonly apart?: readonly string[];
  /** Columns that are durations: by how much, in their unit, two clock readings of one moment may differ. */
  readonly durations?: Readonly<Record<string, number>>;
  /** Columns that may not be recorded. */
  readonly mayLack?: readonly string[];
}

/**
 * Line by line, in order. `before` is of a recorder that read its clock before the tool did, at every event, as that of
 * `replayed` did after it: whatever the machine did between the two, a live duration lies between theirs.
 */
export function compareLines(
  live: readonly string[],
  replayed: readonly string[],
  rules: LineRules,
  before: readonly string[] = [],
): Comparison {
  const printed = below(live, replayed);
  const headings = printed.heading.trim().split(/\s+/);
  const ours = (lines: readonly string[]): string[][] =>
    lines.map((line) => cellsOf(line, headings.length)).filter((cells) => rules.isOurs(cells));
  const [a, b] = [ours(printed.live), ours(printed.replayed)];
  const earlier = before.length === 0 ? b : ours(below(live, before).replayed);
  const differences: string[] = [];
  const lacking = new Set<string>();
  const durations = new Durations();
  for (let row = 0; row < Math.max(a.length, b.length); row += 1) {
    const [x, y] = [a[row], b[row]];
    if (x === undefined || y === undefined) {
      differences.push(
        `line ${row + 1}: live "${x?.join(' ') ?? 'none'}", replay "${y?.join(' ') ?? 'none'}"`,
      );
      continue;
    }
    headings.forEach((heading, column) => {
      const [p = '', q = ''] = [x[column], y[column]];
      if (p === q || rules.apart?.includes(heading) === true) return;
      if (q.includes(NOT_RECORDED.replace(' ', '_')) && rules.mayLack?.includes(heading) === true) {
        lacking.add(heading);
        return;
      }
      const tolerance = rules.durations?.[heading];
      const other = earlier.length === b.length ? (earlier[row]?.[column] ?? q) : q;
      if (tolerance === undefined || !durations.isBetween(Number(p), Number(q), Number(other), tolerance))
        differences.push(
          `line ${row + 1}, ${heading}: live ${p}, replay ${q}${other === q ? '' : ` (${other} before it)`}`,
        );
    });
  }
  if (a.length === 0) differences.push('the live tool printed no line of the workload');
  return {
    live: `${a.length} lines`,
    replay: `${b.length} lines`,
    differences: cut(differences),
    notes: [
      ...[...lacking].map((heading) => `${heading} not recorded`),
      ...durations.notes(before.length > 0),
    ],
  };
}

/** By how much those of a live run were off. */
class Durations {
  #largest = 0;
  #largestBefore = 0;

  /** Whether one lies between those of two recorders, or as near to one as `tolerance`. */
  isBetween(live: number, replayed: number, before: number, tolerance: number): boolean {
    this.#largest = Math.max(this.#largest, Math.abs(live - replayed));
    this.#largestBefore = Math.max(this.#largestBefore, Math.abs(live - before));
    const room = tolerance + ROUNDING;
    return live >= Math.min(replayed, before) - room && live <= Math.max(replayed, before) + room;
  }

  notes(hasBefore: boolean): string[] {
    if (this.#largest === 0) return [];
    const ofBefore = hasBefore ? `, ${this.#largestBefore.toPrecision(2)} of the recorder before` : '';
    return [`durations within ${this.#largest.toPrecision(2)}${ofBefore}`];
  }
}

/** Rows by their first cell, which is a key. */
export function compareRows(
  live: readonly string[],
  replayed: readonly string[],
  atMost: readonly string[] = [],
): Comparison {
  const printed = below(live, replayed);
  const columns = printed.heading.trim().split(/\s+/).length;
  const byKey = (lines: readonly string[]): Map<string, string> =>
    new Map(lines.map((line) => cellsOf(line, columns)).map(([key = '', ...rest]) => [key, rest.join(' ')]));
  const [a, b] = [byKey(printed.live), byKey(printed.replayed)];
  // What happened while the tool began or ended belongs to it or not, as its row says.
  for (const [key, most] of byKey(atMost.slice(1))) {
    const row = a.get(key);
    if (row !== undefined && (row === most || isBetween(row, b.get(key) ?? '0', most))) b.set(key, row);
  }
  const differences = [...new Set([...a.keys(), ...b.keys()])]
    .filter((key) => a.get(key) !== b.get(key))
    .map((key) => `${key}: live ${a.get(key) ?? 'none'}, replay ${b.get(key) ?? 'none'}`);
  if (a.size === 0) differences.push('the live tool printed no row');
  return { live: total(a), replay: total(b), differences: cut(differences), notes: [] };
}

/** Of rows that are one number. */
function isBetween(row: string, least: string, most: string): boolean {
  return Number(least) <= Number(row) && Number(row) <= Number(most);
}

function total(rows: ReadonlyMap<string, string>): string {
  const sum = [...rows.values()].reduce((all, row) => all + Number(row.split(' ').at(-1)), 0);
  return `${sum.toLocaleString('en')} in ${rows.size} rows`;
}

export function cut(differences: readonly string[]): string[] {
  const rest = differences.length - DIFFERENCES_MAX;
  return rest <= 0 ? [...differences] : [...differences.slice(0, DIFFERENCES_MAX), `and ${rest} more`];
}
