/**
 * Log2 histograms of two runs: each title's by itself. The clocks of a program and of a recorder beside it read
 * some microseconds apart, so a sample near an edge may lie in the neighbouring bucket of the other. How many do lie
 * that near is not guessed: the recording is replayed again with durations so much longer or shorter that just these
 * cross the edge. All else must be equal.
 */
import type { Comparison, Printed } from './case.ts';
import { cut } from './compare.ts';
import type { Factor } from './scaled-times.ts';

/** Samples of an edge in whose middle the machine did something else: an interrupt, its host. */
const SLACK = 2;

type Histograms = ReadonlyMap<string, readonly number[]>;

/**
 * `clocksApart`: by how much, in the histogram's unit, a program's time of a moment differs from the recorder's that
 * runs beside it; 0 is exact.
 */
export async function compareHistograms(
  { live, replayed, atMost, scaled }: Pick<Printed, 'live' | 'replayed' | 'atMost' | 'scaled'>,
  clocksApart: number,
): Promise<Comparison> {
  const [a, surely, most] = [histogramsOf(live), histogramsOf(replayed), histogramsOf(atMost)];
  // Each sample of the time while the tool began or ended belongs to it or not, as its sum says.
  const b = new Map(
    [...new Set([...surely.keys(), ...most.keys()])].flatMap((title): [string, readonly number[]][] => {
      const counted = a.get(title) ?? [];
      const slots = withDoubtful(surely.get(title) ?? [], most.get(title) ?? [], counted);
      return sum(slots) === 0 ? [] : [[title, slots]];
    }),
  );
  const edges = new Edges(surely, clocksApart, scaled);
  const differences: string[] = [];
  let moved = 0;
  for (const title of new Set([...a.keys(), ...b.keys()])) {
    const [x, y] = [a.get(title) ?? [], b.get(title) ?? []];
    const [m, n] = [sum(x), sum(y)];
    const of = title === '' ? '' : `${title}: `;
    if (m !== n) differences.push(`${of}live ${m} samples, replay ${n}`);
    else {
      const steps = stepsBetween(x, y);
      if (steps === undefined || !(await edges.explain(title, steps)))
        differences.push(`${of}live ${x.join(' ')}, replay ${y.join(' ')}`);
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

/** How many of the replay's samples lie so near an edge that another clock may see them beyond it. */
class Edges {
  readonly #replayed: Histograms;
  readonly #clocksApart: number;
  readonly #scaled: Printed['scaled'];
  /** By slot and side. */
  readonly #moved = new Map<string, Promise<Histograms>>();

  constructor(replayed: Histograms, clocksApart: number, scaled: Printed['scaled']) {
    this.#replayed = replayed;
    this.#clocksApart = clocksApart;
    this.#scaled = scaled;
  }

  /** `steps` as stepsBetween() gives them. */
  async explain(title: string, steps: readonly number[]): Promise<boolean> {
    for (const [slot, step] of steps.entries())
      if (step !== 0 && Math.abs(step) > (await this.#near(title, slot, step > 0))) return false;
    return true;
  }

  /** `isAbove`: of those above the upper edge of a slot, else of those below it. */
  async #near(title: string, slot: number, isAbove: boolean): Promise<number> {
    if (this.#clocksApart === 0) return 0;
    const below = (histograms: Histograms): number => sum((histograms.get(title) ?? []).slice(0, slot + 1));
    const edge = 2 ** (slot + 1);
    const crossing = edge + (isAbove ? this.#clocksApart : -this.#clocksApart);
    const here = below(this.#replayed);
    // Below an edge that is nearer to 0 than clocks are apart, all are near it.
    if (crossing <= 0) return here + SLACK;
    const key = `${slot} ${isAbove}`;
    const moved = this.#moved.get(key) ?? this.#scaled(factorOf(edge, crossing)).then(histogramsOf);
    this.#moved.set(key, moved);
    return Math.abs(below(await moved) - here) + SLACK;
  }
}

/** By which durations of `to` become durations of `from`. */
function factorOf(from: number, to: number): Factor {
  return { numerator: BigInt(Math.round(from * 1000)), denominator: BigInt(Math.round(to * 1000)) };
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

function sum(slots: readonly number[]): number {
  return slots.reduce((all, count) => all + count, 0);
}

function total(histograms: Histograms): number {
  return [...histograms.values()].reduce((all, slots) => all + sum(slots), 0);
}

function text(histograms: Histograms): string {
  return `${total(histograms).toLocaleString('en')} samples`;
}
