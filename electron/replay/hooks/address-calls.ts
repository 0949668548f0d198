/**
 * Which system calls bring an address before the programs of a cgroup, and as which version of IP: as net/ipv4/af_inet.c,
 * net/ipv4/udp.c, net/ipv6/af_inet6.c and net/ipv6/udp.c of Linux 6.18 do.
 */
import type { SocketCall } from './socket-calls.ts';
import {
  AF_INET,
  AF_INET6,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_UDP,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  type Socket,
} from './socket-table.ts';

export type AddressCall = 'connect' | 'bind' | 'sendmsg' | 'recvmsg' | 'getpeername' | 'getsockname';

export interface AddressHook {
  readonly call: AddressCall;
  readonly version: 4 | 6;
}

/** The system calls that a hook is on the way of. */
export const CALLS_OF: Readonly<Record<AddressCall, readonly string[]>> = {
  connect: ['connect'],
  bind: ['bind'],
  sendmsg: ['sendto', 'sendmsg'],
  recvmsg: ['recvfrom', 'recvmsg'],
  getpeername: ['getpeername', 'accept', 'accept4'],
  getsockname: ['getsockname'],
};

/** Struct sockaddr_in, and as much of sockaddr_in6 as RFC 2133 has. */
const SOCKADDR_IN_BYTES = 16;
const SOCKADDR_IN6_BYTES_MIN = 24;
const AF_UNSPEC = 0;
const IPPROTO_UDPLITE = 136;
const EBADF = 9;
const EFAULT = 14;
const ENOTSOCK = 88;
const EISCONN = 106;
const EALREADY = 114;
const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** What a program is to see of a call: `unknown` where the recording does not tell whether it sees it at all. */
export type Seen = { readonly address: Uint8Array | undefined } | 'unseen' | 'unknown';

/** `socket` is what the descriptor stands for, undefined where unknown; of accept(), what it made. */
export function seenBy(hook: AddressHook, call: SocketCall, socket: Socket | undefined): Seen {
  if (isTurnedAway(call)) return 'unseen';
  const family = socket?.family;
  if (family !== undefined && family !== AF_INET && family !== AF_INET6) return 'unseen';
  const given = addressOf(call);
  if (given === 'none') return 'unseen';
  const address = given?.bytes;
  const named = address === undefined ? undefined : familyOf(address);
  switch (hook.call) {
    case 'connect':
      return connecting(hook, call, socket, given);
    case 'bind':
      if (socket?.type === SOCK_RAW || isPing(socket)) return 'unseen';
      return ofVersion(hook, family ?? named, given, true);
    case 'sendmsg':
      return sending(hook, socket, given);
    case 'recvmsg':
      if (call.result === undefined || call.result < 0) return 'unseen';
      if (socket !== undefined && !isUdp(socket)) return 'unseen';
      return socket === undefined ? 'unknown' : ofVersion(hook, family, given, false);
    case 'getpeername':
    case 'getsockname':
      if (call.result === undefined || call.result < 0) return 'unseen';
      return ofVersion(hook, family ?? named, given, false);
  }
}

function connecting(
  hook: AddressHook,
  { result }: SocketCall,
  socket: Socket | undefined,
  given: Given | undefined,
): Seen {
  const named = given === undefined ? undefined : familyOf(given.bytes);
  // AF_UNSPEC ends a connection.
  if (named === AF_UNSPEC) return 'unseen';
  if (socket?.type === SOCK_RAW) return 'unseen';
  // A stream that is connected, or about to be, is refused or waited for before.
  if (socket?.type === SOCK_STREAM && socket.connection !== 'none' && socket.connection !== undefined)
    return 'unseen';
  if (socket?.connection === undefined && (result === -EISCONN || result === -EALREADY)) return 'unseen';
  // A UDP socket of IPv6 takes addresses of IPv4.
  const isIpv4OfIpv6 = socket?.family === AF_INET6 && isUdp(socket) && named === AF_INET;
  return ofVersion(hook, isIpv4OfIpv6 ? AF_INET : (socket?.family ?? named), given, true);
}

/** UDP alone, and where the address is told with what is sent. */
function sending(hook: AddressHook, socket: Socket | undefined, given: Given | undefined): Seen {
  if (socket === undefined) return 'unknown';
  if (!isUdp(socket)) return 'unseen';
  if (given === undefined)
    return socket.family === AF_INET && hook.version === 4 ? { address: undefined } : 'unknown';
  const { bytes } = given;
  if (bytes.length < 4 || (bytes[2] === 0 && bytes[3] === 0)) return 'unseen';
  const named = familyOf(bytes);
  if (socket.family === AF_INET) {
    const isTaken = named === AF_INET || named === AF_UNSPEC;
    return isTaken ? ofVersion(hook, AF_INET, given, true) : 'unseen';
  }
  if (named === AF_INET) return ofVersion(hook, AF_INET, given, true);
  if (named !== AF_INET6) return 'unseen';
  const mapped = unmapped(bytes);
  if (mapped === undefined) return ofVersion(hook, AF_INET6, given, true);
  return ofVersion(hook, AF_INET, { bytes: mapped, lengthBytes: SOCKADDR_IN_BYTES }, true);
}

/** `isChecked`: an address that is too short is refused before. */
function ofVersion(
  { version }: AddressHook,
  family: number | undefined,
  given: Given | undefined,
  isChecked: boolean,
): Seen {
  if (family === undefined) return 'unknown';
  if (family !== (version === 4 ? AF_INET : AF_INET6)) return 'unseen';
  const least = version === 4 ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES_MIN;
  if (isChecked && given !== undefined && given.lengthBytes < least) return 'unseen';
  return { address: given?.bytes };
}

interface Given {
  readonly bytes: Uint8Array;
  /** As the call tells it. */
  readonly lengthBytes: number;
}

/** `none` where the call tells of no address; undefined where it does, and the recording does not. */
function addressOf(call: SocketCall): Given | 'none' | undefined {
  const at = (index: number, lengthIndex?: number): Given | 'none' | undefined => {
    if (call.isNull(index)) return 'none';
    const bytes = call.pointedTo(index);
    if (bytes === undefined) return undefined;
    return {
      bytes,
      lengthBytes: (lengthIndex === undefined ? undefined : call.int(lengthIndex)) ?? bytes.length,
    };
  };
  switch (call.name) {
    case 'connect':
    case 'bind':
      return at(1, 2);
    case 'sendto':
      return at(4, 5);
    case 'recvfrom':
      return at(4);
    case 'sendmsg':
    case 'recvmsg':
      return ofMessage(call);
    default:
      return at(1);
  }
}

/** struct msghdr begins with the address's place and length. */
function ofMessage(call: SocketCall): Given | 'none' | undefined {
  const header = call.pointedTo(1);
  if (header === undefined || header.length < 12) return undefined;
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const pointer = view.getBigUint64(0, true);
  if (pointer === 0n) return 'none';
  const bytes = call.at(pointer);
  return bytes && { bytes, lengthBytes: view.getUint32(8, true) };
}

/** Refused where nobody looked at the socket yet. */
function isTurnedAway({ result }: SocketCall): boolean {
  return result === -EBADF || result === -ENOTSOCK || result === -EFAULT;
}

function isUdp({ type, protocol }: Socket): boolean {
  return type === SOCK_DGRAM && (protocol === IPPROTO_UDP || protocol === IPPROTO_UDPLITE);
}

function isPing(socket: Socket | undefined): boolean {
  return (
    socket?.type === SOCK_DGRAM && (socket.protocol === IPPROTO_ICMP || socket.protocol === IPPROTO_ICMPV6)
  );
}

function familyOf(address: Uint8Array): number | undefined {
  return address.length < 2 ? undefined : (address[0] ?? 0) | ((address[1] ?? 0) << 8);
}

/** An address of IPv4 written as one of IPv6, as the former. */
function unmapped(address: Uint8Array): Uint8Array | undefined {
  if (address.length < SOCKADDR_IN6_BYTES_MIN) return undefined;
  if (!MAPPED_PREFIX.every((byte, index) => address[8 + index] === byte)) return undefined;
  const bytes = new Uint8Array(SOCKADDR_IN_BYTES);
  bytes.set([AF_INET, 0, address[2] ?? 0, address[3] ?? 0, ...address.subarray(20, 24)]);
  return bytes;
}
