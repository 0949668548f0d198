import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import type { Source } from '../../../../electron/trace/event.ts';
import { openSources } from '../../../../electron/trace/formats/registry.ts';
import { needTraceCmd, ourEvents, peerEvents } from '../../peer.ts';
import { makeTraceDat, PAGE_BYTES } from './make-trace-dat.ts';
import type { Page, Target } from './make-trace-dat.ts';

const HOST: Target = { isLittleEndian: true, longSizeBytes: 8 };
const TARGETS: readonly Target[] = [
  HOST,
  { isLittleEndian: true, longSizeBytes: 4 },
  { isLittleEndian: false, longSizeBytes: 8 },
  { isLittleEndian: false, longSizeBytes: 4 },
];

/** Everything a page may hold, on two CPUs whose times interleave and once are equal. */
const PAGES: readonly (readonly Page[])[] = [
  [
    {
      time: 5_000_000_000n,
      entries: [
        { kind: 'tick', delta: 0, value: 1 },
        { kind: 'tick', delta: 100, value: 2, isLong: true },
        { kind: 'timeExtend', delta: 6_000_000_000n },
        { kind: 'tick', delta: 5, value: 4 },
        { kind: 'discarded', delta: 7, bytes: 12 },
        { kind: 'tick', delta: 0, value: 5 },
      ],
    },
    {
      time: 12_000_000_000n,
      entries: [
        { kind: 'timeStamp', time: 12_345_678_901n },
        { kind: 'tick', delta: 0, value: 6 },
      ],
    },
  ],
  [
    {
      time: 5_000_000_050n,
      entries: [
        { kind: 'tick', delta: 0, value: 11 },
        { kind: 'tick', delta: 50, value: 12 },
        { kind: 'tick', delta: 0x7ff_ffff, value: 13 },
      ],
    },
  ],
];

function open(file: Uint8Array): Source {
  const source = openSources(new MemoryBytes(file, 'made.dat'))?.[0];
  if (source === undefined) throw new Error('it was not recognised');
  return source;
}

describe.each(TARGETS)(
  'a recording of a machine with little endian $isLittleEndian, long $longSizeBytes',
  (target) => {
    const { file } = makeTraceDat(target, PAGES);

    test('is read in time order, equal times by CPU', async () => {
      const events = await ourEvents(open(file));
      expect(events.map(({ timeNs, cpu, values }) => [timeNs, cpu, values['value']])).toEqual([
        [5_000_000_000n, 0, 1],
        [5_000_000_050n, 1, 11],
        [5_000_000_100n, 0, 2],
        [5_000_000_100n, 1, 12],
        [5_134_217_827n, 1, 13],
        [11_000_000_105n, 0, 4],
        [11_000_000_112n, 0, 5],
        [12_345_678_901n, 0, 6],
      ]);
      expect(events.every(({ tid }) => tid === 7)).toBe(true);
    });

    test('is read as trace-cmd report reads it', async (context) => {
      needTraceCmd(context);
      const folder = mkdtempSync(join(tmpdir(), 'retroprobe-test-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const path = join(folder, 'trace.dat');
      writeFileSync(path, file);
      const ours = await ourEvents(open(file));
      const peer = peerEvents(path);
      expect(peer.length).toBe(ours.length);
      expect(
        ours.map(({ timeNs, cpu, values }) => `${timeNs} ${cpu} value=${String(values['value'])}`),
      ).toEqual(peer.map(({ timeNs, cpu, fields }) => `${timeNs} ${cpu} ${fields.trim()}`));
    });

    test('has its lost events counted, with and without their number', async () => {
      const tick = { kind: 'tick', delta: 0, value: 1 } as const;
      const pages: Page[] = [
        { time: 1n, entries: [tick], missed: 41 },
        { time: 2n, entries: [tick], missed: 'unknown' },
        { time: 3n, entries: [tick], missed: 1 },
      ];
      const source = open(makeTraceDat(target, [pages]).file);
      expect(await ourEvents(source)).toHaveLength(3);
      expect(source.ledger).toMatchObject({ read: 3, dropped: 42, droppedUncounted: 1, unparsed: 0 });
    });
  },
);

test('an absolute time stamp keeps the highest bits of the time before it', async () => {
  const high = 0xf8n << 56n;
  const page: Page = {
    time: high | 1000n,
    entries: [
      { kind: 'timeStamp', time: 2000n },
      { kind: 'tick', delta: 1, value: 1 },
    ],
  };
  const events = await ourEvents(open(makeTraceDat(HOST, [[page]]).file));
  expect(events.map(({ timeNs }) => timeNs)).toEqual([high | 2001n]);
});

test('an event that goes back in time is read, and counted as out of order', async () => {
  const pages: Page[] = [
    { time: 1000n, entries: [{ kind: 'tick', delta: 0, value: 1 }] },
    { time: 900n, entries: [{ kind: 'tick', delta: 0, value: 2 }] },
  ];
  const source = open(makeTraceDat(HOST, [pages]).file);
  expect(await ourEvents(source)).toHaveLength(2);
  expect(source.ledger.outOfOrder).toBe(1);
});

test('an event whose type the file does not describe is counted as unsupported', async () => {
  const { file, dataAt } = makeTraceDat(HOST, PAGES);
  file.writeUInt16LE(999, dataAt + 16 + 4);
  const source = open(file);
  expect(await ourEvents(source)).toHaveLength(7);
  expect(source.ledger).toMatchObject({ read: 7, unsupported: 1, unparsed: 0 });
});

test('the rest of a page behind a damaged event is counted as unparsed, with its place; the next page is read', async () => {
  const { file, dataAt } = makeTraceDat(HOST, PAGES);
  // The second event's header now announces 112 bytes, more than the page has committed.
  file.writeUInt32LE((100 << 5) | 28, dataAt + 16 + 16);
  const source = open(file);
  const events = await ourEvents(source);
  expect(events.map(({ values }) => values['value'])).toEqual([1, 11, 12, 13, 6]);
  expect(source.ledger.unparsed).toBe(1);
  expect(source.ledger.places).toEqual([
    { file: 'made.dat', at: dataAt + 16 + 16, reason: expect.stringContaining('an event of 112 bytes') },
  ]);
});

test('a page that claims to hold more than it can is passed over', async () => {
  const { file, dataAt } = makeTraceDat(HOST, PAGES);
  file.writeUInt32LE(PAGE_BYTES, dataAt + 8);
  const source = open(file);
  expect((await ourEvents(source)).map(({ values }) => values['value'])).toEqual([11, 12, 13, 6]);
  expect(source.ledger.unparsed).toBe(1);
});
