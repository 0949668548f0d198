import { expect, it } from 'vitest';

import { heatmapCells } from '../../../renderer/analysis/heatmap-cells.ts';

const heatmap = {
  viewId: 'wait',
  groupId: undefined,
  fromNs: 0n,
  binNs: 10,
  timeBins: 2,
  slotCount: 4,
  counts: Float64Array.from([0, 1, 0, 0, 0, 0, 8, 5]),
};

it('draws only cells that hold something inside the range, rows counted from its first slot', () => {
  const { cells } = heatmapCells(heatmap, { first: 1, last: 2 });
  expect(cells.map(([column, row, , count]) => [column, row, count])).toEqual([
    [0, 0, 1],
    [1, 1, 8],
  ]);
});

it('gives one sample a strength above nothing and doubles a step per doubling', () => {
  const { cells, countMax } = heatmapCells(heatmap, { first: 0, last: 3 });
  expect(countMax).toBe(8);
  expect(cells.map(([, , strength]) => strength)).toEqual([1, 4, expect.closeTo(3.32, 2)]);
});
