/** Names like one that was mistyped, for messages. */

const NEAREST_MAX = 3;
/** Letters to change, add or leave out, of a name's own length. */
const DISTANCE_PART = 3;

/** At most three, nearest first: those that begin or end with it, or differ in a third of its letters at most. */
export function nearest(name: string, known: readonly string[]): string[] {
  const lower = name.toLowerCase();
  return known
    .map((each) => ({ each, distance: distanceTo(lower, each.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(1, Math.floor(name.length / DISTANCE_PART)))
    .sort((a, b) => a.distance - b.distance || (a.each < b.each ? -1 : 1))
    .slice(0, NEAREST_MAX)
    .map(({ each }) => each);
}

function distanceTo(name: string, other: string): number {
  if (name.length > 2 && (other.startsWith(name) || other.endsWith(name))) return 0;
  return editDistance(name, other);
}

/** Levenshtein's. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let at = 1; at <= a.length; at += 1) {
    const next = [at];
    for (let to = 1; to <= b.length; to += 1) {
      const substituted = (row[to - 1] ?? 0) + (a[at - 1] === b[to - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
