/** Log probes at work: every line that matches becomes an event `log:<name>` with what was captured. */
import type { EventField, EventType } from '../event.ts';
import { declareFields } from '../known-events/declare.ts';
import { addType } from '../formats/log/deriver.ts';
import type { DeclareDerivers, Deriver, DerivingNotes, MakeDeriver } from '../formats/log/deriver.ts';
import type { LogEntry } from '../formats/log/entry.ts';
import {
  COMMON_FIELDS,
  HEAD_BYTES,
  HEAD_FIELDS,
  LOG_SYSTEM,
  PID_AT,
  TID_AT,
} from '../formats/log/line-record.ts';
import type { RecordWriter } from '../formats/log/line-record.ts';
import { CAPTURE_BYTES_MAX, PENDING_MAX } from './limits.ts';
import { captured } from './pattern.ts';
import type { Capture, Pattern } from './pattern.ts';
import { LINE_IDS, looksAt } from './probe.ts';
import type { LogProbe } from './probe.ts';

/** Text, or a number by its field's type. */
type Values = ReadonlyMap<string, string | bigint>;

interface Begun {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly values: Values;
}

/** The derivers of those probes that look at a source. */
export function probesOn(probes: readonly LogProbe[], format: string, file: string): DeclareDerivers {
  const own = probes.filter((probe) => looksAt(probe, format, file));
  return (types) => own.map((probe) => declare(probe, types));
}

function declare(probe: LogProbe, types: EventType[]): MakeDeriver {
  const captures = new Map<string, Capture>();
  for (const capture of [...(probe.begin?.captures ?? []), ...probe.end.captures]) {
    if (!LINE_IDS.has(capture.name)) captures.set(capture.name, capture);
  }
  const declarations = [...captures.values()].map(({ name, type }) => `${type.declaration} ${name}`);
  if (probe.begin !== undefined) declarations.unshift('u64 begin_ns', 'u64 duration_ns');
  const own = declareFields(declarations.join('; '), HEAD_BYTES);
  const type = addType(types, LOG_SYSTEM, probe.name, [...COMMON_FIELDS, ...HEAD_FIELDS, ...own]);
  return () => new ProbeDeriver(probe, type, own);
}

class ProbeDeriver implements Deriver {
  readonly #probe: LogProbe;
  readonly #type: EventType;
  readonly #fields: readonly EventField[];
  readonly #begun = new Map<string, Begun>();

  constructor(probe: LogProbe, type: EventType, fields: readonly EventField[]) {
    this.#probe = probe;
    this.#type = type;
    this.#fields = fields;
  }

  derive(entry: LogEntry, writer: RecordWriter, notes: DerivingNotes): void {
    const { begin, end } = this.#probe;
    const { message } = entry;
    if (begin !== undefined && begin.matcher.find(message)) {
      const values = valuesOf(begin, message);
      if (values === undefined) unreadable(entry, this.#probe.name, notes);
      else this.#remember(this.#keyOf(values, entry), entry, values, notes);
    }
    if (!end.matcher.find(message)) return;
    const values = valuesOf(end, message);
    if (values === undefined) {
      unreadable(entry, this.#probe.name, notes);
      return;
    }
    if (begin === undefined) {
      this.#write(entry, values, undefined, writer);
      return;
    }
    const key = this.#keyOf(values, entry);
    const begun = this.#begun.get(key);
    this.#begun.delete(key);
    // Its beginning is not in the log, or was before it.
    if (begun === undefined) notes.suspectedLoss();
    else this.#write(entry, new Map([...begun.values, ...values]), begun, writer);
  }

  #keyOf(values: Values, { pid, tid }: LogEntry): string {
    const { key } = this.#probe;
    return JSON.stringify(key.map((name) => String(values.get(name) ?? (name === 'pid' ? pid : tid))));
  }

  /** One that begins again before its end leaves an end missing. */
  #remember(key: string, { seconds, nanoseconds }: LogEntry, values: Values, notes: DerivingNotes): void {
    if (this.#begun.delete(key)) notes.suspectedLoss();
    else if (this.#begun.size >= PENDING_MAX) {
      const [oldest] = this.#begun.keys();
      if (oldest !== undefined) this.#begun.delete(oldest);
      notes.suspectedLoss();
    }
    this.#begun.set(key, { seconds, nanoseconds, values });
  }

  #write(entry: LogEntry, values: Values, begun: Begun | undefined, writer: RecordWriter): void {
    const type = this.#type;
    const tid = idOf(values, 'tid') ?? entry.tid;
    writer.beginOfEntry(type.sizeBytes, entry);
    writer.int32(PID_AT, idOf(values, 'pid') ?? entry.pid);
    writer.int32(TID_AT, tid);
    writer.runningThread(tid);
    const times = begun === undefined ? undefined : timesOf(begun, entry);
    for (const { name, offsetBytes, sizeBytes, kind } of this.#fields) {
      const value = times?.get(name) ?? values.get(name);
      if (typeof value === 'string') writer.text(offsetBytes, value, CAPTURE_BYTES_MAX);
      // A group that had no part in the match: text of no length, a number of zero.
      else if (kind === 'dataLoc') writer.text(offsetBytes, '', 0);
      else if (sizeBytes === 8) writer.int64(offsetBytes, value ?? 0n);
      else writer.int32(offsetBytes, Number(value ?? 0n));
    }
    writer.end(entry.seconds, entry.nanoseconds, entry.cpu, tid, type.index);
  }
}

function timesOf(begun: Begun, { seconds, nanoseconds }: LogEntry): ReadonlyMap<string, bigint> {
  const beginNs = BigInt(begun.seconds) * 1_000_000_000n + BigInt(begun.nanoseconds);
  const endNs = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  return new Map([
    ['begin_ns', beginNs],
    // A clock that was set back leaves no duration.
    ['duration_ns', endNs > beginNs ? endNs - beginNs : 0n],
  ]);
}

function idOf(values: Values, name: string): number | undefined {
  const value = values.get(name);
  return typeof value === 'bigint' ? Number(value) : undefined;
}

/** undefined where a number is out of its type's range, or had no part in the match. */
function valuesOf(pattern: Pattern, line: string): Values | undefined {
  const values = new Map<string, string | bigint>();
  for (const capture of pattern.captures) {
    const text = captured(pattern, line, capture);
    const { read } = capture.type;
    if (read === undefined) values.set(capture.name, text ?? '');
    else {
      const value = text === undefined ? undefined : read(text);
      if (value === undefined) return undefined;
      values.set(capture.name, value);
    }
  }
  return values;
}

function unreadable({ at }: LogEntry, probe: string, notes: DerivingNotes): void {
  notes.unreadable(at, `log:${probe} matches, but a number in it does not fit its type`);
}
