/**
 * Helpers that send a packet elsewhere. What they ask for is an effect; they answer what the program then returns
 * so that the kernel would carry it out. Whether there is such a device, no recording says: there is.
 */
import { EINVAL } from '../../maps/errno.ts';
import type { BpfMap } from '../../maps/map.ts';
import { errno, mapOf, memoryArgument, u32, type HelperFamily } from '../call.ts';
import type { HelperContext } from '../helper.ts';
import { SkBuff } from './sk-buff.ts';

/** What programs return: TC_ACT_*, XDP_*, SK_*. */
const TC_ACT_SHOT = 2n;
const TC_ACT_REDIRECT = 7n;
const XDP_ABORTED = 0n;
const XDP_REDIRECT = 4n;
const SK_DROP = 0n;
const SK_PASS = 1n;

const INGRESS = 1n;
/** Of bpf_redirect_map(): what to return where the place is empty. */
const ACTION_FLAGS = 3n;
const BROADCAST = 1n << 3n;
const EXCLUDE_INGRESS = 1n << 4n;
/** struct bpf_redir_neigh. */
const NEIGHBOUR_BYTES = 20;

function numberAt(map: BpfMap, key: Uint8Array): number | undefined {
  const value = map.get(key);
  return value === undefined ? undefined : new DataView(value.buffer, value.byteOffset).getUint32(0, true);
}

/** `2 3`: all that a map of devices holds, in its order. */
function numbersIn(map: BpfMap): string {
  return [...map.entries()]
    .map(({ value }) => new DataView(value.buffer, value.byteOffset).getUint32(0, true))
    .join(' ');
}

function wordKey(index: bigint): Uint8Array {
  return new Uint8Array(Uint32Array.of(u32(index)).buffer);
}

/** To the socket at a place of a map: SK_PASS, or SK_DROP where there is none. */
function toSocket(
  context: HelperContext,
  kind: string,
  [mapHandle, flags]: readonly [bigint, bigint],
  keyOf: (map: BpfMap) => Uint8Array,
): bigint {
  const map = mapOf(context, mapHandle);
  if ((flags & ~INGRESS) !== 0n) return SK_DROP;
  const key = keyOf(map);
  const socket = numberAt(map, key);
  if (socket === undefined) return SK_DROP;
  context.world.effect({ kind, facts: { map: map.definition.name, key, socket, flags } });
  return SK_PASS;
}

function byIndex(kind: string): HelperFamily[string] {
  return (context, _context, map, index, flags) =>
    toSocket(context, kind, [map, flags], () => wordKey(index));
}

function byKey(kind: string): HelperFamily[string] {
  return (context, _context, map, key, flags) =>
    toSocket(context, kind, [map, flags], ({ definition: { keySizeBytes } }) => {
      const at = memoryArgument(context.memory, key, keySizeBytes);
      return context.memory.bytes.slice(at, at + keySizeBytes);
    });
}

export const redirectHelpers: HelperFamily = {
  redirect({ world }, ifindex, flags) {
    if ((flags & ~INGRESS) !== 0n) return TC_ACT_SHOT;
    world.effect({ kind: 'redirect', facts: { ifindex: u32(ifindex), flags } });
    return TC_ACT_REDIRECT;
  },

  redirect_peer({ world }, ifindex, flags) {
    if (flags !== 0n) return TC_ACT_SHOT;
    world.effect({ kind: 'redirect_peer', facts: { ifindex: u32(ifindex), flags } });
    return TC_ACT_REDIRECT;
  },

  redirect_neigh({ memory, world }, ifindex, neighbour, size, flags) {
    const sizeBytes = u32(size);
    if ((sizeBytes !== 0 && sizeBytes < NEIGHBOUR_BYTES) || flags !== 0n) return TC_ACT_SHOT;
    const at = sizeBytes === 0 ? 0 : memoryArgument(memory, neighbour, sizeBytes);
    const params = memory.bytes.slice(at, at + (sizeBytes === 0 ? 0 : NEIGHBOUR_BYTES));
    world.effect({ kind: 'redirect_neigh', facts: { ifindex: u32(ifindex), params, flags } });
    return TC_ACT_REDIRECT;
  },

  redirect_map(context, mapHandle, index, flags) {
    const map = mapOf(context, mapHandle);
    const { type, name } = map.definition;
    const isOfDevices = type === 'devmap' || type === 'devmap_hash';
    const known = ACTION_FLAGS | (isOfDevices ? BROADCAST | EXCLUDE_INGRESS : 0n);
    if ((flags & ~known) !== 0n) return XDP_ABORTED;
    const target = numberAt(map, wordKey(index));
    const isBroadcast = (flags & BROADCAST) !== 0n;
    if (target === undefined && !isBroadcast) return flags & ACTION_FLAGS;
    const facts = { map: name, type, key: u32(index), flags };
    context.world.effect({
      kind: 'redirect_map',
      facts:
        isBroadcast || target === undefined ? { ...facts, targets: numbersIn(map) } : { ...facts, target },
    });
    return XDP_REDIRECT;
  },

  clone_redirect(context, register, ifindex, flags) {
    if ((flags & ~INGRESS) !== 0n || u32(ifindex) === 0) return errno(EINVAL);
    const packet = new SkBuff(context, register).copy();
    context.world.effect({ kind: 'clone_redirect', facts: { ifindex: u32(ifindex), flags, packet } });
    return 0n;
  },

  sk_redirect_map: byIndex('sk_redirect_map'),
  sk_redirect_hash: byKey('sk_redirect_hash'),
  msg_redirect_map: byIndex('msg_redirect_map'),
  msg_redirect_hash: byKey('msg_redirect_hash'),

  msg_apply_bytes({ world }, _context, bytes) {
    world.effect({ kind: 'msg_apply_bytes', facts: { bytes: u32(bytes) } });
    return 0n;
  },

  msg_cork_bytes({ world }, _context, bytes) {
    world.effect({ kind: 'msg_cork_bytes', facts: { bytes: u32(bytes) } });
    return 0n;
  },
};

/** What XDP programs get under the same name. */
export const xdpRedirectHelpers: HelperFamily = {
  redirect({ world }, ifindex, flags) {
    if (flags !== 0n) return XDP_ABORTED;
    world.effect({ kind: 'redirect', facts: { ifindex: u32(ifindex), flags } });
    return XDP_REDIRECT;
  },
};
