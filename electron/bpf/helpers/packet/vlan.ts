/** VLAN tags: one beside the packet, as devices hand it over, all further ones in it. As net/core/skbuff.c, 6.18. */
import { EINVAL, ENOMEM } from '../../maps/errno.ts';
import { skBuffOffsets } from '../../sk-buff.ts';
import { errno, u32, type HelperFamily } from '../call.ts';
import type { HelperContext } from '../helper.ts';
import { openRoom } from './room.ts';
import { ETHERNET_BYTES, ETH_P_8021Q, isVlanProtocol, SkBuff, swapped16 } from './sk-buff.ts';

const TAG_BYTES = 4;
/** Both addresses of an Ethernet header. */
const ADDRESSES_BYTES = 12;
/** Of a frame's two bytes of type, less than this is a length: IEEE 802.3. */
const ETHERNET_TYPE_MIN = 0x600;
const ETH_P_802_3 = 0x0001;
const ETH_P_802_2 = 0x0004;

const OK = 0n;

/** __vlan_insert_tag(): puts the tag that is beside the packet into it; 0 or -errno. */
function insertTag(context: HelperContext, skb: SkBuff): bigint {
  const protocol = swapped16(skb.get(skBuffOffsets.vlan_proto));
  const opened = openRoom(context, skb, ADDRESSES_BYTES, TAG_BYTES);
  if (opened !== OK) return opened;
  const { view } = context.memory;
  view.setUint16(skb.data + ADDRESSES_BYTES, protocol);
  view.setUint16(skb.data + ADDRESSES_BYTES + 2, skb.get(skBuffOffsets.vlan_tci));
  skb.protocol = protocol;
  return OK;
}

/** vlan_set_encap_proto(): what the packet is behind the tag at its front. */
function innerProtocol({ memory: { view } }: HelperContext, skb: SkBuff): number {
  const type = view.getUint16(skb.data + ETHERNET_BYTES + 2);
  if (type >= ETHERNET_TYPE_MIN) return type;
  return view.getUint16(skb.data + ETHERNET_BYTES + TAG_BYTES) === 0xffff ? ETH_P_802_3 : ETH_P_802_2;
}

/** __skb_vlan_pop(): takes a tag out of the packet; its TCI, or -errno. */
function takeTag(context: HelperContext, skb: SkBuff): { readonly tci: number } | bigint {
  if (skb.linkHeader !== 0) return errno(EINVAL);
  if (skb.end - skb.data < ETHERNET_BYTES + TAG_BYTES) return errno(ENOMEM);
  const { bytes, view } = context.memory;
  const tci = view.getUint16(skb.data + ETHERNET_BYTES);
  skb.protocol = innerProtocol(context, skb);
  bytes.copyWithin(skb.data + TAG_BYTES, skb.data, skb.data + ADDRESSES_BYTES);
  skb.moveStart(TAG_BYTES);
  skb.linkHeader = 0;
  skb.networkHeader = Math.max(ETHERNET_BYTES, skb.networkHeader);
  skb.countLinkHeader();
  return { tci };
}

export const vlanHelpers: HelperFamily = {
  skb_vlan_push(context, register, protocolRegister, tci) {
    const skb = new SkBuff(context, register);
    const asked = swapped16(u32(protocolRegister) & 0xffff);
    if (skb.hasVlanTag) {
      if (skb.linkHeader !== 0) return errno(EINVAL);
      const inserted = insertTag(context, skb);
      if (inserted !== OK) return inserted;
    }
    skb.putVlanTag(isVlanProtocol(asked) ? asked : ETH_P_8021Q, u32(tci) & 0xffff);
    return OK;
  },

  skb_vlan_pop(context, register) {
    const skb = new SkBuff(context, register);
    if (skb.hasVlanTag) {
      skb.clearVlanTag();
    } else {
      if (!isVlanProtocol(skb.protocol)) return OK;
      const taken = takeTag(context, skb);
      if (typeof taken === 'bigint') return taken;
    }
    const { protocol } = skb;
    if (!isVlanProtocol(protocol)) return OK;
    const next = takeTag(context, skb);
    if (typeof next === 'bigint') return next;
    skb.putVlanTag(protocol, next.tci);
    return OK;
  },
};
