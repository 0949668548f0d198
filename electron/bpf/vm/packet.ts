/**
 * The context of programs that see packets, as they run here: struct __sk_buff (../sk-buff.ts), where
 * `data` and `data_end` are addresses in linear memory, and behind it fields of this machine's own, which no
 * program may read: where headers begin, and what struct sk_buff says beyond __sk_buff. And the loads classic BPF left behind, BPF_LD_ABS and
 * BPF_LD_IND, as bpf_skb_load_helper_*() in Linux 6.18 do them.
 */
import { Failure } from '../../failure.ts';
import type { HelperContext, HelperWorld } from '../helpers/helper.ts';
import { SK_BUFF_BYTES, skBuffOffsets } from '../sk-buff.ts';
import { PAGE_BYTES, type Address } from './memory.ts';

/** Signed distance in bytes from `data` to the network header, and to the link header. */
export const PACKET_NETWORK_HEADER = SK_BUFF_BYTES;
export const PACKET_LINK_HEADER = SK_BUFF_BYTES + 4;
/** As them, to the transport header; where the room around the packet begins and ends. */
export const PACKET_TRANSPORT_HEADER = SK_BUFF_BYTES + 8;
export const PACKET_ROOM_START = SK_BUFF_BYTES + 12;
export const PACKET_ROOM_END = SK_BUFF_BYTES + 16;
/** Of 32 bits each: whether a hash, a tunnel key was set, whether it is in a tunnel; checksum's state and level. */
export const PACKET_HAS_HASH = SK_BUFF_BYTES + 20;
export const PACKET_HAS_TUNNEL = SK_BUFF_BYTES + 24;
export const PACKET_IS_ENCAPSULATED = SK_BUFF_BYTES + 28;
export const PACKET_CHECKSUM_STATE = SK_BUFF_BYTES + 32;
export const PACKET_CHECKSUM_LEVEL = SK_BUFF_BYTES + 36;
/** skb->mac_len: 0 until something counts it. */
export const PACKET_LINK_HEADER_BYTES = SK_BUFF_BYTES + 40;
/** Whether its program may only read it. */
export const PACKET_IS_READ_ONLY = SK_BUFF_BYTES + 44;
/** Key of the tunnel a program set, 48 bytes; how long its options are, and at most 256 bytes of those. */
export const PACKET_TUNNEL = SK_BUFF_BYTES + 48;
export const PACKET_TUNNEL_OPTIONS_BYTES = SK_BUFF_BYTES + 96;
export const PACKET_TUNNEL_OPTIONS = SK_BUFF_BYTES + 100;
/**
 * Of a program that routes segments: distance to their header, 0 for none; bytes of it behind its first eight; whether
 * the program changed those.
 */
export const PACKET_SEGMENTS = SK_BUFF_BYTES + 356;
export const PACKET_SEGMENT_BYTES = SK_BUFF_BYTES + 360;
export const PACKET_SEGMENTS_CHANGED = SK_BUFF_BYTES + 364;
/** Bytes of a packet's context. */
export const PACKET_CONTEXT_BYTES = SK_BUFF_BYTES + 368;
/** As a distance: where the header begins is not known. */
export const HEADER_UNKNOWN = -0x8000_0000;

/** Offsets from here on count from the network header: SKF_NET_OFF. */
const FROM_NETWORK_HEADER = -0x10_0000;
/** Offsets from here on count from the link header: SKF_LL_OFF. */
const FROM_LINK_HEADER = -0x20_0000;

/** What a load gives that leaves the packet. */
export const OUTSIDE_PACKET = -1;

/**
 * `sizeBytes` (1, 2 or 4) at the signed 32-bit `offset`, in network order, as an unsigned number; or
 * OUTSIDE_PACKET. Bytes that the packet had and the recording has not are counted as missing. Throws
 * Failure `out-of-bounds` where `skBuff` is no context. Hot in the interpreter.
 */
export function loadFromPacket(
  { memory, world }: HelperContext,
  skBuff: Address,
  offset: number,
  sizeBytes: number,
): number {
  if (skBuff < PAGE_BYTES || skBuff + PACKET_CONTEXT_BYTES > memory.end) {
    const reason = `BPF_LD_ABS or BPF_LD_IND, and no packet's context at address ${skBuff}`;
    throw new Failure('vm', 'out-of-bounds', reason, {}, { address: skBuff });
  }
  const { view } = memory;
  const start = offset < 0 ? startFromHeader(view, world, skBuff, offset) : offset;
  if (start === undefined) return OUTSIDE_PACKET;
  const data = view.getUint32(skBuff + skBuffOffsets.data, true);
  const recordedBytes = view.getUint32(skBuff + skBuffOffsets.data_end, true) - data;
  const end = start + sizeBytes;
  if (end > recordedBytes) {
    const length = view.getUint32(skBuff + skBuffOffsets.len, true);
    if (end <= length) world.missing('packet bytes beyond the capture');
    return OUTSIDE_PACKET;
  }
  const address = data + start;
  if (sizeBytes === 1) return view.getUint8(address);
  return sizeBytes === 2 ? view.getUint16(address) : view.getUint32(address);
}

/** Distance from the first byte that a negative offset means; undefined where nothing lies there. */
function startFromHeader(
  view: DataView,
  world: HelperWorld,
  skBuff: Address,
  offset: number,
): number | undefined {
  if (offset < FROM_LINK_HEADER) return undefined;
  const isNetwork = offset >= FROM_NETWORK_HEADER;
  const linkHeader = view.getInt32(skBuff + PACKET_LINK_HEADER, true);
  const header = isNetwork ? view.getInt32(skBuff + PACKET_NETWORK_HEADER, true) : linkHeader;
  if (header === HEADER_UNKNOWN) {
    world.missing(isNetwork ? 'network header' : 'link header');
    return undefined;
  }
  const start = offset - (isNetwork ? FROM_NETWORK_HEADER : FROM_LINK_HEADER) + header;
  // A link header that was taken off still lies in front of the data.
  const first = linkHeader === HEADER_UNKNOWN ? 0 : Math.min(0, linkHeader);
  return start >= first ? start : undefined;
}
