/**
 * A log2 histogram as libbpf's tools print it: slot 0 counts 0 and 1, slot i the numbers from 2^i to 2^(i+1)-1;
 * slots after the last that counted anything are not printed.
 */

const STARS = 40;
/** Beyond so many slots, numbers need wider columns and stars have less room. */
const NARROW_SLOTS_MAX = 32;

/** Nothing where no slot counted anything. */
export function log2Lines(slots: readonly number[], unit: string): string[] {
  const last = slots.findLastIndex((count) => count > 0);
  if (last < 0) return [];
  const isNarrow = last <= NARROW_SLOTS_MAX;
  const most = Math.max(...slots);
  const [margin, unitColumns, digits, stars] = isNarrow ? [5, 19, 10, STARS] : [15, 29, 20, STARS / 2];
  const heading = `${' '.repeat(margin)}${unit.padEnd(unitColumns)} : count    distribution`;
  const rows = slots.slice(0, last + 1).map((count, slot) => {
    const low = slot === 0 ? 0n : 1n << BigInt(slot);
    const high = (1n << BigInt(slot + 1)) - 1n;
    const bar = '*'.repeat(Math.floor((stars * count) / most)).padEnd(stars);
    const range = `${String(low).padStart(digits)} -> ${String(high).padEnd(digits)}`;
    return `${range} : ${String(count).padEnd(8)} |${bar}|`;
  });
  return [heading, ...rows];
}
