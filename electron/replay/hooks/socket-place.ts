/**
 * Sockets as programs see them, struct bpf_sock in linear memory: each socket at its own place, so that what programs
 * keep of it is found again. What the recording does not tell of one is all ones, and counted where it is handed out.
 */
import type { SocketDirectory, SocketFacts } from '../../bpf/helpers/socket-directory.ts';
import { SOCK_BYTES, sockOffsets } from '../../bpf/sock-addr.ts';
import type { Address, LinearMemory } from '../../bpf/vm/memory.ts';
import type { Endpoint } from './socket-table.ts';

/** Sockets with a place of their own; those beyond share one. A machine has that many ports. */
const PLACES_MAX = 65_536;
const IPV4_BYTES = 4;

/** What is known of a socket: undefined for what is not. */
export interface SocketView {
  readonly family: number | undefined;
  readonly type: number | undefined;
  readonly protocol: number | undefined;
  readonly source: Endpoint | undefined;
  readonly destination: Endpoint | undefined;
  readonly boundDevice?: number | undefined;
  readonly mark?: number | undefined;
  readonly priority?: number | undefined;
  /** TCP_ESTABLISHED and its like. */
  readonly state?: number | undefined;
}

/** One that was made before the recording. */
export const UNKNOWN_SOCKET: SocketView = {
  family: undefined,
  type: undefined,
  protocol: undefined,
  source: undefined,
  destination: undefined,
};

export class SocketPlaces implements SocketDirectory {
  readonly #memory: LinearMemory;
  readonly #places = new WeakMap<object, Address>();
  readonly #known = new Map<Address, SocketFacts>();
  #shared: Address | undefined;
  /** What a context stands for while a program has it. */
  context: { readonly address: Address; readonly socket: Address } | undefined;

  constructor(memory: LinearMemory) {
    this.#memory = memory;
  }

  /** The socket's place, with what is known of it now; `key` is the same for one socket. */
  put(key: object, view: SocketView): Address {
    const place = this.placeOf(key);
    const { bytes, view: words } = this.#memory;
    bytes.fill(0xff, place, place + SOCK_BYTES);
    const word = (offset: number, value: number | undefined): void => {
      if (value !== undefined) words.setUint32(place + offset, value, true);
    };
    word(sockOffsets.bound_dev_if, view.boundDevice);
    word(sockOffsets.mark, view.mark);
    word(sockOffsets.priority, view.priority);
    word(sockOffsets.family, view.family);
    word(sockOffsets.type, view.type);
    word(sockOffsets.protocol, view.protocol);
    word(sockOffsets.state, view.state);
    if (view.source !== undefined) {
      this.#address(place, view.source.address, sockOffsets.src_ip4, sockOffsets.src_ip6);
      word(sockOffsets.src_port, view.source.port);
    }
    if (view.destination !== undefined) {
      this.#address(place, view.destination.address, sockOffsets.dst_ip4, sockOffsets.dst_ip6);
      const { port = 0xffff } = view.destination;
      words.setUint16(place + sockOffsets.dst_port, port);
      words.setUint16(place + sockOffsets.dst_port + 2, 0);
    }
    return place;
  }

  /** That of one of the places. */
  at(address: bigint): SocketFacts | undefined {
    if (address > 0xffff_ffffn) return undefined;
    const { context } = this;
    return this.#known.get(context?.address === Number(address) ? context.socket : Number(address));
  }

  /** Which sockets there are, and were not seen, no recording says. */
  byTuple(): undefined {
    return undefined;
  }

  #address(place: Address, address: Uint8Array, at4: number, at6: number): void {
    const { bytes } = this.#memory;
    if (address.length === IPV4_BYTES) bytes.set(address, place + at4);
    else bytes.set(address, place + at6);
  }

  placeOf(key: object): Address {
    let place = this.#places.get(key) ?? (this.#known.size < PLACES_MAX ? undefined : this.#shared);
    if (place === undefined) {
      place = this.#memory.allocate(SOCK_BYTES, 8);
      this.#places.set(key, place);
      this.#known.set(place, factsOf(place));
      this.#shared ??= place;
    }
    return place;
  }
}

function factsOf(address: Address): SocketFacts {
  return {
    address,
    isWhole: true,
    tcp: undefined,
    listener: undefined,
    cookie: undefined,
    namespaceCookie: undefined,
    uid: undefined,
    cgroupId: () => undefined,
    object: () => undefined,
  };
}
