/** struct bpf_fib_lookup of Linux 6.18, in linear memory: what a program asks for, and what it is answered. */
import type { Address, LinearMemory } from '../../vm/memory.ts';
import type { AddressFamily } from '../route-directory.ts';

export const PARAMETER_BYTES = 64;

const FAMILY = 0;
const TOTAL_LENGTH = 6;
const DEVICE = 8;
/** Type of service before, the route's metric after. */
const METRIC = 12;
const SOURCE = 16;
const DESTINATION = 32;
/** A table's number before, a VLAN tag after. */
const VLAN = 48;
const SOURCE_LINK = 52;
const DESTINATION_LINK = 58;

const AF_INET = 2;
const AF_INET6 = 10;
const IPV4_BYTES = 4;
const IPV6_BYTES = 16;

export class FibParameters {
  readonly #memory: LinearMemory;
  readonly #at: Address;

  private constructor(memory: LinearMemory, at: Address) {
    this.#memory = memory;
    this.#at = at;
  }

  /** undefined where they are of no family that has routes. */
  static at(memory: LinearMemory, at: Address): FibParameters | undefined {
    const family = memory.view.getUint8(at + FAMILY);
    return family === AF_INET || family === AF_INET6 ? new FibParameters(memory, at) : undefined;
  }

  get family(): AddressFamily {
    return this.#memory.view.getUint8(this.#at + FAMILY) === AF_INET ? 'ipv4' : 'ipv6';
  }

  /** Of the packet from its network header on, and of what may be sent in the answer. */
  get totalBytes(): number {
    return this.#memory.view.getUint16(this.#at + TOTAL_LENGTH, true);
  }

  set totalBytes(bytes: number) {
    this.#memory.view.setUint16(this.#at + TOTAL_LENGTH, bytes, true);
  }

  get device(): number {
    return this.#memory.view.getUint32(this.#at + DEVICE, true);
  }

  set device(index: number) {
    this.#memory.view.setUint32(this.#at + DEVICE, index, true);
  }

  set metric(metric: number) {
    this.#memory.view.setUint32(this.#at + METRIC, metric, true);
  }

  get destination(): Uint8Array {
    return this.#bytes(DESTINATION);
  }

  /** Whether either address means nothing beyond its link: rt6_need_strict(). */
  get isBoundToLink(): boolean {
    return isBoundToLink(this.#bytes(SOURCE)) || isBoundToLink(this.#bytes(DESTINATION));
  }

  setSource(address: Uint8Array): void {
    this.#memory.bytes.set(address, this.#at + SOURCE);
  }

  setGateway({ family, address }: { readonly family: AddressFamily; readonly address: Uint8Array }): void {
    if (family === 'ipv6') this.#memory.view.setUint8(this.#at + FAMILY, AF_INET6);
    this.#memory.bytes.set(address, this.#at + DESTINATION);
  }

  setLinkAddresses(source: Uint8Array, destination: Uint8Array): void {
    this.#memory.bytes.set(source, this.#at + SOURCE_LINK);
    this.#memory.bytes.set(destination, this.#at + DESTINATION_LINK);
  }

  /** The table asked for, which is cleared: the answer has something else there. */
  takeTable(): number {
    const table = this.#memory.view.getUint32(this.#at + VLAN, true);
    this.clearVlan();
    return table;
  }

  clearVlan(): void {
    this.#memory.view.setUint32(this.#at + VLAN, 0, true);
  }

  #bytes(offset: number): Uint8Array {
    const bytes = this.family === 'ipv4' ? IPV4_BYTES : IPV6_BYTES;
    return this.#memory.bytes.slice(this.#at + offset, this.#at + offset + bytes);
  }
}

/** Multicast, link-local or loopback addresses of IPv6. */
function isBoundToLink(address: Uint8Array): boolean {
  const [first = 0, second = 0] = address;
  if (first === 0xff || (first === 0xfe && (second & 0xc0) === 0x80)) return true;
  return address.every((byte, at) => byte === (at === IPV6_BYTES - 1 ? 1 : 0));
}
