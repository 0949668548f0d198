import { describe, expect, it } from 'vitest';

import {
  belowLabel,
  edgeLabel,
  occupiedRange,
  slotLabel,
  sumSlots,
} from '../../../renderer/analysis/slots.ts';

describe('slot labels', () => {
  it('are half-open intervals in the unit that fits the lower edge', () => {
    expect(slotLabel(0, 'us')).toBe('[0, 2) µs');
    expect(slotLabel(6, 'us')).toBe('[64, 128) µs');
    expect(slotLabel(9, 'us')).toBe('[512, 1024) µs');
    expect(slotLabel(10, 'us')).toBe('[1.024, 2.048) ms');
    expect(slotLabel(20, 'us')).toBe('[1.049, 2.097) s');
    expect(slotLabel(12, 'bytes')).toBe('[4, 8) KiB');
    expect(slotLabel(3, 'count')).toBe('[8, 16)');
  });

  it('keep a unit this page does not know as it is', () => {
    expect(slotLabel(10, 'pages')).toBe('[1024, 2048) pages');
  });

  it('say a percentile as what it is below', () => {
    expect(belowLabel(6, 'us')).toBe('< 128 µs');
    expect(belowLabel(9, 'us')).toBe('< 1.024 ms');
  });

  it('name the line between two slots, and zero at the bottom', () => {
    expect(edgeLabel(0, 'us')).toBe('0');
    expect(edgeLabel(7, 'ns')).toBe('128 ns');
  });
});

describe('occupiedRange', () => {
  it('covers every slot that holds something', () => {
    const slots = new Float64Array(26);
    slots[4] = 1;
    slots[17] = 2;
    expect(occupiedRange(slots)).toEqual({ first: 4, last: 17 });
  });

  it('gives a single slot neighbours, without leaving the histogram', () => {
    const atStart = new Float64Array(26);
    atStart[0] = 1;
    expect(occupiedRange(atStart)).toEqual({ first: 0, last: 5 });
    const atEnd = new Float64Array(8);
    atEnd[7] = 1;
    expect(occupiedRange(atEnd)).toEqual({ first: 4, last: 7 });
  });

  it('has no range where nothing was counted', () => {
    expect(occupiedRange(new Float64Array(26))).toBeUndefined();
  });
});

describe('sumSlots', () => {
  it('adds groups whose histograms differ in length', () => {
    expect([...sumSlots([{ slots: [1, 2] }, { slots: [1, 1, 5] }])]).toEqual([2, 3, 5]);
    expect([...sumSlots([])]).toEqual([]);
  });
});
