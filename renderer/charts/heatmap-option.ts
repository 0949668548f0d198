/** Samples over time by slot. Cells sit on hidden category axes; the axes one reads are continuous and label edges. */
import type { Heatmap } from '../../electron/host/contract.ts';
import { heatmapCells, strengthOf, type HeatmapCell } from '../analysis/heatmap-cells.ts';
import { edgeLabel, slotLabel, type SlotRange } from '../analysis/slots.ts';
import { formatTick } from '../analysis/times.ts';
import type { ChartOption } from './echarts.ts';
import { escapeHtml, GRID_BOTTOM_PX, GRID_TOP_PX, textStyle, tooltipStyle } from './shared-grid.ts';
import type { ChartTokens } from './theme-tokens.ts';

export interface HeatmapInput {
  readonly heatmap: Heatmap;
  readonly range: SlotRange;
  readonly unit: string;
  readonly tokens: ChartTokens;
  readonly timeTitle: string;
  readonly samplesText: (count: number) => string;
}

export function heatmapOption({
  heatmap,
  range,
  unit,
  tokens,
  timeTitle,
  samplesText,
}: HeatmapInput): ChartOption {
  const { timeBins, binNs } = heatmap;
  const { cells, countMax } = heatmapCells(heatmap, range);
  const rows = range.last - range.first + 1;
  const style = textStyle(tokens);
  const hidden = { type: 'category', show: false } as const;
  return {
    animation: false,
    textStyle: style,
    grid: {
      left: 8,
      right: 16,
      top: GRID_TOP_PX,
      bottom: GRID_BOTTOM_PX - 20,
      outerBoundsMode: 'same',
      outerBoundsContain: 'axisLabel',
    },
    tooltip: {
      ...tooltipStyle(tokens),
      formatter: (parameters: unknown) => {
        const [bin, row, , count] = (parameters as { readonly data: HeatmapCell }).data;
        const from = formatTick((bin * binNs) / 1e9);
        const to = formatTick(((bin + 1) * binNs) / 1e9);
        const lines = [`${from} – ${to}`, slotLabel(range.first + row, unit)].map(escapeHtml);
        return `${lines.join('<br>')}<br><b>${escapeHtml(samplesText(count))}</b>`;
      },
    },
    xAxis: [
      { ...hidden, data: Array.from({ length: timeBins }, (_, bin) => bin) },
      {
        type: 'value',
        position: 'bottom',
        min: 0,
        max: (timeBins * binNs) / 1e9,
        name: timeTitle,
        nameLocation: 'middle',
        nameGap: 24,
        nameTextStyle: style,
        axisLabel: { ...style, formatter: formatTick, hideOverlap: true, showMaxLabel: false },
        axisTick: { show: true, lineStyle: { color: tokens.muted } },
        axisLine: { show: true, lineStyle: { color: tokens.muted } },
        splitLine: { show: false },
      },
    ],
    yAxis: [
      { ...hidden, data: Array.from({ length: rows }, (_, row) => row) },
      {
        type: 'value',
        position: 'left',
        min: 0,
        max: rows,
        interval: 1,
        axisLabel: { ...style, formatter: (row: number) => edgeLabel(range.first + row, unit) },
        axisTick: { show: true, lineStyle: { color: tokens.muted } },
        axisLine: { show: true, lineStyle: { color: tokens.muted } },
        splitLine: { lineStyle: { color: tokens.line, opacity: 0.6 } },
      },
    ],
    visualMap: {
      show: false,
      type: 'continuous',
      min: 1,
      max: Math.max(2, strengthOf(countMax || 1)),
      dimension: 2,
      inRange: { color: [...tokens.heat] },
    },
    series: [
      {
        type: 'heatmap',
        data: cells.map((cell) => [...cell]),
        progressive: 0,
        itemStyle: { borderWidth: 0 },
        emphasis: { itemStyle: { borderColor: tokens.text, borderWidth: 1 } },
      },
    ],
  };
}
