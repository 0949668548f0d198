/** A log2 histogram in the terminal, laid out as bpftrace prints hist(). */
import { slotFrom, slotTo, usedSlots } from './buckets.ts';

const BAR_COLUMNS = 52;
const LABEL_COLUMNS = 16;
const COUNT_COLUMNS = 8;
const SUFFIXES = ['', 'K', 'M', 'G', 'T', 'P', 'E'];

/** A line a slot, from the first that counts anything to the last; none for an empty histogram. */
export function textHistogram(slots: Float64Array): string[] {
  const range = usedSlots(slots);
  if (range === undefined) return [];
  const most = slots.reduce((a, b) => Math.max(a, b), 0);
  const lines: string[] = [];
  for (let slot = range.first; slot <= range.last; slot += 1) {
    const count = slots[slot] ?? 0;
    const label = `[${powerLabel(slotFrom(slot))}, ${powerLabel(slotTo(slot))})`.padEnd(LABEL_COLUMNS);
    const bar = '@'.repeat(Math.floor((count / most) * BAR_COLUMNS)).padEnd(BAR_COLUMNS);
    lines.push(`${label}${String(count).padStart(COUNT_COLUMNS)} |${bar}|`);
  }
  return lines;
}

/** A power of two as bpftrace shortens it: 512, 1K, 2K, 1M. */
export function powerLabel(value: number): string {
  let rest = value;
  let power = 0;
  for (; rest >= 1024 && power < SUFFIXES.length - 1; power += 1) rest /= 1024;
  return `${rest}${SUFFIXES[power] ?? ''}`;
}
