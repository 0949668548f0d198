import { expect, it } from 'vitest';

import { textHistogram } from '../../electron/report/text-histogram.ts';

// As bpftrace 0.2x prints hist() of 5000 and 600, its bar of 52 columns included.
it('prints rows from the first used slot to the last, laid out as bpftrace does', () => {
  const slots = new Float64Array(26);
  slots[9] = 1;
  slots[12] = 1;
  const full = '@'.repeat(52);
  const none = ' '.repeat(52);
  expect(textHistogram(slots)).toEqual([
    `[512, 1K)              1 |${full}|`,
    `[1K, 2K)               0 |${none}|`,
    `[2K, 4K)               0 |${none}|`,
    `[4K, 8K)               1 |${full}|`,
  ]);
});

it('starts slot 0 at zero', () => {
  expect(textHistogram(Float64Array.of(3))[0]).toMatch(/^\[0, 2\) +3 \|@/);
});

it('prints nothing for an empty histogram', () => {
  expect(textHistogram(new Float64Array(26))).toEqual([]);
});
