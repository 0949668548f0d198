/** What readers of capture files share: packets one by one, and what else the file says on the way. */
import type { PacketTime } from './time.ts';

/** Told while packets are read. */
export interface CaptureListener {
  /** Bytes that are no packet, or part of one; what follows may be lost. */
  unparsed(at: number, reason: string): void;
  /** A block that holds something else than packets. */
  unsupported(at: number, what: string): void;
  /** The recorder lost so many packets. */
  dropped(packets: number): void;
}

/** Stands at a packet after next() was true; what it says holds until next() is called again. */
export interface PacketReader {
  readonly time: PacketTime;
  /** False for a packet that was recorded without a time; `time` is then the one before. */
  readonly hasTime: boolean;
  /** Counted through the whole file. */
  readonly interfaceId: number;
  readonly linkType: number;
  /** Bytes it had on the wire. */
  readonly originalBytes: number;
  readonly capturedBytes: number;
  /** epb_flags of pcapng: direction in the lowest two bits, 1 inbound, 2 outbound, 0 unknown. */
  readonly flags: number;
  readonly comment: Uint8Array | undefined;
  /** The packet is `capturedBytes` from `start` on. */
  readonly bytes: Uint8Array;
  readonly start: number;
  /** Where in the file reading has come to. */
  readonly at: number;
  /** Hot. False at the end of what can be read. */
  next(): boolean;
}

export function wrongLength(captured: number, limit: number): string {
  return `a packet of ${captured} bytes, more than ${limit}`;
}
