/**
 * Helpers that change the header of segments of the packet that a program of type lwt_seg6local routes: net/core/filter.c
 * of Linux 6.18. Where no route led the packet to the program there is no such header, and they refuse.
 */
import { EFAULT, EINVAL } from '../../maps/errno.ts';
import { isInOrder, routingHeaderAt } from '../../segment-routing.ts';
import type { Address, LinearMemory } from '../../vm/memory.ts';
import { PACKET_SEGMENT_BYTES, PACKET_SEGMENTS, PACKET_SEGMENTS_CHANGED } from '../../vm/packet.ts';
import { skBuffOffsets } from '../../sk-buff.ts';
import { errno, memoryArgument, s32, u32, type HelperFamily } from '../call.ts';
import type { HelperContext } from '../helper.ts';
import { bytesAt } from './bytes.ts';
import { closeRoom, openRoom } from './room.ts';
import { SkBuff } from './sk-buff.ts';

/** Of struct ipv6_sr_hdr. */
const LAST_AT = 4;
const FLAGS_AT = 5;
const SEGMENTS_AT = 8;
const ADDRESS_BYTES = 16;
const IPV6_LENGTH_AT = 4;
const IPV6_BYTES = 40;

const OK = 0n;

/** Tells the packet's context of the header at a distance from its first byte. */
export function setSegments({ view }: LinearMemory, context: Address, distance: number): void {
  const data = view.getUint32(context + skBuffOffsets.data, true);
  view.setUint32(context + PACKET_SEGMENTS, distance, true);
  view.setUint32(context + PACKET_SEGMENT_BYTES, view.getUint8(data + distance + 1) * 8, true);
  view.setUint32(context + PACKET_SEGMENTS_CHANGED, 0, true);
}

/** Whether the header is in order as the program left it, and has its new length: seg6_bpf_has_valid_srh(). */
export function areSegmentsInOrder({ view, bytes }: LinearMemory, context: Address): boolean {
  const distance = view.getUint32(context + PACKET_SEGMENTS, true);
  if (distance === 0 || view.getUint32(context + PACKET_SEGMENTS_CHANGED, true) === 0) return true;
  const sizeBytes = view.getUint32(context + PACKET_SEGMENT_BYTES, true);
  if ((sizeBytes & 7) !== 0) return false;
  const data = view.getUint32(context + skBuffOffsets.data, true);
  const end = view.getUint32(context + skBuffOffsets.data_end, true);
  view.setUint8(data + distance + 1, sizeBytes >> 3);
  return isInOrder(bytes.subarray(data, end), distance);
}

/** Distances from the packet's first byte. */
interface Segments {
  readonly start: number;
  readonly last: number;
  readonly end: number;
}

function segmentsOf({ memory }: HelperContext, skb: SkBuff): Segments | undefined {
  const start = skb.get(PACKET_SEGMENTS);
  if (start === 0) return undefined;
  const last = memory.view.getUint8(skb.data + start + LAST_AT);
  return { start, last, end: start + SEGMENTS_AT + skb.get(PACKET_SEGMENT_BYTES) };
}

/** Where the header is now: without one, the helper has failed after what it did. */
function findAgain({ memory }: HelperContext, skb: SkBuff): bigint {
  const at = routingHeaderAt(memory.bytes.subarray(skb.data, skb.end), 0, false);
  if (at === undefined) return errno(EINVAL);
  skb.set(PACKET_SEGMENTS, at);
  return OK;
}

export const segmentHelpers: HelperFamily = {
  lwt_seg6_store_bytes(context, register, offset, from, size) {
    const { memory } = context;
    const skb = new SkBuff(context, register);
    const source = memoryArgument(memory, from, u32(size));
    const segments = segmentsOf(context, skb);
    if (segments === undefined) return errno(EINVAL);
    const { start, last, end } = segments;
    const [first, behind] = [u32(offset), u32(offset) + u32(size)];
    // The kernel counts from the header's start here, not from its first segment.
    const isBehindSegments = first >= start + (last + 1) * ADDRESS_BYTES && behind <= end;
    if (isBehindSegments) skb.set(PACKET_SEGMENTS_CHANGED, 1);
    else if (first < start + FLAGS_AT || behind > start + SEGMENTS_AT) return errno(EFAULT);
    const to = bytesAt(context, register, first, u32(size));
    if (to === undefined) return errno(EFAULT);
    const found = findAgain(context, skb);
    if (found === OK) memory.bytes.copyWithin(to, source, source + u32(size));
    return found;
  },

  lwt_seg6_adjust_srh(context, register, offset, change) {
    const { memory } = context;
    const skb = new SkBuff(context, register);
    const segments = segmentsOf(context, skb);
    if (segments === undefined) return errno(EINVAL);
    const { start, last, end } = segments;
    const [at, bytes] = [u32(offset), s32(change)];
    if (at < start + SEGMENTS_AT + (last + 1) * ADDRESS_BYTES || at > end) return errno(EFAULT);
    if (bytes < 0 && at - bytes > end) return errno(EFAULT);
    const moved = bytes > 0 ? openRoom(context, skb, at, bytes) : closeRoom(context, skb, at, -bytes);
    if (moved !== OK) return moved;
    memory.view.setUint16(skb.data + IPV6_LENGTH_AT, (skb.lengthBytes - IPV6_BYTES) & 0xffff);
    const found = findAgain(context, skb);
    if (found !== OK) return found;
    skb.set(PACKET_SEGMENT_BYTES, (skb.get(PACKET_SEGMENT_BYTES) + bytes) & 0xffff);
    skb.set(PACKET_SEGMENTS_CHANGED, 1);
    return OK;
  },
};
