/** perf.data with callchains, as `perf record -a -g` writes them: samples of four CPUs between round marks. */
import { makeFile, record, type EventSpec, Writer } from '../../trace/formats/perf/make-perf-data.ts';
import type { Block } from './recordings.ts';

const MACHINE = { isLittleEndian: true };
/** PERF_SAMPLE_: IP, TID, TIME, CPU, PERIOD, CALLCHAIN. */
const SAMPLE_TYPE = 0x1 | 0x2 | 0x4 | 0x80 | 0x100 | 0x20;
/** PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK. */
const EVENT: EventSpec = { type: 1, config: 0n, sampleType: SAMPLE_TYPE, hasTrailers: false, ids: [1n] };
const SAMPLE = 9;
const FINISHED_ROUND = 68;
const CONTEXT_KERNEL = -128n;
const CONTEXT_USER = -512n;
const CPUS = 4;
const SAMPLES = 512;
const STEP_NS = 250;
/** Behind the record's header (8), ip (8), pid and tid (8). */
const TIME_AT = 24;
/** Of the file header, where the size of the data is told. */
const DATA_SIZE_AT = 48;

export function makePerfBlock(sizeBytes: number): { readonly head: Uint8Array; readonly block: Block } {
  const head = makeFile(MACHINE, [EVENT], []);
  const times: number[] = [];
  const records: Uint8Array[] = [];
  let at = 0;
  for (let index = 0; index < SAMPLES; index += 1) {
    const sample = sampleOf(index);
    times.push(at + TIME_AT);
    records.push(sample);
    at += sample.length;
  }
  records.push(record(MACHINE, FINISHED_ROUND, 0, new Uint8Array(0)));
  const bytes = Buffer.concat(records);
  const count = Math.max(1, Math.floor((sizeBytes - head.length) / bytes.length));
  head.writeBigUInt64LE(BigInt(count * bytes.length), DATA_SIZE_AT);
  return {
    head,
    block: {
      bytes,
      spanNs: BigInt(SAMPLES * STEP_NS),
      setTime(ns) {
        times.forEach((time, index) => bytes.writeBigUInt64LE(ns + BigInt(index * STEP_NS), time));
      },
    },
  };
}

function sampleOf(index: number): Uint8Array {
  // Many stacks differ, and most are seen again.
  const stack = index % 97;
  const kernel = Array.from({ length: 6 + (stack % 9) }, (_, depth) => kernelAddress(stack, depth));
  const user = Array.from({ length: 4 + (stack % 5) }, (_, depth) =>
    BigInt(0x7f00_0000_0000 + stack * 64 + depth * 4096),
  );
  const chain = [CONTEXT_KERNEL, ...kernel, CONTEXT_USER, ...user];
  const body = new Writer(MACHINE)
    .u64(kernel[0] ?? 0n)
    .u32(1000 + (stack % 12))
    .u32(1000 + stack)
    .u64(0)
    .u32(index % CPUS)
    .u32(0)
    .u64(1_000_000)
    .u64(chain.length);
  for (const address of chain) body.u64(address);
  return record(MACHINE, SAMPLE, 1, body.done());
}

function kernelAddress(stack: number, depth: number): bigint {
  return BigInt.asUintN(64, -0x7f00_0000n + BigInt(stack * 128 + depth * 4096));
}
