import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import { openSources } from '../../../../electron/trace/formats/registry.ts';
import { needTraceCmd, ourEvents, peerEvents } from '../../peer.ts';
import { makeTraceDat7 } from './make-trace-dat.ts';
import type { Options7, Page, Target } from './make-trace-dat.ts';

const HOST: Target = { isLittleEndian: true, longSizeBytes: 8 };
const BIG: Target = { isLittleEndian: false, longSizeBytes: 4 };

const PAGES: readonly Page[] = [1, 2, 3, 4, 5].map((value) => ({
  time: BigInt(value) * 1000n,
  entries: [{ kind: 'tick', delta: 1, value }],
}));

function open(file: Uint8Array) {
  return openSources(new MemoryBytes(file, 'made.dat')) ?? [];
}

describe.each(['none', 'zlib', 'zstd'] as const)('with %s compression', (compression) => {
  test.each([HOST, BIG])(
    'reads every event of a machine with little endian $isLittleEndian',
    async (target) => {
      const [source] = open(makeTraceDat7(target, [{ name: '', cpus: [PAGES, []] }], { compression }));
      if (source === undefined) throw new Error('it was not recognised');
      const events = await ourEvents(source);
      expect(events.map(({ timeNs, values }) => [timeNs, values['value']])).toEqual(
        [1, 2, 3, 4, 5].map((value) => [BigInt(value) * 1000n + 1n, value]),
      );
      expect(source.formatDetail).toBe(`v7 ${compression}`);
      expect(source.clock).toBe('mono');
      expect(source.context.comms.get(7)).toBe('ticker');
      expect(source.context.kallsyms).toBe('ffffffff81000000 T _stext\n');
      expect(source.ledger).toMatchObject({ read: 5, unparsed: 0 });
    },
  );
});

describe.each([
  ['none', HOST],
  ['none', BIG],
  ['zstd', HOST],
  ['zstd', BIG],
] as const)('%s, %o', (compression, target) => {
  test('reads instances, and converts times, as trace-cmd report does', async (context) => {
    needTraceCmd(context);
    const buffers = [
      { name: '', cpus: [PAGES] },
      { name: 'irqs', cpus: [PAGES.slice(2)] },
    ];
    const options: Options7['options'] = [
      [14, words(target, 3, 1, 0, 0)],
      [7, Buffer.from('100\0')],
    ];
    const folder = mkdtempSync(join(tmpdir(), 'retroprobe-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'trace.dat');
    const file = makeTraceDat7(target, buffers, { compression, options });
    writeFileSync(path, file);
    const ours = (await Promise.all(open(file).map(ourEvents))).flat();
    const line = (timeNs: bigint, value: string) => `${timeNs} ${value}`;
    expect(ours.map(({ timeNs, values }) => line(timeNs, `value=${String(values['value'])}`)).sort()).toEqual(
      peerEvents(path)
        .map(({ timeNs, fields }) => line(timeNs, fields.trim()))
        .sort(),
    );
  });
});

/** 32-bit words in the target's byte order. */
function words(target: Target, ...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, index) => view.setUint32(index * 4, value, target.isLittleEndian));
  return new Uint8Array(view.buffer);
}

test('gives each instance as a source of its own, and counts text buffers as unsupported', async () => {
  const buffers = [
    { name: '', cpus: [PAGES.slice(0, 2)] },
    { name: 'irqs', cpus: [PAGES.slice(2)] },
  ];
  const sources = open(makeTraceDat7(HOST, buffers, { compression: 'zstd', textBuffers: ['wakeup'] }));
  expect(sources.map(({ name }) => name)).toEqual(['made.dat', 'made.dat (instance irqs)']);
  const read = await Promise.all(sources.map(ourEvents));
  expect(read.map((events) => events.map(({ values }) => values['value']))).toEqual([
    [1, 2],
    [3, 4, 5],
  ]);
  expect(sources.map(({ ledger }) => ledger.unsupported)).toEqual([1, 0]);
});

test('a chunk that does not decompress ends its CPU, counted with its place; other CPUs are read', async () => {
  const file = makeTraceDat7(HOST, [{ name: '', cpus: [PAGES, PAGES] }], {
    compression: 'zstd',
    chunkPages: 2,
  });
  const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
  // Frames: five sections, then three chunks of each CPU. The second chunk of the first CPU breaks.
  let at = -1;
  for (let frame = 0; frame < 7; frame++) at = file.indexOf(magic, at + 1);
  file.writeUInt32LE(0, at);
  const [source] = open(file);
  if (source === undefined) throw new Error('it was not recognised');
  const events = await ourEvents(source);
  expect(events.filter(({ cpu }) => cpu === 0).map(({ values }) => values['value'])).toEqual([1, 2]);
  expect(events.filter(({ cpu }) => cpu === 1)).toHaveLength(5);
  expect(source.ledger.unparsed).toBe(2);
  expect(source.ledger.places[0]).toMatchObject({ file: 'made.dat', at: at - 8 });
});

test('applies the conversion of tsc ticks to nanoseconds, then the offset', async () => {
  const options: Options7['options'] = [
    [14, words(HOST, 3, 1, 0, 0)],
    [7, Buffer.from('-100\0')],
  ];
  const [source] = open(makeTraceDat7(HOST, [{ name: '', cpus: [PAGES] }], { compression: 'none', options }));
  if (source === undefined) throw new Error('it was not recognised');
  const events = await ourEvents(source);
  expect(events[0]?.timeNs).toBe((1001n * 3n) / 2n - 100n);
});

test('counts what the per-CPU statistics say was lost beyond what the pages mark', async () => {
  const marked: Page[] = PAGES.map((page, index) => (index === 0 ? { ...page, missed: 4 } : page));
  const statistics = (text: string): readonly [number, Uint8Array] => [2, Buffer.from(`${text}\0`)];
  const options = [
    statistics('CPU: 0\nentries: 5\noverrun: 10\ncommit overrun: 1\ndropped events: 2\n'),
    statistics('\nBuffer: irqs\n\n'),
    statistics('CPU: 0\nentries: 5\noverrun: 99\ncommit overrun: 0\ndropped events: 0\n'),
  ];
  const [source] = open(
    makeTraceDat7(HOST, [{ name: '', cpus: [marked] }], { compression: 'zstd', options }),
  );
  if (source === undefined) throw new Error('it was not recognised');
  await ourEvents(source);
  expect(source.ledger.dropped).toBe(10 + 1 + 2);
});

test('takes marks without a number for part of what the statistics count as overwritten', async () => {
  const marked: Page[] = PAGES.map((page, index) => (index === 0 ? { ...page, missed: 'unknown' } : page));
  const statistics = (cpu: number, overrun: number): readonly [number, Uint8Array] => [
    2,
    Buffer.from(`CPU: ${cpu}\noverrun: ${overrun}\n\0`),
  ];
  const options = [statistics(0, 10), statistics(1, 0)];
  const [source] = open(
    makeTraceDat7(HOST, [{ name: '', cpus: [marked, marked] }], { compression: 'zstd', options }),
  );
  if (source === undefined) throw new Error('it was not recognised');
  await ourEvents(source);
  expect(source.ledger).toMatchObject({ dropped: 10, droppedUncounted: 1 });
});

test('leaves out a top buffer without data where an instance has some', () => {
  const buffers = [
    { name: '', cpus: [] },
    { name: 'irqs', cpus: [PAGES] },
  ];
  const sources = open(makeTraceDat7(HOST, buffers, { compression: 'zstd' }));
  expect(sources.map(({ name }) => name)).toEqual(['made.dat (instance irqs)']);
});

test('reads kernel release and machine from the uname option, and drops the name of the node', () => {
  const options: Options7['options'] = [[5, Buffer.from('Linux secret-node 6.12.1 aarch64\0')]];
  const [source] = open(makeTraceDat7(HOST, [{ name: '', cpus: [PAGES] }], { compression: 'zstd', options }));
  expect(source?.context).toMatchObject({ kernelRelease: '6.12.1', machine: 'aarch64' });
  expect(JSON.stringify(source?.context.kernelRelease)).not.toContain('secret');
});

test("says that a guest's times are not aligned with its host's", () => {
  const options: Options7['options'] = [[12, new Uint8Array(16)]];
  const [source] = open(makeTraceDat7(HOST, [{ name: '', cpus: [PAGES] }], { compression: 'zstd', options }));
  expect(source?.formatDetail).toBe("v7 zstd, a guest's times, not aligned with its host's");
});

test('times that the recorder moved to the wall are on realtime, and say where its own clock was', async () => {
  const dateUs = 1_700_000_000_000_000n;
  const options = [
    [1, Buffer.from(`0x${dateUs.toString(16)}\0`)],
    [7, Buffer.from('250\0')],
  ] as const;
  const [source] = open(makeTraceDat7(HOST, [{ name: '', cpus: [PAGES] }], { compression: 'none', options }));
  if (source === undefined) throw new Error('it was not recognised');
  const [first] = await ourEvents(source);
  expect(source.clock).toBe('realtime');
  expect(first?.timeNs).toBe(dateUs * 1000n + 1000n + 1n + 250n);
  expect(source.clockPairs).toMatchObject([
    { clock: 'realtime', timeNs: dateUs * 1000n, otherClock: 'mono', otherTimeNs: 0n },
  ]);
});
