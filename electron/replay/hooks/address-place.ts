/**
 * The context of a program that sees an address, struct bpf_sock_addr, and the socket that it leads to. What the
 * recording does not tell is all ones, and counted where the program reads it.
 */
import { SOCK_ADDR_BYTES, sockAddrOffsets } from '../../bpf/sock-addr.ts';
import type { VerifiedProgram } from '../../bpf/program.ts';
import type { Address, LinearMemory } from '../../bpf/vm/memory.ts';
import type { AddressHook } from './address-calls.ts';
import type { HookSite } from './hook.ts';
import { SocketPlaces, UNKNOWN_SOCKET, type SocketView } from './socket-place.ts';

const AF_BYTES = 2;
const PORT_AT = 2;
const IPV4_AT = 4;
const IPV6_AT = 8;
const IPV6_BYTES = 16;

export class AddressPlace {
  readonly #memory: LinearMemory;
  readonly #site: HookSite;
  readonly #context: Address;
  readonly #sockets: SocketPlaces;
  /** Offsets that the program reads. */
  readonly #read = new Set<number>();

  constructor(site: HookSite) {
    this.#site = site;
    this.#memory = site.memory;
    this.#context = site.memory.allocate(SOCK_ADDR_BYTES, 8);
    this.#sockets = site.moment.knownSockets ??= new SocketPlaces(site.memory);
  }

  readBy({ contextAccesses }: VerifiedProgram): void {
    for (const { offsetBytes, sizeBytes } of contextAccesses)
      for (let at = offsetBytes & ~3; at < offsetBytes + sizeBytes; at += 4) this.#read.add(at);
  }

  put(
    { call, version }: AddressHook,
    address: Uint8Array | undefined,
    socket: SocketView | undefined,
  ): Address {
    const { bytes, view } = this.#memory;
    const context = this.#context;
    bytes.fill(0xff, context, context + SOCK_ADDR_BYTES);
    const at = version === 4 ? IPV4_AT : IPV6_AT;
    const sizeBytes = version === 4 ? 4 : IPV6_BYTES;
    const ip = version === 4 ? sockAddrOffsets.user_ip4 : sockAddrOffsets.user_ip6;
    if (address !== undefined && address.length >= AF_BYTES) {
      view.setUint32(
        context + sockAddrOffsets.user_family,
        (address[0] ?? 0) | ((address[1] ?? 0) << 8),
        true,
      );
    }
    if (address !== undefined && address.length >= at + sizeBytes) {
      bytes.set(address.subarray(at, at + sizeBytes), context + ip);
      bytes.fill(0, context + sockAddrOffsets.user_port, context + sockAddrOffsets.user_port + 4);
      bytes.set(address.subarray(PORT_AT, PORT_AT + 2), context + sockAddrOffsets.user_port);
    } else this.#count(`the address of ${call}()`, ip, sockAddrOffsets.user_port);
    this.#putSocket(socket);
    if (call === 'sendmsg') this.#putSource(version, socket);
    return context;
  }

  #putSocket(socket: SocketView | undefined): void {
    for (const name of ['family', 'type', 'protocol'] as const) {
      const value = socket?.[name];
      if (value === undefined) this.#count(`the ${name} of a socket`, sockAddrOffsets[name]);
      else this.#memory.view.setUint32(this.#context + sockAddrOffsets[name], value, true);
    }
    const sk = this.#sockets.put(socket ?? this, socket ?? UNKNOWN_SOCKET);
    this.#memory.view.setBigUint64(this.#context + sockAddrOffsets.sk, BigInt(sk), true);
    if (socket === undefined) this.#count('a socket', sockAddrOffsets.sk);
  }

  /** Where the packet is sent from: as the socket is bound, but for what a control message says. */
  #putSource(version: 4 | 6, socket: SocketView | undefined): void {
    const source = socket?.source?.address;
    const at = version === 4 ? sockAddrOffsets.msg_src_ip4 : sockAddrOffsets.msg_src_ip6;
    if (source?.length === (version === 4 ? 4 : IPV6_BYTES))
      this.#memory.bytes.set(source, this.#context + at);
    else this.#count('the address that is sent from', at);
  }

  /** Where the program reads one of the fields. */
  #count(what: string, ...offsets: readonly number[]): void {
    if (offsets.some((offset) => this.#read.has(offset))) this.#site.moment.missing(what);
  }
}
