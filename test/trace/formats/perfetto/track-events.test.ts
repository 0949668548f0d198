import { expect, test } from 'vitest';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import { perfetto } from '../../../../electron/trace/formats/perfetto/perfetto.ts';
import { ourEvents } from '../../peer.ts';
import { openBytes } from '../pcap/peer.ts';
import type { ProtoWriter } from './make-perfetto.ts';
import { clockPacket, compressedPacket, packet } from './make-perfetto.ts';
import { madeTracks } from './sample.ts';

const WRITER = 3;

function trackEvent(time: bigint, write: (event: ProtoWriter) => void, flags = 2): Buffer {
  return packet((trace) => trace.number(8, time).number(10, WRITER).number(13, flags).message(11, write));
}

/** Begins the writer's state: flags 1 clear it, 2 build on it. */
function stateBegins(write: (trace: ProtoWriter) => void): Buffer {
  return packet((trace) => {
    trace.number(10, WRITER).number(13, 3);
    write(trace);
  });
}

test('reads slices with interned names, categories, annotations, and whose they are', async () => {
  const source = openBytes(madeTracks());
  const read = await ourEvents(source);
  const owner = { pid: 10n, tid: 12n };
  const draw = { track: 77n, ...owner, name: 'draw', category: 'gfx,ui' };
  const bytes = { track: 78n, ...owner, name: 'bytes' };
  expect(read.map(({ timeNs, name, values }) => ({ timeNs, event: name, values }))).toEqual([
    // Sampled where the slice begins; then told as differences, in thousands.
    { timeNs: 1_000n, event: 'counter', values: { ...bytes, value: 2000n } },
    { timeNs: 1_000n, event: 'slice_begin', values: { ...draw, args: 'frame=3 cached=true' } },
    { timeNs: 1_200n, event: 'counter', values: { ...bytes, value: 3000n } },
    { timeNs: 1_500n, event: 'slice_end', values: { ...draw, args: '' } },
    {
      timeNs: 1_600n,
      event: 'instant',
      values: { track: 0n, name: 'vsync', category: '', args: 'sizes=[1, 2] at={x=-1 y=1.5}' },
    },
    { timeNs: 1_700n, event: 'counter', values: { ...bytes, value: 4000n } },
    {
      timeNs: 1_800n,
      event: 'counter',
      values: { track: 79n, ...owner, name: 'load', value: 2n, double_bits: 0x4004_0000_0000_0000n },
    },
  ]);
  expect(read.map(({ tid }) => tid)).toEqual([12, 12, 12, 12, -1, 12, 12]);
  expect(source.schema.types.map(({ system }) => system)).toEqual(
    Array(source.schema.types.length).fill('track'),
  );
  expect(source.context.comms.get(12)).toBe('RenderThread');
  expect(source.context.tgids.get(12)).toBe(10);
  expect(source.ledger).toMatchObject({
    read: 7,
    unparsed: 0,
    unsupported: 0,
    withoutClock: 0,
    outOfOrder: 0,
  });
});

test("moves times of other clocks to the trace's by its snapshots", async () => {
  const source = openBytes(
    Buffer.concat([
      clockPacket([
        { id: 6, time: 10_000n },
        { id: 3, time: 4_000n },
        { id: 1, time: 1_700_000_000_000_000_000n },
      ]),
      // A clock of this writer alone that counts microseconds from one packet to the next.
      clockPacket(
        [
          { id: 6, time: 20_000n },
          { id: 64, time: 5n, isIncremental: true, unitNs: 1000n },
        ],
        WRITER,
      ),
      clockPacket([
        { id: 6, time: 50_000n },
        { id: 3, time: 44_100n },
      ]),
      packet((trace) =>
        trace
          .number(8, 4_500n)
          .number(58, 3)
          .number(10, WRITER)
          .message(11, (event) => event.number(9, 3).bytes(23, 'mono')),
      ),
      packet((trace) =>
        trace
          .number(8, 2n)
          .number(58, 64)
          .number(10, WRITER)
          .message(11, (event) => event.number(9, 3).bytes(23, 'first')),
      ),
      packet((trace) =>
        trace
          .number(8, 3n)
          .number(58, 64)
          .number(10, WRITER)
          .message(11, (event) => event.number(9, 3).bytes(23, 'second')),
      ),
      packet((trace) =>
        trace
          .number(8, 45_000n)
          .number(58, 3)
          .number(10, WRITER)
          .message(11, (event) => event.number(9, 3).bytes(23, 'late')),
      ),
      packet((trace) =>
        trace
          .number(8, 9n)
          .number(58, 99)
          .number(10, WRITER)
          .message(11, (event) => event.number(9, 3).bytes(23, 'nowhere')),
      ),
    ]),
  );
  const read = await ourEvents(source);
  expect(read.map(({ timeNs, values }) => `${String(values['name'])} ${timeNs}`)).toEqual([
    'mono 10500',
    'first 22000',
    'second 25000',
    'late 50900',
  ]);
  expect(source.clockPairs).toEqual([
    { clock: 'boot', timeNs: 10_000n, otherClock: 'mono', otherTimeNs: 4_000n, origin: 'clock snapshot' },
    {
      clock: 'boot',
      timeNs: 10_000n,
      otherClock: 'realtime',
      otherTimeNs: 1_700_000_000_000_000_000n,
      origin: 'clock snapshot',
    },
    { clock: 'boot', timeNs: 50_000n, otherClock: 'mono', otherTimeNs: 44_100n, origin: 'clock snapshot' },
  ]);
  expect(source.ledger).toMatchObject({ read: 4, withoutClock: 1 });
});

test('passes over packets that build on lost ones, until the state is cleared', async () => {
  const names = (trace: ProtoWriter): void =>
    void trace.message(12, (data) => data.message(2, (entry) => entry.number(1, 1).bytes(2, 'work')));
  const named = (event: ProtoWriter): void => void event.number(9, 3).number(10, 1);
  const lost = packet((trace) =>
    trace.number(8, 3n).number(10, WRITER).number(13, 2).number(42, 1).message(11, named),
  );
  const source = openBytes(
    Buffer.concat([
      trackEvent(1n, named),
      stateBegins(names),
      trackEvent(2n, named),
      lost,
      trackEvent(4n, named),
      trackEvent(5n, (event) => event.number(9, 3).bytes(23, 'by itself'), 0),
      stateBegins(names),
      trackEvent(6n, named),
    ]),
  );
  const read = await ourEvents(source);
  expect(read.map(({ timeNs, values }) => `${timeNs} ${String(values['name'])}`)).toEqual([
    '2 work',
    '5 by itself',
    '6 work',
  ]);
  expect(source.ledger).toMatchObject({ read: 3, unparsed: 3, droppedUncounted: 1 });
});

test('reads packets within packets, deflated and as zstd', async () => {
  const plain = await ourEvents(openBytes(madeTracks()));
  for (const how of ['deflate', 'zstd'] as const) {
    const source = openBytes(compressedPacket([madeTracks()], how));
    expect(await ourEvents(source)).toEqual(plain);
    expect(source.formatDetail).toBe('compressed packets');
  }
});

test('puts writers side by side whose packets lie one after the other', async () => {
  const COUNT = 3000;
  const writers = [5, 6, 7].map((writer) =>
    Buffer.concat(
      Array.from({ length: COUNT }, (_, index) =>
        packet((trace) =>
          trace
            .number(8, index * 10 + writer)
            .number(10, writer)
            .message(11, (event) => event.number(9, 3).bytes(23, `e${writer}`)),
        ),
      ),
    ),
  );
  const source = openBytes(Buffer.concat(writers));
  const read = await ourEvents(source);
  expect(read.length).toBe(3 * COUNT);
  expect(read.slice(0, 6).map(({ values }) => values['name'])).toEqual(['e5', 'e6', 'e7', 'e5', 'e6', 'e7']);
  expect(source.ledger.outOfOrder).toBe(0);
});

test('gives statistics of processes, a number an event', async () => {
  const source = openBytes(
    packet((trace) =>
      trace
        .number(8, 900n)
        .number(10, 1)
        .message(9, (stats) =>
          stats.message(1, (process) => process.number(1, 42).number(3, 1234).number(10, -900)),
        ),
    ),
  );
  const read = await ourEvents(source);
  expect(read.map(({ name, values }) => ({ name, ...values }))).toEqual([
    { name: 'vm_rss_kb', pid: 42n, value: 1234n },
    { name: 'oom_score_adj', pid: 42n, value: -900n },
  ]);
});

test('says what the trace knows of the machine and its tasks', async () => {
  const source = openBytes(
    Buffer.concat([
      packet((trace) =>
        trace.message(45, (system) =>
          system
            .message(1, (names) => names.bytes(1, 'Linux').bytes(3, '6.6.30-android').bytes(4, 'aarch64'))
            .number(8, 8),
        ),
      ),
      packet((trace) =>
        trace.message(2, (tree) =>
          tree
            .message(1, (process) => process.number(1, 100).number(2, 1).bytes(3, '/system/bin/app'))
            .message(2, (thread) => thread.number(1, 101).number(3, 100).bytes(2, 'worker')),
        ),
      ),
    ]),
  );
  await ourEvents(source);
  expect(source.context).toMatchObject({ kernelRelease: '6.6.30-android', machine: 'aarch64', cpuCount: 8 });
  expect([...source.context.tgids]).toEqual([
    [100, 100],
    [101, 100],
  ]);
  expect([...source.context.comms]).toEqual([[101, 'worker']]);
});

test('counts packets it does not read by what they are, and reads on', async () => {
  const source = openBytes(
    Buffer.concat([
      packet((trace) => trace.number(8, 1n).bytes(39, 'log')),
      packet((trace) => trace.number(8, 1n).bytes(39, 'log')),
      packet((trace) => trace.number(8, 1n).bytes(777, 'new')),
      packet((trace) => trace.bytes(36, 'marker')),
      madeTracks(),
    ]),
  );
  expect((await ourEvents(source)).length).toBe(7);
  expect(source.ledger).toMatchObject({ read: 7, unsupported: 3 });
  expect(source.ledger.places.map(({ reason }) => reason)).toEqual([
    'Android log entries are not read',
    'packets of field 777 are not read',
  ]);
});

test('reads a trace that was cut up to its last whole packet, and counts the rest', async () => {
  const whole = madeTracks();
  const source = openBytes(whole.subarray(0, whole.length - 3), 'cut');
  expect((await ourEvents(source)).length).toBe(6);
  expect(source.ledger).toMatchObject({ read: 6, unparsed: 1 });
  expect(source.ledger.places[0]).toMatchObject({ file: 'cut', reason: 'the file ends within a packet' });
});

test('gives the same events in a second pass, and the same types', async () => {
  const source = openBytes(madeTracks());
  const first = await ourEvents(source);
  const types = source.schema.types.length;
  expect(await ourEvents(source)).toEqual(first);
  expect(source.schema.types.length).toBe(types);
});

test('counts what the service lost', async () => {
  const stats = packet((trace) =>
    trace.message(35, (all) => all.message(1, (buffer) => buffer.number(3, 4).number(18, 2))),
  );
  const source = openBytes(Buffer.concat([madeTracks(), stats]));
  await ourEvents(source);
  expect(source.ledger.droppedUncounted).toBe(6);
});

test.each(['\n 12 34 a text', '\n\u0003abc\n', '\n', ''])('does not take %j for a trace', (text) => {
  expect(perfetto.detect(new MemoryBytes(Buffer.from(text), 'text'))).toBe(false);
});

test('leaves out what has no time, or whose clock nothing relates to the trace, and says which', async () => {
  const source = openBytes(
    Buffer.concat([
      madeTracks(),
      packet((trace) => trace.number(10, 9).message(11, (event) => event.number(9, 3).bytes(23, 'when'))),
      packet((trace) =>
        trace
          .number(8, 5n)
          .number(58, 5)
          .number(10, 9)
          .message(9, () => {}),
      ),
    ]),
  );
  expect((await ourEvents(source)).length).toBe(7);
  expect(source.ledger).toMatchObject({ read: 7, withoutClock: 2 });
  expect(source.ledger.places.map(({ reason }) => reason)).toEqual([
    'a packet of events without a time',
    "a packet whose time no snapshot relates to the trace's clock",
  ]);
});
