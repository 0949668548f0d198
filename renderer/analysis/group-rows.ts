/** The rows of the table of processes (or disks, or whatever a view groups by). */
import type { HistogramGroup } from '../../electron/host/contract.ts';
import { maxSlot, percentileSlot } from './percentiles.ts';

export interface GroupRow {
  readonly groupId: string;
  readonly label: string;
  readonly total: number;
  readonly slots: Float64Array;
  /** Slots, undefined for a group without samples. */
  readonly p50: number | undefined;
  readonly p90: number | undefined;
  readonly p99: number | undefined;
  readonly max: number | undefined;
}

export type GroupColumn = 'label' | 'total' | 'p50' | 'p90' | 'p99' | 'max';

export interface GroupSort {
  readonly column: GroupColumn;
  readonly isDescending: boolean;
}

export function groupRows(groups: readonly HistogramGroup[]): GroupRow[] {
  return groups.map(({ groupId, label, total, slots }) => ({
    groupId,
    label,
    total,
    slots,
    p50: percentileSlot(slots, 0.5),
    p90: percentileSlot(slots, 0.9),
    p99: percentileSlot(slots, 0.99),
    max: maxSlot(slots),
  }));
}

/** Rows whose label holds every word of the filter, in any case. */
export function filterRows(rows: readonly GroupRow[], filter: string): readonly GroupRow[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter(({ label }) => {
    const text = label.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** Equal rows: the one with more samples first, then by label; so the order never jumps. */
export function sortRows(rows: readonly GroupRow[], { column, isDescending }: GroupSort): GroupRow[] {
  const sign = isDescending ? -1 : 1;
  return rows.toSorted(
    (a, b) => sign * compare(a, b, column) || b.total - a.total || compareText(a.label, b.label),
  );
}

/** What a first click on a column's head asks for: names from A, numbers from the largest. */
export function firstSort(column: GroupColumn): GroupSort {
  return { column, isDescending: column !== 'label' };
}

function compare(a: GroupRow, b: GroupRow, column: GroupColumn): number {
  if (column === 'label') return compareText(a.label, b.label);
  return (a[column] ?? -1) - (b[column] ?? -1);
}

function compareText(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
