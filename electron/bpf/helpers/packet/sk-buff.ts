/**
 * A packet as helpers change it: struct sk_buff, of which the context holds what programs read, and behind
 * that what only the kernel sees (../../vm/packet.ts). Headers are told as distances from the first byte.
 */
import { skBuffOffsets } from '../../sk-buff.ts';
import {
  HEADER_UNKNOWN,
  PACKET_CHECKSUM_LEVEL,
  PACKET_CHECKSUM_STATE,
  PACKET_HAS_HASH,
  PACKET_HAS_TUNNEL,
  PACKET_IS_ENCAPSULATED,
  PACKET_LINK_HEADER,
  PACKET_LINK_HEADER_BYTES,
  PACKET_NETWORK_HEADER,
  PACKET_ROOM_END,
  PACKET_ROOM_START,
  PACKET_TRANSPORT_HEADER,
} from '../../vm/packet.ts';
import type { Address, LinearMemory } from '../../vm/memory.ts';
import type { HelperContext } from '../helper.ts';

/** skb->ip_summed. */
export const CHECKSUM_NONE = 0;
export const CHECKSUM_UNNECESSARY = 1;

export const ETHERNET_BYTES = 14;
export const ETH_P_IP = 0x0800;
export const ETH_P_IPV6 = 0x86dd;
export const ETH_P_8021Q = 0x8100;
export const ETH_P_8021AD = 0x88a8;

/** htons() and ntohs(). */
export function swapped16(value: number): number {
  return ((value & 0xff) << 8) | ((value >> 8) & 0xff);
}

export function isVlanProtocol(protocol: number): boolean {
  return protocol === ETH_P_8021Q || protocol === ETH_P_8021AD;
}

export class SkBuff {
  readonly context: Address;
  readonly #memory: LinearMemory;

  constructor({ memory }: HelperContext, register: bigint) {
    this.#memory = memory;
    this.context = Number(register);
  }

  get(offset: number): number {
    return this.#memory.view.getUint32(this.context + offset, true);
  }

  set(offset: number, value: number): void {
    this.#memory.view.setUint32(this.context + offset, value, true);
  }

  get data(): Address {
    return this.get(skBuffOffsets.data);
  }

  /** Past the last byte that is held: a capture may hold fewer than `lengthBytes`. */
  get end(): Address {
    return this.get(skBuffOffsets.data_end);
  }

  get lengthBytes(): number {
    return this.get(skBuffOffsets.len);
  }

  /** ETH_P_*, in host order. */
  get protocol(): number {
    return swapped16(this.get(skBuffOffsets.protocol));
  }

  set protocol(protocol: number) {
    this.set(skBuffOffsets.protocol, swapped16(protocol));
  }

  get networkHeader(): number {
    return this.#distance(PACKET_NETWORK_HEADER);
  }

  set networkHeader(distance: number) {
    this.set(PACKET_NETWORK_HEADER, distance);
  }

  get linkHeader(): number {
    return this.#distance(PACKET_LINK_HEADER);
  }

  set linkHeader(distance: number) {
    this.set(PACKET_LINK_HEADER, distance);
  }

  /** HEADER_UNKNOWN where it was not set. */
  get transportHeader(): number {
    return this.#distance(PACKET_TRANSPORT_HEADER);
  }

  set transportHeader(distance: number) {
    this.set(PACKET_TRANSPORT_HEADER, distance);
  }

  /** skb_mac_header_len(). */
  get linkHeaderBytes(): number {
    return this.networkHeader - this.linkHeader;
  }

  /** skb->mac_len: what linkHeaderBytes was when it was last counted, 0 for never. */
  get countedLinkHeaderBytes(): number {
    return this.get(PACKET_LINK_HEADER_BYTES);
  }

  /** skb_reset_mac_len(). */
  countLinkHeader(): void {
    this.set(PACKET_LINK_HEADER_BYTES, this.linkHeaderBytes);
  }

  get isEncapsulated(): boolean {
    return this.get(PACKET_IS_ENCAPSULATED) !== 0;
  }

  set isEncapsulated(is: boolean) {
    this.set(PACKET_IS_ENCAPSULATED, is ? 1 : 0);
  }

  get hasTunnel(): boolean {
    return this.get(PACKET_HAS_TUNNEL) !== 0;
  }

  set hasTunnel(has: boolean) {
    this.set(PACKET_HAS_TUNNEL, has ? 1 : 0);
  }

  get checksumState(): number {
    return this.get(PACKET_CHECKSUM_STATE);
  }

  set checksumState(state: number) {
    this.set(PACKET_CHECKSUM_STATE, state);
  }

  get checksumLevel(): number {
    return this.get(PACKET_CHECKSUM_LEVEL);
  }

  set checksumLevel(level: number) {
    this.set(PACKET_CHECKSUM_LEVEL, level);
  }

  /** __skb_reset_checksum_unnecessary(). */
  resetChecksum(): void {
    if (this.checksumState !== CHECKSUM_UNNECESSARY) return;
    this.checksumState = CHECKSUM_NONE;
    this.checksumLevel = 0;
  }

  /** Of the recording, or set by the program; undefined where neither says one. */
  get hash(): number | undefined {
    const hash = this.get(skBuffOffsets.hash);
    return hash !== 0 || this.get(PACKET_HAS_HASH) !== 0 ? hash : undefined;
  }

  set hash(hash: number) {
    this.set(skBuffOffsets.hash, hash);
    this.set(PACKET_HAS_HASH, 1);
  }

  /** skb_clear_hash(). */
  clearHash(): void {
    this.set(skBuffOffsets.hash, 0);
    this.set(PACKET_HAS_HASH, 0);
  }

  get hasVlanTag(): boolean {
    return this.get(skBuffOffsets.vlan_present) !== 0;
  }

  /** __vlan_hwaccel_put_tag(): the tag that is beside the packet, not in it. */
  putVlanTag(protocol: number, tci: number): void {
    this.set(skBuffOffsets.vlan_present, 1);
    this.set(skBuffOffsets.vlan_proto, swapped16(protocol));
    this.set(skBuffOffsets.vlan_tci, tci);
  }

  clearVlanTag(): void {
    this.set(skBuffOffsets.vlan_present, 0);
    this.set(skBuffOffsets.vlan_proto, 0);
    this.set(skBuffOffsets.vlan_tci, 0);
  }

  /** Whether `sizeBytes` more fit in front: skb_cow_head(). */
  hasHeadroom(sizeBytes: number): boolean {
    const start = this.get(PACKET_ROOM_START);
    return start !== 0 && this.data - start >= sizeBytes;
  }

  /** Whether the packet may end that many bytes after its first. */
  hasRoomFor(lengthBytes: number): boolean {
    return this.data + lengthBytes <= this.get(PACKET_ROOM_END);
  }

  /** skb_push() with a negative number of bytes, skb_pull() with a positive one. Headers stay where they are. */
  moveStart(distance: number): void {
    this.set(skBuffOffsets.data, this.data + distance);
    this.set(skBuffOffsets.data_meta, this.data);
    this.set(skBuffOffsets.len, this.lengthBytes - distance);
    for (const header of [PACKET_LINK_HEADER, PACKET_NETWORK_HEADER, PACKET_TRANSPORT_HEADER]) {
      if (this.#distance(header) !== HEADER_UNKNOWN) this.set(header, this.#distance(header) - distance);
    }
  }

  /** Ends the packet after `lengthBytes`: what comes to it is zero. */
  moveEnd(lengthBytes: number): void {
    const isWhole = this.end - this.data >= this.lengthBytes;
    const end = this.data + lengthBytes;
    if (isWhole && end > this.end) this.#memory.bytes.fill(0, this.end, end);
    if (isWhole || end < this.end) this.set(skBuffOffsets.data_end, end);
    this.set(skBuffOffsets.len, lengthBytes);
  }

  /** A copy of the bytes that are held. */
  copy(): Uint8Array {
    return this.#memory.bytes.slice(this.data, this.end);
  }

  #distance(header: number): number {
    return this.#memory.view.getInt32(this.context + header, true);
  }
}
