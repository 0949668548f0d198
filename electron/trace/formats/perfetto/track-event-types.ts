/**
 * Track events as tracepoints of system `track`: `slice_begin`, `slice_end`, `instant` and `counter`, with their
 * name and category as fields, as there are more names than a kernel has events.
 */
import type { EventKind, EventTypes } from './event-writer.ts';

const COMMON = [
  { name: 'track', isSigned: false },
  { name: 'pid', isSigned: true },
  { name: 'tid', isSigned: true },
];
/** Places of fields in MessageValues. A process or thread that nobody tells is no field of the event. */
export const PLACE = {
  track: 0,
  pid: 1,
  tid: 2,
  name: 3,
  category: 4,
  annotations: 5,
  value: 3,
  double: 4,
  counterName: 5,
};

const SLICE = [
  ...COMMON,
  { name: 'name', isSigned: false },
  { name: 'category', isSigned: false },
  { name: 'args', isSigned: false },
];
/** `double_bits`, where a counter counts in floating point; `value` is then its whole part. */
const COUNTER = [
  ...COMMON,
  { name: 'value', isSigned: true },
  { name: 'double_bits', isSigned: false },
  { name: 'name', isSigned: false },
];

export interface TrackEventKinds {
  readonly begin: EventKind;
  readonly end: EventKind;
  readonly instant: EventKind;
  readonly counter: EventKind;
}

export function trackEventKinds(types: EventTypes): TrackEventKinds {
  return {
    begin: types.kind('track', 'slice_begin', SLICE),
    end: types.kind('track', 'slice_end', SLICE),
    instant: types.kind('track', 'instant', SLICE),
    counter: types.kind('track', 'counter', COUNTER),
  };
}
