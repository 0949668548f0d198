/**
 * Helpers on where a packet comes from: the socket that sent it, that one's control group, the route and the
 * security it came by. After net/core/filter.c of Linux 6.18. What no recording says of a packet is counted, and
 * the answer is that of a packet without.
 */
import { E2BIG, EAGAIN, EINVAL, ENOENT } from '../../maps/errno.ts';
import { errno, mapOf, memoryArgument, s32, u32, type HelperFamily } from '../call.ts';
import type { HelperContext } from '../helper.ts';

/** No socket, no class, no realm. */
const NONE = 0n;

function cgroupOf({ world }: HelperContext, packet: bigint, level: number | undefined): bigint {
  const id = world.sockets().at(packet)?.cgroupId(level);
  if (id === undefined) world.missing('cgroup of a socket');
  return id ?? NONE;
}

function classOf({ world }: HelperContext): bigint {
  world.missing('net_cls class');
  return NONE;
}

export const senderHelpers: HelperFamily = {
  skb_cgroup_id: (context, packet) => cgroupOf(context, packet, undefined),
  skb_ancestor_cgroup_id: (context, packet, level) => cgroupOf(context, packet, s32(level)),

  skb_cgroup_classid: classOf,
  get_cgroup_classid: classOf,

  /** Cgroup arrays are empty: -EAGAIN, as for a place no cgroup was put in. */
  skb_under_cgroup(context, packet, mapHandle, index) {
    if (context.world.sockets().at(packet) === undefined) {
      context.world.missing('socket of a packet');
      return errno(ENOENT);
    }
    return errno(u32(index) >= mapOf(context, mapHandle).definition.maxEntries ? E2BIG : EAGAIN);
  },

  get_route_realm({ world }) {
    world.missing('route of a packet');
    return NONE;
  },

  skb_get_xfrm_state({ memory, world }, _packet, _index, to, size) {
    const at = memoryArgument(memory, to, u32(size));
    memory.bytes.fill(0, at, at + u32(size));
    world.missing('IPsec state of a packet');
    return errno(EINVAL);
  },
};
