/**
 * Events without a message of their own: either each tells its name and its fields' names (GenericFtraceEvent), or
 * the trace describes a message for it, in protobuf's own way of describing messages.
 */
import { systemsOfEvent } from '../../known-events/known-events.ts';
import type { EventKind, EventTypes } from './event-writer.ts';
import type { MessageField } from './ftrace-events.ts';
import { EVENT_TYPES_MAX, FIELDS_MAX } from './limits.ts';
import type { MessageValues } from './message-values.ts';
import { ProtoReader } from './proto.ts';

/** DescriptorProto, and FieldDescriptorProto within it. */
const MESSAGE = { name: 1, field: 2 } as const;
const FIELD = { name: 1, number: 3, type: 5 } as const;
/** Types of signed numbers: int64, int32, sfixed32, sfixed64, sint32, sint64. */
const SIGNED: ReadonlySet<number> = new Set([3, 5, 15, 16, 17, 18]);
const GENERIC = { name: 1, field: 2 } as const;
const GENERIC_FIELD = { name: 1, text: 3, signed: 4, unsigned: 5 } as const;
/** Of events whose system neither the bundle nor the table knows. */
const UNKNOWN_SYSTEM = 'generic';

export class DescribedEvents {
  readonly #types: EventTypes;
  readonly #byNumber = new Map<number, EventKind>();
  readonly #outer = new ProtoReader();
  readonly #inner = new ProtoReader();

  constructor(types: EventTypes) {
    this.#types = types;
  }

  /** What the trace described for a field of FtraceEvent. */
  kindOf(number: number): EventKind | undefined {
    return this.#byNumber.get(number);
  }

  /** Takes a GenericEventDescriptor: the number, and the message's description. False where it is damaged. */
  describe(reader: ProtoReader): boolean {
    let number = 0;
    let kind: EventKind | undefined;
    const outer = this.#outer.enter(reader);
    while (outer.next()) {
      if (outer.field === 1 && !outer.isStretch) number = outer.value;
      else if (outer.field === 2 && outer.isStretch) kind = this.#kindDescribed(outer);
    }
    if (kind === undefined || outer.isDamaged) return false;
    const isRoom = this.#byNumber.size < EVENT_TYPES_MAX;
    if (isRoom && !this.#byNumber.has(number)) this.#byNumber.set(number, kind);
    return true;
  }

  /** Reads a GenericFtraceEvent into the values; undefined where it is damaged. */
  generic(reader: ProtoReader, values: MessageValues): EventKind | undefined {
    let name = '';
    const fields: MessageField[] = [];
    values.restart(reader.bytes);
    const outer = this.#outer.enter(reader);
    while (outer.next()) {
      if (!outer.isStretch) continue;
      if (outer.field === GENERIC.name) name = outer.text;
      else if (outer.field === GENERIC.field) this.#takeGeneric(outer, fields, values);
    }
    if (outer.isDamaged || name === '') return undefined;
    return this.#types.kind(this.#systemOf(name), name, fields);
  }

  #takeGeneric(outer: ProtoReader, fields: MessageField[], values: MessageValues): void {
    let name = '';
    let isSigned = false;
    const place = fields.length;
    const inner = this.#inner.enter(outer);
    if (place >= FIELDS_MAX) return;
    while (inner.next()) {
      if (inner.field === GENERIC_FIELD.name && inner.isStretch) name = inner.text;
      else if (inner.field >= GENERIC_FIELD.text && inner.field <= GENERIC_FIELD.unsigned) {
        isSigned = inner.field === GENERIC_FIELD.signed;
        values.take(place, inner);
      }
    }
    if (isFieldName(name)) fields.push({ name, isSigned });
    else {
      values.mask &= ~(1 << place);
      values.textMask &= ~(1 << place);
    }
  }

  #kindDescribed(reader: ProtoReader): EventKind | undefined {
    const message = new ProtoReader().enter(reader);
    let name = '';
    const fields: MessageField[] = [];
    while (message.next()) {
      if (!message.isStretch) continue;
      if (message.field === MESSAGE.name) name = message.text;
      else if (message.field === MESSAGE.field) this.#addField(message, fields);
    }
    if (message.isDamaged || name === '') return undefined;
    for (let place = 0; place < fields.length; place++)
      fields[place] ??= { name: `field_${place + 1}`, isSigned: false };
    return this.#types.kind(this.#systemOf(name), name, fields);
  }

  #addField(message: ProtoReader, fields: MessageField[]): void {
    let name = '';
    let number = 0;
    let type = 0;
    const inner = this.#inner.enter(message);
    while (inner.next()) {
      if (inner.field === FIELD.name && inner.isStretch) name = inner.text;
      else if (inner.field === FIELD.number) number = inner.value;
      else if (inner.field === FIELD.type) type = inner.value;
    }
    if (number >= 1 && number <= FIELDS_MAX && isFieldName(name))
      fields[number - 1] = { name, isSigned: SIGNED.has(type) };
  }

  #systemOf(name: string): string {
    return systemsOfEvent(this.#types.surroundings, name)[0] ?? UNKNOWN_SYSTEM;
  }
}

/** A name in C, as all of the kernel's are. */
function isFieldName(name: string): boolean {
  return /^[A-Za-z_]\w{0,63}$/.test(name);
}
