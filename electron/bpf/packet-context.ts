/**
 * A packet and the context of the program that sees it, laid into linear memory: struct xdp_md or struct
 * __sk_buff as the program reads it, whose `data` and `data_end` are addresses. A place is made once, and
 * used for one packet after another.
 */
import { Failure } from '../failure.ts';
import type { ProgramType } from './program.ts';
import { skBuffOffsets } from './sk-buff.ts';
import type { Address, LinearMemory } from './vm/memory.ts';
import {
  HEADER_UNKNOWN,
  PACKET_CONTEXT_BYTES,
  PACKET_IS_READ_ONLY,
  PACKET_LINK_HEADER,
  PACKET_NETWORK_HEADER,
  PACKET_ROOM_END,
  PACKET_ROOM_START,
  PACKET_TRANSPORT_HEADER,
} from './vm/packet.ts';
import { xdpOffsets } from './xdp-md.ts';

/** Room in front of a packet, as XDP_PACKET_HEADROOM: what programs push goes there. */
export const HEADROOM_BYTES = 256;
/** The same in front of a struct sk_buff: as long as helpers make a packet (SKB_MAX_ALLOC), and tags beside. */
const SK_BUFF_HEADROOM_BYTES = 16_384 + HEADROOM_BYTES;
/** A packet's length is 16 bits; a jumbo frame fits. */
export const PACKET_BYTES_MAX = 65_536;

/** Fields of this machine's own behind struct xdp_md: where the frame around the packet begins and ends. */
export const FRAME_START = PACKET_NETWORK_HEADER;
export const FRAME_END = PACKET_LINK_HEADER;
/** What a page leaves to a frame in front of struct skb_shared_info. */
const FRAME_BYTES = 4096 - 320;

/** What there is to know of a packet beside its bytes. */
export interface PacketFacts {
  /** Bytes it had on the wire, where more than were recorded. */
  readonly lengthBytes?: number;
  /** Bytes of headers that were taken off: they lie in front of `data`. 0 where undefined. */
  readonly pulledBytes?: number;
  /** Distance from its first byte to the network header: of an Ethernet frame where undefined. */
  readonly networkHeaderBytes?: number;
  readonly interfaceIndex?: number;
  /** Six bytes: what is sent to another address is not for this host. All is where undefined. */
  readonly interfaceAddress?: Uint8Array;
  readonly queue?: number;
  /** EtherType of what has no Ethernet header. */
  readonly protocol?: number;
}

const ETHERNET_BYTES = 14;
const ETHERNET_TYPE_OFFSET = 12;
/** Of a frame's two bytes of type, less than this is a length: IEEE 802.3. */
const ETHERNET_TYPE_MIN = 0x600;
const ADDRESS_BYTES = 6;
const PACKET_HOST = 0;
const PACKET_BROADCAST = 1;
const PACKET_MULTICAST = 2;
const PACKET_OTHERHOST = 3;
const ETH_P_802_3 = 0x0001;
const ETH_P_802_2 = 0x0004;

/** The frame's protocol in network order, as eth_type_trans() tells it; 0 of what is too short for a frame. */
function protocolOf(bytes: Uint8Array): number {
  if (bytes.length < ETHERNET_BYTES) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const type = view.getUint16(ETHERNET_TYPE_OFFSET);
  if (type >= ETHERNET_TYPE_MIN) return swap16(type);
  const isRaw = bytes.length >= ETHERNET_BYTES + 2 && view.getUint16(ETHERNET_BYTES) === 0xffff;
  return swap16(isRaw ? ETH_P_802_3 : ETH_P_802_2);
}

/** skb->pkt_type: PACKET_HOST and its like, as eth_type_trans() tells them from the address a frame is sent to. */
function packetTypeOf(bytes: Uint8Array, interfaceAddress: Uint8Array | undefined): number {
  if (bytes.length < ETHERNET_BYTES) return PACKET_HOST;
  const address = bytes.subarray(0, ADDRESS_BYTES);
  if (((address[0] ?? 0) & 1) !== 0)
    return address.every((byte) => byte === 0xff) ? PACKET_BROADCAST : PACKET_MULTICAST;
  const isMine = interfaceAddress?.every((byte, index) => byte === address[index]) ?? true;
  return isMine ? PACKET_HOST : PACKET_OTHERHOST;
}

function swap16(value: number): number {
  return ((value & 0xff) << 8) | (value >> 8);
}

/** Types that may write packets where they lie: may_access_direct_pkt_data(). */
const writerTypes: ReadonlySet<ProgramType> = new Set([
  'xdp',
  'sched_cls',
  'sched_act',
  'lwt_xmit',
  'sk_skb',
]);

export class PacketPlace {
  readonly context: Address;
  readonly #memory: LinearMemory;
  readonly #isXdp: boolean;
  readonly #isReadOnly: boolean;
  readonly #start: Address;
  readonly #roomStart: Address;

  /** Throws Failure `memory-limit`. */
  constructor(memory: LinearMemory, type: ProgramType) {
    this.#memory = memory;
    this.#isXdp = type === 'xdp';
    this.#isReadOnly = !writerTypes.has(type);
    this.context = memory.allocate(PACKET_CONTEXT_BYTES);
    const headroomBytes = this.#isXdp ? HEADROOM_BYTES : SK_BUFF_HEADROOM_BYTES;
    this.#roomStart = memory.allocate(headroomBytes + PACKET_BYTES_MAX);
    this.#start = this.#roomStart + headroomBytes;
  }

  /** Throws Failure `packet-size`. */
  put(bytes: Uint8Array, facts: PacketFacts = {}): void {
    const { pulledBytes = 0 } = facts;
    if (bytes.length > PACKET_BYTES_MAX || pulledBytes > bytes.length) {
      throw new Failure(
        'vm',
        'packet-size',
        `a packet of ${bytes.length} bytes, ${pulledBytes} taken off: at most ${PACKET_BYTES_MAX} fit`,
      );
    }
    this.#memory.bytes.fill(0, this.context, this.context + PACKET_CONTEXT_BYTES);
    // What a program exposes around the packet is not the packet before.
    const frameStart = this.#start - HEADROOM_BYTES;
    this.#memory.bytes.fill(0, frameStart, frameStart + FRAME_BYTES);
    this.#memory.bytes.set(bytes, this.#start);
    if (this.#isXdp) this.#putXdp(bytes.length, pulledBytes, facts);
    else this.#putSkBuff(bytes, pulledBytes, facts);
  }

  /**
   * The packet as the program left it, from its first byte on, or from the metadata that it put in front, as
   * BPF_PROG_TEST_RUN hands it out: a view, gone with the next packet.
   */
  taken(): Uint8Array {
    const { view } = this.#memory;
    const offsets = this.#isXdp ? xdpOffsets : skBuffOffsets;
    const end = view.getUint32(this.context + offsets.data_end, true);
    const start = this.#isXdp
      ? view.getUint32(this.context + xdpOffsets.data_meta, true)
      : Math.min(
          end,
          view.getUint32(this.context + skBuffOffsets.data, true) +
            view.getInt32(this.context + PACKET_LINK_HEADER, true),
        );
    return this.#memory.bytes.subarray(start, end);
  }

  /** The packet alone, without what the program put in front: a view, gone with the next packet. */
  frame(): Uint8Array {
    const { view, bytes } = this.#memory;
    if (!this.#isXdp) return this.taken();
    const [start, end] = [xdpOffsets.data, xdpOffsets.data_end].map((at) =>
      view.getUint32(this.context + at, true),
    );
    return bytes.subarray(start, end);
  }

  /** From the first byte that the program sees, of struct __sk_buff: a view, gone with the next packet. */
  network(): Uint8Array {
    const { view, bytes } = this.#memory;
    const [start, end] = [skBuffOffsets.data, skBuffOffsets.data_end].map((at) =>
      view.getUint32(this.context + at, true),
    );
    return bytes.subarray(start, end);
  }

  /** EtherType, of struct __sk_buff. */
  protocol(): number {
    return this.#memory.view.getUint16(this.context + skBuffOffsets.protocol);
  }

  #set(offset: number, value: number): void {
    this.#memory.view.setUint32(this.context + offset, value, true);
  }

  #putXdp(recordedBytes: number, pulledBytes: number, facts: PacketFacts): void {
    const data = this.#start + pulledBytes;
    this.#set(xdpOffsets.data, data);
    this.#set(xdpOffsets.data_end, this.#start + recordedBytes);
    this.#set(xdpOffsets.data_meta, data);
    this.#set(FRAME_START, this.#start - HEADROOM_BYTES);
    this.#set(FRAME_END, this.#start + Math.max(recordedBytes, FRAME_BYTES - HEADROOM_BYTES));
    this.#set(xdpOffsets.ingress_ifindex, facts.interfaceIndex ?? 0);
    this.#set(xdpOffsets.rx_queue_index, facts.queue ?? 0);
  }

  #putSkBuff(bytes: Uint8Array, pulledBytes: number, facts: PacketFacts): void {
    const data = this.#start + pulledBytes;
    const { lengthBytes = bytes.length, networkHeaderBytes = ETHERNET_BYTES } = facts;
    this.#set(skBuffOffsets.len, lengthBytes - pulledBytes);
    this.#set(skBuffOffsets.wire_len, lengthBytes - pulledBytes);
    const isEthernet = facts.protocol === undefined;
    const type = isEthernet ? packetTypeOf(bytes, facts.interfaceAddress) : PACKET_HOST;
    this.#set(skBuffOffsets.pkt_type, type);
    this.#set(skBuffOffsets.ifindex, facts.interfaceIndex ?? 0);
    this.#set(skBuffOffsets.ingress_ifindex, facts.interfaceIndex ?? 0);
    this.#set(skBuffOffsets.queue_mapping, facts.queue ?? 0);
    this.#set(skBuffOffsets.data, data);
    this.#set(skBuffOffsets.data_end, this.#start + bytes.length);
    this.#set(skBuffOffsets.data_meta, data);
    this.#set(PACKET_NETWORK_HEADER, networkHeaderBytes - pulledBytes);
    this.#set(PACKET_LINK_HEADER, -pulledBytes);
    this.#set(PACKET_IS_READ_ONLY, this.#isReadOnly ? 1 : 0);
    this.#set(PACKET_TRANSPORT_HEADER, HEADER_UNKNOWN);
    this.#set(PACKET_ROOM_START, this.#roomStart);
    this.#set(PACKET_ROOM_END, this.#start + PACKET_BYTES_MAX);
    this.#set(
      skBuffOffsets.protocol,
      facts.protocol === undefined ? protocolOf(bytes) : swap16(facts.protocol),
    );
  }
}
