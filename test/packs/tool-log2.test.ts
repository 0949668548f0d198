import { expect, test } from 'vitest';

import { log2Lines } from '../../electron/packs/tool-log2.ts';

test('a log2 histogram is printed as runqlat prints it', () => {
  // What runqlat 0.26 printed of these counts.
  expect(log2Lines([1, 0, 72, 1761, 2317, 1554], 'usecs').slice(0, 6)).toEqual([
    '     usecs               : count    distribution',
    '         0 -> 1          : 1        |                                        |',
    '         2 -> 3          : 0        |                                        |',
    '         4 -> 7          : 72       |*                                       |',
    '         8 -> 15         : 1761     |******************************          |',
    '        16 -> 31         : 2317     |****************************************|',
  ]);
});

test('slots after the last that counted anything are not printed, and nothing where none did', () => {
  expect(log2Lines([3, 0, 0, 0], 'usecs')).toHaveLength(2);
  expect(log2Lines([0, 0], 'usecs')).toEqual([]);
});

test('beyond 32 slots numbers have wider columns', () => {
  const slots = new Array<number>(40).fill(0);
  slots[39] = 5;
  expect(log2Lines(slots, 'nsecs').at(-1)).toBe(
    '        549755813888 -> 1099511627775        : 5        |********************|',
  );
});
