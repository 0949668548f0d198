/** Log2 slots: slot i counts values in [2^i, 2^(i+1)), slot 0 also 0. */
import { formatInterval, formatQuantity } from './units.ts';

export interface SlotRange {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
}

/** Slots an axis shows at least, so that a single bar does not fill the chart. */
const SHOWN_SLOTS_MIN = 6;

export function slotLow(slot: number): number {
  return slot === 0 ? 0 : 2 ** slot;
}

/** Exclusive. */
export function slotHigh(slot: number): number {
  return 2 ** (slot + 1);
}

/** `[64, 128) µs` */
export function slotLabel(slot: number, unit: string): string {
  return formatInterval(slotLow(slot), slotHigh(slot), unit);
}

/** The line between two slots: `64 µs` for the lower edge of slot 6. */
export function edgeLabel(slot: number, unit: string): string {
  return slot === 0 ? '0' : formatQuantity(2 ** slot, unit);
}

/** A value known only by its slot: what it is below. `< 128 µs` */
export function belowLabel(slot: number, unit: string): string {
  return `< ${formatQuantity(slotHigh(slot), unit)}`;
}

export function sumSlots(all: Iterable<{ readonly slots: ArrayLike<number> }>): Float64Array {
  let sum = new Float64Array(0);
  for (const { slots } of all) {
    if (slots.length > sum.length) {
      const longer = new Float64Array(slots.length);
      longer.set(sum);
      sum = longer;
    }
    for (let slot = 0; slot < slots.length; slot += 1) sum[slot] = (sum[slot] ?? 0) + (slots[slot] ?? 0);
  }
  return sum;
}

/** The slots that hold something, with some air; undefined where none does. */
export function occupiedRange(slots: ArrayLike<number>): SlotRange | undefined {
  let first = 0;
  while (first < slots.length && !slots[first]) first += 1;
  if (first === slots.length) return undefined;
  let last = slots.length - 1;
  while (!slots[last]) last -= 1;
  const missing = Math.max(0, SHOWN_SLOTS_MIN - (last - first + 1));
  const lower = Math.min(first, Math.ceil(missing / 2));
  return { first: first - lower, last: Math.min(slots.length - 1, last + (missing - lower)) };
}
