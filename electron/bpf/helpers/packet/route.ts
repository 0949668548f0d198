/**
 * Helpers that ask where a packet would be sent, and whether it fits: answered by the world's routes, as far as it
 * has them. After net/core/filter.c of Linux 6.18. Without any, a packet is not sent on and its device is not there.
 */
import { EAFNOSUPPORT, EINVAL, ENODEV } from '../../maps/errno.ts';
import { skBuffOffsets } from '../../sk-buff.ts';
import { xdpOffsets } from '../../xdp-md.ts';
import { errno, memoryArgument, s32, u32, type HelperFamily } from '../call.ts';
import type { HelperContext, HelperFunction } from '../helper.ts';
import type { Device, Forwarded, RouteDirectory, Unforwarded } from '../route-directory.ts';
import { FibParameters, PARAMETER_BYTES } from './fib-parameters.ts';
import { xdpOf } from './xdp.ts';

/** BPF_FIB_LOOKUP_*. */
const DIRECT = 1;
const OUTPUT = 2;
const SKIP_NEIGHBOUR = 4;
const WITH_TABLE = 8;
const WITH_SOURCE = 16;
const WITH_MARK = 32;
const LOOKUP_FLAGS = DIRECT | OUTPUT | SKIP_NEIGHBOUR | WITH_TABLE | WITH_SOURCE | WITH_MARK;
/** Table that routes are put into unless told otherwise: RT_TABLE_MAIN. */
const MAIN_TABLE = 254;

/** BPF_FIB_LKUP_RET_*. */
const SUCCESS = 0n;
const NOT_FORWARDED = 4n;
const FORWARDING_DISABLED = 5n;
const ENCAPSULATION_UNSUPPORTED = 6n;
const NO_NEIGHBOUR = 7n;
const FRAGMENTATION_NEEDED = 8n;
const NO_SOURCE_ADDRESS = 9n;
const refusals: Readonly<Record<Unforwarded, bigint>> = {
  blackhole: 1n,
  unreachable: 2n,
  prohibit: 3n,
  other: NOT_FORWARDED,
};

/** BPF_MTU_CHK_*. */
const CHECK_SEGMENTS = 1n;
const FITS = 0n;
const TOO_LONG = 1n;

const VLAN_TAG_BYTES = 4;
const IPV6_MTU_MIN = 1280;

/** What both kinds of programs tell of their packet. */
interface Packet {
  readonly lengthBytes: number;
  readonly device: number;
  readonly isSkBuff: boolean;
  readonly isSegmented: boolean;
}

function skBuffOf({ memory: { view } }: HelperContext, register: bigint): Packet {
  const field = (offset: number): number => view.getUint32(Number(register) + offset, true);
  return {
    lengthBytes: field(skBuffOffsets.len),
    device: field(skBuffOffsets.ifindex),
    isSkBuff: true,
    isSegmented: field(skBuffOffsets.gso_size) !== 0,
  };
}

function xdpPacketOf(context: HelperContext, register: bigint): Packet {
  const { data, end } = xdpOf(context, register);
  const device = context.memory.view.getUint32(Number(register) + xdpOffsets.ingress_ifindex, true);
  return { lengthBytes: end - data, device, isSkBuff: false, isSegmented: false };
}

function deviceAt({ world }: HelperContext, index: number): Device | undefined {
  const device = world.routes()?.device(index);
  if (device === undefined) world.missing('network device');
  return device === 'none' ? undefined : device;
}

/** What a route lets through at once. */
function mtuOf(route: Forwarded, device: Device, family: 'ipv4' | 'ipv6'): number {
  if (route.lockedMtu !== undefined) return route.lockedMtu;
  return family === 'ipv6' ? Math.max(IPV6_MTU_MIN, device.mtu) : device.mtu;
}

/** Puts what is known of the way into the parameters; what the helper answers. */
function forward(
  context: HelperContext,
  routes: RouteDirectory,
  parameters: FibParameters,
  route: Forwarded,
  { flags, isMtuChecked }: { readonly flags: number; readonly isMtuChecked: boolean },
): bigint {
  const { world } = context;
  const { family } = parameters;
  const device = deviceAt(context, route.device);
  if (device === undefined) return NOT_FORWARDED;
  if (route.isOneOfSeveral) world.missing('choice among routes of the same cost');
  const mtu = isMtuChecked ? mtuOf(route, device, family) : 0;
  if (isMtuChecked && parameters.totalBytes > mtu) {
    parameters.totalBytes = mtu;
    return FRAGMENTATION_NEEDED;
  }
  if (route.isEncapsulated) return ENCAPSULATION_UNSUPPORTED;
  parameters.metric = route.metric;
  parameters.device = route.device;
  const hasSource = (flags & WITH_SOURCE) === 0 || route.source !== undefined;
  if (!hasSource) world.missing('address that a packet is sent from');
  if ((flags & WITH_SOURCE) !== 0 && route.source !== undefined) parameters.setSource(route.source);
  if (route.gateway !== undefined) parameters.setGateway(route.gateway);
  if (!hasSource) return NO_SOURCE_ADDRESS;
  if ((flags & SKIP_NEIGHBOUR) === 0) {
    const neighbour = routes.neighbour(route.device, parameters.family, parameters.destination);
    if (neighbour === undefined) return NO_NEIGHBOUR;
    parameters.setLinkAddresses(device.address, neighbour);
  }
  parameters.clearVlan();
  if (mtu !== 0) parameters.totalBytes = mtu;
  return SUCCESS;
}

function lookUp(
  context: HelperContext,
  parameters: FibParameters,
  flags: number,
  isMtuChecked: boolean,
): bigint {
  const { world } = context;
  const { family } = parameters;
  if (family === 'ipv6' && parameters.isBoundToLink) return NOT_FORWARDED;
  const routes = world.routes();
  if (routes === undefined) {
    world.missing('routes');
    return NOT_FORWARDED;
  }
  const device = deviceAt(context, parameters.device);
  if (device === undefined) return errno(ENODEV);
  const isForwarding = device.forwards(family);
  if (isForwarding === undefined) world.missing('whether a device forwards');
  if (isForwarding === false) return FORWARDING_DISABLED;
  const isDirect = (flags & DIRECT) !== 0;
  const table = isDirect && (flags & WITH_TABLE) !== 0 ? parameters.takeTable() : MAIN_TABLE;
  const route = routes.route({
    family,
    destination: parameters.destination,
    device: parameters.device,
    isOutput: (flags & OUTPUT) !== 0,
    table: isDirect ? table : undefined,
  });
  if (typeof route === 'string') return refusals[route];
  return forward(context, routes, parameters, route, { flags, isMtuChecked });
}

function fibLookup(packetOf: (context: HelperContext, register: bigint) => Packet): HelperFunction {
  return (context, register, address, size, flagsRegister) => {
    const flags = u32(flagsRegister);
    if (s32(size) < PARAMETER_BYTES || (flags & ~LOOKUP_FLAGS) !== 0) return errno(EINVAL);
    const at = memoryArgument(context.memory, address, PARAMETER_BYTES);
    const parameters = FibParameters.at(context.memory, at);
    if (parameters === undefined) return errno(EAFNOSUPPORT);
    const packet = packetOf(context, register);
    const isMtuChecked = !packet.isSkBuff || parameters.totalBytes !== 0;
    const answer = lookUp(context, parameters, flags, isMtuChecked);
    if (answer !== SUCCESS || isMtuChecked) return answer;
    // The packet itself, where the program gives no length: is_skb_forwardable().
    const device = deviceAt(context, parameters.device);
    if (device === undefined) return answer;
    parameters.totalBytes = device.mtu;
    const lengthMax = device.mtu + device.linkHeaderBytes + VLAN_TAG_BYTES;
    const isForwardable = device.isUp && (packet.isSegmented || packet.lengthBytes <= lengthMax);
    return isForwardable ? SUCCESS : FRAGMENTATION_NEEDED;
  };
}

function checkMtu(packetOf: (context: HelperContext, register: bigint) => Packet): HelperFunction {
  return (context, register, ifindex, lengthRegister, difference, flags) => {
    const { view } = context.memory;
    const packet = packetOf(context, register);
    const at = memoryArgument(context.memory, lengthRegister, 4);
    const given = view.getUint32(at, true);
    const wantsSegments = (flags & CHECK_SEGMENTS) !== 0n;
    if ((flags & ~(packet.isSkBuff ? CHECK_SEGMENTS : 0n)) !== 0n) return errno(EINVAL);
    if (wantsSegments && (s32(difference) !== 0 || given !== 0)) return errno(EINVAL);
    const device = deviceAt(context, u32(ifindex) === 0 ? packet.device : u32(ifindex));
    if (device === undefined) return errno(ENODEV);
    const length = given === 0 ? packet.lengthBytes : given + device.linkHeaderBytes;
    view.setUint32(at, device.mtu, true);
    if (((length + s32(difference)) | 0) <= device.mtu + device.linkHeaderBytes) return FITS;
    if (packet.isSegmented && wantsSegments) context.world.missing('segments of a packet');
    return packet.isSegmented ? FITS : TOO_LONG;
  };
}

export const routeHelpers: HelperFamily = {
  fib_lookup: fibLookup(skBuffOf),
  check_mtu: checkMtu(skBuffOf),
};

/** What XDP programs get under the same names. */
export const xdpRouteHelpers: HelperFamily = {
  fib_lookup: fibLookup(xdpPacketOf),
  check_mtu: checkMtu(xdpPacketOf),
};
