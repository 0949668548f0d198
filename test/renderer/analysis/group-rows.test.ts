import { describe, expect, it } from 'vitest';

import { filterRows, firstSort, groupRows, sortRows } from '../../../renderer/analysis/group-rows.ts';

function group(label: string, slots: number[]) {
  const total = slots.reduce((sum, count) => sum + count, 0);
  return { groupId: label, label, key: label, total, slots: Float64Array.from(slots) };
}

const rows = groupRows([
  group('worker-10 1010', [0, 4, 0]),
  group('worker-9 1009', [4, 0, 0]),
  group('modem-rx 412', [90, 9, 1]),
  group('silent 7', [0, 0, 0]),
]);
const labels = (sorted: readonly { label: string }[]): string[] => sorted.map(({ label }) => label);

describe('group rows', () => {
  it('carry percentiles as slots, and none for a group without samples', () => {
    expect(rows[2]).toMatchObject({ p50: 0, p90: 0, p99: 1, max: 2 });
    expect(rows[3]).toMatchObject({ p50: undefined, max: undefined });
  });

  it('sort numbers largest first and names as people count', () => {
    expect(labels(sortRows(rows, firstSort('total')))).toEqual([
      'modem-rx 412',
      'worker-9 1009',
      'worker-10 1010',
      'silent 7',
    ]);
    expect(labels(sortRows(rows, firstSort('label')))).toEqual([
      'modem-rx 412',
      'silent 7',
      'worker-9 1009',
      'worker-10 1010',
    ]);
  });

  it('put the group with more samples first where a bound is the same', () => {
    expect(labels(sortRows(rows, { column: 'p50', isDescending: false }))).toEqual([
      'silent 7',
      'modem-rx 412',
      'worker-9 1009',
      'worker-10 1010',
    ]);
  });

  it('are filtered by every word, in any case and order', () => {
    expect(labels(filterRows(rows, ' 1009 WORKER '))).toEqual(['worker-9 1009']);
    expect(filterRows(rows, '  ')).toBe(rows);
    expect(filterRows(rows, 'nothing')).toEqual([]);
  });
});
