/** A log2 histogram as horizontal bars: a row a slot, small values at the bottom, counts at the bars' ends. */
import { slotLabel, type SlotRange } from '../analysis/slots.ts';
import { totalOf } from '../analysis/percentiles.ts';
import type { ChartOption } from './echarts.ts';
import { escapeHtml, GRID_BOTTOM_PX, GRID_TOP_PX, textStyle, tooltipStyle } from './shared-grid.ts';
import type { ChartTokens } from './theme-tokens.ts';

export interface HistogramInput {
  readonly slots: ArrayLike<number>;
  readonly range: SlotRange;
  readonly unit: string;
  readonly tokens: ChartTokens;
  readonly formatCount: (count: number) => string;
  /** `{count} samples` */
  readonly samplesText: (count: number) => string;
}

export function histogramOption(input: HistogramInput): ChartOption {
  const { slots, range, unit, tokens, formatCount, samplesText } = input;
  const indices = Array.from({ length: range.last - range.first + 1 }, (_, row) => range.first + row);
  const labels = indices.map((slot) => slotLabel(slot, unit));
  const counts = indices.map((slot) => slots[slot] ?? 0);
  const total = totalOf(slots);
  const style = textStyle(tokens);
  return {
    animation: false,
    textStyle: style,
    grid: {
      left: 8,
      right: 56,
      top: GRID_TOP_PX,
      bottom: GRID_BOTTOM_PX - 20,
      outerBoundsMode: 'same',
      outerBoundsContain: 'axisLabel',
    },
    tooltip: {
      ...tooltipStyle(tokens),
      trigger: 'axis',
      axisPointer: { type: 'shadow', shadowStyle: { color: tokens.line, opacity: 0.35 } },
      formatter: (parameters: unknown) => {
        const row = (parameters as readonly { readonly dataIndex: number }[])[0]?.dataIndex ?? 0;
        const count = counts[row] ?? 0;
        const share = total === 0 ? 0 : (100 * count) / total;
        return `${escapeHtml(labels[row] ?? '')}<br><b>${escapeHtml(samplesText(count))}</b> · ${share.toFixed(2)} %`;
      },
    },
    xAxis: {
      type: 'value',
      splitNumber: 3,
      axisLabel: { ...style, formatter: (count: number) => formatCount(count), hideOverlap: true },
      splitLine: { lineStyle: { color: tokens.line } },
    },
    yAxis: {
      type: 'category',
      data: labels,
      axisLabel: { ...style, interval: 0 },
      axisTick: { show: false },
      axisLine: { lineStyle: { color: tokens.muted } },
    },
    series: [
      {
        type: 'bar',
        // No bar for none: the least height is for what is there.
        data: counts.map((count) => (count === 0 ? null : count)),
        barCategoryGap: '18%',
        barMinHeight: 2,
        itemStyle: { color: tokens.bar },
        label: {
          show: true,
          position: 'right',
          ...style,
          color: tokens.text,
          formatter: ({ value }) => (Number(value) > 0 ? formatCount(Number(value)) : ''),
        },
      },
    ],
  };
}
