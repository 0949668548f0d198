/**
 * Log2 histograms of two runs: each title's by itself. The clocks of a program and of a recorder beside it read
 * some microseconds apart, so a sample near an edge may lie in the neighbouring bucket of the other: those are
 * counted, and all else must be equal.
 */
import type { Comparison } from './case.ts';
import { cut } from './compare.ts';

/** Samples that may be near an edge though few are expected there. */
const SLACK = 2;

type Histograms = ReadonlyMap<string, readonly number[]>;

/**
 * `clocksApart`: by how much, in the histogram's unit, a program's time of a moment differs from the recorder's that
 * runs beside it. Of a bucket twice as wide as that, half the samples may lie in the one beside it; 0 is exact.
 */
export function compareHistograms(
  live: readonly string[],
  replayed: readonly string[],
  clocksApart: number,
  atMost: readonly string[] = [],
): Comparison {
  const [a, surely, most] = [histogramsOf(live), histogramsOf(replayed), histogramsOf(atMost)];
  // Each sample of the time while the tool began or ended belongs to it or not, as its sum says.
  const b = new Map(
    [...new Set([...surely.keys(), ...most.keys()])].flatMap((title): [string, readonly number[]][] => {
      const counted = a.get(title) ?? [];
      const slots = withDoubtful(surely.get(title) ?? [], most.get(title) ?? [], counted);
      return sum(slots) === 0 ? [] : [[title, slots]];
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
      const isClocks =
        steps?.every((step, slot) => Math.abs(step) <= nearEdge(x, slot, clocksApart)) ?? false;
      if (!isClocks) differences.push(`${of}live ${x.join(' ')}, replay ${y.join(' ')}`);
      moved += (steps ?? []).reduce((all, step) => all + Math.abs(step), 0);
    }
  }
  const m = total(a);
  if (m === 0) differences.push('the live tool printed no histogram');
  return {
    live: text(a),
    replay: text(b),
    differences: cut(differences),
    notes: moved === 0 ? [] : [`${moved} in a neighbouring bucket`],
  };
}

/** With so many samples of `most` beside those of `surely` as the sum asks for, of the buckets that lack them first. */
function withDoubtful(
  surely: readonly number[],
  most: readonly number[],
  counted: readonly number[],
): readonly number[] {
  let lacking = sum(counted) - sum(surely);
  const slots = Array.from({ length: Math.max(surely.length, most.length) }, (_, slot) => surely[slot] ?? 0);
  for (const isAsked of [true, false])
    for (let slot = 0; slot < slots.length && lacking > 0; slot += 1) {
      const has = slots[slot] ?? 0;
      const doubtful = Math.max(0, (most[slot] ?? 0) - has);
      const asked = isAsked ? Math.max(0, (counted[slot] ?? 0) - has) : doubtful;
      const more = Math.min(lacking, doubtful, asked);
      slots[slot] = has + more;
      lacking -= more;
    }
  return slots;
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

/** How many samples went on from each bucket to the next, negative for back; undefined where that does not explain the difference. */
export function stepsBetween(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  const steps: number[] = [];
  let carried = 0;
  for (let slot = 0; slot < Math.max(a.length, b.length); slot += 1) {
    // What goes on to the next bucket must be of this one's own samples, and what came back of the next one's.
    const next = carried + (a[slot] ?? 0) - (b[slot] ?? 0);
    if (next > (a[slot] ?? 0) || -next > (a[slot + 1] ?? 0)) return undefined;
    steps.push(next);
    carried = next;
  }
  return steps;
}

/** Of the samples on both sides of a bucket's upper edge, how many lie within what clocks are apart of it, if they lie evenly. */
function nearEdge(slots: readonly number[], slot: number, clocksApart: number): number {
  if (clocksApart === 0) return 0;
  const near = (at: number): number => (slots[at] ?? 0) * Math.min(1, clocksApart / Math.max(2, 2 ** at));
  return near(slot) + near(slot + 1) + SLACK;
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
