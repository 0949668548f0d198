/**
 * How a message's fields become a record: where the kernel lays an event's fields out, those of the message go
 * there, and what the kernel has and the message lacks is no field of the event. What only the message has, or has
 * as a text where the kernel has an address, lies behind.
 */
import type { EventField, EventType } from '../../event.ts';
import { declareFields } from '../../known-events/declare.ts';
import type { KnownEvent } from '../../known-events/known-events.ts';
import type { MessageField } from './ftrace-events.ts';

export type StepKind = 'integer' | 'device' | 'text' | 'located' | 'locatedBehind' | 'rest';

export interface Step {
  /** Of the field in MessageValues. */
  readonly place: number;
  readonly kind: StepKind;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

export interface RecordShape {
  /** What fields a message has for whom this is. */
  readonly mask: number;
  readonly textMask: number;
  readonly type: EventType;
  /** Texts are put behind. */
  readonly fixedBytes: number;
  readonly steps: readonly Step[];
}

export interface ShapeRequest {
  readonly system: string;
  readonly name: string;
  readonly fields: readonly MessageField[];
  readonly mask: number;
  readonly textMask: number;
  readonly index: number;
  /** As the bundle or the table describes it. */
  readonly known: KnownEvent | undefined;
}

// Of the common fields a message tells the thread alone, and flags for some.
const COMMON = declareFields('unsigned short common_type; int common_pid', 0);
const COMMON_BYTES = 8;

export function shapeFor(request: ShapeRequest): RecordShape {
  const { known, mask, textMask, index, system, name } = request;
  const present = presentFields(request);
  const isExtended = present.some(({ field, isText }) => stepKind(known, field.name, isText) === undefined);
  const fields: EventField[] = [...COMMON];
  const steps: Step[] = [];
  let end = Math.max(COMMON_BYTES, known?.sizeBytes ?? 0);
  for (const { field, place, isText } of present) {
    const laid = known?.fields.find((each) => each.name === field.name);
    let kind = stepKind(known, field.name, isText);
    // A text that goes on to the record's end leaves no room for more.
    if (kind === 'rest' && isExtended) kind = undefined;
    if (laid !== undefined && kind !== undefined) {
      fields.push(laid);
      steps.push({ place, kind, offsetBytes: laid.offsetBytes, sizeBytes: laid.sizeBytes });
      continue;
    }
    const declared = isText
      ? `__data_loc char[] ${field.name}`
      : `${field.isSigned ? 's64' : 'u64'} ${field.name}`;
    for (const added of declareFields(declared, end)) {
      fields.push(added);
      steps.push({
        place,
        kind: isText ? 'located' : 'integer',
        offsetBytes: added.offsetBytes,
        sizeBytes: added.sizeBytes,
      });
      end = added.offsetBytes + added.sizeBytes;
    }
  }
  fields.sort((a, b) => a.offsetBytes - b.offsetBytes);
  const recordId = known?.recordId;
  const type = { index, system, name, recordId, fields, sizeBytes: end, printFormat: undefined };
  return { mask, textMask, type, fixedBytes: end, steps };
}

function presentFields({ fields, mask, textMask }: ShapeRequest): {
  readonly field: MessageField;
  readonly place: number;
  readonly isText: boolean;
}[] {
  const present = [];
  for (let place = 0; place < 31; place++) {
    if ((mask & (1 << place)) === 0) continue;
    const field = fields[place] ?? { name: `field_${place + 1}`, isSigned: false };
    present.push({ field, place, isText: (textMask & (1 << place)) !== 0 });
  }
  return present;
}

/** undefined where the kernel's field cannot hold what the message has. */
function stepKind(known: KnownEvent | undefined, name: string, isText: boolean): StepKind | undefined {
  const field = known?.fields.find((each) => each.name === name);
  if (field === undefined || name.startsWith('common_')) return undefined;
  if (!isText) {
    if (field.kind !== 'integer') return undefined;
    return field.type === 'dev_t' && field.sizeBytes === 4 ? 'device' : 'integer';
  }
  const isChars = field.elementSizeBytes === 1;
  if (field.kind === 'dataLoc' && isChars) return 'located';
  if (field.kind === 'relLoc' && isChars) return 'locatedBehind';
  if ((field.kind === 'text' || field.kind === 'array') && isChars)
    return field.sizeBytes === 0 ? 'rest' : 'text';
  return undefined;
}
