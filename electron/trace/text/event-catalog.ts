/**
 * The event types of a text, found by name as its lines are read: described by the bundle or by the table of known
 * events, else learnt from the first line that has the name. An event type has the fields that the text holds, where
 * the kernel's record has them; what the text leaves out is no field, so that a program which reads it is refused.
 */
import type { EventField, EventType } from '../event.ts';
import { describedEvent, systemsOfEvent } from '../known-events/known-events.ts';
import type { KnownEvent } from '../known-events/known-events.ts';
import { COMMON_DECLARATIONS, declareFields } from '../known-events/declare.ts';
import type { Surroundings } from '../surroundings.ts';
import { compilePattern } from './compiled-pattern.ts';
import type { Step } from './compiled-pattern.ts';
import { learnPattern, symbolField, wholeText } from './learn.ts';
import type { Learned } from './learn.ts';
import { SKIP } from './pattern.ts';
import type { Pattern, Reading } from './pattern.ts';

/** Event types of a recording; a kernel has about 2,500. */
const EVENT_TYPES_MAX = 16_384;
/** Names: free text before a colon looks like one. */
const NAMES_MAX = 16_384;
/** Ways to print one event that are learnt; a line that fits none is one text. */
const LEARNED_MAX = 16;
export const NAME_BYTES_MAX = 128;
const COMMON_BYTES = 8;
/** System of an event that neither the bundle nor the table knows. */
const UNKNOWN_SYSTEM = 'unknown';
const GRAPH_ENTRY = 'funcgraph_entry';
/** Programs write to trace_marker; the kernel prints the function that took it. */
const MARKER = 'tracing_mark_write';

/** One way of printing an event. */
export interface EventReader {
  readonly steps: readonly Step[];
  /** Bytes of the fixed part. */
  readonly sizeBytes: number;
  /** common_type, 0 where it is not known. */
  readonly recordId: number;
  /** Schema index; -1 until the first line that is printed so. */
  type: number;
  /** Of sched_switch: where prev_pid and next_pid lie. */
  readonly switchOffsets: readonly [number, number] | undefined;
}

interface Shape {
  readonly system: string;
  readonly recordId: number | undefined;
  readonly fields: readonly EventField[];
  readonly sizeBytes: number;
}

export class NamedEvents {
  readonly name: string;
  readonly nameBytes: Uint8Array;
  /** In the order to be tried: what fitted last comes first. */
  readonly readers: EventReader[] = [];
  readonly described: readonly KnownEvent[];
  readonly shapes = new Map<EventReader, Shape>();
  learned = 0;
  hasWholeText = false;
  /** Its lines have frames below them. */
  readonly isStack: boolean;

  constructor(name: string, nameBytes: Uint8Array, described: readonly KnownEvent[]) {
    this.name = name;
    this.nameBytes = nameBytes;
    this.described = described;
    this.isStack = name === 'kernel_stack' || name === 'user_stack';
  }
}

export class EventCatalog {
  readonly types: EventType[] = [];
  readonly #surroundings: Surroundings;
  readonly #commonFields = declareFields(COMMON_DECLARATIONS, 0);
  #slots: (NamedEvents | undefined)[] = Array<undefined>(1024).fill(undefined);
  #count = 0;
  #last: NamedEvents | undefined;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Hot. The events of the name between two places; undefined where there are too many names. */
  find(bytes: Uint8Array, start: number, end: number): NamedEvents | undefined {
    const last = this.#last;
    if (last !== undefined && isSame(last.nameBytes, bytes, start, end)) return last;
    const slots = this.#slots;
    let slot = hashOf(bytes, start, end) & (slots.length - 1);
    for (;;) {
      const found = slots[slot];
      if (found === undefined) break;
      if (isSame(found.nameBytes, bytes, start, end)) return (this.#last = found);
      slot = (slot + 1) & (slots.length - 1);
    }
    return this.#add(bytes.slice(start, end));
  }

  /** Makes the reader's event type, which was not needed before. */
  giveType(events: NamedEvents, reader: EventReader): boolean {
    const shape = events.shapes.get(reader);
    if (shape === undefined || this.types.length >= EVENT_TYPES_MAX) return false;
    const same = this.types.find(
      (type) =>
        type.name === events.name && type.system === shape.system && isSameLayout(type.fields, shape.fields),
    );
    if (same === undefined) {
      const { system, recordId, fields, sizeBytes } = shape;
      const index = this.types.length;
      const name = events.name === MARKER ? 'print' : events.name;
      this.types.push({ index, system, name, recordId, fields, sizeBytes, printFormat: undefined });
    }
    reader.type = same?.index ?? this.types.length - 1;
    return true;
  }

  /** A reader for a text that fits none; undefined where the event is known and its text is not to be understood. */
  learn(events: NamedEvents, text: string): EventReader | undefined {
    const [described] = events.described;
    if (described === undefined) {
      const found =
        events.learned < LEARNED_MAX ? learnPattern(text, [], COMMON_BYTES, new Map()) : undefined;
      if (found === undefined && events.hasWholeText) return undefined;
      if (found === undefined) events.hasWholeText = true;
      return this.#addLearned(events, found ?? wholeText(COMMON_BYTES), UNKNOWN_SYSTEM, undefined);
    }
    if (events.learned >= LEARNED_MAX) return undefined;
    const all = described.fields.slice(this.#commonFields.length);
    // A text has the arguments of a call as numbers of their own, not as the array that ends the record.
    const own = described.name === GRAPH_ENTRY ? all.filter(({ sizeBytes }) => sizeBytes > 0) : all;
    const found = learnPattern(text, own, described.sizeBytes, readingsOf(described.patterns));
    const isOfIt =
      found?.fields.some((field) => own.includes(field) || field.name.startsWith('__probe_')) === true;
    const { system, recordId } = described;
    if (found !== undefined && isOfIt) return this.#addLearned(events, found, system, recordId);
    // A format that tells no field prints a text, which is kept.
    if (events.readers.length > events.learned || events.hasWholeText || own.length === 0) return undefined;
    events.hasWholeText = true;
    return this.#addLearned(events, wholeText(described.sizeBytes), system, recordId);
  }

  #addLearned(
    events: NamedEvents,
    { pattern, fields, sizeBytes }: Learned,
    system: string,
    recordId: number | undefined,
  ): EventReader {
    events.learned += 1;
    return this.#addReader(events, pattern, { system, recordId, fields, sizeBytes });
  }

  #addReader(events: NamedEvents, pattern: Pattern, shape: Shape): EventReader {
    const { steps, filled } = compilePattern(pattern, shape.fields);
    const { sizeBytes, recordId, system } = shape;
    const fields = [
      ...this.#commonFields,
      ...shape.fields.filter(({ name, offsetBytes }) => offsetBytes >= COMMON_BYTES && filled.has(name)),
    ];
    const switchOffsets = system === 'sched' ? switchOffsetsOf(events.name, fields) : undefined;
    const reader = { steps, sizeBytes, recordId: recordId ?? 0, type: -1, switchOffsets };
    events.shapes.set(reader, { system, recordId, fields, sizeBytes });
    events.readers.push(reader);
    return reader;
  }

  #add(nameBytes: Uint8Array): NamedEvents | undefined {
    if (this.#count >= NAMES_MAX) return undefined;
    const name = Buffer.from(nameBytes).toString('utf8');
    const marker = describedEvent(this.#surroundings, 'ftrace', 'print');
    const isMarker = name === MARKER && marker !== undefined;
    const described = isMarker
      ? [{ ...marker, patterns: [[{ ...SKIP, field: 'buf', reading: 'natural' as const }]] }]
      : systemsOfEvent(this.#surroundings, name).flatMap(
          (system) => describedEvent(this.#surroundings, system, name) ?? [],
        );
    const events = new NamedEvents(name, nameBytes, described);
    for (const event of described) this.#addDescribed(events, event);
    this.#count += 1;
    if (this.#count * 2 > this.#slots.length) this.#grow();
    this.#put(events);
    return (this.#last = events);
  }

  #addDescribed(events: NamedEvents, event: KnownEvent): void {
    const { system, recordId } = event;
    const hasOwn = event.sizeBytes > COMMON_BYTES;
    for (const known of event.patterns) {
      const { pattern, fields, sizeBytes } = withSymbols(known, event);
      const { filled } = compilePattern(pattern, fields);
      // learn() keeps a text that tells no field as it is.
      if (filled.size === 0 && hasOwn && pattern.length > 0) continue;
      this.#addReader(events, pattern, { system, recordId, fields, sizeBytes });
    }
  }

  #put(events: NamedEvents): void {
    const { nameBytes } = events;
    let slot = hashOf(nameBytes, 0, nameBytes.length) & (this.#slots.length - 1);
    while (this.#slots[slot] !== undefined) slot = (slot + 1) & (this.#slots.length - 1);
    this.#slots[slot] = events;
  }

  #grow(): void {
    const all = this.#slots.filter((events) => events !== undefined);
    this.#slots = Array<undefined>(this.#slots.length * 2).fill(undefined);
    for (const events of all) this.#put(events);
  }
}

/**
 * An address that is printed as its symbol is not told; the symbol is kept as a text behind the kernel's own fields,
 * `function_symbol`. ftrace's own events say by it what printed them, and the event's name is enough.
 */
function withSymbols(
  pattern: Pattern,
  { system, fields, sizeBytes }: KnownEvent,
): { readonly pattern: Pattern; readonly fields: readonly EventField[]; readonly sizeBytes: number } {
  const symbols = pattern.filter((part) => part.kind === 'capture' && part.reading === 'symbol');
  if (system === 'ftrace' || symbols.length === 0) return { pattern, fields, sizeBytes };
  const names = pattern.flatMap((part) =>
    part.kind === 'capture' && part.reading === 'symbol' ? [symbolField(part.field)] : [],
  );
  const added = declareFields(names.map((name) => `__data_loc char[] ${name}`).join(';'), sizeBytes);
  return {
    pattern: pattern.map((part) =>
      part.kind === 'capture' && part.reading === 'symbol'
        ? { ...part, field: symbolField(part.field), reading: 'natural' as const }
        : part,
    ),
    fields: [...fields, ...added],
    sizeBytes: added.reduce((end, field) => Math.max(end, field.offsetBytes + field.sizeBytes), sizeBytes),
  };
}

/** How numbers are printed that are neither decimal nor marked by `0x`: trace-cmd report -R prints them so too. */
function readingsOf(patterns: readonly Pattern[]): Map<string, Reading> {
  const readings = new Map<string, Reading>();
  for (const pattern of patterns) {
    for (const [index, part] of pattern.entries()) {
      const before = pattern[index - 1];
      const isMarked = before?.kind === 'literal' && before.text.endsWith('0x');
      if (part.kind !== 'capture' || isMarked) continue;
      if (part.reading === 'hex' || part.reading === 'octal') readings.set(part.field, part.reading);
    }
  }
  return readings;
}

function switchOffsetsOf(
  event: string,
  fields: readonly EventField[],
): readonly [number, number] | undefined {
  const previous = fields.find(({ name }) => name === 'prev_pid');
  const next = fields.find(({ name }) => name === 'next_pid');
  const isSwitch = event === 'sched_switch' && previous?.sizeBytes === 4 && next?.sizeBytes === 4;
  return isSwitch ? [previous.offsetBytes, next.offsetBytes] : undefined;
}

function isSameLayout(a: readonly EventField[], b: readonly EventField[]): boolean {
  return (
    a.length === b.length &&
    a.every((field, index) => {
      const other = b[index];
      return (
        other !== undefined &&
        field.name === other.name &&
        field.offsetBytes === other.offsetBytes &&
        field.sizeBytes === other.sizeBytes &&
        field.kind === other.kind
      );
    })
  );
}

/** Hot. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
  return hash ^ (hash >>> 15);
}

/** Hot. */
function isSame(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let index = 0; index < name.length; index++) if (name[index] !== bytes[start + index]) return false;
  return true;
}
