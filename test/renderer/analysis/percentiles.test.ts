import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { maxSlot, percentileSlot, totalOf } from '../../../renderer/analysis/percentiles.ts';

/** The answer by definition: every sample written out, sorted, the one at the rank taken. */
function percentileByCounting(slots: readonly number[], fraction: number): number | undefined {
  const samples = slots.flatMap((count, slot) => Array.from({ length: count }, () => slot));
  return samples[Math.max(1, Math.ceil(samples.length * fraction)) - 1];
}

describe('percentileSlot', () => {
  it('agrees with sorting every sample', () => {
    const slots = fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 26 });
    const fraction = fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1);
    fc.assert(
      fc.property(slots, fraction, (counts, part) => {
        expect(percentileSlot(counts, part)).toBe(percentileByCounting(counts, part));
      }),
    );
  });

  it('has no answer where there are no samples', () => {
    expect(percentileSlot(new Float64Array(26), 0.5)).toBeUndefined();
    expect(maxSlot([])).toBeUndefined();
  });

  it('finds the one slow sample among a thousand only at the very end', () => {
    const slots = [0, 999, 0, 0, 1];
    expect(percentileSlot(slots, 0.99)).toBe(1);
    expect(maxSlot(slots)).toBe(4);
    expect(totalOf(slots)).toBe(1000);
  });
});
