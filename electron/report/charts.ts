/** The report's two charts. Colours are CSS variables, so that one drawing serves both colour schemes and paper. */
import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams } from 'echarts';

import type { Heatmap, HistogramView } from '../host/contract.ts';
import { mergeSlots, slotFrom, usedSlots } from './buckets.ts';
import { formatBound, formatCount } from './format.ts';
import { phrase, type Messages } from './messages.ts';
import { renderChart } from './svg.ts';

const WIDTH = 760;
const ROW_HEIGHT = 22;
export const HEAT_LEVELS = 6;
const font = { fontFamily: 'system-ui, sans-serif', fontSize: 12, color: 'var(--muted)' };
const line = { lineStyle: { color: 'var(--line)' } };

/** Bars of all groups together, a row a slot, smallest value on top; undefined without samples. */
export function histogramChart(id: string, label: string, view: HistogramView): string | undefined {
  const slots = mergeSlots(view.groups);
  const range = usedSlots(slots);
  if (range === undefined) return undefined;
  const counts = [...slots.slice(range.first, range.last + 1)];
  const names = counts.map((_, row) => slotName(range.first + row, view.unit));
  const option = {
    grid: { left: 8, right: 80, top: 4, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    textStyle: font,
    xAxis: { type: 'value', show: false },
    yAxis: {
      type: 'category',
      inverse: true,
      data: names,
      axisTick: { show: false },
      axisLine: line,
      axisLabel: { ...font, interval: 0 },
    },
    series: [
      {
        type: 'bar',
        data: counts,
        barCategoryGap: '20%',
        itemStyle: { color: 'var(--accent)' },
        label: {
          ...font,
          show: true,
          position: 'right',
          formatter: ({ value }: { value: number }) => formatCount(value),
        },
      },
    ],
  };
  return renderChart(id, label, option, { width: WIDTH, height: counts.length * ROW_HEIGHT + 16 });
}

/** Trace time across, slots upwards, darker for more; undefined where nothing was counted. */
export function heatmapChart(
  id: string,
  label: string,
  heatmap: Heatmap,
  unit: string,
  words: Messages,
): string | undefined {
  const { slotCount, timeBins, counts, binNs } = heatmap;
  const bySlot = new Float64Array(slotCount);
  for (const [cell, count] of counts.entries())
    bySlot[cell % slotCount] = (bySlot[cell % slotCount] ?? 0) + count;
  const range = usedSlots(bySlot);
  if (range === undefined) return undefined;
  const most = counts.reduce((a, b) => Math.max(a, b), 0);
  const names = Array.from({ length: range.last - range.first + 1 }, (_, row) =>
    slotName(range.first + row, unit),
  );
  const cells: [number, number, number][] = [];
  for (const [cell, count] of counts.entries()) {
    if (count > 0)
      cells.push([Math.floor(cell / slotCount), (cell % slotCount) - range.first, heatLevel(count, most)]);
  }
  const binSeconds = binNs / 1e9;
  const option = {
    grid: {
      left: 8,
      right: 16,
      top: 4,
      bottom: 28,
      outerBoundsMode: 'same',
      outerBoundsContain: 'axisLabel',
    },
    textStyle: font,
    xAxis: {
      type: 'value',
      min: 0,
      max: timeBins * binSeconds,
      name: words.overTimeAxis,
      nameLocation: 'middle',
      nameGap: 28,
      nameTextStyle: font,
      axisLine: { show: true, ...line },
      splitLine: { show: false },
      axisLabel: { ...font, showMaxLabel: false },
    },
    yAxis: {
      type: 'category',
      data: names,
      axisTick: { show: false },
      axisLine: line,
      axisLabel: { ...font, interval: 0 },
    },
    series: [
      {
        type: 'custom',
        data: cells.map(([bin, row, level]) => [bin * binSeconds, row, level]),
        renderItem: (_: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) =>
          heatCell(api, binSeconds),
      },
    ],
  };
  return renderChart(id, label, option, { width: WIDTH, height: names.length * ROW_HEIGHT + 60 });
}

function heatCell(
  api: CustomSeriesRenderItemAPI,
  binSeconds: number,
): { type: 'rect'; shape: object; style: object } {
  const [x = 0, y = 0] = api.coord([api.value(0), api.value(1)]);
  const [width = 1, height = 1] = api.size?.([binSeconds, 1]) as number[];
  return {
    type: 'rect',
    shape: { x, y: y - height / 2, width, height },
    style: { fill: `var(--heat-${Number(api.value(2))})` },
  };
}

/** 1 for one sample to HEAT_LEVELS for the most, by the logarithm: waits are rare where they are long. */
function heatLevel(count: number, most: number): number {
  if (most <= 1) return HEAT_LEVELS;
  return 1 + Math.round((Math.log(count) / Math.log(most)) * (HEAT_LEVELS - 1));
}

/** A slot by its bounds: `64 µs – 128 µs`. */
export function slotName(slot: number, unit: string): string {
  return `${formatBound(slotFrom(slot), unit)} – ${formatBound(slotFrom(slot + 1), unit)}`;
}

export function heatLegend(words: Messages): string {
  const steps = Array.from(
    { length: HEAT_LEVELS },
    (_, level) => `<i style="background:var(--heat-${level + 1})"></i>`,
  );
  return phrase('<p class="legend">{fewer} {steps} {more}</p>', {
    fewer: words.fewer,
    steps: steps.join(''),
    more: words.more,
  });
}
