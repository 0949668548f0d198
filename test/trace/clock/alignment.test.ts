import { describe, expect, test } from 'vitest';
import { alignClocks, placedTime, type Alignment } from '../../../electron/trace/clock/alignment.ts';
import { onOneClock } from '../../../electron/trace/clock/one-clock.ts';
import { parseClockSetting } from '../../../electron/trace/clock/setting.ts';
import type { ClockPair, Source } from '../../../electron/trace/event.ts';
import { eventType, fakeSource } from '../../replay/fake-source.ts';

const types = [eventType(0, 'test', 'a', [])];

function pair(
  clock: string,
  timeNs: bigint,
  otherClock: string,
  otherTimeNs: bigint,
  origin = 'said',
): ClockPair {
  return { clock, timeNs, otherClock, otherTimeNs, origin };
}

function source(name: string, clock: string, format: string, clockPairs: readonly ClockPair[] = []): Source {
  return { ...fakeSource(types, [{ timeNs: 1000n, type: 0 }], { name, clock }), format, clockPairs };
}

function align(
  sources: readonly Source[],
  devicePairs: readonly ClockPair[] = [],
  settings: Readonly<Record<string, string>> = {},
): Alignment {
  const parsed = Object.entries(settings).map(([name, text]) => [name, parseClockSetting(text, {})] as const);
  return alignClocks({ sources, devicePairs, markerPairs: new Map(), settings: new Map(parsed) });
}

function offsets({ placements }: Alignment): Record<string, bigint | undefined> {
  return Object.fromEntries(placements.map(({ source, offsetNs }) => [source.name, offsetNs]));
}

test('sources of one clock stay where they are', () => {
  const alignment = align([source('a', 'boot', 'trace.dat'), source('b', 'boot', 'kernel log')]);
  expect(alignment.clock).toBe('boot');
  expect(offsets(alignment)).toEqual({ a: 0n, b: 0n });
  const { sources } = onOneClock(alignment);
  expect(sources).toEqual(alignment.placements.map((each) => each.source));
});

test('goes over several clocks where the data relates them only so, and says each step', () => {
  const alignment = align(
    [
      source('log', 'realtime', 'logcat'),
      source('profile', 'mono', 'perf.data', [pair('mono', 50n, 'realtime', 1050n, 'clock data')]),
      source('trace', 'boot', 'trace.dat'),
    ],
    [pair('boot', 7n, 'realtime', 2007n, 'uptime and date')],
  );
  expect(alignment.clock).toBe('boot');
  // boot = realtime - 2000; realtime = mono + 1000.
  expect(offsets(alignment)).toEqual({ log: -2000n, profile: -1000n, trace: 0n });
  expect(alignment.placements.map(({ origins }) => origins)).toEqual([
    ['uptime and date'],
    ['clock data in profile', 'uptime and date'],
    [],
  ]);
});

test('believes a snapshot more than a log, and a log more than a date', () => {
  const sources = [
    source('trace', 'boot', 'trace.dat'),
    source('dmesg', 'boot', 'kernel log', [pair('boot', 0n, 'realtime', 300n)]),
    source('p', 'boot', 'perfetto', [pair('realtime', 200n, 'boot', 0n)]),
    source('log', 'realtime', 'logcat'),
  ];
  const date = [pair('boot', 0n, 'realtime', 400n)];
  expect(offsets(align(sources, date))['log']).toBe(-200n);
  const without = sources.filter(({ name }) => name !== 'p');
  expect(offsets(align(without, date))['log']).toBe(-300n);
  expect(
    offsets(
      align(
        without.filter(({ name }) => name !== 'dmesg'),
        date,
      ),
    )['log'],
  ).toBe(-400n);
});

test('leaves what nothing relates unsynchronised, and two unknown clocks are two', () => {
  const alignment = align([
    source('trace', 'boot', 'trace.dat'),
    source('a', 'unknown', 'ftrace text'),
    source('b', 'unknown', 'ftrace text', [pair('unknown', 10n, 'boot', 15n)]),
    source('pcap', 'realtime', 'pcap'),
  ]);
  expect(offsets(alignment)).toEqual({ trace: 0n, a: undefined, b: 5n, pcap: undefined });
  const { sources, unsynchronised } = onOneClock(alignment);
  expect(sources.map(({ name, clock }) => [name, clock])).toEqual([
    ['trace', 'boot'],
    ['b', 'boot'],
  ]);
  expect(unsynchronised.map(({ name }) => name)).toEqual(['a', 'pcap']);
});

test("takes clocks that read the scheduler's clock for one where nothing better is said", () => {
  const sources = [source('trace', 'local', 'trace.dat'), source('profile', 'perf', 'perf.data')];
  expect(align(sources).placements[1]).toMatchObject({
    offsetNs: 0n,
    origins: ["both read the scheduler's clock"],
  });
  const pairs = [pair('local', 0n, 'mono', 5n), pair('perf', 0n, 'mono', 8n)];
  expect(offsets(align(sources, pairs))['profile']).toBe(3n);
});

test('what the user sets goes before all that is said: an offset, or which clock it is', () => {
  const sources = [
    source('trace', 'boot', 'trace.dat'),
    source('log', 'realtime', 'syslog'),
    source('text', 'unknown', 'ftrace text'),
  ];
  const date = [pair('boot', 0n, 'realtime', 400n)];
  const alignment = align(sources, date, { log: '-1.5s', text: 'realtime' });
  expect(offsets(alignment)).toEqual({ trace: 0n, log: -1_500_000_000n, text: -400n });
  expect(alignment.placements[1]?.origins).toEqual(['an offset set by hand']);
});

test('tells how far apart two sayings of the same clocks are', () => {
  const pairs = [
    pair('boot', 0n, 'mono', 0n),
    pair('boot', 100n, 'mono', 40n),
    pair('boot', 200n, 'mono', 205n),
  ];
  const { placements } = align([source('t', 'boot', 'trace.dat', pairs), source('m', 'mono', 'perf.data')]);
  expect(placements[1]).toMatchObject({ offsetNs: 0n, spreadNs: 60n });
});

describe('parseClockSetting', () => {
  test.each([
    ['+1.5s', 1_500_000_000n],
    ['-1.5', -1_500_000_000n],
    ['250ms', 250_000_000n],
    ['-3.25us', -3_250n],
    ['12ns', 12n],
    ['0.000000001', 1n],
  ])('reads %s as an offset', (text, offsetNs) => {
    expect(parseClockSetting(text, {})).toEqual({ kind: 'offset', offsetNs });
  });

  test.each(['', '1.5h', '+', '1.0000000001', 'Boot time', '++1'])('refuses %s', (text) => {
    expect(() => parseClockSetting(text, { file: 'case.zip' })).toThrow('is neither an offset');
  });
});

test('a log whose clock stood still while the machine slept is placed right before and after', async () => {
  const hour = 3_600_000_000_000n;
  const pairs = [
    pair('local', 10_000_000_000n, 'realtime', 1_010_000_000_000n, 'suspend entry'),
    pair('local', 10_005_000_000n, 'realtime', 1_010_005_000_000n + hour, 'suspend exit'),
  ];
  const times = [5_000_000_000n, 20_000_000_000n];
  const log = {
    ...fakeSource(
      types,
      times.map((timeNs) => ({ timeNs, type: 0 })),
      { name: 'dmesg', clock: 'local' },
    ),
  };
  const trace = {
    ...fakeSource(types, [{ timeNs: 0n, type: 0 }], { name: 'trace', clock: 'realtime' }),
    format: 'trace.dat',
  };
  const alignment = align([trace, { ...log, format: 'kernel log', clockPairs: pairs }]);
  expect(alignment.clock).toBe('realtime');
  const placed: bigint[] = [];
  for await (const batch of onOneClock(alignment).sources[1]?.batches() ?? [])
    placed.push(...batch.timeNs.subarray(0, batch.count));
  expect(placed).toEqual([1_005_000_000_000n, 1_020_000_000_000n + hour]);
  const [, placement] = alignment.placements;
  expect(placement && times.map((timeNs) => placedTime(placement, timeNs))).toEqual(placed);
});
