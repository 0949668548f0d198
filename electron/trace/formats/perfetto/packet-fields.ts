/**
 * Fields of a TracePacket, by number: what is read, what says nothing of events, and names for what is counted
 * as not read. Source: perfetto.dev, protos/perfetto/trace/trace_packet.proto.
 */

export const PACKET = {
  ftrace: 1,
  processTree: 2,
  clockSnapshot: 6,
  timestamp: 8,
  processStats: 9,
  sequence: 10,
  trackEvent: 11,
  internedData: 12,
  sequenceFlags: 13,
  ftraceStats: 34,
  traceStats: 35,
  stateCleared: 41,
  previousDropped: 42,
  processDescriptor: 43,
  threadDescriptor: 44,
  systemInfo: 45,
  compressed: 50,
  clock: 58,
  defaults: 59,
  trackDescriptor: 60,
  firstOnSequence: 87,
  zstdCompressed: 133,
} as const;

/** Of PACKET.sequenceFlags. */
export const STATE_CLEARED = 1;
export const NEEDS_STATE = 2;

const READ: ReadonlySet<number> = new Set(Object.values(PACKET));
/** Numbers of a packet itself, not of what it holds: user, process and machine that it came from. */
const ENVELOPE: ReadonlySet<number> = new Set([3, 79, 98]);
/** Configuration, markers and the service's own diary. */
const MARKS: ReadonlySet<number> = new Set([33, 36, 69, 72, 89, 124, 126, 138]);

const NAMES: Readonly<Record<number, string>> = {
  4: 'inode maps',
  5: 'legacy Chrome events',
  7: 'system statistics (sys_stats)',
  37: 'heap profiles',
  38: 'battery counters',
  39: 'Android log entries',
  40: 'power rails',
  46: 'triggers',
  47: 'lists of packages',
  49: "Perfetto's own metatrace",
  51: 'Chrome metadata',
  52: 'GPU counters',
  53: 'GPU render stages',
  54: 'profile samples',
  56: 'heap graphs',
  57: 'graphics frame events',
  61: 'symbols of modules',
  66: 'perf samples',
  67: 'CPU descriptions',
  71: 'GPU memory totals',
  76: 'frame timelines',
  84: 'statsd atoms',
  88: 'network packets',
  92: 'bundles of network packets',
  95: 'events of Windows',
  117: 'generic task states',
  132: 'journal entries',
};

export function isReadField(field: number): boolean {
  return READ.has(field);
}

/** Says nothing of what happened. */
export function isMark(field: number): boolean {
  return ENVELOPE.has(field) || MARKS.has(field);
}

export function packetName(field: number): string {
  return NAMES[field] ?? `packets of field ${field}`;
}

/** Whether a packet may have this field in this encoding: what a file is recognised by. */
export function isPlausible(field: number, isStretch: boolean): boolean {
  if (field === 0 || field > 1999) return false;
  const isNumber =
    ENVELOPE.has(field) ||
    field === PACKET.timestamp ||
    field === PACKET.clock ||
    field === PACKET.sequence ||
    field === PACKET.sequenceFlags ||
    field === PACKET.stateCleared ||
    field === PACKET.previousDropped ||
    field === PACKET.firstOnSequence;
  return isNumber !== isStretch;
}
