/** What the packets of one writer build on: names by number, defaults, clocks of its own, until they are cleared. */
import { type Clocks, type ClockSnapshot, isSequenceClock } from './clocks.ts';
import { NAMES_MAX } from './limits.ts';
import { ProtoReader } from './proto.ts';

const INTERNED = { categories: 1, names: 2, annotationNames: 3, texts: 29 } as const;
const DEFAULTS = { trackEvent: 11, clock: 58 } as const;
const EVENT_DEFAULTS = { track: 11, counters: 31, doubleCounters: 45 } as const;

interface SequenceClock {
  readonly unitNs: bigint;
  readonly isIncremental: boolean;
  /** The moment of its snapshot, in its own unit and on the trace's clock. */
  readonly own: bigint;
  readonly trace: bigint;
  last: bigint;
}

export class Sequence {
  /** Nothing was lost since the state was cleared last. */
  isWhole = false;
  /** A packet of it was seen. */
  isKnown = false;
  categories = new Map<number, string>();
  names = new Map<number, string>();
  annotationNames = new Map<number, string>();
  texts = new Map<number, string>();
  defaultTrack: bigint | undefined;
  counterTracks: readonly bigint[] = [];
  doubleCounterTracks: readonly bigint[] = [];
  /** Last values of counters that are told as differences. */
  counters = new Map<bigint, bigint>();
  #defaultClock: number | undefined;
  readonly #clocks = new Map<number, SequenceClock>();

  clear(): void {
    this.isWhole = true;
    this.categories = new Map();
    this.names = new Map();
    this.annotationNames = new Map();
    this.texts = new Map();
    this.counters = new Map();
    this.defaultTrack = undefined;
    this.counterTracks = [];
    this.doubleCounterTracks = [];
    this.#defaultClock = undefined;
  }

  addInterned(packet: ProtoReader): void {
    const outer = new ProtoReader().enter(packet);
    const inner = new ProtoReader();
    while (outer.next()) {
      const into = this.#tableOf(outer.field);
      if (into === undefined || !outer.isStretch || into.size >= NAMES_MAX) continue;
      let id = 0;
      let name = '';
      inner.enter(outer);
      while (inner.next()) {
        if (inner.field === 1 && !inner.isStretch) id = inner.value;
        else if (inner.field === 2 && inner.isStretch) name = inner.text;
      }
      into.set(id, name);
    }
  }

  addDefaults(packet: ProtoReader): void {
    const outer = new ProtoReader().enter(packet);
    while (outer.next()) {
      if (outer.field === DEFAULTS.clock) this.#defaultClock = outer.value;
      else if (outer.field === DEFAULTS.trackEvent && outer.isStretch) this.#addEventDefaults(outer);
    }
  }

  /** Takes the snapshot's clocks that mean something to this writer alone. */
  addSnapshot({ readings }: ClockSnapshot, clocks: Clocks): void {
    const own = readings.filter(({ id }) => isSequenceClock(id));
    if (own.length === 0) return;
    const shared = readings.find(
      ({ id, time }) => !isSequenceClock(id) && clocks.toTrace(id, time) !== undefined,
    );
    const trace = shared === undefined ? undefined : clocks.toTrace(shared.id, shared.time);
    if (trace === undefined) return;
    for (const { id, time, isIncremental, unitNs } of own)
      this.#clocks.set(id, { unitNs, isIncremental, own: time, trace, last: time });
  }

  /** A packet's time on the trace's clock; undefined where nothing relates its clock to that. */
  timeOf(clock: number | undefined, time: bigint, clocks: Clocks): bigint | undefined {
    const id = clock ?? this.#defaultClock ?? clocks.traceClock;
    if (!isSequenceClock(id)) return clocks.toTrace(id, time);
    const own = this.#clocks.get(id);
    if (own === undefined) return undefined;
    if (own.isIncremental) own.last += time;
    return own.trace + ((own.isIncremental ? own.last : time) - own.own) * own.unitNs;
  }

  #addEventDefaults(outer: ProtoReader): void {
    const counters: bigint[] = [];
    const doubleCounters: bigint[] = [];
    const inner = new ProtoReader().enter(outer);
    while (inner.next()) {
      if (inner.field === EVENT_DEFAULTS.track) this.defaultTrack = inner.big;
      else if (inner.field === EVENT_DEFAULTS.counters) addNumbers(inner, counters);
      else if (inner.field === EVENT_DEFAULTS.doubleCounters) addNumbers(inner, doubleCounters);
    }
    this.counterTracks = counters;
    this.doubleCounterTracks = doubleCounters;
  }

  #tableOf(field: number): Map<number, string> | undefined {
    if (field === INTERNED.categories) return this.categories;
    if (field === INTERNED.names) return this.names;
    if (field === INTERNED.annotationNames) return this.annotationNames;
    return field === INTERNED.texts ? this.texts : undefined;
  }
}

/** A repeated number's values: one by one, or packed. */
export function addNumbers(reader: ProtoReader, into: bigint[]): void {
  if (!reader.isStretch) {
    into.push(reader.big);
    return;
  }
  const packed = new ProtoReader().enter(reader);
  while (packed.at < packed.end && packed.number()) into.push(packed.big);
}
