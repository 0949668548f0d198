import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clockMap, inverseMap, mapTime } from '../../../electron/trace/clock/clock-map.ts';

const S = 1_000_000_000n;
const at = (map: ReturnType<typeof clockMap>, seconds: number): number =>
  Number(mapTime(map, BigInt(Math.round(seconds * 1e9)))) / 1e9;

test('offsets that differ by what dates are rounded to are one', () => {
  const map = clockMap([
    [1n * S, 101n * S],
    [5n * S, 105n * S + 999_000n],
    [9n * S, 109n * S - 900_000n],
  ]);
  expect(map).toHaveLength(1);
  expect(at(map, 7)).toBe(107);
});

test('a clock that stood still while the machine slept steps where it woke', () => {
  // An hour of suspend, entered at 50 s and left within 10 ms of the clock that stood still.
  const map = clockMap([
    [10n * S, 1010n * S],
    [50n * S, 1050n * S],
    [50n * S + 10_000_000n, 4650n * S],
    [90n * S, 4689n * S + 990_000_000n],
  ]);
  expect(at(map, 30)).toBe(1030);
  expect(at(map, 50.005)).toBe(1050.005);
  expect(at(map, 60)).toBeCloseTo(4659.99, 6);
  expect(at(map, 500)).toBeCloseTo(5099.99, 6);
  // And back: of the hour that it slept nothing is known, and what is after it lies where it was.
  expect(at(inverseMap(map), 1030)).toBe(30);
  expect(at(inverseMap(map), 4660)).toBeCloseTo(60.01, 6);
});

test('clocks that drift apart are followed in a line', () => {
  const map = clockMap([
    [0n, 100n * S],
    [1000n * S, 1100n * S + 50_000_000n],
    [2000n * S, 2100n * S + 150_000_000n],
  ]);
  expect(at(map, 500)).toBeCloseTo(600.025, 9);
  expect(at(map, 1500)).toBeCloseTo(1600.1, 9);
  expect(at(map, 3000)).toBeCloseTo(3100.15, 9);
  expect(at(inverseMap(map), 1600.1)).toBeCloseTo(1500, 4);
});

test('a clock that was set back shows some times twice, which are of the later stretch', () => {
  const map = clockMap([
    [10n * S, 1010n * S],
    [20n * S, 1020n * S],
    [21n * S, 1011n * S],
    [30n * S, 1020n * S],
  ]);
  expect(at(map, 15)).toBe(1015);
  expect(at(map, 25)).toBe(1015);
  expect(at(inverseMap(map), 1015)).toBe(25);
  expect(at(inverseMap(map), 1010.5)).toBe(10.5);
});

test('every moment that was told is mapped to what was told of it, within what is the same', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: -5_000, max: 5_000 })), {
        selector: ([time]) => time,
        minLength: 1,
        maxLength: 30,
      }),
      (told) => {
        const moments = told.map(([ms, offsetMs]) => {
          const atNs = BigInt(ms) * 1_000_000n;
          return [atNs, atNs + BigInt(offsetMs) * 1_000_000n + 10n * S] as const;
        });
        const map = clockMap(moments);
        for (const [atNs, otherNs] of moments) {
          const off = mapTime(map, atNs) - otherNs;
          expect(off < 0n ? -off : off).toBeLessThanOrEqual(2_000_000n);
        }
      },
    ),
  );
});
