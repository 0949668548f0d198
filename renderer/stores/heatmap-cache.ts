/** The heatmaps the page has of the run that is shown, by view and group. */
import { shallowRef } from 'vue';

import type { Heatmap } from '../../electron/host/contract.ts';

/** Kept for a run; one of 96 by 26 cells is 20 KB. */
const HEATMAPS_KEPT_MAX = 200;

export interface HeatmapCache {
  get(viewId: string, groupId: string | undefined): Heatmap | undefined;
  keep(heatmap: Heatmap): void;
  /** Forgets what it had. */
  replaceAll(heatmaps: readonly Heatmap[]): void;
  /** Does nothing while the same is under way. */
  once(question: string, ask: () => Promise<void>): Promise<void>;
}

export function createHeatmapCache(): HeatmapCache {
  const kept = shallowRef<ReadonlyMap<string, Heatmap>>(new Map());
  const asked = new Set<string>();
  const keyed = (heatmap: Heatmap): [string, Heatmap] => [keyOf(heatmap.viewId, heatmap.groupId), heatmap];
  return {
    get: (viewId, groupId) => kept.value.get(keyOf(viewId, groupId)),
    keep: (heatmap) => (kept.value = new Map([...kept.value, keyed(heatmap)].slice(-HEATMAPS_KEPT_MAX))),
    replaceAll: (heatmaps) => (kept.value = new Map(heatmaps.map(keyed))),
    async once(question, ask) {
      if (asked.has(question)) return;
      asked.add(question);
      try {
        await ask();
      } finally {
        asked.delete(question);
      }
    },
  };
}

function keyOf(viewId: string, groupId: string | undefined): string {
  return JSON.stringify([viewId, groupId ?? null]);
}
