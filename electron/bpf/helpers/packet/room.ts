/**
 * Helpers that make room in packets, take it away, and turn one protocol's header into another's. After
 * bpf_skb_net_grow(), bpf_skb_net_shrink() and their callers in net/core/filter.c of Linux 6.18.
 */
import { EALREADY, EFAULT, EINVAL, ENOMEM, ENOTSUPP } from '../../maps/errno.ts';
import { HEADER_UNKNOWN } from '../../vm/packet.ts';
import { errno, s32, u32, type HelperFamily } from '../call.ts';
import type { HelperContext } from '../helper.ts';
import { ETHERNET_BYTES, ETH_P_IP, ETH_P_IPV6, SkBuff, swapped16 } from './sk-buff.ts';

/** SKB_MAX_ALLOC: four pages less struct skb_shared_info. */
const PACKET_BYTES_MAX = 16_384 - 320;
const ROOM_BYTES_MAX = 0xfff;

const ROOM_AFTER_NETWORK_HEADER = 0;
const ROOM_AFTER_LINK_HEADER = 1;

/** BPF_F_ADJ_ROOM_*. */
const FIXED_GSO = 1n << 0n;
const ENCAP_IPV4 = 1n << 1n;
const ENCAP_IPV6 = 1n << 2n;
const ENCAP_GRE = 1n << 3n;
const ENCAP_UDP = 1n << 4n;
const NO_CHECKSUM_RESET = 1n << 5n;
const ENCAP_ETHERNET = 1n << 6n;
const DECAP_IPV4 = 1n << 7n;
const DECAP_IPV6 = 1n << 8n;
const ENCAP_LINK_BYTES_SHIFT = 56n;
const ENCAP_L3 = ENCAP_IPV4 | ENCAP_IPV6;
const DECAP_L3 = DECAP_IPV4 | DECAP_IPV6;
const SHRINK_FLAGS = FIXED_GSO | DECAP_L3 | NO_CHECKSUM_RESET;
const ROOM_FLAGS =
  SHRINK_FLAGS | ENCAP_L3 | ENCAP_GRE | ENCAP_UDP | ENCAP_ETHERNET | (0xffn << ENCAP_LINK_BYTES_SHIFT);

const headerBytes: ReadonlyMap<number, number> = new Map([
  [ETH_P_IP, 20],
  [ETH_P_IPV6, 40],
]);
/** What an IPv6 header has more than one of IPv4. */
const HEADER_DIFFERENCE_BYTES = 20;

const OK = 0n;

/** bpf_skb_net_hdr_push(): `sizeBytes` zero bytes after the first `offset`; 0 or -errno. */
export function openRoom({ memory }: HelperContext, skb: SkBuff, offset: number, sizeBytes: number): bigint {
  if (!skb.hasHeadroom(sizeBytes) || !skb.hasRoomFor(offset)) return errno(ENOMEM);
  const isTransportAtNetwork = skb.transportHeader === skb.networkHeader;
  const { linkHeader, networkHeader } = skb;
  skb.moveStart(-sizeBytes);
  memory.bytes.copyWithin(skb.data, skb.data + sizeBytes, skb.data + sizeBytes + offset);
  memory.bytes.fill(0, skb.data + offset, skb.data + offset + sizeBytes);
  skb.linkHeader = linkHeader;
  skb.networkHeader = networkHeader;
  if (isTransportAtNetwork) skb.transportHeader = networkHeader;
  return OK;
}

/** bpf_skb_net_hdr_pop(): takes `sizeBytes` away after the first `offset`; 0 or -errno. */
export function closeRoom(
  { memory, world }: HelperContext,
  skb: SkBuff,
  offset: number,
  sizeBytes: number,
): bigint {
  if (offset + sizeBytes > skb.end - skb.data) {
    if (offset + sizeBytes <= skb.lengthBytes) world.missing('packet bytes beyond the capture');
    return errno(ENOMEM);
  }
  const isTransportAtNetwork = skb.transportHeader === skb.networkHeader;
  const { linkHeader, networkHeader } = skb;
  memory.bytes.copyWithin(skb.data + sizeBytes, skb.data, skb.data + offset);
  skb.moveStart(sizeBytes);
  skb.linkHeader = linkHeader;
  skb.networkHeader = networkHeader;
  if (isTransportAtNetwork) skb.transportHeader = networkHeader;
  return OK;
}

/** What the flags of a growth ask for in vain: 0 or -errno. */
function encapsulationRefusal(skb: SkBuff, sizeBytes: number, flags: bigint): bigint {
  const linkBytes = Number(flags >> ENCAP_LINK_BYTES_SHIFT);
  if ((flags & ENCAP_L3) === ENCAP_L3) return errno(EINVAL);
  if ((flags & ENCAP_GRE) !== 0n && (flags & ENCAP_UDP) !== 0n) return errno(EINVAL);
  if ((flags & ENCAP_ETHERNET) !== 0n && linkBytes < ETHERNET_BYTES) return errno(EINVAL);
  if (skb.isEncapsulated) return errno(EALREADY);
  return linkBytes > sizeBytes ? errno(EINVAL) : OK;
}

function grow(context: HelperContext, skb: SkBuff, offset: number, sizeBytes: number, flags: bigint): bigint {
  const isEncapsulating = (flags & ENCAP_L3) !== 0n;
  const refused = isEncapsulating ? encapsulationRefusal(skb, sizeBytes, flags) : OK;
  if (refused !== OK) return refused;
  const linkHeaderBytes = skb.linkHeaderBytes;
  const opened = openRoom(context, skb, offset, sizeBytes);
  if (opened !== OK || !isEncapsulating) return opened;
  const outer = (flags & ENCAP_IPV6) === 0n ? ETH_P_IP : ETH_P_IPV6;
  skb.isEncapsulated = true;
  skb.networkHeader = linkHeaderBytes;
  if ((flags & (ENCAP_GRE | ENCAP_UDP)) !== 0n)
    skb.transportHeader = linkHeaderBytes + (headerBytes.get(outer) ?? 0);
  skb.protocol = outer;
  return OK;
}

function shrink(
  context: HelperContext,
  skb: SkBuff,
  offset: number,
  sizeBytes: number,
  flags: bigint,
): bigint {
  if ((flags & ~SHRINK_FLAGS) !== 0n) return errno(EINVAL);
  const closed = closeRoom(context, skb, offset, sizeBytes);
  if (closed !== OK) return closed;
  if ((flags & DECAP_IPV6) !== 0n) skb.protocol = ETH_P_IPV6;
  if ((flags & DECAP_IPV4) !== 0n) skb.protocol = ETH_P_IP;
  return OK;
}

/** Bytes a network header has at least afterwards; undefined where the flags contradict each other. */
function networkBytesMin(protocol: number, flags: bigint, isShrinking: boolean): number | undefined {
  switch (flags & DECAP_L3) {
    case 0n:
      return headerBytes.get(protocol);
    case DECAP_IPV4:
      return isShrinking ? headerBytes.get(ETH_P_IP) : undefined;
    case DECAP_IPV6:
      return isShrinking ? headerBytes.get(ETH_P_IPV6) : undefined;
    default:
      return undefined;
  }
}

/** __bpf_skb_min_len(). */
function lengthMin(skb: SkBuff): number {
  const { networkHeader, transportHeader } = skb;
  if (transportHeader !== HEADER_UNKNOWN && transportHeader > 0) return transportHeader;
  return Math.max(0, networkHeader);
}

export const roomHelpers: HelperFamily = {
  skb_adjust_room(context, register, change, mode, flags) {
    const skb = new SkBuff(context, register);
    const sizeBytes = Math.abs(s32(change));
    const isShrinking = s32(change) < 0;
    if ((flags & ~ROOM_FLAGS) !== 0n) return errno(EINVAL);
    if (sizeBytes > ROOM_BYTES_MAX) return errno(EFAULT);
    const networkBytes = headerBytes.get(skb.protocol);
    if (networkBytes === undefined) return errno(ENOTSUPP);
    const isAfterNetwork = u32(mode) === ROOM_AFTER_NETWORK_HEADER;
    if (!isAfterNetwork && u32(mode) !== ROOM_AFTER_LINK_HEADER) return errno(ENOTSUPP);
    const bytesMin = networkBytesMin(skb.protocol, flags, isShrinking);
    if (bytesMin === undefined) return errno(EINVAL);
    const fromNetwork = (skb.lengthBytes - skb.networkHeader) >>> 0;
    const isTooShort = sizeBytes >= fromNetwork || fromNetwork - sizeBytes < bytesMin;
    if (isShrinking ? isTooShort : skb.lengthBytes + sizeBytes > PACKET_BYTES_MAX) return errno(ENOTSUPP);
    const offset = skb.linkHeaderBytes + (isAfterNetwork ? networkBytes : 0);
    const resize = isShrinking ? shrink : grow;
    const result = resize(context, skb, offset, sizeBytes, flags);
    if (result === OK && (flags & NO_CHECKSUM_RESET) === 0n) skb.resetChecksum();
    return result;
  },

  skb_change_proto(context, register, protocol, flags) {
    if (flags !== 0n) return errno(EINVAL);
    const skb = new SkBuff(context, register);
    const from = skb.protocol;
    const to = swapped16(u32(protocol) & 0xffff);
    const offset = skb.linkHeaderBytes;
    let result = errno(ENOTSUPP);
    if (from === ETH_P_IP && to === ETH_P_IPV6)
      result = openRoom(context, skb, offset, HEADER_DIFFERENCE_BYTES);
    if (from === ETH_P_IPV6 && to === ETH_P_IP)
      result = closeRoom(context, skb, offset, HEADER_DIFFERENCE_BYTES);
    if (result !== OK) return result;
    skb.protocol = to;
    skb.clearHash();
    return OK;
  },

  skb_change_tail(context, register, length, flags) {
    const skb = new SkBuff(context, register);
    const lengthBytes = u32(length);
    if (flags !== 0n || lengthBytes > PACKET_BYTES_MAX || lengthBytes < lengthMin(skb)) return errno(EINVAL);
    if (skb.isEncapsulated) return errno(ENOTSUPP);
    if (!skb.hasRoomFor(lengthBytes)) return errno(ENOMEM);
    skb.moveEnd(lengthBytes);
    return OK;
  },

  skb_change_head(context, register, headroom, flags) {
    const skb = new SkBuff(context, register);
    const sizeBytes = u32(headroom);
    if (flags !== 0n || skb.lengthBytes + sizeBytes > PACKET_BYTES_MAX) return errno(EINVAL);
    if (!skb.hasHeadroom(sizeBytes)) return errno(ENOMEM);
    skb.moveStart(-sizeBytes);
    context.memory.bytes.fill(0, skb.data, skb.data + sizeBytes);
    skb.linkHeader = 0;
    skb.countLinkHeader();
    return OK;
  },
};

/** What programs on sockets' streams get under the same name: sk_skb_adjust_room(). */
export const streamRoomHelpers: HelperFamily = {
  skb_adjust_room(context, register, change, mode, flags) {
    const skb = new SkBuff(context, register);
    const distance = s32(change);
    if (flags !== 0n || u32(mode) !== 0) return errno(EINVAL);
    if (Math.abs(distance) > ROOM_BYTES_MAX) return errno(EFAULT);
    if (distance < 0 ? -distance > skb.end - skb.data : !skb.hasHeadroom(distance)) return errno(ENOMEM);
    skb.moveStart(-distance);
    if (distance > 0) context.memory.bytes.fill(0, skb.data, skb.data + distance);
    return OK;
  },
};
