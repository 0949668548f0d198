/** The text of a recording beside its binary: every event, and every field that the text's event type has. */
import { FileBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import type { EventType, Source } from '../../../../electron/trace/event.ts';
import { openSources } from '../../../../electron/trace/formats/registry.ts';
import { RecordReader } from '../../../../electron/trace/record.ts';
import type { RecordValue } from '../../../../electron/trace/record.ts';

export interface TextEvent {
  readonly timeNs: bigint;
  readonly cpu: number;
  readonly tid: number;
  readonly name: string;
  readonly values: ReadonlyMap<string, RecordValue | undefined>;
}

export function openText(path: string): Source {
  const source = openSources(new FileBytes(path, path.replace(/^.*\//, '')))?.[0];
  if (source === undefined) throw new Error(`${path} was not recognised`);
  return source;
}

/** Fields by name; `names` are the events of a source whose type has no such name. */
export async function allEvents(source: Source): Promise<TextEvent[]> {
  const reader = new RecordReader(source.schema);
  const events: TextEvent[] = [];
  for await (const batch of source.batches()) {
    for (let row = 0; row < batch.count; row++) {
      const type = source.schema.types[batch.type[row] ?? -1];
      if (type === undefined) throw new Error(`row ${row} has no type`);
      events.push({
        timeNs: batch.timeNs[row] ?? -1n,
        cpu: batch.cpu[row] ?? -1,
        tid: batch.tid[row] ?? -1,
        name: `${type.system}:${type.name}`,
        values: new Map(ownFields(type).map((field) => [field.name, reader.value(batch, row, field)])),
      });
    }
  }
  return events;
}

function ownFields(type: EventType): EventType['fields'] {
  return type.fields.filter(({ name }) => !name.startsWith('common_'));
}

export interface Difference {
  readonly event: string;
  readonly field: string;
  readonly text: unknown;
  readonly binary: unknown;
  readonly count: number;
}

/** Nanoseconds that a text to the microsecond may be off by; trace-cmd rounds, the kernel cuts. */
const MICROSECOND = 1000n;

/** What differs, once for each event and field, with how often; times within a microsecond where `isCoarse`. */
export function differences(
  text: readonly TextEvent[],
  binary: readonly TextEvent[],
  isCoarse: boolean,
): Difference[] {
  const found = new Map<string, { -readonly [key in keyof Difference]: Difference[key] }>();
  const note = (event: string, field: string, ours: unknown, theirs: unknown): void => {
    const known = found.get(`${event} ${field}`);
    if (known === undefined)
      found.set(`${event} ${field}`, { event, field, text: ours, binary: theirs, count: 1 });
    else known.count += 1;
  };
  if (text.length !== binary.length) note('all', 'count', text.length, binary.length);
  for (const [index, ours] of text.entries()) {
    const theirs = binary[index];
    if (theirs === undefined) break;
    if (ours.name !== theirs.name) note(theirs.name, 'name', ours.name, theirs.name);
    if (ours.cpu !== theirs.cpu) note(theirs.name, 'cpu', ours.cpu, theirs.cpu);
    if (ours.tid !== theirs.tid) note(theirs.name, 'tid', ours.tid, theirs.tid);
    const apart = ours.timeNs - theirs.timeNs;
    const limit = isCoarse ? MICROSECOND : 0n;
    if (apart > limit || -apart > limit) note(theirs.name, 'time', ours.timeNs, theirs.timeNs);
    if (ours.name !== theirs.name) continue;
    for (const [field, value] of ours.values) {
      const other = theirs.values.get(field);
      if (String(value) !== String(other)) note(ours.name, field, value, other);
    }
  }
  return [...found.values()];
}
