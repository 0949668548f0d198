/** One packet: what its writer's packets build on, then the events it holds. */
import type { About } from './about.ts';
import { readSnapshot } from './clocks.ts';
import type { EventWriter } from './event-writer.ts';
import { FtraceBundles } from './ftrace-bundle.ts';
import { SEQUENCES_MAX } from './limits.ts';
import type { Losses } from './losses.ts';
import { isMark, isReadField, NEEDS_STATE, PACKET, packetName, STATE_CLEARED } from './packet-fields.ts';
import { ProcessStats } from './process-stats.ts';
import { ProtoReader } from './proto.ts';
import { Sequence } from './sequence.ts';
import { TrackEvents } from './track-events.ts';
import type { WriterCursor } from './writer-cursor.ts';

const WITHOUT_CLOCK = "a packet whose time no snapshot relates to the trace's clock";
const WITHOUT_TIME = 'a packet of events without a time';

/** What a packet says of itself, before what it holds. */
interface Envelope {
  writer: number;
  time: bigint | undefined;
  clock: number | undefined;
  flags: number;
  isLossBefore: boolean;
  isFirst: boolean;
  holdsEvents: boolean;
}

export class PacketReader {
  readonly #about: About;
  readonly #losses: Losses;
  readonly #bundles: FtraceBundles;
  readonly #trackEvents: TrackEvents;
  readonly #processStats: ProcessStats;
  readonly #sequences = new Map<number, Sequence>();
  readonly #packet = new ProtoReader();
  #withoutClock = '';

  constructor(writer: EventWriter, about: About, losses: Losses) {
    this.#about = about;
    this.#losses = losses;
    this.#bundles = new FtraceBundles(writer, losses);
    this.#trackEvents = new TrackEvents(writer, about.tracks, losses);
    this.#processStats = new ProcessStats(writer, losses);
  }

  get cpuCount(): number {
    return this.#bundles.cpuCount;
  }

  read({ bytes, start, length, packetAt }: WriterCursor): void {
    const envelope = this.#envelopeOf(bytes, start, length);
    if (this.#packet.isDamaged) {
      this.#losses.unparsed(packetAt, 'a packet that is cut or damaged');
      return;
    }
    const sequence = this.#sequenceOf(envelope.writer);
    if (envelope.isLossBefore && sequence.isKnown && !envelope.isFirst) {
      this.#losses.lostPackets(packetAt);
      sequence.isWhole = false;
    }
    sequence.isKnown = true;
    if ((envelope.flags & STATE_CLEARED) !== 0) sequence.clear();
    if ((envelope.flags & NEEDS_STATE) !== 0 && !sequence.isWhole) {
      if (envelope.holdsEvents)
        this.#losses.unparsed(packetAt, 'a packet that builds on others, which were lost');
      return;
    }
    this.#readState(bytes, start, length, sequence);
    // A clock of differences counts on with every packet.
    const { time, clock } = envelope;
    const timeNs = time === undefined ? undefined : sequence.timeOf(clock, time, this.#about.clocks);
    this.#withoutClock = time === undefined ? WITHOUT_TIME : WITHOUT_CLOCK;
    this.#readEvents(bytes, start, length, packetAt, sequence, timeNs);
  }

  #envelopeOf(bytes: Uint8Array, start: number, length: number): Envelope {
    const envelope: Envelope = {
      writer: 0,
      time: undefined,
      clock: undefined,
      flags: 0,
      isLossBefore: false,
      isFirst: false,
      holdsEvents: false,
    };
    const packet = this.#packet.reset(bytes, start, start + length);
    while (packet.next()) {
      switch (packet.field) {
        case PACKET.sequence:
          envelope.writer = packet.value;
          break;
        case PACKET.timestamp:
          envelope.time = packet.big;
          break;
        case PACKET.clock:
          envelope.clock = packet.value;
          break;
        case PACKET.sequenceFlags:
          envelope.flags |= packet.low;
          break;
        case PACKET.stateCleared:
          if (packet.value !== 0) envelope.flags |= STATE_CLEARED;
          break;
        case PACKET.previousDropped:
          envelope.isLossBefore = packet.value !== 0;
          break;
        case PACKET.firstOnSequence:
          envelope.isFirst = packet.value !== 0;
          break;
        case PACKET.ftrace:
        case PACKET.trackEvent:
        case PACKET.processStats:
          envelope.holdsEvents = true;
          break;
        default:
          // What is not read either is counted once: as unparsed, where what it builds on was lost.
          if (!isReadField(packet.field) && !isMark(packet.field)) envelope.holdsEvents = true;
      }
    }
    return envelope;
  }

  #readState(bytes: Uint8Array, start: number, length: number, sequence: Sequence): void {
    const packet = this.#packet.reset(bytes, start, start + length);
    while (packet.next()) {
      if (!packet.isStretch) continue;
      if (packet.field === PACKET.internedData) sequence.addInterned(packet);
      else if (packet.field === PACKET.defaults) sequence.addDefaults(packet);
      else if (packet.field === PACKET.clockSnapshot)
        sequence.addSnapshot(readSnapshot(packet), this.#about.clocks);
    }
  }

  #readEvents(
    bytes: Uint8Array,
    start: number,
    length: number,
    at: number,
    sequence: Sequence,
    timeNs: bigint | undefined,
  ): void {
    const packet = this.#packet.reset(bytes, start, start + length);
    while (packet.next()) {
      const { field } = packet;
      if (field === PACKET.ftrace && packet.isStretch) this.#bundles.read(packet, at);
      else if (field === PACKET.trackEvent && packet.isStretch) {
        if (timeNs === undefined) this.#losses.withoutClock(at, this.#withoutClock);
        else this.#trackEvents.read(packet, sequence, timeNs, at);
      } else if (field === PACKET.processStats && packet.isStretch) {
        if (timeNs === undefined) this.#losses.withoutClock(at, this.#withoutClock);
        else this.#processStats.read(packet, timeNs, at);
      } else if (!isReadField(field) && !isMark(field)) this.#losses.unsupported(at, packetName(field), 1);
    }
  }

  #sequenceOf(writer: number): Sequence {
    const known = this.#sequences.get(writer);
    if (known !== undefined) return known;
    const sequence = new Sequence();
    if (this.#sequences.size < SEQUENCES_MAX) this.#sequences.set(writer, sequence);
    return sequence;
  }
}
