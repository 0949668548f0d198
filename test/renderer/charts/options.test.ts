import { expect, it } from 'vitest';

import { flowOption } from '../../../renderer/charts/flow-option.ts';
import { heatmapOption } from '../../../renderer/charts/heatmap-option.ts';
import { histogramOption } from '../../../renderer/charts/histogram-option.ts';
import { fakeRun } from '../fake-case.ts';

const tokens = {
  text: '#111111',
  muted: '#222222',
  line: '#333333',
  surface: '#ffffff',
  bar: '#0000ff',
  font: 'x',
  heat: ['#aaaaaa', '#000000'],
};
const range = { first: 2, last: 5 };
const texts = { unit: 'us', tokens, formatCount: String, samplesText: (count: number) => `${count} samples` };

it('draws a bar a slot from the bottom, and none for a slot without samples', () => {
  const option = histogramOption({ ...texts, slots: [9, 9, 1, 0, 3, 4, 9], range });
  expect(option.yAxis).toMatchObject({ data: ['[4, 8) µs', '[8, 16) µs', '[16, 32) µs', '[32, 64) µs'] });
  expect(option.series).toMatchObject([{ data: [1, null, 3, 4] }]);
});

it('labels the heatmap’s edges with times, and scales colours to the fullest cell', () => {
  const heatmap = fakeRun().heatmap(undefined);
  if (heatmap === undefined) throw new Error('the fake has one');
  const option = heatmapOption({ ...texts, heatmap, range, timeTitle: 'Time' });
  const [, edges] = option.yAxis as { axisLabel: { formatter: (row: number) => string } }[];
  expect([0, 4].map((row) => edges?.axisLabel.formatter(row))).toEqual(['4 µs', '64 µs']);
  const [, time] = option.xAxis as { max: number }[];
  expect(time?.max).toBeCloseTo(30, 3);
  const strengths =
    (option.series as { data: number[][] }[])[0]?.data.map(([, , strength = 0]) => strength) ?? [];
  expect(option.visualMap).toMatchObject({ min: 1, max: Math.max(...strengths) });
});

it('escapes what a tooltip shows: it is taken as HTML', () => {
  const option = histogramOption({ ...texts, unit: '<img src=x>', slots: [9, 9, 1], range });
  const { formatter } = option.tooltip as { formatter: (parameters: unknown) => string };
  expect(formatter([{ dataIndex: 0 }])).not.toContain('<img');
});

it('draws a flow’s recorded window beside the one chosen, and no line where none was recorded', () => {
  const points = [10, 20].map((cwnd, index) => ({
    timeNs: 5_000_000n + BigInt(index) * 1_000_000n,
    acknowledged: 0,
    cwnd,
    ssthresh: undefined,
    recordedCwnd: 10,
  }));
  const summary = { min: 10, median: 10, max: 20 };
  const facts = { algorithm: 'reno', flow: 'a > b', from: 'packets', mssBytes: 1448, acks: 2 };
  const flow = {
    ...facts,
    recoveries: 0,
    timeouts: 0,
    pointsCut: 0,
    chosen: summary,
    recorded: summary,
    points,
  };
  const given = { startNs: 5_000_000n, tokens, chosenText: 'chosen', recordedText: 'recorded' };
  const seriesOf = (recorded: typeof summary | undefined): unknown =>
    flowOption({ ...given, flow: { ...flow, recorded } }).series;
  const chosen = {
    name: 'chosen',
    data: [
      [0, 10],
      [1, 20],
    ],
  };
  expect(seriesOf(summary)).toMatchObject([
    chosen,
    {
      name: 'recorded',
      data: [
        [0, 10],
        [1, 10],
      ],
    },
  ]);
  expect(seriesOf(undefined)).toMatchObject([chosen]);
});
