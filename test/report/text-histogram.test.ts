import { expect, it } from 'vitest';

import { textHistogram } from '../../electron/report/text-histogram.ts';

// What bpftrace 0.17.0 prints for hist() of 600, 600, 600 and 5000.
it('prints rows from the first used slot to the last, laid out as bpftrace does', () => {
  const slots = new Float64Array(26);
  slots[9] = 3;
  slots[12] = 1;
  const full = '@'.repeat(52);
  const third = '@'.repeat(17).padEnd(52);
  const none = ' '.repeat(52);
  expect(textHistogram(slots)).toEqual([
    `[512, 1K)              3 |${full}|`,
    `[1K, 2K)               0 |${none}|`,
    `[2K, 4K)               0 |${none}|`,
    `[4K, 8K)               1 |${third}|`,
  ]);
});

it('starts slot 0 at zero', () => {
  expect(textHistogram(Float64Array.of(3))[0]).toMatch(/^\[0, 2\) +3 \|@/);
});

it('prints nothing for an empty histogram', () => {
  expect(textHistogram(new Float64Array(26))).toEqual([]);
});
