/**
 * What a sender has outstanding: segments by sequence number, and what acknowledgements said of each. As the
 * kernel's retransmission queue (net/ipv4/tcp_input.c), in segments of the flow's size.
 */

/** Sequence numbers go in circles of 2^32. */
export function isBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

/** A window of 90 MiB in segments of Ethernet; what is sent beyond is not followed. */
const OUTSTANDING_MAX = 1 << 16;
/** TCP_FASTRETRANS_THRESH, the reordering that a flow starts with. */
export const DUPLICATE_THRESHOLD = 3;

interface Segment {
  readonly start: number;
  readonly end: number;
  sentNs: bigint | undefined;
  isSacked: boolean;
  isLost: boolean;
  isRetransmitted: boolean;
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** What one acknowledgement did. */
export interface Delivered {
  /** Segments acknowledged in order and selectively, each once. */
  readonly delivered: number;
  /** Taken off the queue. */
  readonly acked: number;
  /** When the last of the segments was sent that went but once; undefined where none did, or it is not known. */
  readonly lastSentNs: bigint | undefined;
}

export class Scoreboard {
  #segments: Segment[] = [];
  sackedOut = 0;
  lostOut = 0;
  retransmittedOut = 0;

  get packetsOut(): number {
    return this.#segments.length;
  }

  /** tcp_packets_in_flight(). */
  get inFlight(): number {
    return this.packetsOut - this.sackedOut - this.lostOut + this.retransmittedOut;
  }

  /** Start of the first that is outstanding. */
  get firstStart(): number | undefined {
    return this.#segments[0]?.start;
  }

  /** When the first was sent, for the last time. */
  get firstSentNs(): bigint | undefined {
    return this.#segments[0]?.sentNs;
  }

  /** New data; the last segment of it may be short. `sentNs` is undefined where the time is not known. */
  send({ start, end }: Range, mssBytes: number, sentNs: bigint | undefined): number {
    let count = 0;
    for (let from = start; isBefore(from, end) && this.#segments.length < OUTSTANDING_MAX; count += 1) {
      const next = isBefore((from + mssBytes) | 0, end) ? (from + mssBytes) >>> 0 : end;
      this.#segments.push({ start: from, end: next, sentNs, ...FRESH });
      from = next;
    }
    return count;
  }

  /** What lies in the range was sent again; how many segments. */
  resend({ start, end }: Range, sentNs: bigint): number {
    let count = 0;
    for (const segment of this.#segments) {
      if (!isBefore(segment.start, end)) break;
      if (isBefore(segment.start, start) || segment.isSacked) continue;
      if (!segment.isRetransmitted) this.retransmittedOut += 1;
      segment.isRetransmitted = true;
      segment.sentNs = sentNs;
      count += 1;
    }
    return count;
  }

  /** Everything up to `una`, and the blocks above it. */
  acknowledge(una: number, blocks: readonly Range[]): Delivered {
    let acked = 0;
    let delivered = 0;
    let lastSentNs: bigint | undefined;
    const took = (segment: Segment): void => {
      delivered += 1;
      if (segment.isRetransmitted || segment.sentNs === undefined) return;
      if (lastSentNs === undefined || segment.sentNs > lastSentNs) lastSentNs = segment.sentNs;
    };
    for (const segment of this.#segments) {
      if (isBefore(una, segment.end)) break;
      acked += 1;
      if (segment.isSacked) this.sackedOut -= 1;
      else took(segment);
      this.#forget(segment);
    }
    if (acked > 0) this.#segments = this.#segments.slice(acked);
    for (const block of blocks) {
      for (const segment of this.#segments) {
        if (!isBefore(segment.start, block.end)) break;
        if (segment.isSacked || isBefore(segment.start, block.start) || isBefore(block.end, segment.end))
          continue;
        took(segment);
        this.#forget(segment);
        segment.isSacked = true;
        segment.isLost = false;
        segment.isRetransmitted = false;
        this.sackedOut += 1;
      }
    }
    return { delivered, acked, lastSentNs };
  }

  /** Marks what has enough selectively acknowledged above it; how many are new. RFC 6675, IsLost(). */
  markLost(): number {
    let above = 0;
    let count = 0;
    for (let index = this.#segments.length - 1; index >= 0 && this.sackedOut > 0; index -= 1) {
      const segment = this.#segments[index];
      if (segment === undefined) break;
      if (segment.isSacked) above += 1;
      else if (above >= DUPLICATE_THRESHOLD && !segment.isLost && !segment.isRetransmitted) {
        segment.isLost = true;
        this.lostOut += 1;
        count += 1;
      }
    }
    return count;
  }

  /**
   * What the sender itself took for lost, because it sent it again: as tcp_mark_skb_lost(), which may take what was
   * sent again for lost once more; how many are new.
   */
  markLostIn({ start, end }: Range): number {
    let count = 0;
    for (const segment of this.#segments) {
      if (!isBefore(segment.start, end)) break;
      if (isBefore(segment.start, start) || segment.isSacked) continue;
      if (segment.isLost && !segment.isRetransmitted) continue;
      if (segment.isRetransmitted) this.retransmittedOut -= 1;
      if (!segment.isLost) this.lostOut += 1;
      segment.isRetransmitted = false;
      segment.isLost = true;
      count += 1;
    }
    return count;
  }

  /** The first, where duplicates alone tell of a loss. */
  markFirstLost(): number {
    const [first] = this.#segments;
    if (first === undefined || first.isLost || first.isSacked) return 0;
    first.isLost = true;
    this.lostOut += 1;
    return 1;
  }

  /** tcp_timeout_mark_lost(): all that was not selectively acknowledged. */
  markAllLost(): number {
    let count = 0;
    for (const segment of this.#segments) {
      if (segment.isSacked) continue;
      if (segment.isRetransmitted) this.retransmittedOut -= 1;
      segment.isRetransmitted = false;
      if (!segment.isLost) count += 1;
      segment.isLost = true;
    }
    this.lostOut += count;
    return count;
  }

  /** Takes back what was marked: nothing was lost. */
  unmarkLost(): void {
    for (const segment of this.#segments) segment.isLost = false;
    this.lostOut = 0;
  }

  #forget(segment: Segment): void {
    if (segment.isLost) this.lostOut -= 1;
    if (segment.isRetransmitted) this.retransmittedOut -= 1;
  }
}

const FRESH = { isSacked: false, isLost: false, isRetransmitted: false };
