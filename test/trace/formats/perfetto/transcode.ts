/** Encodes a recording's scheduling events as Perfetto's recorder does, so that both can be read and compared. */
import type { Batch, EventType, Source } from '../../../../electron/trace/event.ts';
import { FTRACE_MESSAGES } from '../../../../electron/trace/formats/perfetto/ftrace-events.ts';
import { RecordReader } from '../../../../electron/trace/record.ts';
import type { RecordValue } from '../../../../electron/trace/record.ts';
import {
  type CompactSwitch,
  type CompactWaking,
  ftracePacket,
  packet,
  type ProtoWriter,
  writeCompact,
  writeEvent,
} from './make-perfetto.ts';

export interface Recorded {
  readonly cpu: number;
  readonly time: bigint;
  readonly tid: number;
  readonly name: string;
  readonly values: ReadonlyMap<string, RecordValue>;
}

/** Events of a source that have a message of their own. */
export async function recordedEvents(source: Source): Promise<Recorded[]> {
  const names = new Set([...FTRACE_MESSAGES.values()].map(({ system, name }) => `${system}:${name}`));
  const reader = new RecordReader(source.schema);
  const events: Recorded[] = [];
  for await (const batch of source.batches()) {
    for (let row = 0; row < batch.count; row++) {
      const type = source.schema.types[batch.type[row] ?? -1];
      if (type !== undefined && names.has(`${type.system}:${type.name}`))
        events.push(recorded(reader, batch, row, type));
    }
  }
  return events;
}

function recorded(reader: RecordReader, batch: Batch, row: number, type: EventType): Recorded {
  const values = new Map<string, RecordValue>();
  for (const field of type.fields) {
    const value = reader.value(batch, row, field);
    if (value !== undefined && !field.name.startsWith('common_')) values.set(field.name, value);
  }
  const { name } = type;
  return { cpu: batch.cpu[row] ?? 0, time: batch.timeNs[row] ?? 0n, tid: batch.tid[row] ?? -1, name, values };
}

/**
 * A trace of these events: bundles of each CPU in turn, as the recorder drains them `eventsEach` at a time. With
 * `isCompact`, switches and wakings go into columns.
 */
export function perfettoOf(events: readonly Recorded[], eventsEach: number, isCompact: boolean): Buffer {
  const packets = [packet((trace) => trace.number(10, 1).message(33, () => {}))];
  for (let from = 0; from < events.length; from += eventsEach) {
    const drained = events.slice(from, from + eventsEach);
    for (const cpu of [...new Set(drained.map((event) => event.cpu))].sort((a, b) => a - b)) {
      const ofCpu = drained.filter((event) => event.cpu === cpu);
      packets.push(ftracePacket(cpu, [], (bundle) => writeAll(bundle, ofCpu, isCompact)));
    }
  }
  return Buffer.concat(packets);
}

function writeAll(bundle: ProtoWriter, events: readonly Recorded[], isCompact: boolean): void {
  const switches: CompactSwitch[] = [];
  const wakings: CompactWaking[] = [];
  for (const event of events) {
    if (isCompact && event.name === 'sched_switch') switches.push(switchOf(event));
    else if (isCompact && event.name === 'sched_waking') wakings.push(wakingOf(event));
    else writeFull(bundle, event);
  }
  if (isCompact) writeCompact(bundle, switches, wakings);
}

function writeFull(bundle: ProtoWriter, { name, time, tid, values }: Recorded): void {
  const found = [...FTRACE_MESSAGES].find(([, message]) => message.name === name);
  if (found === undefined) throw new Error(`${name} has no message`);
  const [field, { fields }] = found;
  writeEvent(bundle, {
    time,
    pid: tid,
    field,
    write(message) {
      fields.forEach((each, index) => {
        const value = values.get(each.name);
        if (typeof value === 'string') message.bytes(index + 1, value);
        else if (typeof value === 'number' || typeof value === 'bigint') message.number(index + 1, value);
      });
    },
  });
}

function switchOf({ time, values }: Recorded): CompactSwitch {
  return {
    time,
    prevState: BigInt(values.get('prev_state') as bigint),
    nextPid: Number(values.get('next_pid')),
    nextPrio: Number(values.get('next_prio')),
    nextComm: String(values.get('next_comm')),
  };
}

function wakingOf({ time, values }: Recorded): CompactWaking {
  return {
    time,
    pid: Number(values.get('pid')),
    targetCpu: Number(values.get('target_cpu')),
    prio: Number(values.get('prio')),
    comm: String(values.get('comm')),
  };
}
