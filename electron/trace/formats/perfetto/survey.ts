/**
 * A first look at all packets: what they say of the trace as a whole, and which stretches of the file belong to
 * which writer. A service writes out one writer's packets after another's, so that those of one moment may lie
 * anywhere in the file.
 */
import { MemoryBytes } from '../../bundle/byte-source.ts';
import type { ByteSource } from '../../event.ts';
import { About } from './about.ts';
import { unpacked } from './compressed.ts';
import { RUNS_MAX, SEQUENCES_MAX } from './limits.ts';
import { PACKET } from './packet-fields.ts';
import { PacketFeed } from './packet-feed.ts';
import { ProtoReader } from './proto.ts';

export class Survey {
  readonly about = new About();
  /** By writer: where stretches of its packets begin and end, in the order of the file. */
  readonly runs = new Map<number, number[]>();
  hasCompressed = false;
  /** There are too many stretches: the file is read as it comes. */
  isMixed = false;
  readonly #feed: PacketFeed;
  readonly #name: string;
  readonly #packet = new ProtoReader();
  readonly #inner = new ProtoReader();
  #runCount = 0;

  constructor(file: ByteSource, end: number) {
    this.#name = file.name;
    this.#feed = new PacketFeed(file, 0, end);
  }

  get at(): number {
    return this.#feed.at;
  }

  /** Where and why nothing more can be read. */
  get damage(): { readonly at: number; readonly reason: string } | undefined {
    const { damage, packetAt } = this.#feed;
    return damage === undefined ? undefined : { at: packetAt, reason: damage };
  }

  /** Looks at packets up to a place in the file; false where there are no more. */
  readTo(end: number): boolean {
    const feed = this.#feed;
    while (feed.at < end) {
      if (!feed.next()) return false;
      feed.passedOver = undefined;
      const inside = unpacked(this.#packet, feed.bytes, feed.start, feed.length);
      if (inside === undefined) this.#add(this.#look(feed), feed);
      else {
        this.hasCompressed = true;
        const packets = new PacketFeed(
          new MemoryBytes(inside ?? new Uint8Array(0), this.#name),
          0,
          inside?.length ?? 0,
        );
        const writers = new Set<number>();
        while (packets.next()) writers.add(this.#look(packets));
        // One that holds nothing is counted by whoever reads the writer that has no number.
        if (writers.size === 0) writers.add(0);
        for (const writer of writers) this.#add(writer, feed);
      }
    }
    return true;
  }

  /** Takes what the packet says of the trace, and gives its writer. */
  #look(feed: PacketFeed): number {
    let writer = 0;
    const packet = this.#inner.reset(feed.bytes, feed.start, feed.start + feed.length);
    while (packet.next()) {
      if (packet.field === PACKET.sequence) writer = packet.value;
      else this.about.take(packet);
    }
    return writer;
  }

  #add(writer: number, feed: PacketFeed): void {
    if (this.isMixed) return;
    let runs = this.runs.get(writer);
    if (runs === undefined) {
      runs = [];
      this.runs.set(writer, runs);
    }
    if (runs.length > 0 && runs[runs.length - 1] === feed.packetAt) runs[runs.length - 1] = feed.at;
    else {
      runs.push(feed.packetAt, feed.at);
      this.#runCount += 1;
    }
    if (this.#runCount > RUNS_MAX || this.runs.size > SEQUENCES_MAX) {
      this.isMixed = true;
      this.runs.clear();
    }
  }
}
