/**
 * Helpers on the tunnel that a packet came by, or is to go by. Of the first no recording tells; the second is what
 * the program sets, an effect, and kept beside the packet. After net/core/filter.c of Linux 6.18.
 */
import { EINVAL, ENOENT, ENOMEM, EPROTO } from '../../maps/errno.ts';
import { PACKET_TUNNEL, PACKET_TUNNEL_OPTIONS, PACKET_TUNNEL_OPTIONS_BYTES } from '../../vm/packet.ts';
import { errno, memoryArgument, u32, type HelperFamily } from '../call.ts';
import type { HelperContext } from '../helper.ts';
import { SkBuff } from './sk-buff.ts';

/** struct bpf_tunnel_key, and where its later fields begin: programs may know only those before. */
const KEY_BYTES = 44;
const REMOTE = 4;
const TYPE_OF_SERVICE = 20;
const TIME_TO_LIVE = 21;
const FLAGS = 22;
const LABEL = 24;
const LOCAL = 28;
const ONLY_IPV4_BYTES = 8;
const knownSizes: ReadonlySet<number> = new Set([KEY_BYTES, LOCAL, LABEL, FLAGS, ONLY_IPV4_BYTES]);
const ADDRESS_BYTES = 16;
const LABEL_MASK = 0xf_ffff;
const OPTIONS_BYTES_MAX = 255;

/** BPF_F_*: what programs ask for. */
const IPV6 = 1n;
const WITHOUT_CHECKSUM = 2n;
const WHOLE = 4n;
const NUMBERED = 8n;
const WITHOUT_KEY = 16n;
const SET_FLAGS = IPV6 | WITHOUT_CHECKSUM | WHOLE | NUMBERED | WITHOUT_KEY;
const SHOW_FLAGS = 16n;

/** TUNNEL_*: flags as a tunnel has them, in the order of the network. */
const TUNNEL_CHECKSUM = 0x0001;
const TUNNEL_KEY = 0x0004;
const TUNNEL_NUMBERED = 0x0008;
const TUNNEL_WHOLE = 0x0100;
const TUNNEL_UNCACHED = 0x2000;
const TUNNEL_OPTIONS = 0xd800;
/** Kept where flags have no bit: whether the key is of IPv6. */
const KEPT_FAMILY = KEY_BYTES;

const OK = 0n;

interface Buffer {
  readonly at: number;
  readonly sizeBytes: number;
}

function bufferOf({ memory }: HelperContext, register: bigint, size: bigint): Buffer {
  return { at: memoryArgument(memory, register, u32(size)), sizeBytes: u32(size) };
}

/** Clears what was to be filled. */
function refuse({ memory }: HelperContext, { at, sizeBytes }: Buffer, code: number): bigint {
  memory.bytes.fill(0, at, at + sizeBytes);
  return errno(code);
}

/** Where the key is kept that the program set; undefined for none, of which nobody knows whether it had one. */
function keptKey(context: HelperContext, skb: SkBuff): number | undefined {
  if (skb.hasTunnel) return skb.context + PACKET_TUNNEL;
  context.world.missing('tunnel that a packet came by');
  return undefined;
}

function tunnelFlags(flags: bigint): number {
  const isSet = (flag: bigint): boolean => (flags & flag) !== 0n;
  return (
    TUNNEL_UNCACHED |
    (isSet(WITHOUT_KEY) ? 0 : TUNNEL_KEY) |
    (isSet(WITHOUT_CHECKSUM) ? 0 : TUNNEL_CHECKSUM) |
    (isSet(WHOLE) ? TUNNEL_WHOLE : 0) |
    (isSet(NUMBERED) ? TUNNEL_NUMBERED : 0)
  );
}

/** A key as people read it: an address of IPv4 is a number in the key. */
function factsOf(key: Uint8Array, isIpv6: boolean): Readonly<Record<string, number | string | Uint8Array>> {
  const view = new DataView(key.buffer, key.byteOffset, key.length);
  const remote = key.slice(REMOTE, REMOTE + (isIpv6 ? ADDRESS_BYTES : 4));
  return {
    tunnel_id: view.getUint32(0, true),
    ...(isIpv6 ? { remote_ipv6: remote } : { remote_ipv4: remote.reverse().join('.') }),
    tunnel_tos: view.getUint8(TYPE_OF_SERVICE),
    tunnel_ttl: view.getUint8(TIME_TO_LIVE),
  };
}

export const tunnelHelpers: HelperFamily = {
  skb_get_tunnel_key(context, register, to, size, flags) {
    const { bytes, view } = context.memory;
    const buffer = bufferOf(context, to, size);
    const kept = keptKey(context, new SkBuff(context, register));
    if (kept === undefined || (flags & ~(IPV6 | SHOW_FLAGS)) !== 0n) return refuse(context, buffer, EINVAL);
    const isIpv6 = view.getUint8(kept + KEPT_FAMILY) !== 0;
    if (isIpv6 !== ((flags & IPV6) !== 0n)) return refuse(context, buffer, EPROTO);
    const isKnown = knownSizes.has(buffer.sizeBytes) && !(isIpv6 && buffer.sizeBytes === ONLY_IPV4_BYTES);
    if (!isKnown) return refuse(context, buffer, EINVAL);
    const key = bytes.slice(kept, kept + KEY_BYTES);
    // What the packet is sent to becomes what it came to, were it one that came.
    key.copyWithin(REMOTE, LOCAL, LOCAL + ADDRESS_BYTES);
    key.set(bytes.subarray(kept + REMOTE, kept + REMOTE + ADDRESS_BYTES), LOCAL);
    if ((flags & SHOW_FLAGS) === 0n) key.fill(0, FLAGS, LABEL);
    bytes.set(key.subarray(0, buffer.sizeBytes), buffer.at);
    return OK;
  },

  skb_set_tunnel_key(context, register, from, size, flags) {
    const { bytes, view } = context.memory;
    const { at, sizeBytes } = bufferOf(context, from, size);
    if ((flags & ~SET_FLAGS) !== 0n || !knownSizes.has(sizeBytes)) return errno(EINVAL);
    const key = new Uint8Array(KEY_BYTES);
    key.set(bytes.subarray(at, at + sizeBytes));
    const given = new DataView(key.buffer);
    const isIpv6 = (flags & IPV6) !== 0n;
    if ((!isIpv6 && given.getUint32(LABEL, true) !== 0) || given.getUint16(FLAGS, true) !== 0)
      return errno(EINVAL);
    context.world.effect({ kind: 'skb_set_tunnel_key', facts: { ...factsOf(key, isIpv6), flags } });
    given.setUint32(LABEL, given.getUint32(LABEL, true) & LABEL_MASK, true);
    given.setUint16(FLAGS, tunnelFlags(flags));
    if (!isIpv6) {
      key.fill(0, REMOTE + 4, TYPE_OF_SERVICE);
      key.fill(0, LOCAL + 4);
    }
    const skb = new SkBuff(context, register);
    bytes.set(key, skb.context + PACKET_TUNNEL);
    view.setUint8(skb.context + PACKET_TUNNEL + KEPT_FAMILY, isIpv6 ? 1 : 0);
    skb.set(PACKET_TUNNEL_OPTIONS_BYTES, 0);
    skb.hasTunnel = true;
    return OK;
  },

  skb_get_tunnel_opt(context, register, to, size) {
    const { bytes } = context.memory;
    const skb = new SkBuff(context, register);
    const buffer = bufferOf(context, to, size);
    const kept = keptKey(context, skb);
    const optionsBytes = skb.get(PACKET_TUNNEL_OPTIONS_BYTES);
    if (kept === undefined || optionsBytes === 0) return refuse(context, buffer, ENOENT);
    if (buffer.sizeBytes < optionsBytes) return refuse(context, buffer, ENOMEM);
    const options = skb.context + PACKET_TUNNEL_OPTIONS;
    bytes.fill(0, buffer.at, buffer.at + buffer.sizeBytes);
    bytes.copyWithin(buffer.at, options, options + optionsBytes);
    return BigInt(optionsBytes);
  },

  skb_set_tunnel_opt(context, register, from, size) {
    const { bytes, view } = context.memory;
    const skb = new SkBuff(context, register);
    const { at, sizeBytes } = bufferOf(context, from, size);
    if (!skb.hasTunnel || sizeBytes % 4 !== 0) return errno(EINVAL);
    if (sizeBytes > OPTIONS_BYTES_MAX) return errno(ENOMEM);
    const options = bytes.slice(at, at + sizeBytes);
    bytes.set(options, skb.context + PACKET_TUNNEL_OPTIONS);
    skb.set(PACKET_TUNNEL_OPTIONS_BYTES, sizeBytes);
    const flags = skb.context + PACKET_TUNNEL + FLAGS;
    view.setUint16(flags, view.getUint16(flags) | TUNNEL_OPTIONS);
    context.world.effect({ kind: 'skb_set_tunnel_opt', facts: { options } });
    return OK;
  },
};
