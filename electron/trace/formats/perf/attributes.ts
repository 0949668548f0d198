/** perf_event_attr (uapi/linux/perf_event.h): what was asked of an event, and so how its samples read. */

/** Offsets in the structure. */
const AT = { type: 0, size: 4, config: 8, sampleType: 24, readFormat: 32, flags: 40 };
const AT_BRANCH_SAMPLE_TYPE = 72;
const AT_REGS_USER = 80;
const AT_CLOCK_ID = 92;
const AT_REGS_INTR = 96;
/** The first version's size: what every attribute holds. */
export const ATTRIBUTE_BYTES_MIN = 64;

/** Bits of `flags`, counted as the C bit fields are. */
const FLAG_SAMPLE_ID_ALL = 18;
const FLAG_USE_CLOCK_ID = 25;

export const TYPE_TRACEPOINT = 2;

export interface Attribute {
  readonly type: number;
  readonly config: bigint;
  /** PERF_SAMPLE_ bits; there are fewer than 32. */
  readonly sampleType: number;
  readonly readFormat: number;
  readonly hasTrailers: boolean;
  readonly branchHasIndex: boolean;
  readonly branchHasCounters: boolean;
  /** Registers in a sample. */
  readonly userRegisters: number;
  readonly interruptRegisters: number;
  /** Which those are, as perf numbers them, ascending. */
  readonly interruptRegisterNumbers: readonly number[];
  /** Clock as clock_gettime() numbers it; undefined for perf's own. */
  readonly clockId: number | undefined;
}

/** `view` holds the structure as far as its writer knew it; absent parts are zero, as the kernel says. */
export function parseAttribute(view: DataView, isLittleEndian: boolean): Attribute {
  const u32 = (at: number): number => (at + 4 <= view.byteLength ? view.getUint32(at, isLittleEndian) : 0);
  const u64 = (at: number): bigint =>
    at + 8 <= view.byteLength ? view.getBigUint64(at, isLittleEndian) : 0n;
  // Bit fields fill a byte from its low end on a little-endian machine, from its high end on the other.
  const flag = (bit: number): boolean => {
    const byte = view.getUint8(AT.flags + (bit >> 3));
    return ((byte >> (isLittleEndian ? bit & 7 : 7 - (bit & 7))) & 1) === 1;
  };
  const branch = u64(AT_BRANCH_SAMPLE_TYPE);
  return {
    type: u32(AT.type),
    config: u64(AT.config),
    sampleType: Number(u64(AT.sampleType) & 0xffff_ffffn),
    readFormat: Number(u64(AT.readFormat) & 0xffn),
    hasTrailers: flag(FLAG_SAMPLE_ID_ALL),
    branchHasIndex: ((branch >> 17n) & 1n) === 1n,
    branchHasCounters: ((branch >> 19n) & 1n) === 1n,
    userRegisters: bitCount(u64(AT_REGS_USER)),
    interruptRegisters: bitCount(u64(AT_REGS_INTR)),
    interruptRegisterNumbers: bitsOf(u64(AT_REGS_INTR)),
    clockId: flag(FLAG_USE_CLOCK_ID) ? u32(AT_CLOCK_ID) : undefined,
  };
}

function bitCount(mask: bigint): number {
  let count = 0;
  for (let rest = mask; rest > 0n; rest &= rest - 1n) count += 1;
  return count;
}

function bitsOf(mask: bigint): number[] {
  return Array.from({ length: 64 }, (_, bit) => bit).filter((bit) => ((mask >> BigInt(bit)) & 1n) === 1n);
}

const HARDWARE = [
  ...['cycles', 'instructions', 'cache-references', 'cache-misses', 'branches', 'branch-misses'],
  ...['bus-cycles', 'stalled-cycles-frontend', 'stalled-cycles-backend', 'ref-cycles'],
];
const SOFTWARE = [
  ...['cpu-clock', 'task-clock', 'page-faults', 'context-switches', 'cpu-migrations', 'minor-faults'],
  ...['major-faults', 'alignment-faults', 'emulation-faults', 'dummy', 'bpf-output', 'cgroup-switches'],
];

/** What an event is called where the recorder left no name. */
export function usualName({ type, config }: Attribute): string {
  const known = type === 0 ? HARDWARE : type === 1 ? SOFTWARE : [];
  const name = config < 64n ? known[Number(config)] : undefined;
  if (name !== undefined) return name;
  if (type === TYPE_TRACEPOINT) return `tracepoint-${config}`;
  return type === 4 ? `r${config.toString(16)}` : `type-${type}-${config.toString(16)}`;
}

/** The kernel's name of a clock, as trace_clock spells it where it has it. */
export function clockName(clockId: number | undefined): string {
  switch (clockId) {
    case undefined:
      return 'perf';
    case 0:
      return 'realtime';
    case 1:
      return 'mono';
    case 4:
      return 'mono_raw';
    case 7:
      return 'boot';
    case 11:
      return 'tai';
    default:
      return 'unknown';
  }
}
