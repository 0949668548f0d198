/**
 * Log2 slots as people read them: where a slot begins and ends, in which slot a quantile falls, and
 * which slots are worth a row. Slot i counts [2^i, 2^(i+1)); slot 0 also counts 0.
 */

export interface SlotRange {
  readonly first: number;
  readonly last: number;
}

/** First and last slot that count anything; undefined where none does. */
export function usedSlots(slots: Float64Array): SlotRange | undefined {
  const first = slots.findIndex((count) => count > 0);
  return first < 0 ? undefined : { first, last: slots.findLastIndex((count) => count > 0) };
}

/** Lower bound of a slot, inclusive. */
export function slotFrom(slot: number): number {
  return slot === 0 ? 0 : 2 ** slot;
}

/** Upper bound of a slot, exclusive. */
export function slotTo(slot: number): number {
  return 2 ** (slot + 1);
}

/** The slot in which `part` (0 to 1) of all samples has been counted; undefined without samples. */
export function quantileSlot(slots: Float64Array, part: number): number | undefined {
  const total = sumOf(slots);
  if (total === 0) return undefined;
  let seen = 0;
  for (const [slot, count] of slots.entries()) {
    seen += count;
    if (count > 0 && seen >= total * part) return slot;
  }
  return usedSlots(slots)?.last;
}

export function sumOf(slots: Float64Array): number {
  return slots.reduce((sum, count) => sum + count, 0);
}

/** All groups' slots in one, as long as the longest. */
export function mergeSlots(groups: readonly { readonly slots: Float64Array }[]): Float64Array {
  const merged = new Float64Array(groups.reduce((most, { slots }) => Math.max(most, slots.length), 0));
  for (const { slots } of groups) {
    for (const [slot, count] of slots.entries()) merged[slot] = (merged[slot] ?? 0) + count;
  }
  return merged;
}

/** The group whose samples reach the highest slot; among several, the one with most samples there. */
export function groupOfLargest<G extends { readonly slots: Float64Array }>(
  groups: readonly G[],
): G | undefined {
  let best: { group: G; last: number; count: number } | undefined;
  for (const group of groups) {
    const last = usedSlots(group.slots)?.last;
    if (last === undefined) continue;
    const count = group.slots[last] ?? 0;
    if (best === undefined || last > best.last || (last === best.last && count > best.count)) {
      best = { group, last, count };
    }
  }
  return best?.group;
}
