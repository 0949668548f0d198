/** What programs on sockets are made of: the types that see sockets, and the ways to come by one. */
import type { Instruction, MapDefinition, ProgramType } from '../../electron/bpf/program.ts';
import { availableTo } from '../../electron/bpf/helpers/availability.ts';
import { ATTACH } from '../../electron/bpf/verifier/attach-type.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';

export const HELPER = {
  mapLookup: 1,
  mapUpdate: 2,
  mapDelete: 3,
  random: 7,
  skLookupTcp: 84,
  skLookupUdp: 85,
  skRelease: 86,
  skFullsock: 95,
  tcpSock: 96,
  getListenerSock: 98,
  skcLookupTcp: 99,
  skAssign: 124,
  skcToTcp6Sock: 136,
  skcToTcpSock: 137,
  skcToTcpTimewaitSock: 138,
  skcToTcpRequestSock: 139,
  skcToUdp6Sock: 140,
  skcToUnixSock: 178,
  skcToMptcpSock: 196,
} as const;

/** A type that sees sockets, as it is loaded, and where its context has one. */
export interface SocketType {
  readonly type: ProgramType;
  readonly section: string;
  readonly attachType: number;
  readonly socketAt: number | undefined;
}

function of(
  type: ProgramType,
  socketAt: number | undefined,
  section: string = type,
  attachType: number = ATTACH.none,
): SocketType {
  return { type, section, attachType, socketAt };
}

const OF_SK_BUFF = 168;
const OF_ADDRESS = 64;

export const socketTypes: readonly SocketType[] = [
  of('socket_filter', OF_SK_BUFF),
  of('sched_cls', OF_SK_BUFF),
  of('sched_act', OF_SK_BUFF),
  of('xdp', undefined),
  of('cgroup_skb', OF_SK_BUFF, 'cgroup_skb/ingress'),
  of('cgroup_skb', OF_SK_BUFF, 'cgroup_skb/egress', ATTACH.cgroupEgress),
  of('lwt_in', OF_SK_BUFF),
  of('lwt_xmit', OF_SK_BUFF),
  of('lwt_seg6local', OF_SK_BUFF),
  of('sk_skb', OF_SK_BUFF),
  of('sk_msg', 72),
  of('sock_ops', 184, 'sockops', 3),
  of('sk_lookup', 0, 'sk_lookup', 36),
  of('sk_reuseport', 40, 'sk_reuseport', 39),
  of('sk_reuseport', 48, 'sk_reuseport', 39),
  of('cgroup_sockopt', 0, 'cgroup/getsockopt', ATTACH.getSockopt),
  of('cgroup_sockopt', 0, 'cgroup/setsockopt', ATTACH.setSockopt),
  of('cgroup_sock', undefined, 'cgroup/sock_create', ATTACH.sockCreate),
  of('cgroup_sock', undefined, 'cgroup/post_bind4', ATTACH.postBind4),
  of('cgroup_sock_addr', OF_ADDRESS, 'cgroup/bind4', ATTACH.bind4),
  of('cgroup_sock_addr', OF_ADDRESS, 'cgroup/connect6', ATTACH.connect6),
  of('cgroup_sock_addr', OF_ADDRESS, 'cgroup/sendmsg4', ATTACH.sendmsg4),
  of('cgroup_sock_addr', OF_ADDRESS, 'cgroup/recvmsg6', ATTACH.recvmsg6),
  of('cgroup_sock_addr', OF_ADDRESS, 'cgroup/getpeername4', ATTACH.getpeername4),
  of('cgroup_sock_addr', OF_ADDRESS, 'cgroup/getsockname6', ATTACH.getsockname6),
  of('flow_dissector', undefined),
];

/** By index: what programs on sockets look into. */
export const MAP = { array: 0, sockmap: 1, sockhash: 2, xskmap: 3, ring: 4, programs: 5 } as const;
export const socketMaps: readonly MapDefinition[] = [
  asm.mapOf('array', 4, 16, 4),
  asm.mapOf('sockmap', 4, 8, 4),
  asm.mapOf('sockhash', 8, 4, 4),
  asm.mapOf('xskmap', 4, 4, 4),
  asm.mapOf('ringbuf', 0, 0, 4096),
  asm.mapOf('prog_array', 4, 4, 4),
];

/** Every type may return this. */
export const leave = [asm.mov64(0, 1), asm.exit];
export const CONTEXT = 6;
export const SOCKET = 7;

export function mayCallIn({ type }: Pick<SocketType, 'type'>, helper: string): boolean {
  return availableTo(helper)?.has(type) ?? true;
}

/** Twelve zero bytes of tuple at r10 - 16, which lookups in maps take for a key, too. */
export const zeros = [asm.storeImmediate(8, 10, -16, 0), asm.storeImmediate(8, 10, -8, 0)];

/** r0 = what the lookup of an all-zero tuple gives. */
export function lookUpTuple(helper: number): Instruction[] {
  return [
    ...zeros,
    asm.mov64(1, r(CONTEXT)),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, -16),
    asm.mov64(3, 12),
    asm.mov64(4, -1),
    asm.mov64(5, 0),
    asm.call(helper),
  ];
}

/** r0 = what the map has at an all-zero key. */
export function lookUpInMap(map: number): Instruction[] {
  return [
    ...zeros,
    ...asm.loadMap(1, map),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, -16),
    asm.call(HELPER.mapLookup),
  ];
}

/** r0 = what the helper makes of the register's socket. */
export function cast(helper: number, register: number): Instruction[] {
  return [...(register === 1 ? [] : [asm.mov64(1, r(register))]), asm.call(helper)];
}

/** Leaves where the register is null. */
export function unlessNull(register: number): Instruction[] {
  return [asm.jump64('jne', register, 0, 2), ...leave];
}

export function release(register: number): Instruction[] {
  return cast(HELPER.skRelease, register);
}

/** A way to come by a socket, in r7, and whether it is to be given back. */
export interface Source {
  readonly name: string;
  readonly code: readonly Instruction[];
  readonly isHeld: boolean;
}

const toSocket = asm.mov64(SOCKET, r(0));

/** All ways that the type has, whose socket is there or not; r6 is the context. */
export function sourcesOf(type: SocketType): Source[] {
  const can = (helper: string): boolean => mayCallIn(type, helper);
  const { socketAt } = type;
  const sources: Source[] = [
    { name: 'an AF_XDP socket', code: [...lookUpInMap(MAP.xskmap), toSocket], isHeld: false },
  ];
  if (socketAt !== undefined) {
    const load = asm.load(8, SOCKET, CONTEXT, socketAt);
    sources.push({ name: "the context's", code: [load], isHeld: false });
    const view = (name: string, helper: string, id: number): void => {
      if (can(helper))
        sources.push({
          name,
          code: [load, ...unlessNull(SOCKET), ...cast(id, SOCKET), toSocket],
          isHeld: false,
        });
    };
    view('a full one', 'sk_fullsock', HELPER.skFullsock);
    view('its TCP side', 'tcp_sock', HELPER.tcpSock);
    view('its listener', 'get_listener_sock', HELPER.getListenerSock);
    view('its tcp_sock', 'skc_to_tcp_sock', HELPER.skcToTcpSock);
    view('its unix_sock', 'skc_to_unix_sock', HELPER.skcToUnixSock);
  }
  if (!can('sk_release')) return sources;
  for (const map of [MAP.sockmap, MAP.sockhash])
    sources.push({ name: `of map ${map}`, code: [...lookUpInMap(map), toSocket], isHeld: true });
  if (can('sk_lookup_tcp')) {
    for (const helper of [HELPER.skLookupTcp, HELPER.skLookupUdp, HELPER.skcLookupTcp])
      sources.push({ name: `looked up (${helper})`, code: [...lookUpTuple(helper), toSocket], isHeld: true });
  }
  return sources;
}
