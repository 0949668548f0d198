/**
 * The records that perf writes beside samples (enum perf_event_type in uapi/linux/perf_event.h, and those of
 * perf itself from 64 on), and the event types of system `perf` that the kernel's become.
 */
import type { EventType } from '../../event.ts';
import { BODY_OFFSET, commonFields, declareField, declareFields } from './fields.ts';

export const RECORD = {
  mmap: 1,
  lost: 2,
  comm: 3,
  exit: 4,
  fork: 7,
  sample: 9,
  mmap2: 10,
  lostSamples: 13,
  namespaces: 16,
  ksymbol: 17,
  bpfEvent: 18,
  cgroup: 19,
  /** From here on perf's own. */
  firstOfPerf: 64,
  attribute: 64,
  tracingData: 66,
  buildId: 67,
  finishedRound: 68,
  idIndex: 69,
  auxtrace: 71,
  eventUpdate: 78,
  timeConversion: 79,
  feature: 80,
  compressed: 81,
  compressed2: 83,
} as const;

/**
 * perf's own that say how to read the others and are no data: event types, rounds, thread and CPU maps,
 * statistics' settings, the end of what was made up at the start.
 */
export const MARKS: ReadonlySet<number> = new Set([
  ...[64, 65, 66, 67, 68, 69, 70, 73, 74, 75, 78, 79, 80, 82, 84],
]);

/** The kernel's that perf makes up at its start, without a time, for what is there already: tasks, mappings, symbols. */
export const STATES: ReadonlySet<number> = new Set([
  ...[RECORD.mmap, RECORD.comm, RECORD.fork, RECORD.mmap2, RECORD.namespaces],
  ...[RECORD.ksymbol, RECORD.bpfEvent, RECORD.cgroup],
]);

interface RecordLayout {
  readonly record: number;
  readonly name: string;
  readonly body: readonly string[];
}

const LAYOUTS: readonly RecordLayout[] = [
  {
    record: 1,
    name: 'mmap',
    body: ['u32 pid', 'u32 tid', 'u64 addr', 'u64 len', 'u64 pgoff', 'char filename[]'],
  },
  { record: 2, name: 'lost', body: ['u64 id', 'u64 lost'] },
  { record: 3, name: 'comm', body: ['u32 pid', 'u32 tid', 'char comm[]'] },
  { record: 4, name: 'exit', body: ['u32 pid', 'u32 ppid', 'u32 tid', 'u32 ptid', 'u64 time'] },
  { record: 5, name: 'throttle', body: ['u64 time', 'u64 id', 'u64 stream_id'] },
  { record: 6, name: 'unthrottle', body: ['u64 time', 'u64 id', 'u64 stream_id'] },
  { record: 7, name: 'fork', body: ['u32 pid', 'u32 ppid', 'u32 tid', 'u32 ptid', 'u64 time'] },
  { record: 8, name: 'read', body: ['u32 pid', 'u32 tid', 'u64 values[]'] },
  {
    record: 10,
    name: 'mmap2',
    body: [
      ...['u32 pid', 'u32 tid', 'u64 addr', 'u64 len', 'u64 pgoff'],
      ...['u32 maj', 'u32 min', 'u64 ino', 'u64 ino_generation', 'u32 prot', 'u32 flags', 'char filename[]'],
    ],
  },
  { record: 11, name: 'aux', body: ['u64 aux_offset', 'u64 aux_size', 'u64 flags'] },
  { record: 12, name: 'itrace_start', body: ['u32 pid', 'u32 tid'] },
  { record: 13, name: 'lost_samples', body: ['u64 lost'] },
  { record: 14, name: 'switch', body: [] },
  { record: 15, name: 'switch_cpu_wide', body: ['u32 next_prev_pid', 'u32 next_prev_tid'] },
  { record: 16, name: 'namespaces', body: ['u32 pid', 'u32 tid', 'u64 nr_namespaces', 'u64 link_info[]'] },
  {
    record: 17,
    name: 'ksymbol',
    body: ['u64 addr', 'u32 len', 'u16 ksym_type', 'u16 flags', 'char name[]'],
  },
  { record: 18, name: 'bpf_event', body: ['u16 type', 'u16 flags', 'u32 id', 'u8 tag[8]'] },
  { record: 19, name: 'cgroup', body: ['u64 id', 'char path[]'] },
  { record: 20, name: 'text_poke', body: ['u64 addr', 'u16 old_len', 'u16 new_len', 'u8 bytes[]'] },
  { record: 21, name: 'aux_output_hw_id', body: ['u64 hw_id'] },
];

/** Appends the types to a schema; gives each record's index in it, by the record's number. */
export function addRecordTypes(types: EventType[]): ReadonlyMap<number, EventType> {
  const byRecord = new Map<number, EventType>();
  for (const { record, name, body } of LAYOUTS) {
    const fields = [...commonFields(), ...declareFields(body, BODY_OFFSET)];
    if (record === RECORD.mmap2) fields.push(...buildIdFields());
    const end = fields.reduce((size, field) => Math.max(size, field.offsetBytes + field.sizeBytes), 0);
    const type = {
      index: types.length,
      system: 'perf',
      name,
      recordId: undefined,
      fields,
      sizeBytes: Math.max(end, BODY_OFFSET),
      printFormat: undefined,
    };
    types.push(type);
    byRecord.set(record, type);
  }
  return byRecord;
}

/** Where bit 14 of misc is set, a build id lies in place of the device, inode and generation. */
function buildIdFields() {
  const at = BODY_OFFSET + 32;
  return [declareField('u8 build_id_size', at), declareField('u8 build_id[20]', at + 4)];
}
