import { describe, expect, test } from 'vitest';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import { openSources } from '../../../../electron/trace/formats/registry.ts';
import type { RecordValue } from '../../../../electron/trace/record.ts';
import { makeFile, makePipe, record, Writer } from './make-perf-data.ts';
import type { EventSpec, Machine } from './make-perf-data.ts';
import { ourSamples } from './peer.ts';
import type { OurSample } from './peer.ts';

const ADDRESS = 0xffff_ffff_8100_0000n;
const USER_REGISTERS = 0b1011n;
const ALL_BITS = 25;

/** Writes the parts in the order of perf_event_open(2), and says what our record should hold of each. */
interface Part {
  readonly bit: number;
  write(writer: Writer): void;
  readonly expected: Readonly<Record<string, RecordValue>>;
}

const word = (bit: number, name: string, value: bigint): Part => ({
  bit,
  write: (writer) => void writer.u64(value),
  expected: { [name]: value },
});

const PARTS: readonly Part[] = [
  word(16, 'identifier', 7n),
  word(0, 'ip', ADDRESS),
  { bit: 1, write: (writer) => void writer.u32(41).u32(42), expected: { pid: 41, tid: 42 } },
  word(2, 'time', 5_000_000_123n),
  word(3, 'addr', 0x1234n),
  word(6, 'id', 7n),
  word(9, 'stream_id', 8n),
  { bit: 7, write: (writer) => void writer.u32(3).u32(0), expected: { cpu: 3 } },
  word(8, 'period', 250_000n),
  {
    bit: 4,
    write: (writer) => void writer.u64(2).u64(100).u64(90).u64(11).u64(7).u64(0).u64(12).u64(9).u64(1),
    expected: { read: [2n, 100n, 90n, 11n, 7n, 0n, 12n, 9n, 1n] },
  },
  {
    bit: 5,
    write: (writer) =>
      void writer
        .u64(5)
        .u64(-128n)
        .u64(ADDRESS)
        .u64(ADDRESS + 8n)
        .u64(-512n)
        .u64(0x401000n),
    expected: {},
  },
  {
    bit: 10,
    write: (writer) => void writer.u32(12).raw(Buffer.from('raw data 12!')),
    expected: { raw: [...Buffer.from('raw data 12!')] },
  },
  {
    bit: 11,
    write: (writer) => void writer.u64(2).u64(1).u64(2).u64(3).u64(4).u64(5).u64(6),
    expected: { branches: [1n, 2n, 3n, 4n, 5n, 6n] },
  },
  {
    bit: 12,
    write: (writer) => void writer.u64(2).u64(10).u64(11).u64(12),
    expected: { user_regs: [2n, 10n, 11n, 12n] },
  },
  {
    bit: 13,
    write: (writer) => void writer.u64(16).raw(Buffer.from('the stack#######')).u64(9),
    expected: { user_stack: [...Buffer.from('the stack')] },
  },
  word(14, 'weight', 77n),
  word(15, 'data_src', 0x1_0000_0021n),
  word(17, 'transaction', 1n << 33n),
  { bit: 18, write: (writer) => void writer.u64(0), expected: { intr_regs: [0n] } },
  word(19, 'phys_addr', 0x8_0000n),
  word(21, 'cgroup', 4242n),
  word(22, 'data_page_size', 4096n),
  word(23, 'code_page_size', 2_097_152n),
  {
    bit: 20,
    write: (writer) => void writer.u64(8).raw(Buffer.from('aux data')),
    expected: { aux: [...Buffer.from('aux data')] },
  },
];

function eventOf(sampleType: number): EventSpec {
  return {
    type: 1,
    config: 0n,
    sampleType,
    readFormat: 0b11111,
    userRegisters: USER_REGISTERS,
    interruptRegisters: 0b11n,
    ids: [7n],
  };
}

function sampleOf(machine: Machine, sampleType: number): Buffer {
  const writer = new Writer(machine);
  for (const { bit, write } of PARTS) if ((sampleType & (1 << bit)) !== 0) write(writer);
  return record(machine, 9, 1, writer.done());
}

async function readBack(machine: Machine, sampleType: number, isPipe: boolean): Promise<OurSample> {
  const make = isPipe ? makePipe : makeFile;
  const bytes = make(machine, [eventOf(sampleType)], [sampleOf(machine, sampleType)]);
  const source = openSources(new MemoryBytes(bytes, 'made.data'))?.[0];
  if (source === undefined) throw new Error('it was not recognised');
  const [sample] = await ourSamples(source);
  expect(source.ledger.places).toEqual([]);
  if (sample === undefined) throw new Error('the sample was not read');
  return sample;
}

/** Every part alone, all but each, and 200 sets picked by a fixed sequence; always with ip, to be recognised. */
function bitSets(): number[] {
  const all = PARTS.reduce((bits, { bit }) => bits | (1 << bit), 0);
  const sets = PARTS.flatMap(({ bit }) => [1 | (1 << bit), (all & ~(1 << bit)) | 1]);
  let state = 12_345;
  for (let index = 0; index < 200; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    sets.push(((state >>> 3) & ((1 << ALL_BITS) - 1) & all) | 1);
  }
  return sets;
}

describe.each([
  ['a little-endian file', { isLittleEndian: true }, false],
  ['a big-endian file', { isLittleEndian: false }, false],
  ['a little-endian pipe', { isLittleEndian: true }, true],
  ['a big-endian pipe', { isLittleEndian: false }, true],
] as const)('%s', (_, machine, isPipe) => {
  test('gives back every part of a sample in any combination of them', async () => {
    for (const sampleType of bitSets()) {
      const sample = await readBack(machine, sampleType, isPipe);
      const has = (bit: number): boolean => (sampleType & (1 << bit)) !== 0;
      for (const { bit, expected } of PARTS) {
        for (const [name, value] of Object.entries(expected)) {
          expect([sampleType, name, sample.values.get(name)]).toEqual([
            sampleType,
            name,
            has(bit) ? value : undefined,
          ]);
        }
      }
      expect(sample.chain).toBe(has(5) ? ' ffffffff81000000 ffffffff81000008 401000' : '');
      expect(sample.timeNs).toBe(has(2) ? 5_000_000_123n : 0n);
      expect(sample.tid).toBe(has(1) ? 42 : -1);
      expect(sample.cpu).toBe(has(7) ? 3 : 0);
    }
  });
});
