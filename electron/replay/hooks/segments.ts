/** Attachments of programs that see TCP and UDP, to the packets of captures. */
import type { HookSite, Attachment, Call } from './hook.ts';
import { layerOf } from './link-layer.ts';
import { PacketInterfaces } from './packet-interfaces.ts';
import type { PacketCounts } from './packet-counts.ts';
import { packetReader } from './recorded-packet.ts';
import { segmentOf, wayOf, type Segment, type Way } from './segment.ts';

export interface SeenSegment {
  readonly segment: Segment;
  readonly way: Way;
  /** As Linux counts them. */
  readonly interfaceIndex: number;
  /** Bytes of the packet from its IP header on. */
  readonly packetBytes: number;
}

/** 127.0.0.0/8 and ::1. */
function isLoopback(address: Uint8Array): boolean {
  if (address.length === 4) return address[0] === 127;
  return address[15] === 1 && address.subarray(0, 15).every((byte) => byte === 0);
}

/** `see` says whether it called the program; what it did not is passed by. Empty where no source has packets. */
export function segmentAttachments(
  { sources, moment }: HookSite,
  counts: PacketCounts,
  see: (call: Call, seen: SeenSegment) => boolean,
): Attachment[] {
  const attachments: Attachment[] = [];
  for (const source of sources) {
    const interfaces = new PacketInterfaces(source, moment.network);
    for (const type of source.schema.types) {
      if (type.system !== 'packet') continue;
      const layer = layerOf(type.name);
      const read = packetReader(type, source);
      attachments.push({
        source,
        type: type.index,
        drive(call, _record, batch, row) {
          const { bytes, originalBytes, capturedBytes, interfaceId, direction } = read(batch, row);
          const segment = layer && segmentOf(bytes, layer);
          const isSeen =
            segment !== undefined &&
            see(call, {
              segment,
              // What the host sends to itself is captured once, and means both ends.
              way: isLoopback(segment.source) ? undefined : wayOf(type.name, bytes, direction),
              interfaceIndex: interfaces.of(interfaceId, bytes, layer?.isEthernet === true).index,
              packetBytes: Math.max(capturedBytes, originalBytes) - (layer?.headerBytes ?? 0),
            });
          if (!isSeen) counts.passedBy += 1;
          else if (capturedBytes < originalBytes) counts.truncated += 1;
        },
      });
    }
  }
  return attachments;
}
