/** One flow's window as lines over time: what an algorithm chose, and what was recorded, where the recording tells. */
import type { FlowView } from '../../electron/host/contract.ts';
import type { ChartOption } from './echarts.ts';
import { escapeHtml, GRID_BOTTOM_PX, textStyle, tooltipStyle } from './shared-grid.ts';
import type { ChartTokens } from './theme-tokens.ts';

export interface FlowInput {
  readonly flow: FlowView;
  /** Times are told from here on. */
  readonly startNs: bigint;
  readonly tokens: ChartTokens;
  readonly chosenText: string;
  readonly recordedText: string;
}

const NS_PER_MS = 1e6;

export function flowOption({ flow, startNs, tokens, chosenText, recordedText }: FlowInput): ChartOption {
  const style = textStyle(tokens);
  const at = (timeNs: bigint): number => Number(timeNs - startNs) / NS_PER_MS;
  const { points, recorded } = flow;
  const line = (
    name: string,
    color: string,
    type: 'solid' | 'dashed',
    values: readonly (number | null)[],
  ) => ({
    type: 'line' as const,
    name,
    // A window holds until the next acknowledgement.
    step: 'end' as const,
    showSymbol: false,
    sampling: 'lttb' as const,
    itemStyle: { color },
    lineStyle: { color, type, width: 1.5 },
    data: points.map(({ timeNs }, index) => [at(timeNs), values[index] ?? null]),
  });
  const chosen = points.map(({ cwnd }) => cwnd);
  const known = points.map(({ recordedCwnd }) => recordedCwnd ?? null);
  return {
    animation: false,
    textStyle: style,
    grid: {
      left: 8,
      right: 24,
      top: 34,
      bottom: GRID_BOTTOM_PX - 20,
      outerBoundsMode: 'same',
      outerBoundsContain: 'axisLabel',
    },
    legend: { top: 4, left: 8, textStyle: { ...style, color: tokens.text }, itemHeight: 8 },
    tooltip: {
      ...tooltipStyle(tokens),
      trigger: 'axis',
      formatter: (parameters: unknown) => {
        const rows = parameters as readonly { seriesName: string; data: readonly [number, number | null] }[];
        const lines = rows.map(
          ({ seriesName, data }) => `${escapeHtml(seriesName)} <b>${data[1] ?? '–'}</b>`,
        );
        return [`${(rows[0]?.data[0] ?? 0).toFixed(3)} ms`, ...lines].join('<br>');
      },
    },
    xAxis: {
      type: 'value',
      min: 'dataMin',
      max: 'dataMax',
      axisLabel: { ...style, formatter: (ms: number) => `${Number(ms.toFixed(2))} ms`, hideOverlap: true },
      splitLine: { show: false },
      axisLine: { lineStyle: { color: tokens.muted } },
    },
    yAxis: {
      type: 'value',
      min: 0,
      splitNumber: 4,
      axisLabel: style,
      splitLine: { lineStyle: { color: tokens.line } },
    },
    series: [
      line(chosenText, tokens.bar, 'solid', chosen),
      ...(recorded === undefined ? [] : [line(recordedText, tokens.text, 'dashed', known)]),
    ],
  };
}
