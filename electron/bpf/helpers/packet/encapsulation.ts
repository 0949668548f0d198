/**
 * bpf_lwt_push_encap(): headers that a route puts in front of a packet. After bpf_lwt_push_ip_encap() in
 * net/core/lwt_bpf.c of Linux 6.18. Segment routing is not modelled: such headers are refused, and counted.
 */
import { EINVAL, ENOMEM } from '../../maps/errno.ts';
import { foldTo16, partialSum } from '../checksum.ts';
import { errno, memoryArgument, u32, type HelperFamily } from '../call.ts';
import type { HelperContext } from '../helper.ts';
import { ETH_P_IP, ETH_P_IPV6, SkBuff } from './sk-buff.ts';

/** enum bpf_lwt_encap_mode. */
const SEGMENTS = 0;
const SEGMENTS_INLINE = 1;
const IP = 2;

const IPV4_BYTES = 20;
const IPV4_CHECKSUM = 10;
const IPV6_BYTES = 40;
/** LWT_BPF_MAX_HEADROOM. */
const HEADERS_BYTES_MAX = 256;

const OK = 0n;

interface Headers {
  readonly protocol: number;
  /** Of the first header. */
  readonly sizeBytes: number;
}

/** What the bytes begin with; undefined where that is no whole header of IP. */
function headersOf(bytes: Uint8Array): Headers | undefined {
  if (bytes.length < IPV4_BYTES || bytes.length > HEADERS_BYTES_MAX) return undefined;
  const [first = 0] = bytes;
  const version = first >> 4;
  if (version !== 4 && version !== 6) return undefined;
  const isIpv4 = version === 4;
  const sizeBytes = isIpv4 ? (first & 0xf) * 4 : IPV6_BYTES;
  return bytes.length < sizeBytes ? undefined : { protocol: isIpv4 ? ETH_P_IP : ETH_P_IPV6, sizeBytes };
}

function pushHeaders({ memory }: HelperContext, skb: SkBuff, bytes: Uint8Array, headers: Headers): bigint {
  if (!skb.hasHeadroom(bytes.length + skb.countedLinkHeaderBytes)) return errno(ENOMEM);
  skb.moveStart(-bytes.length);
  skb.networkHeader = 0;
  skb.isEncapsulated = true;
  skb.clearHash();
  skb.protocol = headers.protocol;
  memory.bytes.set(bytes, skb.data);
  const checksum = skb.data + IPV4_CHECKSUM;
  if (headers.protocol === ETH_P_IP && memory.view.getUint16(checksum) === 0) {
    const sum = foldTo16(partialSum(memory.bytes.subarray(skb.data, skb.data + headers.sizeBytes), 0));
    memory.view.setUint16(checksum, ~sum & 0xffff, true);
  }
  return OK;
}

export const encapsulationHelpers: HelperFamily = {
  lwt_push_encap(context, register, type, from, size) {
    const { memory, world } = context;
    const at = memoryArgument(memory, from, u32(size));
    if (u32(type) === SEGMENTS || u32(type) === SEGMENTS_INLINE) world.missing('segment routing');
    if (u32(type) !== IP) return errno(EINVAL);
    const bytes = memory.bytes.slice(at, at + u32(size));
    const headers = headersOf(bytes);
    return headers === undefined
      ? errno(EINVAL)
      : pushHeaders(context, new SkBuff(context, register), bytes, headers);
  },
};
