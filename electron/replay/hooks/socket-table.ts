/**
 * Sockets of processes by their descriptors, as calls tell of them: what socket() made, what bind(), connect() and
 * setsockopt() did to it, and how descriptors are handed on. A socket that was made before the recording is unknown.
 */
import type { SocketCall } from './socket-calls.ts';

export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const IPPROTO_ICMP = 1;
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const IPPROTO_ICMPV6 = 58;
/** SOCK_CLOEXEC and SOCK_NONBLOCK come beside the type. */
const TYPE_MASK = 0xf;
const EINPROGRESS = 115;
const EALREADY = 114;
const EISCONN = 106;
const EINTR = 4;
const ERESTARTSYS = 512;
/** Level and name. */
const SO_PRIORITY = '1/12';
const SO_BINDTODEVICE = '1/25';
const SO_MARK = '1/36';
const SO_BINDTOIFINDEX = '1/62';
const IP_BIND_ADDRESS_NO_PORT = '0/24';
const F_DUPFD = 0;
const F_DUPFD_CLOEXEC = 1030;
const CLONE_FILES = 0x400;

/** Calls that tell of descriptors and of what becomes of sockets. */
export const SOCKET_CALLS = [
  'socket',
  'bind',
  'connect',
  'listen',
  'accept',
  'accept4',
  'getsockname',
  'close',
  'dup',
  'dup2',
  'dup3',
  'fcntl',
  'setsockopt',
  'fork',
  'vfork',
  'clone',
  'clone3',
] as const;

/** An address with its port, as the kernel keeps it. */
export interface Endpoint {
  /** Four bytes, or sixteen. */
  readonly address: Uint8Array;
  /** undefined where the kernel chose it and nothing tells which. */
  readonly port: number | undefined;
}

export interface Socket {
  readonly family: number | undefined;
  readonly type: number | undefined;
  readonly protocol: number | undefined;
  /** Of its own; undefined where unknown. */
  source: Endpoint | undefined;
  destination: Endpoint | undefined;
  /** As a stream's connect() goes. */
  connection: 'none' | 'begun' | 'made' | undefined;
  isListening: boolean;
  /** What setsockopt() set, zero where nothing did; undefined where unknown. */
  boundDevice: number | undefined;
  mark: number | undefined;
  priority: number | undefined;
  /** A bind() to port 0 leaves the port to connect(): IP_BIND_ADDRESS_NO_PORT. */
  isPortLeft: boolean;
}

const NOTHING_SET = { boundDevice: 0, mark: 0, priority: 0, isPortLeft: false };

type Descriptors = Map<number, Socket>;

export class SocketTable {
  /** Threads of a process share one. */
  readonly #processes = new Map<number, Descriptors>();

  /** undefined where it is no socket, or one that was made before the recording. */
  at(tid: number, descriptor: number | undefined): Socket | undefined {
    return descriptor === undefined ? undefined : this.#of(tid).get(descriptor);
  }

  /** What the call changes, once programs have seen it. */
  follow(call: SocketCall): void {
    const own = this.#of(call.tid);
    const { result, name } = call;
    const socket = this.at(call.tid, call.int(0));
    if (name === 'connect') connected(socket, call);
    else if (name === 'close') own.delete(call.int(0) ?? -1);
    if (result === undefined || result < 0) return;
    switch (name) {
      case 'socket':
        own.set(result, madeBy(call));
        return;
      case 'bind':
        if (socket !== undefined) socket.source = bound(endpointAt(call.pointedTo(1)), socket);
        return;
      case 'getsockname':
        if (socket !== undefined) socket.source = endpointAt(call.pointedTo(1)) ?? socket.source;
        return;
      case 'setsockopt':
        if (socket !== undefined) setOption(socket, call);
        return;
      case 'listen':
        if (socket !== undefined) socket.isListening = true;
        return;
      case 'accept':
      case 'accept4':
        own.set(result, accepted(socket, call));
        return;
      case 'dup':
      case 'dup2':
      case 'dup3':
        handOn(own, socket, result);
        return;
      case 'fcntl':
        if (call.int(1) === F_DUPFD || call.int(1) === F_DUPFD_CLOEXEC) handOn(own, socket, result);
        return;
      case 'clone':
        this.#processes.set(result, isShared(call.int(0)) ? own : new Map(own));
        return;
      case 'clone3':
        this.#processes.set(result, isShared(flagsAt(call.pointedTo(0))) ? own : new Map(own));
        return;
      case 'fork':
      case 'vfork':
        this.#processes.set(result, new Map(own));
        return;
    }
  }

  #of(tid: number): Descriptors {
    let own = this.#processes.get(tid);
    if (own === undefined) this.#processes.set(tid, (own = new Map()));
    return own;
  }
}

/** The kernel chooses a port where none is asked for: which, getsockname() may tell later. */
function bound(endpoint: Endpoint | undefined, { type, isPortLeft }: Socket): Endpoint | undefined {
  if (endpoint?.port !== 0 || isPortLeft || type === SOCK_RAW) return endpoint;
  return { address: endpoint.address, port: undefined };
}

function setOption(socket: Socket, call: SocketCall): void {
  const option = `${call.int(1) ?? '?'}/${call.int(2) ?? '?'}`;
  const bytes = call.pointedTo(3);
  const value =
    bytes !== undefined && bytes.length >= 4
      ? new DataView(bytes.buffer, bytes.byteOffset, 4).getInt32(0, true)
      : undefined;
  if (option === SO_MARK) socket.mark = value;
  else if (option === SO_PRIORITY) socket.priority = value;
  // A device's name says nothing of its number.
  else if (option === SO_BINDTODEVICE) socket.boundDevice = undefined;
  else if (option === SO_BINDTOIFINDEX) socket.boundDevice = value;
  else if (option === IP_BIND_ADDRESS_NO_PORT) socket.isPortLeft = value !== 0;
}

function isShared(flags: number | undefined): boolean {
  return ((flags ?? 0) & CLONE_FILES) !== 0;
}

/** Of struct clone_args, the lower half. */
function flagsAt(args: Uint8Array | undefined): number | undefined {
  if (args === undefined || args.length < 4) return undefined;
  return new DataView(args.buffer, args.byteOffset, 4).getInt32(0, true);
}

function handOn(own: Descriptors, socket: Socket | undefined, to: number): void {
  if (socket === undefined) own.delete(to);
  else own.set(to, socket);
}

/** The protocol that the kernel takes where none is asked for: inet_create(). */
function madeBy(call: SocketCall): Socket {
  const family = call.int(0);
  const asked = call.int(1);
  const type = asked === undefined ? undefined : asked & TYPE_MASK;
  const isInternet = family === AF_INET || family === AF_INET6;
  let protocol = call.int(2);
  if (protocol === 0 && isInternet)
    protocol = type === SOCK_STREAM ? IPPROTO_TCP : type === SOCK_DGRAM ? IPPROTO_UDP : 0;
  const nowhere = { address: new Uint8Array(family === AF_INET6 ? 16 : 4), port: 0 };
  return {
    family,
    type,
    protocol,
    source: nowhere,
    destination: nowhere,
    connection: 'none',
    isListening: false,
    ...NOTHING_SET,
  };
}

function accepted(listener: Socket | undefined, call: SocketCall): Socket {
  const source = listener?.source;
  return {
    family: listener?.family,
    type: listener?.type,
    protocol: listener?.protocol,
    // One that listens for all addresses says nothing of the one that was called.
    source: source?.address.some((byte) => byte !== 0) === true ? source : undefined,
    destination: endpointAt(call.pointedTo(1)),
    connection: 'made',
    isListening: false,
    ...NOTHING_SET,
    boundDevice: listener?.boundDevice,
    mark: listener?.mark,
    priority: undefined,
  };
}

/** As __inet_stream_connect() and inet_dgram_connect() leave it. */
function connected(socket: Socket | undefined, call: SocketCall): void {
  if (socket === undefined) return;
  const { result } = call;
  const address = call.pointedTo(1);
  if (result === 0) {
    const endpoint = endpointAt(address);
    socket.connection = endpoint === undefined ? 'none' : 'made';
    socket.destination = endpoint;
    // The route chooses the address where bind() did not.
    if (socket.source?.address.every((byte) => byte === 0) === true || socket.source?.port === 0)
      socket.source = undefined;
    return;
  }
  if (result === undefined) socket.connection = undefined;
  else if ([EINPROGRESS, EALREADY, EINTR, ERESTARTSYS].includes(-result)) socket.connection = 'begun';
  else if (result !== -EISCONN) socket.connection = 'none';
}

/** A struct sockaddr's address and port, where it is IPv4's or IPv6's. */
export function endpointAt(address: Uint8Array | undefined): Endpoint | undefined {
  if (address === undefined || address.length < 8) return undefined;
  const view = new DataView(address.buffer, address.byteOffset, address.length);
  const family = view.getUint16(0, true);
  const port = view.getUint16(2);
  if (family === AF_INET) return { address: address.slice(4, 8), port };
  if (family === AF_INET6 && address.length >= 24) return { address: address.slice(8, 24), port };
  return undefined;
}
