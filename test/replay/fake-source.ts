/** A source of events given as data, for tests of what stands above the formats. */
import {
  emptyLedger,
  type Batch,
  type EventField,
  type EventType,
  type Source,
} from '../../electron/trace/event.ts';

export interface FakeEvent {
  readonly timeNs: bigint;
  readonly cpu?: number;
  readonly tid?: number;
  readonly type: number;
  readonly bytes?: Uint8Array;
}

export function integerField(
  name: string,
  offsetBytes: number,
  sizeBytes: number,
  isSigned = true,
): EventField {
  return {
    name,
    type: 'int',
    kind: 'integer',
    offsetBytes,
    sizeBytes,
    isSigned,
    elementCount: 1,
    elementSizeBytes: sizeBytes,
  };
}

export function textField(name: string, offsetBytes: number, sizeBytes: number): EventField {
  return {
    name,
    type: 'char',
    kind: 'text',
    offsetBytes,
    sizeBytes,
    isSigned: true,
    elementCount: sizeBytes,
    elementSizeBytes: 1,
  };
}

const commonFields = [
  integerField('common_type', 0, 2, false),
  integerField('common_flags', 2, 1, false),
  integerField('common_preempt_count', 3, 1, false),
  integerField('common_pid', 4, 4),
];

export function eventType(
  index: number,
  system: string,
  name: string,
  fields: readonly EventField[],
): EventType {
  const all = [...commonFields, ...fields];
  const sizeBytes = Math.max(...all.map((field) => field.offsetBytes + field.sizeBytes));
  return { index, system, name, recordId: index + 100, fields: all, sizeBytes, printFormat: undefined };
}

/** The layout of sched_switch on 64-bit Linux 6.18. */
export function schedSwitchType(index: number): EventType {
  return eventType(index, 'sched', 'sched_switch', [
    textField('prev_comm', 8, 16),
    integerField('prev_pid', 24, 4),
    integerField('prev_prio', 28, 4),
    integerField('prev_state', 32, 8),
    textField('next_comm', 40, 16),
    integerField('next_pid', 56, 4),
    integerField('next_prio', 60, 4),
  ]);
}

export function schedWakeupType(index: number, name = 'sched_wakeup'): EventType {
  return eventType(index, 'sched', name, [
    textField('comm', 8, 16),
    integerField('pid', 24, 4),
    integerField('prio', 28, 4),
    integerField('target_cpu', 32, 4),
  ]);
}

/** A record of `sizeBytes` with integers and texts written at their offsets. */
export function record(type: EventType, values: Readonly<Record<string, number | string>>): Uint8Array {
  const bytes = new Uint8Array(type.sizeBytes);
  const view = new DataView(bytes.buffer);
  for (const [name, value] of Object.entries(values)) {
    const field = type.fields.find((each) => each.name === name);
    if (field === undefined) throw new Error(`no field ${name}`);
    if (typeof value === 'string') bytes.set(new TextEncoder().encode(value), field.offsetBytes);
    else if (field.sizeBytes === 8) view.setBigInt64(field.offsetBytes, BigInt(value), true);
    else if (field.sizeBytes === 4) view.setInt32(field.offsetBytes, value, true);
    else throw new Error(`${name} has ${field.sizeBytes} bytes`);
  }
  return bytes;
}

export interface FakeSourceOptions {
  readonly name?: string;
  readonly clock?: string;
  readonly batchEvents?: number;
  readonly cpuCount?: number;
  readonly machine?: string;
  readonly tgids?: ReadonlyMap<number, number>;
  readonly comms?: ReadonlyMap<number, string>;
  readonly parents?: ReadonlyMap<number, number>;
}

export function fakeSource(
  types: readonly EventType[],
  events: readonly FakeEvent[],
  options: FakeSourceOptions = {},
): Source {
  const {
    name = 'fake',
    clock = 'mono',
    batchEvents = 2,
    cpuCount = 2,
    tgids = new Map(),
    comms = new Map(),
    parents,
    machine,
  } = options;
  const ledger = emptyLedger();
  return {
    name,
    format: 'fake',
    formatDetail: '',
    clock,
    schema: { types, isLittleEndian: true, longSizeBytes: 8 },
    context: {
      comms,
      parents,
      tgids,
      callchains: [],
      kallsyms: undefined,
      kernelRelease: undefined,
      machine,
      cpuCount,
    },
    ledger,
    async *batches({ signal, onProgress } = {}) {
      for (let first = 0; first < events.length; first += batchEvents) {
        signal?.throwIfAborted();
        const batch = batchOf(events.slice(first, first + batchEvents), first);
        ledger.read += batch.count;
        yield batch;
        onProgress?.(Math.min(1, (first + batchEvents) / events.length));
      }
    },
    close: () => undefined,
  };
}

function batchOf(events: readonly FakeEvent[], firstEvent: number): Batch {
  const parts = events.map((event) => event.bytes ?? new Uint8Array(8));
  const offset = new Uint32Array(events.length);
  let end = 0;
  for (const [row, part] of parts.entries()) {
    offset[row] = end;
    end += Math.ceil(part.length / 8) * 8;
  }
  const bytes = new Uint8Array(end);
  for (const [row, part] of parts.entries()) bytes.set(part, offset[row]);
  return {
    count: events.length,
    firstEvent,
    timeNs: BigUint64Array.from(events, (event) => event.timeNs),
    cpu: Uint16Array.from(events, (event) => event.cpu ?? 0),
    tid: Int32Array.from(events, (event) => event.tid ?? -1),
    type: Uint16Array.from(events, (event) => event.type),
    stack: new Int32Array(events.length).fill(-1),
    offset,
    length: Uint32Array.from(parts, (part) => part.length),
    bytes,
  };
}
