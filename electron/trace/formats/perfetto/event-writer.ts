/** Encodes events into the window: from messages by their shape, and those that are put together here. Hot. */
import type { EventType } from '../../event.ts';
import { describedEvent } from '../../known-events/known-events.ts';
import type { Surroundings } from '../../surroundings.ts';
import type { Window } from '../perf/window.ts';
import type { MessageField } from './ftrace-events.ts';
import { EVENT_TYPES_MAX, TEXT_BYTES_MAX } from './limits.ts';
import type { MessageValues } from './message-values.ts';
import { type RecordShape, shapeFor, type Step } from './record-shape.ts';

const KINDS_MAX = 2 * EVENT_TYPES_MAX;

/** An event that messages tell of, with the shapes that its messages were found to have. */
export class EventKind {
  readonly system: string;
  readonly name: string;
  readonly fields: readonly MessageField[];
  readonly shapes: RecordShape[] = [];

  constructor(system: string, name: string, fields: readonly MessageField[]) {
    this.system = system;
    this.name = name;
    this.fields = fields;
  }
}

/** The event types of a trace, as they come. */
export class EventTypes {
  readonly types: EventType[] = [];
  readonly surroundings: Surroundings;
  readonly #kinds = new Map<string, EventKind>();

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings;
  }

  /** The same for the same event and fields in every pass, so that its types are. */
  kind(system: string, name: string, fields: readonly MessageField[]): EventKind {
    const key = `${system}:${name} ${fields.map((field) => `${field.isSigned ? '-' : ''}${field.name}`).join(' ')}`;
    const known = this.#kinds.get(key);
    if (known !== undefined) return known;
    const kind = new EventKind(system, name, fields);
    // Types are limited; an event that gets none needs not be known again.
    if (this.#kinds.size < KINDS_MAX) this.#kinds.set(key, kind);
    return kind;
  }

  /** undefined where there are too many types. */
  shapeOf(kind: EventKind, mask: number, textMask: number): RecordShape | undefined {
    for (const shape of kind.shapes) {
      if (shape.mask === mask && shape.textMask === textMask) return shape;
    }
    if (this.types.length >= EVENT_TYPES_MAX) return undefined;
    const { system, name, fields } = kind;
    const known = describedEvent(this.surroundings, system, name);
    const shape = shapeFor({ system, name, fields, mask, textMask, known, index: this.types.length });
    kind.shapes.push(shape);
    this.types.push(shape.type);
    return shape;
  }
}

export class EventWriter {
  readonly window: Window;
  readonly types: EventTypes;
  /** Of the last event that was written, in halves. */
  timeHigh = 0;
  timeLow = 0;

  constructor(window: Window, types: EventTypes) {
    this.window = window;
    this.types = types;
  }

  /** Writes the event at the time; false where it has no type. `tid` is -1 where nobody knows. */
  write(
    kind: EventKind,
    values: MessageValues,
    timeHigh: number,
    timeLow: number,
    cpu: number,
    tid: number,
  ): boolean {
    const shape = this.types.shapeOf(kind, values.mask, values.textMask);
    if (shape === undefined) return false;
    const { steps, fixedBytes, type } = shape;
    let length = fixedBytes;
    for (const step of steps) {
      if (isBehind(step)) length += textBytes(values, step.place) + 1;
    }
    const { window } = this;
    const at = window.reserve(length);
    const { bytes, view } = window;
    bytes.fill(0, at, at + length);
    view.setUint16(at, type.recordId ?? 0, true);
    view.setInt32(at + 4, tid, true);
    let behind = fixedBytes;
    for (const step of steps) {
      if (!isBehind(step)) put(bytes, view, at, step, values);
      else behind = putBehind(bytes, view, at, behind, step, values);
    }
    this.timeHigh = timeHigh;
    this.timeLow = timeLow;
    window.append(timeHigh, timeLow, cpu, tid, type.index, -1, length);
    return true;
  }
}

function isBehind({ kind }: Step): boolean {
  return kind === 'located' || kind === 'locatedBehind' || kind === 'rest';
}

function textBytes(values: MessageValues, place: number): number {
  return Math.min(values.length[place] as number, TEXT_BYTES_MAX);
}

function put(bytes: Uint8Array, view: DataView, record: number, step: Step, values: MessageValues): void {
  const { place, kind, sizeBytes } = step;
  const at = record + step.offsetBytes;
  const low = values.low[place] as number;
  if (kind === 'text') {
    // The last byte of a char array is its end.
    const size = Math.min(values.length[place] as number, sizeBytes - 1);
    const start = values.start[place] as number;
    for (let index = 0; index < size; index++) bytes[at + index] = values.bytes[start + index] as number;
  } else if (kind === 'device') view.setUint32(at, kernelDevice(low), true);
  else if (sizeBytes === 4) view.setUint32(at, low, true);
  else if (sizeBytes === 8) {
    view.setUint32(at, low, true);
    view.setUint32(at + 4, values.high[place] as number, true);
  } else if (sizeBytes === 2) view.setUint16(at, low, true);
  else view.setUint8(at, low);
}

/** Gives where the next text lies. */
function putBehind(
  bytes: Uint8Array,
  view: DataView,
  record: number,
  behind: number,
  step: Step,
  values: MessageValues,
): number {
  const size = textBytes(values, step.place);
  const start = values.start[step.place] as number;
  for (let index = 0; index < size; index++)
    bytes[record + behind + index] = values.bytes[start + index] as number;
  if (step.kind !== 'rest') {
    const from = step.kind === 'located' ? 0 : step.offsetBytes + step.sizeBytes;
    view.setUint32(record + step.offsetBytes, (size + 1) * 65_536 + (behind - from), true);
  }
  return behind + size + 1;
}

/** Recorders tell block devices as user space does: 12 bits of the major number above 8 of the minor's. */
function kernelDevice(user: number): number {
  const major = (user >>> 8) & 0xfff;
  const minor = (user & 0xff) | ((user >>> 12) & 0xfff00);
  return ((major << 20) | minor) >>> 0;
}
