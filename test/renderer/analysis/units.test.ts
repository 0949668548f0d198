import { expect, it } from 'vitest';

import { formatMoment, formatSpan, formatTick } from '../../../renderer/analysis/times.ts';
import { formatBytes, formatQuantity } from '../../../renderer/analysis/units.ts';

it('scales a quantity to the largest unit that keeps it above one', () => {
  expect(formatQuantity(999, 'us')).toBe('999 µs');
  expect(formatQuantity(1000, 'us')).toBe('1 ms');
  expect(formatQuantity(0, 'ns')).toBe('0 ns');
  expect(formatQuantity(1500, 'ms')).toBe('1.5 s');
  expect(formatBytes(6_412_288)).toBe('6.115 MiB');
});

it('groups the digits of what has no larger unit', () => {
  expect(formatQuantity(1_234_567, 'count')).toBe('1,234,567');
});

it('tells a moment from the start of the recording, to the microsecond', () => {
  expect(formatMoment(8_412_050_186_420_999n, 8_412_034_117_905_000n)).toBe('+16.068515 s');
  expect(formatMoment(5n, 2_000_005n)).toBe('-0.002000 s');
  expect(formatMoment(1_500_000_000n, undefined)).toBe('1.500000 s');
});

it('says nothing of the span of a source without events', () => {
  expect(formatSpan(undefined)).toBeUndefined();
  expect(formatSpan([10n, 30_000_000_010n])).toBe('30 s');
});

it('labels ticks of the time axis in a unit that fits', () => {
  expect(formatTick(0)).toBe('0');
  expect(formatTick(0.005)).toBe('5 ms');
  expect(formatTick(12.5)).toBe('12.5 s');
});
