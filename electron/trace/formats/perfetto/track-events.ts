/** Reads track events; the end of a slice takes name and category from where it began. */
import { addAnnotation, doubleOf } from './annotations.ts';
import type { EventKind, EventWriter } from './event-writer.ts';
import { SLICE_DEPTH_MAX, TEXT_BYTES_MAX, TRACKS_MAX } from './limits.ts';
import type { Losses } from './losses.ts';
import { MessageValues } from './message-values.ts';
import { ProtoReader } from './proto.ts';
import { addNumbers, type Sequence } from './sequence.ts';
import { PLACE, type TrackEventKinds, trackEventKinds } from './track-event-types.ts';
import type { Tracks } from './tracks.ts';

const EVENT = {
  categoryId: 3,
  annotation: 4,
  legacy: 6,
  type: 9,
  nameId: 10,
  track: 11,
  extraValues: 12,
  category: 22,
  name: 23,
  value: 30,
  extraTracks: 31,
  doubleValue: 44,
  extraDoubleTracks: 45,
  extraDoubleValues: 46,
} as const;
const TYPE = { begin: 1, end: 2, instant: 3, counter: 4 } as const;

interface Slice {
  readonly name: string;
  readonly category: string;
}

/** What one track event says. */
interface Told {
  type: number;
  track: bigint;
  name: string;
  category: string;
  args: string;
  value: bigint | undefined;
  double: number | undefined;
  extraTracks: bigint[];
  extraValues: bigint[];
  extraDoubleTracks: bigint[];
  extraDoubles: number[];
}

export class TrackEvents {
  readonly #writer: EventWriter;
  readonly #tracks: Tracks;
  readonly #losses: Losses;
  readonly #kinds: TrackEventKinds;
  readonly #values = new MessageValues();
  readonly #open = new Map<bigint, Slice[]>();
  readonly #reader = new ProtoReader();

  constructor(writer: EventWriter, tracks: Tracks, losses: Losses) {
    this.#writer = writer;
    this.#kinds = trackEventKinds(writer.types);
    this.#tracks = tracks;
    this.#losses = losses;
  }

  /** `timeNs` on the trace's clock. */
  read(packet: ProtoReader, sequence: Sequence, timeNs: bigint, at: number): void {
    const told = this.#told(packet, sequence);
    if (this.#reader.isDamaged) {
      this.#losses.unparsed(at, 'a track event that is cut or damaged');
      return;
    }
    this.#writeExtras(told, sequence, timeNs, at);
    if (told.type === TYPE.counter) {
      this.#writeCounter(told.track, told.value, told.double, sequence, timeNs, at);
    } else if (told.type === TYPE.begin) {
      this.#begin(told.track, { name: told.name, category: told.category });
      this.#writeSlice(this.#kinds.begin, told, timeNs, at);
    } else if (told.type === TYPE.end) {
      const begun = this.#open.get(told.track)?.pop();
      if (told.name === '') told.name = begun?.name ?? '';
      if (told.category === '') told.category = begun?.category ?? '';
      this.#writeSlice(this.#kinds.end, told, timeNs, at);
    } else if (told.type === TYPE.instant) this.#writeSlice(this.#kinds.instant, told, timeNs, at);
    else this.#losses.unsupported(at, 'track events without a type, as Chrome wrote them', 1);
  }

  #told(packet: ProtoReader, sequence: Sequence): Told {
    const told: Told = {
      type: 0,
      track: sequence.defaultTrack ?? 0n,
      name: '',
      category: '',
      args: '',
      value: undefined,
      double: undefined,
      extraTracks: [],
      extraValues: [],
      extraDoubleTracks: [],
      extraDoubles: [],
    };
    const reader = this.#reader.enter(packet);
    while (reader.next()) this.#take(reader, told, sequence);
    return told;
  }

  #take(reader: ProtoReader, told: Told, sequence: Sequence): void {
    switch (reader.field) {
      case EVENT.type:
        told.type = reader.value;
        return;
      case EVENT.track:
        told.track = reader.big;
        return;
      case EVENT.nameId:
        told.name = sequence.names.get(reader.value) ?? `name ${reader.value}`;
        return;
      case EVENT.name:
        if (reader.isStretch) told.name = reader.text;
        return;
      case EVENT.categoryId:
        for (const id of numbers(reader))
          told.category = joined(told.category, sequence.categories.get(Number(id)) ?? `category ${id}`);
        return;
      case EVENT.category:
        if (reader.isStretch) told.category = joined(told.category, reader.text);
        return;
      case EVENT.annotation:
        if (reader.isStretch) told.args = addAnnotation(told.args, reader, sequence);
        return;
      case EVENT.value:
        told.value = reader.signed;
        return;
      case EVENT.doubleValue:
        told.double = doubleOf(reader);
        return;
      case EVENT.extraTracks:
        addNumbers(reader, told.extraTracks);
        return;
      case EVENT.extraValues:
        addNumbers(reader, told.extraValues);
        return;
      case EVENT.extraDoubleTracks:
        addNumbers(reader, told.extraDoubleTracks);
        return;
      case EVENT.extraDoubleValues:
        this.#addDoubles(reader, told.extraDoubles);
        return;
    }
  }

  #addDoubles(reader: ProtoReader, into: number[]): void {
    if (!reader.isStretch) {
      into.push(doubleOf(reader));
      return;
    }
    const { buffer, byteOffset } = reader.bytes;
    const view = new DataView(buffer, byteOffset + reader.start, reader.length);
    for (let at = 0; at + 8 <= reader.length; at += 8) into.push(view.getFloat64(at, true));
  }

  /** Counters that are sampled where slices begin and end, each an event of its own. */
  #writeExtras(told: Told, sequence: Sequence, timeNs: bigint, at: number): void {
    const tracks = told.extraTracks.length > 0 ? told.extraTracks : sequence.counterTracks;
    told.extraValues.forEach((value, index) => {
      const track = tracks[index];
      if (track === undefined) this.#losses.unparsed(at, 'a counter of no track');
      else this.#writeCounter(track, BigInt.asIntN(64, value), undefined, sequence, timeNs, at);
    });
    const doubleTracks =
      told.extraDoubleTracks.length > 0 ? told.extraDoubleTracks : sequence.doubleCounterTracks;
    told.extraDoubles.forEach((value, index) => {
      const track = doubleTracks[index];
      if (track === undefined) this.#losses.unparsed(at, 'a counter of no track');
      else this.#writeCounter(track, undefined, value, sequence, timeNs, at);
    });
  }

  #writeCounter(
    id: bigint,
    value: bigint | undefined,
    double: number | undefined,
    sequence: Sequence,
    timeNs: bigint,
    at: number,
  ): void {
    if (value === undefined && double === undefined) {
      this.#losses.unparsed(at, 'a counter without a value');
      return;
    }
    const track = this.#tracks.get(id);
    let count = value ?? wholePart(double ?? 0);
    if (track?.isIncremental === true && value !== undefined) {
      count += sequence.counters.get(id) ?? 0n;
      if (sequence.counters.size < TRACKS_MAX) sequence.counters.set(id, count);
    }
    const values = this.#restart(id, [track?.name ?? '']);
    const scaled = BigInt.asUintN(64, count * (track?.multiplier ?? 1n));
    values.setNumber(PLACE.value, Number(scaled & 0xffff_ffffn), Number(scaled >> 32n));
    if (double !== undefined) {
      const bits = new DataView(new ArrayBuffer(8));
      bits.setFloat64(0, double);
      values.setNumber(PLACE.double, bits.getUint32(4), bits.getUint32(0));
    }
    this.#placeTexts(values, [PLACE.counterName], [track?.name ?? '']);
    this.#write(this.#kinds.counter, id, timeNs, at);
  }

  #writeSlice(kind: EventKind, { track, name, category, args }: Told, timeNs: bigint, at: number): void {
    const texts = [name, category, args];
    const values = this.#restart(track, texts);
    this.#placeTexts(values, [PLACE.name, PLACE.category, PLACE.annotations], texts);
    this.#write(kind, track, timeNs, at);
  }

  #restart(track: bigint, texts: readonly string[]): MessageValues {
    const values = this.#values;
    const bytes = Buffer.from(texts.map((text) => text.slice(0, TEXT_BYTES_MAX)).join(''), 'utf8');
    values.restart(bytes);
    values.setNumber(PLACE.track, Number(track & 0xffff_ffffn), Number(track >> 32n));
    const { pid, tid } = this.#tracks.ownerOf(track);
    if (pid !== undefined) values.setNumber(PLACE.pid, pid >>> 0, pid < 0 ? 0xffff_ffff : 0);
    if (tid !== undefined) values.setNumber(PLACE.tid, tid >>> 0, tid < 0 ? 0xffff_ffff : 0);
    return values;
  }

  #placeTexts(values: MessageValues, places: readonly number[], texts: readonly string[]): void {
    let start = 0;
    places.forEach((place, index) => {
      const length = Buffer.byteLength((texts[index] ?? '').slice(0, TEXT_BYTES_MAX), 'utf8');
      values.setText(place, start, length);
      start += length;
    });
  }

  #write(kind: EventKind, track: bigint, timeNs: bigint, at: number): void {
    const time = BigInt.asUintN(64, timeNs);
    const tid = this.#tracks.ownerOf(track).tid ?? -1;
    const [high, low] = [Number(time >> 32n), Number(time & 0xffff_ffffn)];
    if (!this.#writer.write(kind, this.#values, high, low, 0, tid))
      this.#losses.unsupported(at, 'events of more types than are kept', 1);
  }

  #begin(track: bigint, slice: Slice): void {
    const open = this.#open.get(track);
    if (open !== undefined) {
      if (open.length < SLICE_DEPTH_MAX) open.push(slice);
    } else if (this.#open.size < TRACKS_MAX) this.#open.set(track, [slice]);
  }
}

function numbers(reader: ProtoReader): bigint[] {
  const found: bigint[] = [];
  addNumbers(reader, found);
  return found;
}

function joined(text: string, more: string): string {
  return text === '' ? more : `${text},${more}`;
}

/** What a number of 64 bits can hold of it. */
function wholePart(value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  const limited = Math.max(-9.2e18, Math.min(9.2e18, value));
  return BigInt(Math.trunc(limited));
}
