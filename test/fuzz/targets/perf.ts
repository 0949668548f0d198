/** perf script's text, and perf.data: files and pipes of either byte order, with and without compressed records. */
import { existsSync, readFileSync } from 'node:fs';
import { zstdCompressSync } from 'node:zlib';
import { Failure } from '../../../electron/failure.ts';
import { MemoryBytes } from '../../../electron/trace/bundle/byte-source.ts';
import { openSources } from '../../../electron/trace/formats/registry.ts';
import { makeFile, makePipe, record, Writer } from '../../trace/formats/perf/make-perf-data.ts';
import type { EventSpec, Machine } from '../../trace/formats/perf/make-perf-data.ts';
import type { Target } from '../target.ts';

/** IDENTIFIER, IP, TID, TIME, READ, CALLCHAIN, CPU, RAW, BRANCH_STACK, REGS_USER, STACK_USER. */
const SAMPLE_TYPE = 0x1_3cb7;
const SHARED = '../shared/recordings';

function records(machine: Machine): Buffer[] {
  const sample = (time: number): Buffer =>
    record(
      machine,
      9,
      1,
      new Writer(machine)
        .u64(7) // identifier
        .u64(0x1000)
        .u32(5)
        .u32(5)
        .u64(time)
        .u32(1)
        .u32(0)
        .u64(11) // read
        .u64(3) // callchain
        .u64(-128n)
        .u64(-4096n)
        .u64(0x4000)
        .u32(4) // raw
        .u32(9)
        .u64(1) // branches
        .u64(1)
        .u64(2)
        .u64(3)
        .u64(2) // registers
        .u64(4)
        .u64(8) // stack
        .u64(0)
        .u64(8)
        .done(),
    );
  const comm = new Writer(machine).u32(5).u32(5).text('worker').u32(5).u32(5).u64(15).u32(1).u32(0).u64(7);
  const round = record(machine, 68, 0, Buffer.alloc(0));
  return [sample(10), sample(30), record(machine, 3, 0, comm.done()), round, sample(20), round, sample(40)];
}

function samples(): Uint8Array[] {
  const made = [true, false].flatMap((isLittleEndian) => {
    const machine = { isLittleEndian };
    const event: EventSpec = { type: 1, config: 0n, sampleType: SAMPLE_TYPE, userRegisters: 1n, ids: [7n] };
    const data = records(machine);
    const compressed = zstdCompressSync(Buffer.concat(data));
    return [
      makeFile(machine, [event], data),
      makePipe(machine, [event, { ...event, ids: [8n] }], data),
      makeFile(machine, [event], [record(machine, 81, 0, compressed)]),
    ];
  });
  const recorded = ['sleep.data', 'sleep.compressed.data', 'sleep.compressed2.pipe.data']
    .map((name) => `${SHARED}/${name}`)
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path));
  return [...made, ...recorded];
}

/** Reads every event, and gives how much could not be parsed. */
async function readAll(bytes: Uint8Array): Promise<number> {
  let unparsed = 0;
  for (const source of openSources(new MemoryBytes(bytes, 'damaged')) ?? []) {
    let events = 0;
    for await (const batch of source.batches()) events += batch.count;
    if (events !== source.ledger.read)
      throw new Error(`${events} events, and ${source.ledger.read} in the ledger`);
    unparsed += source.ledger.unparsed;
  }
  return unparsed;
}

const perfData: Target = {
  name: 'perf-data',
  layers: new Set(['trace']),
  samples,
  async run(bytes) {
    await readAll(bytes);
  },
};

const TEXT = [
  '# ========\n# captured on: today\n# os release : 6.1\n# event : name = cycles\n#\n',
  'a b  7 [001] 1.000001:  250000 cpu-clock:u: \n\t  ffffffff81000010 main+0x1 (x)\n\t 10 f (y)\n\n',
  'c 8/9 2.000000001: sched:sched_waking: comm=d pid=3\nPERF_RECORD\n',
];

const perfScript: Target = {
  name: 'perf-script',
  layers: new Set(['trace']),
  samples: () => [Buffer.from(TEXT.join('')), Buffer.from(TEXT.slice(1).join('').repeat(20))],
  // A text is never refused once it is recognised: lines that were not understood are what is noticed.
  async run(bytes) {
    const unparsed = await readAll(bytes);
    if (unparsed > 0) throw new Failure('trace', 'unparsed', `${unparsed} lines`, { file: 'damaged' });
  },
};

export const perfTargets: readonly Target[] = [perfData, perfScript];
