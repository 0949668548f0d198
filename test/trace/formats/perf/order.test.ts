import { expect, test } from 'vitest';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import { openSources } from '../../../../electron/trace/formats/registry.ts';
import type { Ledger, Source } from '../../../../electron/trace/event.ts';
import { makeFile, record, Writer } from './make-perf-data.ts';

const MACHINE = { isLittleEndian: true };
/** IP, TID, TIME. */
const EVENT = { type: 1, config: 0n, sampleType: 7, ids: [1n] };
const ROUND = record(MACHINE, 68, 0, Buffer.alloc(0));

function sample(timeNs: number | bigint): Buffer {
  return record(MACHINE, 9, 1, new Writer(MACHINE).u64(0x1000).u32(1).u32(1).u64(timeNs).done());
}

function lost(count: number, timeNs: number): Buffer {
  return record(MACHINE, 2, 0, new Writer(MACHINE).u64(1).u64(count).u32(1).u32(1).u64(timeNs).done());
}

function comm(tid: number, name: string, timeNs: number): Buffer {
  return record(
    MACHINE,
    3,
    0,
    new Writer(MACHINE).u32(tid).u32(tid).text(name).u32(tid).u32(tid).u64(timeNs).done(),
  );
}

async function times(
  records: readonly Buffer[],
): Promise<{ times: number[]; ledger: Ledger; source: Source }> {
  const source = openSources(new MemoryBytes(makeFile(MACHINE, [EVENT], records), 'made.data'))?.[0];
  if (source === undefined) throw new Error('it was not recognised');
  const list: number[] = [];
  for await (const batch of source.batches({ batchEvents: 3 })) {
    for (let row = 0; row < batch.count; row++) list.push(Number(batch.timeNs[row]));
  }
  return { times: list, ledger: source.ledger, source };
}

test('puts the buffers of CPUs that follow each other in time order over rounds', async () => {
  const first = [10, 30, 50, 20, 40, 60].map(sample);
  const second = [70, 90, 55, 80].map(sample);
  const { times: list, ledger } = await times([
    ...first,
    ROUND,
    ...second,
    ROUND,
    sample(65),
    ROUND,
    sample(100),
  ]);
  expect(list).toEqual([10, 20, 30, 40, 50, 55, 60, 65, 70, 80, 90, 100]);
  expect(ledger).toMatchObject({ read: 12, outOfOrder: 0 });
});

test('counts an event that comes after its round as out of order, and yields it', async () => {
  const late = [sample(10), sample(20), ROUND, sample(30), ROUND, ROUND, sample(15), sample(40)];
  const { times: list, ledger } = await times(late);
  expect(list).toEqual([10, 20, 30, 15, 40]);
  expect(ledger).toMatchObject({ read: 5, outOfOrder: 1 });
});

test('yields every event of a long file that has no rounds', async () => {
  const records = Array.from({ length: 600_000 }, (_, index) => sample(1_000_000 + (index ^ 1)));
  const { times: list, ledger } = await times(records);
  expect(list.length).toBe(600_000);
  expect(list.every((time, index) => index === 0 || time > (list[index - 1] ?? 0))).toBe(true);
  expect(ledger.outOfOrder).toBe(0);
});

test('counts what the recorder lost, and takes state without a time into the context only', async () => {
  const {
    times: list,
    ledger,
    source,
  } = await times([comm(5, 'early', 0), sample(10), lost(37, 20), comm(6, 'late', 30)]);
  expect(list).toEqual([10, 20, 30]);
  expect(ledger).toMatchObject({ read: 3, dropped: 37, withoutClock: 1, priorState: 1, unparsed: 0 });
  expect([...source.context.comms]).toEqual([
    [5, 'early'],
    [6, 'late'],
  ]);
});

test('keeps times past 2^53 exact', async () => {
  const base = 1_767_545_149_666_409_001n;
  const source = openSources(
    new MemoryBytes(
      makeFile(MACHINE, [EVENT], [sample(base + 2n), sample(base), sample(base + 1n)]),
      'made.data',
    ),
  )?.[0];
  const list: bigint[] = [];
  for await (const batch of source?.batches() ?? []) list.push(...batch.timeNs.slice(0, batch.count));
  expect(list).toEqual([base, base + 1n, base + 2n]);
});

test('names the place of a record that is cut off, of one of no known type, and of hardware traces', async () => {
  const cut = sample(20).subarray(0, 20);
  const unknown = record(MACHINE, 60, 0, Buffer.alloc(8));
  const hardware = Buffer.concat([
    record(MACHINE, 71, 0, new Writer(MACHINE).u64(24).raw(Buffer.alloc(32)).done()),
    Buffer.alloc(24),
  ]);
  const { times: list, ledger } = await times([sample(10), unknown, hardware, unknown, sample(15), cut]);
  expect(list).toEqual([10, 15]);
  expect(ledger).toMatchObject({ read: 2, unsupported: 3, unparsed: 1 });
  expect(ledger.places.map(({ reason }) => reason)).toEqual([
    'records of type 60 are not read',
    'hardware traces (AUX) are not read',
    'a record goes past the end',
  ]);
});
