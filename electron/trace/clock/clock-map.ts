/**
 * How one clock's times become another's where the data relates them at several moments: clocks drift apart, stop
 * while the machine sleeps, and are set. Between two moments a drift is followed in a line, and a step lies at the
 * later one, as nothing tells where between them it was.
 */
export interface Knot {
  /** On the clock that is mapped. */
  readonly atNs: bigint;
  /** To be added to its times from here on. */
  readonly offsetNs: bigint;
  /** The offset before holds until here. */
  readonly isStep: boolean;
}

/** By time, at least one. */
export type ClockMap = readonly Knot[];

/** What logs round their dates to, and more: below, two offsets are the same. */
export const SAME_NS = 2_000_000n;
/** Of dates told to the second. */
export const SAME_SECOND_NS = 2_000_000_000n;
/** Clocks run apart by less than a thousandth, adjusted ones too; what is faster is a step. */
const DRIFT_PER_NS = 1000n;

/** Of moments on both clocks, in any order, at least one; offsets that differ by less than `sameNs` are one. */
export function clockMap(
  moments: readonly (readonly [atNs: bigint, otherNs: bigint])[],
  sameNs: bigint = SAME_NS,
): ClockMap {
  const isApart = (a: bigint, b: bigint): boolean => distance(a, b) >= sameNs;
  const sorted = [...moments].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const knots: Knot[] = [];
  let before: Knot | undefined;
  for (const [atNs, otherNs] of sorted) {
    const offsetNs = otherNs - atNs;
    const kept = knots.at(-1);
    if (kept === undefined || before === undefined) knots.push({ atNs, offsetNs, isStep: false });
    else if (
      isApart(offsetNs, before.offsetNs) &&
      distance(offsetNs, before.offsetNs) * DRIFT_PER_NS > atNs - before.atNs
    ) {
      if (before.atNs > kept.atNs) knots.push(before);
      knots.push({ atNs, offsetNs, isStep: true });
    } else if (isApart(offsetNs, kept.offsetNs)) knots.push({ atNs, offsetNs, isStep: false });
    before = { atNs, offsetNs, isStep: false };
  }
  return knots;
}

/** From the other clock back. Times that the other clock showed twice, as it was set back, are of the later stretch. */
export function inverseMap(map: ClockMap): ClockMap {
  const knots: Knot[] = [];
  for (const { atNs, offsetNs, isStep } of map) {
    const at = atNs + offsetNs;
    while ((knots.at(-1)?.atNs ?? at - 1n) >= at) knots.pop();
    knots.push({ atNs: at, offsetNs: -offsetNs, isStep });
  }
  return knots;
}

/** The time on the other clock. Before the first moment and after the last their offsets hold. */
export function mapTime(map: ClockMap, timeNs: bigint): bigint {
  let at = 0;
  for (let end = map.length; end - at > 1;) {
    const middle = (at + end) >> 1;
    if (timeNs < (map[middle]?.atNs ?? 0n)) end = middle;
    else at = middle;
  }
  const [knot, next] = [map[at], map[at + 1]];
  if (knot === undefined) throw new Error('a clock map has a knot');
  const isHeld = next === undefined || next.isStep || timeNs <= knot.atNs;
  if (isHeld) return timeNs + knot.offsetNs;
  const part = ((next.offsetNs - knot.offsetNs) * (timeNs - knot.atNs)) / (next.atNs - knot.atNs);
  return timeNs + knot.offsetNs + part;
}

/** One map after the other. */
export function mapThrough(maps: readonly ClockMap[], timeNs: bigint): bigint {
  return maps.reduce((time, map) => mapTime(map, time), timeNs);
}

/** Whether all of them add the same to every time. */
export function isConstant(maps: readonly ClockMap[]): boolean {
  return maps.every((map) => map.length === 1);
}

function distance(a: bigint, b: bigint): bigint {
  return a > b ? a - b : b - a;
}
