/**
 * The context of programs that see packets, as they run here: struct __sk_buff (../sk-buff.ts), where
 * `data` and `data_end` are addresses in linear memory, and behind it two fields of this machine's own,
 * which no program may read: where the headers begin. And the loads classic BPF left behind, BPF_LD_ABS and
 * BPF_LD_IND, as bpf_skb_load_helper_*() in Linux 6.18 do them.
 */
import type { HelperContext } from '../helpers/helper.ts';
import { SK_BUFF_BYTES, skBuffOffsets } from '../sk-buff.ts';
import type { Address } from './memory.ts';

/** Signed distance in bytes from `data` to the network header, and to the link header. */
export const PACKET_NETWORK_HEADER = SK_BUFF_BYTES;
export const PACKET_LINK_HEADER = SK_BUFF_BYTES + 4;
/** Bytes of a packet's context. */
export const PACKET_CONTEXT_BYTES = SK_BUFF_BYTES + 8;
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
 * OUTSIDE_PACKET. Bytes that the packet had and the recording has not are counted as missing.
 */
export function loadFromPacket(
  { memory, world }: HelperContext,
  skBuff: Address,
  offset: number,
  sizeBytes: number,
): number {
  const { view } = memory;
  const data = view.getUint32(skBuff + skBuffOffsets.data, true);
  const recordedBytes = view.getUint32(skBuff + skBuffOffsets.data_end, true) - data;
  const linkHeader = view.getInt32(skBuff + PACKET_LINK_HEADER, true);
  let start = offset;
  if (offset < 0) {
    const header =
      offset >= FROM_NETWORK_HEADER ? view.getInt32(skBuff + PACKET_NETWORK_HEADER, true) : linkHeader;
    if (offset < FROM_LINK_HEADER) return OUTSIDE_PACKET;
    if (header === HEADER_UNKNOWN) {
      world.missing(offset >= FROM_NETWORK_HEADER ? 'network header' : 'link header');
      return OUTSIDE_PACKET;
    }
    start = offset - (offset >= FROM_NETWORK_HEADER ? FROM_NETWORK_HEADER : FROM_LINK_HEADER) + header;
    // A link header that was taken off still lies in front of the data.
    if (start < (linkHeader === HEADER_UNKNOWN ? 0 : Math.min(0, linkHeader))) return OUTSIDE_PACKET;
  }
  const end = start + sizeBytes;
  if (end > recordedBytes) {
    if (end <= view.getUint32(skBuff + skBuffOffsets.len, true))
      world.missing('packet bytes beyond the capture');
    return OUTSIDE_PACKET;
  }
  const at = data + start;
  if (sizeBytes === 1) return view.getUint8(at);
  return sizeBytes === 2 ? view.getUint16(at) : view.getUint32(at);
}
