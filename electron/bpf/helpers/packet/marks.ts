/** Helpers on what is kept beside a packet's bytes: its type, hash and time; and the mark of congestion within. */
import { EINVAL, EOPNOTSUPP } from '../../maps/errno.ts';
import { skBuffOffsets } from '../../sk-buff.ts';
import type { LinearMemory } from '../../vm/memory.ts';
import { errno, u32, type HelperFamily } from '../call.ts';
import { ETH_P_IP, ETH_P_IPV6, ETHERNET_BYTES, isVlanProtocol, SkBuff } from './sk-buff.ts';

/** PACKET_OTHERHOST: the last type that may be changed, and changed to. */
const PACKET_TYPE_MAX = 3;

/** Clocks of skb->tstamp. */
const CLOCK_REALTIME = 0;
const CLOCK_TAI = 2;

const IPV4_BYTES = 20;
const IPV4_CHECKSUM = 10;
const IPV6_BYTES = 40;
const CONGESTED = 3;
const VLAN_TAG_BYTES = 4;
/** Tags gone through for the protocol behind them: VLAN_MAX_DEPTH. */
const VLAN_TAGS_MAX = 8;

const OK = 0n;
const UNMARKED = 0n;
const MARKED = 1n;

/** skb_protocol(skb, true): the protocol behind tags that are in the packet; 0 where it ends before. */
function protocolBehindTags({ view }: LinearMemory, skb: SkBuff): number {
  let { protocol } = skb;
  if (!isVlanProtocol(protocol)) return protocol;
  const linkBytes = skb.countedLinkHeaderBytes;
  if (linkBytes !== 0 && linkBytes < VLAN_TAG_BYTES) return 0;
  let at = skb.data + (linkBytes === 0 ? ETHERNET_BYTES : linkBytes - VLAN_TAG_BYTES);
  for (let tags = 0; isVlanProtocol(protocol); tags += 1) {
    if (at + VLAN_TAG_BYTES > skb.end || tags === VLAN_TAGS_MAX) return 0;
    protocol = view.getUint16(at + 2);
    at += VLAN_TAG_BYTES;
  }
  return protocol;
}

/** IP_ECN_set_ce(). */
function markIpv4({ view }: LinearMemory, header: number): bigint {
  const type = view.getUint8(header + 1);
  const next = (type + 1) & CONGESTED;
  if ((next & 2) === 0) return next === 0 ? MARKED : UNMARKED;
  const sum = view.getUint16(header + IPV4_CHECKSUM) + 0xfffb + next;
  view.setUint16(header + IPV4_CHECKSUM, (sum & 0xffff) + (sum >> 16));
  view.setUint8(header + 1, type | CONGESTED);
  return MARKED;
}

/** IP6_ECN_set_ce(). */
function markIpv6({ view }: LinearMemory, header: number): bigint {
  const bits = view.getUint8(header + 1);
  if ((bits & (CONGESTED << 4)) === 0) return UNMARKED;
  view.setUint8(header + 1, bits | (CONGESTED << 4));
  return MARKED;
}

export const markHelpers: HelperFamily = {
  skb_change_type(context, register, type) {
    const skb = new SkBuff(context, register);
    if (skb.get(skBuffOffsets.pkt_type) > PACKET_TYPE_MAX || u32(type) > PACKET_TYPE_MAX)
      return errno(EINVAL);
    skb.set(skBuffOffsets.pkt_type, u32(type));
    return OK;
  },

  /** The kernel computes one with a key of its own, which no recording says: 0, which it never gives. */
  get_hash_recalc(context, register) {
    const { hash } = new SkBuff(context, register);
    if (hash === undefined) context.world.missing('hash of the packet');
    return BigInt(hash ?? 0);
  },

  set_hash(context, register, hash) {
    new SkBuff(context, register).hash = u32(hash);
    return OK;
  },

  set_hash_invalid(context, register) {
    new SkBuff(context, register).clearHash();
    return OK;
  },

  skb_set_tstamp(context, register, time, clock) {
    const skb = new SkBuff(context, register);
    const { protocol } = skb;
    if (protocol !== ETH_P_IP && protocol !== ETH_P_IPV6) return errno(EOPNOTSUPP);
    if (u32(clock) > CLOCK_TAI || (u32(clock) !== CLOCK_REALTIME && time === 0n)) return errno(EINVAL);
    const { view } = context.memory;
    view.setBigUint64(skb.context + skBuffOffsets.tstamp, time, true);
    view.setUint8(skb.context + skBuffOffsets.tstamp_type, u32(clock));
    return OK;
  },

  skb_ecn_set_ce(context, register) {
    const skb = new SkBuff(context, register);
    const protocol = protocolBehindTags(context.memory, skb);
    const isIpv4 = protocol === ETH_P_IP;
    if (!isIpv4 && protocol !== ETH_P_IPV6) return UNMARKED;
    const header = skb.data + skb.networkHeader;
    const bytes = isIpv4 ? IPV4_BYTES : IPV6_BYTES;
    if (skb.end - skb.data < bytes || header + bytes > skb.end) return UNMARKED;
    return isIpv4 ? markIpv4(context.memory, header) : markIpv6(context.memory, header);
  },
};
