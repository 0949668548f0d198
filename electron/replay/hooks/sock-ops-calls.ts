/**
 * Calls of a sock_ops program: the context, and which of the callbacks a socket asked for with
 * bpf_sock_ops_cb_flags_set(). What no source tells of a socket is all ones.
 */
import { SOCK_OPS_BYTES, SockOp, SockOpFlag, sockOpsOffsets } from '../../bpf/sock-ops.ts';
import type { VerifiedProgram } from '../../bpf/program.ts';
import type { Address } from '../../bpf/vm/memory.ts';
import type { Call, HookSite } from './hook.ts';
import { countIn, type PacketCounts } from './packet-counts.ts';
import { SocketPlaces } from './socket-place.ts';
import { AF_INET, AF_INET6, IPPROTO_TCP, SOCK_STREAM, type Endpoint } from './socket-table.ts';

export type SockOpName = keyof typeof SockOp;

/** As the UAPI ends their names. */
const NAMES: Readonly<Record<SockOpName, string>> = {
  timeoutInit: 'TIMEOUT_INIT',
  rwndInit: 'RWND_INIT',
  tcpConnect: 'TCP_CONNECT_CB',
  activeEstablished: 'ACTIVE_ESTABLISHED_CB',
  passiveEstablished: 'PASSIVE_ESTABLISHED_CB',
  needsEcn: 'NEEDS_ECN',
  baseRtt: 'BASE_RTT',
  retransmissionTimeout: 'RTO_CB',
  retransmission: 'RETRANS_CB',
  state: 'STATE_CB',
  tcpListen: 'TCP_LISTEN_CB',
  roundTripTime: 'RTT_CB',
  parseHeaderOption: 'PARSE_HDR_OPT_CB',
  headerOptionLength: 'HDR_OPT_LEN_CB',
  writeHeaderOption: 'WRITE_HDR_OPT_CB',
};

/** Callbacks that a socket may ask for, and that no source tells of. */
const UNTOLD: readonly (readonly [flag: number, what: string])[] = [
  [SockOpFlag.retransmissionTimeout, 'calls for RTO_CB: timers of sockets'],
  [SockOpFlag.roundTripTime, 'calls for RTT_CB: round-trip times that sockets measured'],
  [SockOpFlag.parseAllOptions | SockOpFlag.parseUnknownOptions, 'calls for PARSE_HDR_OPT_CB'],
  [SockOpFlag.writeOptions, 'calls for HDR_OPT_LEN_CB and WRITE_HDR_OPT_CB'],
];

/** A TCP socket as far as it is known. */
export interface Connection {
  readonly family: number;
  local: Endpoint;
  remote: Endpoint;
  /** TCP_ESTABLISHED and its like. */
  state: number;
  /** bpf_sock_ops_cb_flags. */
  flags: number;
}

export interface SockOpsCall {
  readonly args?: readonly (number | undefined)[];
  /** False of a connection that is asked for: its socket is a listener's request. */
  readonly isWhole?: false;
  /** The TCP header of the packet that it is of. */
  readonly header?: Uint8Array;
  readonly packetBytes?: number;
  readonly tcpFlags?: number;
  /** Further fields, by name. */
  readonly words?: Readonly<Partial<Record<keyof typeof sockOpsOffsets, number>>>;
}

const HEADER_BYTES_MAX = 60;
const IPV6_BYTES = 16;

export class SockOpsCalls {
  readonly #site: HookSite;
  readonly #counts: PacketCounts;
  readonly #context: Address;
  readonly #header: Address;
  readonly #places: SocketPlaces;
  readonly #read = new Set<number>();

  constructor(site: HookSite, counts: PacketCounts) {
    this.#site = site;
    this.#counts = counts;
    this.#context = site.memory.allocate(SOCK_OPS_BYTES, 8);
    this.#header = site.memory.allocate(HEADER_BYTES_MAX, 8);
    this.#places = site.moment.knownSockets ??= new SocketPlaces(site.memory);
  }

  readBy({ contextAccesses }: VerifiedProgram): void {
    for (const { offsetBytes, sizeBytes, isWrite } of contextAccesses)
      if (!isWrite) for (let at = offsetBytes & ~3; at < offsetBytes + sizeBytes; at += 4) this.#read.add(at);
  }

  /** Calls the program where the socket is called for that at all. */
  call(call: Call, name: SockOpName, connection: Connection, more: SockOpsCall = {}): void {
    this.#put(name, connection, more);
    this.#counts.seen += 1;
    const { view } = this.#site.memory;
    this.#places.context = { address: this.#context, socket: this.#places.placeOf(connection) };
    const returned = call(this.#context);
    this.#places.context = undefined;
    const flags = view.getUint32(this.#context + sockOpsOffsets.bpf_sock_ops_cb_flags, true);
    if (more.isWhole !== false) this.#setFlags(connection, flags);
    if (returned !== undefined) countIn(this.#counts.verdicts, NAMES[name]);
  }

  #setFlags(connection: Connection, flags: number): void {
    const asked = flags & ~connection.flags;
    connection.flags = flags;
    for (const [flag, what] of UNTOLD) if ((asked & flag) !== 0) this.#site.moment.missing(what);
  }

  #put(name: SockOpName, connection: Connection, more: SockOpsCall): void {
    const { bytes, view } = this.#site.memory;
    const context = this.#context;
    bytes.fill(0xff, context, context + SOCK_OPS_BYTES);
    const word = (field: keyof typeof sockOpsOffsets, value: number): void =>
      view.setUint32(context + sockOpsOffsets[field], value, true);
    // Of a request, the kernel gives zeros for what a socket has.
    if (more.isWhole === false) bytes.fill(0, context + sockOpsOffsets.snd_cwnd, context + sockOpsOffsets.sk);
    word('op', SockOp[name]);
    bytes.fill(0, context + sockOpsOffsets.args, context + sockOpsOffsets.family);
    for (const [index, value = 0xffff_ffff] of (more.args ?? []).entries())
      view.setUint32(context + sockOpsOffsets.args + 4 * index, value, true);
    if (
      more.args?.some(
        (value, index) => value === undefined && this.#read.has(sockOpsOffsets.args + 4 * index),
      )
    )
      this.#site.moment.missing(`arguments of ${NAMES[name]}`);
    word('family', connection.family);
    word('is_fullsock', more.isWhole === false ? 0 : 1);
    word('bpf_sock_ops_cb_flags', more.isWhole === false ? 0 : connection.flags);
    word('state', connection.state);
    this.#putEnds(connection);
    for (const [field, value] of Object.entries(more.words ?? {}))
      word(field as keyof typeof sockOpsOffsets, value);
    const isWhole = more.isWhole !== false;
    const socket = isWhole ? this.#places.put(connection, viewOf(connection)) : 0;
    view.setBigUint64(context + sockOpsOffsets.sk, BigInt(socket), true);
    this.#putHeader(more);
  }

  #putEnds({ family, local, remote }: Connection): void {
    const { bytes, view } = this.#site.memory;
    const context = this.#context;
    const isIpv4 = family === AF_INET;
    const width = isIpv4 ? 4 : IPV6_BYTES;
    const at = isIpv4
      ? ([sockOpsOffsets.local_ip4, sockOpsOffsets.remote_ip4] as const)
      : ([sockOpsOffsets.local_ip6, sockOpsOffsets.remote_ip6] as const);
    bytes.set(local.address.subarray(0, width), context + at[0]);
    bytes.set(remote.address.subarray(0, width), context + at[1]);
    if (local.port !== undefined) view.setUint32(context + sockOpsOffsets.local_port, local.port, true);
    else if (this.#read.has(sockOpsOffsets.local_port))
      this.#site.moment.missing('the local port of a socket');
    // In the order of the network, and of 32 bits.
    if (remote.port !== undefined) view.setUint32(context + sockOpsOffsets.remote_port, remote.port);
  }

  #putHeader({ header, packetBytes = 0, tcpFlags = 0 }: SockOpsCall): void {
    const { bytes, view } = this.#site.memory;
    const context = this.#context;
    const length = Math.min(HEADER_BYTES_MAX, header?.length ?? 0);
    const start = header === undefined ? 0 : this.#header;
    if (header !== undefined) bytes.set(header.subarray(0, length), this.#header);
    view.setBigUint64(context + sockOpsOffsets.skb_data, BigInt(start), true);
    view.setBigUint64(context + sockOpsOffsets.skb_data_end, BigInt(start + length), true);
    view.setUint32(context + sockOpsOffsets.skb_len, packetBytes, true);
    view.setUint32(context + sockOpsOffsets.skb_tcp_flags, tcpFlags, true);
    view.setBigUint64(context + sockOpsOffsets.skb_hwtstamp, 0n, true);
  }
}

function viewOf({ family, local, remote, state }: Connection): Parameters<SocketPlaces['put']>[1] {
  return {
    family,
    type: SOCK_STREAM,
    protocol: IPPROTO_TCP,
    source: local,
    destination: remote,
    state,
  };
}

export function isInternet(family: number): boolean {
  return family === AF_INET || family === AF_INET6;
}
