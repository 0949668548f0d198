/** A run's answer as the contract shows it. */
import type { PackHistogram } from '../packs/run.ts';
import type { Heatmap, HistogramView, RunResult } from './contract.ts';
import type { RunAnswer } from './jobs/protocol.ts';

export interface RunIds {
  readonly runId: string;
  readonly bundleId: string;
  readonly programId: string;
  readonly elapsedMs: number;
}

export function runResult(answer: RunAnswer, ids: RunIds): RunResult {
  return { ...answer, ...ids, histograms: answer.histograms.map(histogramView) };
}

function histogramView({ view, groups }: PackHistogram): HistogramView {
  const { viewId, map, title, unit, groupNoun } = view;
  return { viewId, map, title, unit, groupNoun, groups };
}

/** undefined where the run has no such view, or the view no heatmap (a recording without events). */
export function heatmapOf(
  answer: RunAnswer,
  viewId: string,
  groupId: string | undefined,
): Heatmap | undefined {
  const heatmap = answer.histograms.find((each) => each.view.viewId === viewId)?.heatmap;
  if (heatmap === undefined) return undefined;
  const { fromNs, binNs, timeBins, slotCount, all, byGroup } = heatmap;
  const counts = groupId === undefined ? all : byGroup.get(groupId);
  if (counts === undefined) return undefined;
  return { viewId, groupId, fromNs, binNs, timeBins, slotCount, counts: Float64Array.from(counts) };
}
