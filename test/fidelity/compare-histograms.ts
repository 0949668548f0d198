/**
 * Log2 histograms of two runs: each title's by itself. The clocks of a program and of a recorder beside it read
 * some microseconds apart, so a sample near an edge may lie in the neighbouring bucket of the other: those are
 * counted, and all else must be equal.
 */
import type { Comparison } from './case.ts';
import { cut } from './compare.ts';

/** More than a tenth of all samples near an edge is no accident of clocks. */
const MOVED_PART_MAX = 0.1;

type Histograms = ReadonlyMap<string, readonly number[]>;

export function compareHistograms(
  live: readonly string[],
  replayed: readonly string[],
  _workload?: unknown,
  atMost: readonly string[] = [],
): Comparison {
  const [a, surely, most] = [histogramsOf(live), histogramsOf(replayed), histogramsOf(atMost)];
  // What happened while the tool began or ended belongs to it or not, as its sum says.
  const b = new Map(
    [...new Set([...surely.keys(), ...most.keys()])].flatMap((title): [string, readonly number[]][] => {
      const isMore = sum(a.get(title) ?? []) === sum(most.get(title) ?? []);
      const slots = isMore ? most.get(title) : surely.get(title);
      return slots === undefined ? [] : [[title, slots]];
    }),
  );
  const differences: string[] = [];
  let moved = 0;
  for (const title of new Set([...a.keys(), ...b.keys()])) {
    const [x, y] = [a.get(title) ?? [], b.get(title) ?? []];
    const [m, n] = [sum(x), sum(y)];
    const of = title === '' ? '' : `${title}: `;
    if (m !== n) differences.push(`${of}live ${m} samples, replay ${n}`);
    else {
      const steps = stepsBetween(x, y);
      if (steps === undefined) differences.push(`${of}live ${x.join(' ')}, replay ${y.join(' ')}`);
      else moved += steps;
    }
  }
  const m = total(a);
  if (m === 0) differences.push('the live tool printed no histogram');
  if (moved > MOVED_PART_MAX * m) differences.push(`${moved} samples of ${m} moved`);
  return {
    live: text(a),
    replay: text(b),
    differences: cut(differences),
    notes: moved === 0 ? [] : [`${moved} in a neighbouring bucket`],
  };
}

/** By the line above them; '' where there is none. */
function histogramsOf(lines: readonly string[]): Histograms {
  const histograms = new Map<string, number[]>();
  let slots: number[] | undefined;
  lines.forEach((line, index) => {
    if (/ : count +distribution$/.test(line.trimEnd())) {
      const above = lines[index - 1]?.trim() ?? '';
      slots = [];
      histograms.set(/^Tracing /.test(above) ? '' : above, slots);
      return;
    }
    const [, count] = /^ *\d+ -> \d+ *: (\d+) +\|/.exec(line) ?? [];
    if (count !== undefined) slots?.push(Number(count));
  });
  return histograms;
}

/** How many samples moved to the bucket beside theirs; undefined where that does not explain the difference. */
export function stepsBetween(a: readonly number[], b: readonly number[]): number | undefined {
  let steps = 0;
  let carried = 0;
  for (let slot = 0; slot < Math.max(a.length, b.length); slot += 1) {
    // What goes on to the next bucket must be of this one's own samples, and what came back of the next one's.
    const next = carried + (a[slot] ?? 0) - (b[slot] ?? 0);
    if (next > (a[slot] ?? 0) || -next > (a[slot + 1] ?? 0)) return undefined;
    steps += Math.abs(next);
    carried = next;
  }
  return steps;
}

function sum(slots: readonly number[]): number {
  return slots.reduce((all, count) => all + count, 0);
}

function total(histograms: Histograms): number {
  return [...histograms.values()].reduce((all, slots) => all + sum(slots), 0);
}

function text(histograms: Histograms): string {
  return `${total(histograms).toLocaleString('en')} samples`;
}
