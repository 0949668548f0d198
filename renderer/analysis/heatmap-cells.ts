/** A heatmap as cells to draw: those that hold something, with a strength on a log scale. */
import type { Heatmap } from '../../electron/host/contract.ts';
import type { SlotRange } from './slots.ts';

/** `[column, row, strength, count]`; row 0 is the range's first slot. */
export type HeatmapCell = readonly [number, number, number, number];

export interface HeatmapCells {
  readonly cells: readonly HeatmapCell[];
  readonly countMax: number;
}

/** Counts span decades: one and a thousand must both be seen, so strength is log2(count) + 1. */
export function heatmapCells(
  { counts, timeBins, slotCount }: Heatmap,
  { first, last }: SlotRange,
): HeatmapCells {
  const cells: HeatmapCell[] = [];
  let countMax = 0;
  for (let bin = 0; bin < timeBins; bin += 1) {
    for (let slot = first; slot <= last && slot < slotCount; slot += 1) {
      const count = counts[bin * slotCount + slot] ?? 0;
      if (count <= 0) continue;
      countMax = Math.max(countMax, count);
      cells.push([bin, slot - first, strengthOf(count), count]);
    }
  }
  return { cells, countMax };
}

export function strengthOf(count: number): number {
  return Math.log2(count) + 1;
}
