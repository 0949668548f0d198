/** Dynptrs on packets, made from the context: bpf_dynptr_from_skb(), _skb_meta() and _xdp() of Linux 6.18. */
import { EINVAL } from '../../maps/errno.ts';
import { PACKET_IS_READ_ONLY } from '../../vm/packet.ts';
import { int } from '../call.ts';
import { skBuffOffsets } from '../../sk-buff.ts';
import { Dynptr, ON_METADATA, ON_SK_BUFF, ON_XDP, READ_ONLY } from '../dynptr.ts';
import type { HelperFunction } from '../helper.ts';
import { SkBuff } from './sk-buff.ts';
import { xdpOf } from './xdp.ts';

export const packetDynptrFunctions: Readonly<Record<string, HelperFunction>> = {
  bpf_dynptr_from_skb(context, register, flags, pointer) {
    const dynptr = new Dynptr(context.memory, pointer);
    dynptr.clear();
    if (flags !== 0n) return int(-EINVAL);
    const skb = new SkBuff(context, register);
    const kind = skb.get(PACKET_IS_READ_ONLY) === 0 ? ON_SK_BUFF : ON_SK_BUFF + READ_ONLY;
    dynptr.set(skb.context, skb.lengthBytes, kind);
    return 0n;
  },

  bpf_dynptr_from_skb_meta(context, register, flags, pointer) {
    const dynptr = new Dynptr(context.memory, pointer);
    dynptr.clear();
    if (flags !== 0n) return int(-EINVAL);
    const skb = new SkBuff(context, register);
    dynptr.set(skb.context, skb.data - skb.get(skBuffOffsets.data_meta), ON_METADATA);
    return 0n;
  },

  bpf_dynptr_from_xdp(helper, register, flags, pointer) {
    const dynptr = new Dynptr(helper.memory, pointer);
    dynptr.clear();
    if (flags !== 0n) return int(-EINVAL);
    const { context, data, end } = xdpOf(helper, register);
    dynptr.set(context, end - data, ON_XDP);
    return 0n;
  },
};
