/**
 * Where the parts of an event's samples lie, worked out once an event: the first nine are of fixed size and
 * keep their places; the others follow in the order perf_output_sample() writes them.
 */
import type { EventField } from '../../event.ts';
import type { Attribute } from './attributes.ts';
import { BODY_OFFSET, commonFields, declareField } from './fields.ts';

/** PERF_SAMPLE_ bits. */
export const SAMPLE = {
  ip: 1 << 0,
  tid: 1 << 1,
  time: 1 << 2,
  addr: 1 << 3,
  read: 1 << 4,
  callchain: 1 << 5,
  id: 1 << 6,
  cpu: 1 << 7,
  period: 1 << 8,
  streamId: 1 << 9,
  raw: 1 << 10,
  branchStack: 1 << 11,
  userRegisters: 1 << 12,
  userStack: 1 << 13,
  weight: 1 << 14,
  dataSource: 1 << 15,
  identifier: 1 << 16,
  transaction: 1 << 17,
  interruptRegisters: 1 << 18,
  physicalAddress: 1 << 19,
  aux: 1 << 20,
  cgroup: 1 << 21,
  dataPageSize: 1 << 22,
  codePageSize: 1 << 23,
  weightStruct: 1 << 24,
} as const;

export const SAMPLE_BITS = (1 << 25) - 1;

/** Parts of fixed size in their order; `tid` and `cpu` are pairs of 32 bits. */
const FIXED: readonly (readonly [bit: number, ...fields: string[]])[] = [
  [SAMPLE.identifier, 'u64 identifier'],
  [SAMPLE.ip, 'u64 ip'],
  [SAMPLE.tid, 's32 pid', 's32 tid'],
  [SAMPLE.time, 'u64 time'],
  [SAMPLE.addr, 'u64 addr'],
  [SAMPLE.id, 'u64 id'],
  [SAMPLE.streamId, 'u64 stream_id'],
  [SAMPLE.cpu, 'u32 cpu', 'u32 res'],
  [SAMPLE.period, 'u64 period'],
];
/** Parts behind those of varying size, a word each; our records hold them right behind the fixed ones. */
const TAIL: readonly (readonly [bit: number, field: string])[] = [
  [SAMPLE.weight | SAMPLE.weightStruct, 'u64 weight'],
  [SAMPLE.dataSource, 'u64 data_src'],
  [SAMPLE.transaction, 'u64 transaction'],
  [SAMPLE.physicalAddress, 'u64 phys_addr'],
  [SAMPLE.cgroup, 'u64 cgroup'],
  [SAMPLE.dataPageSize, 'u64 data_page_size'],
  [SAMPLE.codePageSize, 'u64 code_page_size'],
];
const LOCATED: readonly (readonly [bit: number, field: string])[] = [
  [SAMPLE.read, '__data_loc u64 read[]'],
  [SAMPLE.raw, '__data_loc u8 raw[]'],
  [SAMPLE.branchStack, '__data_loc u64 branches[]'],
  [SAMPLE.userRegisters, '__data_loc u64 user_regs[]'],
  [SAMPLE.userStack, '__data_loc u8 user_stack[]'],
  [SAMPLE.interruptRegisters, '__data_loc u64 intr_regs[]'],
  [SAMPLE.aux, '__data_loc u8 aux[]'],
];

export interface SamplePlan {
  readonly attribute: Attribute;
  readonly bits: number;
  /** Offsets from the sample's body, -1 where it has no such part. */
  readonly tid: number;
  readonly time: number;
  readonly cpu: number;
  readonly id: number;
  readonly fixedBytes: number;
  /** Offsets from the start of a trailer (sample_id_all), whose size is trailerBytes. */
  readonly trailerTid: number;
  readonly trailerTime: number;
  readonly trailerCpu: number;
  readonly trailerId: number;
  readonly trailerBytes: number;
  /** Fields of our own record. */
  readonly fields: readonly EventField[];
  /** Offsets in our record by the part's bit. */
  readonly tailAt: ReadonlyMap<number, number>;
  readonly locatedAt: ReadonlyMap<number, number>;
  /** Bytes before what is located. */
  readonly recordBytes: number;
}

export function planSamples(attribute: Attribute): SamplePlan {
  const bits = attribute.sampleType;
  const fixed = partsOf(
    bits,
    FIXED.map(([bit]) => bit),
  );
  const trailer = attribute.hasTrailers ? partsOf(bits, TRAILER) : { at: new Map<number, number>(), size: 0 };
  const fields = commonFields();
  for (const [bit, ...declared] of FIXED) {
    let at = BODY_OFFSET + (fixed.at.get(bit) ?? 0);
    for (const declaration of (bits & bit) === 0 ? [] : declared) {
      const field = declareField(declaration, at);
      fields.push(field);
      at += field.sizeBytes;
    }
  }
  let end = BODY_OFFSET + fixed.size;
  const place = (parts: typeof TAIL): Map<number, number> => {
    const places = new Map<number, number>();
    for (const [bit, declaration] of parts) {
      if ((bits & bit) === 0) continue;
      const field = declareField(declaration, end);
      const { interruptRegisterNumbers: registers } = attribute;
      fields.push(bit === SAMPLE.interruptRegisters ? { ...field, registers } : field);
      places.set(bit, end);
      end += field.sizeBytes;
    }
    return places;
  };
  const tailAt = place(TAIL);
  const locatedAt = place(LOCATED);
  const at = (parts: ReadonlyMap<number, number>, bit: number): number => parts.get(bit) ?? -1;
  return {
    attribute,
    bits,
    tid: at(fixed.at, SAMPLE.tid),
    time: at(fixed.at, SAMPLE.time),
    cpu: at(fixed.at, SAMPLE.cpu),
    id: fixed.at.get(SAMPLE.identifier) ?? at(fixed.at, SAMPLE.id),
    fixedBytes: fixed.size,
    trailerTid: at(trailer.at, SAMPLE.tid),
    trailerTime: at(trailer.at, SAMPLE.time),
    trailerCpu: at(trailer.at, SAMPLE.cpu),
    trailerId: trailer.at.get(SAMPLE.identifier) ?? at(trailer.at, SAMPLE.id),
    trailerBytes: trailer.size,
    fields,
    tailAt,
    locatedAt,
    recordBytes: (end + 7) & -8,
  };
}

const TRAILER = [SAMPLE.tid, SAMPLE.time, SAMPLE.id, SAMPLE.streamId, SAMPLE.cpu, SAMPLE.identifier];

function partsOf(bits: number, order: readonly number[]): { at: Map<number, number>; size: number } {
  const at = new Map<number, number>();
  let size = 0;
  for (const bit of order) {
    if ((bits & bit) === 0) continue;
    at.set(bit, size);
    size += 8;
  }
  return { at, size };
}
