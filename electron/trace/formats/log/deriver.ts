/** What makes further events of a log's entries: log probes, and the system calls of a strace. */
import type { EventField, EventType } from '../../event.ts';
import type { LogEntry, LogNotes } from './entry.ts';
import type { RecordWriter } from './line-record.ts';

export interface Deriver {
  /** Every entry in the file's order, with the time it has; also those without one. */
  derive(entry: LogEntry, writer: RecordWriter, notes: DerivingNotes): void;
  /** The file has ended. */
  end?(writer: RecordWriter, notes: DerivingNotes): void;
}

export interface DerivingNotes extends LogNotes {
  /** Something that the entry tells of happened at a time that it does not tell. */
  withoutClock(): void;
  /** The order of entries betrays that one is missing. */
  suspectedLoss(): void;
  /** An entry that was read, of which no event could be made; its place is kept. */
  unreadable(at: number, reason: string): void;
}

/** Makes the deriver of a pass: what has begun and not ended belongs to one pass. */
export type MakeDeriver = () => Deriver;

/** Adds the types it yields to a source's, which stay from pass to pass. */
export type DeclareDerivers = (types: EventType[]) => readonly MakeDeriver[];

/** Adds a type to a schema that grows. */
export function addType(
  types: EventType[],
  system: string,
  name: string,
  fields: readonly EventField[],
): EventType {
  const sizeBytes = fields.reduce((end, field) => Math.max(end, field.offsetBytes + field.sizeBytes), 0);
  const type: EventType = {
    index: types.length,
    system,
    name,
    recordId: undefined,
    fields: [...fields],
    sizeBytes,
    printFormat: undefined,
  };
  types.push(type);
  return type;
}
