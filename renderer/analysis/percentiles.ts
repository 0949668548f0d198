/**
 * Percentiles of a log2 histogram. A slot says only which interval a value lay in, so a percentile is
 * a slot, never a value: whoever shows it shows the slot's upper bound.
 */

/** Slot of the smallest value that at least `fraction` of the samples do not exceed; undefined for no samples. */
export function percentileSlot(slots: ArrayLike<number>, fraction: number): number | undefined {
  const total = totalOf(slots);
  if (total === 0) return undefined;
  const rank = Math.max(1, Math.ceil(total * fraction));
  let seen = 0;
  for (let slot = 0; slot < slots.length; slot += 1) {
    seen += slots[slot] ?? 0;
    if (seen >= rank) return slot;
  }
  return undefined;
}

/** Highest slot that holds a sample. */
export function maxSlot(slots: ArrayLike<number>): number | undefined {
  return percentileSlot(slots, 1);
}

export function totalOf(slots: ArrayLike<number>): number {
  let total = 0;
  for (let slot = 0; slot < slots.length; slot += 1) total += slots[slot] ?? 0;
  return total;
}
