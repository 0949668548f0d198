import { expect, test } from 'vitest';
import { BatchBuffer } from '../../../../electron/trace/batch-buffer.ts';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import { emptyLedger } from '../../../../electron/trace/event.ts';
import { EventTypes } from '../../../../electron/trace/formats/perfetto/event-writer.ts';
import { Pass } from '../../../../electron/trace/formats/perfetto/pass.ts';
import { ProtoReader } from '../../../../electron/trace/formats/perfetto/proto.ts';
import { Survey } from '../../../../electron/trace/formats/perfetto/survey.ts';
import { NO_SURROUNDINGS } from '../../../../electron/trace/surroundings.ts';
import { compressedPacket, packet, ProtoWriter } from './make-perfetto.ts';
import { madeTracks } from './sample.ts';

/** Two writers by turns, the second within a compressed packet with the first's last. */
function byTurns(): Buffer {
  const event = (writer: number, time: number): Buffer =>
    packet((trace) =>
      trace
        .number(8, time)
        .number(10, writer)
        .message(11, (each) => each.number(9, 3).bytes(23, `w${writer}`)),
    );
  return Buffer.concat([
    madeTracks(),
    event(8, 2_000),
    event(9, 2_001),
    event(8, 2_002),
    compressedPacket([event(9, 2_003), event(8, 2_004)]),
    event(9, 2_005),
  ]);
}

function timesOf(file: MemoryBytes, survey: Survey): bigint[] {
  const ledger = emptyLedger();
  const pass = new Pass(file, survey, new EventTypes(NO_SURROUNDINGS), ledger, survey.at);
  const batch = new BatchBuffer(4);
  const times: bigint[] = [];
  for (let hasMore = true; hasMore;) {
    hasMore = pass.advance();
    while (pass.fill(batch)) times.push(...batch.timeNs.subarray(0, batch.count));
  }
  expect(ledger).toMatchObject({ read: times.length, unparsed: 0, unsupported: 0 });
  return times;
}

test('reads each packet once, by writers and where there are too many stretches for that', () => {
  const file = new MemoryBytes(byTurns(), 'made');
  const survey = new Survey(file, file.sizeBytes);
  survey.readTo(file.sizeBytes);
  expect([...survey.runs.keys()].sort()).toEqual([1, 3, 8, 9]);
  // Its second packet and the compressed one that holds its third lie next to each other.
  expect(survey.runs.get(8)?.length).toBe(4);
  const times = timesOf(file, survey);
  expect(times.slice(-6)).toEqual([2_000n, 2_001n, 2_002n, 2_003n, 2_004n, 2_005n]);
  survey.isMixed = true;
  expect(timesOf(file, survey)).toEqual(times);
});

test('reads numbers of every length as they were written, and says so where one does not end', () => {
  const values = [
    0n,
    1n,
    127n,
    128n,
    2n ** 28n,
    2n ** 31n,
    2n ** 32n,
    2n ** 35n - 1n,
    2n ** 53n,
    2n ** 63n,
    2n ** 64n - 1n,
  ];
  const writer = new ProtoWriter();
  for (const value of values) writer.number(1, value).number(100_000, value);
  const bytes = writer.double(2, -1.5).done();
  const reader = new ProtoReader().reset(bytes, 0, bytes.length);
  for (const value of values) {
    for (const field of [1, 100_000]) {
      expect(reader.next()).toBe(true);
      expect([reader.field, reader.big]).toEqual([field, value]);
    }
  }
  expect(reader.next()).toBe(true);
  expect([reader.field, reader.wire, reader.high]).toEqual([2, 1, 0xbff8_0000]);
  expect([reader.next(), reader.isDamaged]).toEqual([false, false]);
  const endless = reader.reset(Buffer.alloc(12, 0xff), 0, 12);
  expect([endless.next(), endless.isDamaged]).toEqual([false, true]);
});
