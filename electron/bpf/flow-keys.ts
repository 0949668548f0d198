/**
 * struct bpf_flow_keys, which a flow dissector fills, and a packet beside it as the kernel lays both out for one:
 * bpf_flow_dissect() and bpf_prog_test_run_flow_dissector() of Linux 6.18.
 */
import { PacketPlace } from './packet-context.ts';
import { skBuffOffsets } from './sk-buff.ts';
import type { Address, LinearMemory } from './vm/memory.ts';

/** Of 16 bits each, in the machine's order, but for what the comments name. */
export const flowKeysOffsets = {
  /** From the packet's first byte to its network header, and to its transport header. */
  nhoff: 0,
  thoff: 2,
  /** EtherType that says which addresses are valid. */
  addr_proto: 4,
  /** Of 8 bits, as the three that follow. */
  is_frag: 6,
  is_first_frag: 7,
  is_encap: 8,
  ip_proto: 9,
  /** In network order, as ports and addresses are. */
  n_proto: 10,
  sport: 12,
  dport: 14,
  ipv4_src: 16,
  ipv4_dst: 20,
  /** Of 16 bytes, in the place of the IPv4 addresses. */
  ipv6_src: 16,
  ipv6_dst: 32,
  /** Of 32 bits: how far the caller wants it dissected. */
  flags: 48,
  /** Of 32 bits in network order. */
  flow_label: 52,
} as const;

export const FLOW_KEYS_BYTES = 56;

const ETHERNET_BYTES = 14;
const ETHERNET_TYPE_OFFSET = 12;

/** How a packet that is no Ethernet frame lies: headers that are taken off, and the EtherType of what follows. */
export interface FlowFacts {
  readonly pulledBytes: number;
  readonly protocol: number;
  /** Bytes it had on the wire, where more than were recorded. */
  readonly lengthBytes?: number;
}

/** A place is made once, and used for one packet after another. */
export class FlowKeysPlace {
  readonly context: Address;
  readonly #memory: LinearMemory;
  readonly #packet: PacketPlace;
  readonly #keys: Address;
  readonly #hasPacket: boolean;
  #networkHeaderBytes = 0;
  #heldBytes = 0;

  /** `hasPacket`: false for a frame that is no struct sk_buff yet, as in a test run. Throws Failure `memory-limit`. */
  constructor(memory: LinearMemory, hasPacket: boolean) {
    this.#hasPacket = hasPacket;
    this.#memory = memory;
    this.#packet = new PacketPlace(memory, 'flow_dissector');
    this.#keys = memory.allocate(FLOW_KEYS_BYTES, 8);
    this.context = this.#packet.context;
  }

  /** An Ethernet frame from its first byte on, or what `facts` say. Throws Failure `packet-size`. */
  put(bytes: Uint8Array, facts: Partial<FlowFacts> = {}): void {
    const { protocol, pulledBytes = 0, lengthBytes } = facts;
    const isEthernet = protocol === undefined;
    this.#networkHeaderBytes = isEthernet ? ETHERNET_BYTES : 0;
    this.#heldBytes = bytes.length - pulledBytes;
    this.#packet.put(bytes, {
      pulledBytes,
      networkHeaderBytes: isEthernet ? ETHERNET_BYTES : pulledBytes,
      ...(isEthernet ? {} : { protocol }),
      ...(lengthBytes === undefined ? {} : { lengthBytes }),
    });
    const { view } = this.#memory;
    if (!this.#hasPacket) view.setUint32(this.context + skBuffOffsets.len, 0, true);
    view.setBigUint64(this.context + skBuffOffsets.flow_keys, BigInt(this.#keys), true);
    const at = this.#keys;
    this.#memory.bytes.fill(0, at, at + FLOW_KEYS_BYTES);
    view.setUint16(at + flowKeysOffsets.nhoff, this.#networkHeaderBytes, true);
    view.setUint16(at + flowKeysOffsets.thoff, this.#networkHeaderBytes, true);
    const [high = 0, low = 0] = bytes.subarray(ETHERNET_TYPE_OFFSET);
    view.setUint16(at + flowKeysOffsets.n_proto, protocol ?? (high << 8) | low);
  }

  /** The keys after the program ran, their offsets held within the packet: a view, gone with the next packet. */
  taken(): Uint8Array {
    const { view, bytes } = this.#memory;
    const at = this.#keys;
    const held = (offset: number, from: number): number => {
      const value = Math.min(Math.max(view.getUint16(at + offset, true), from), this.#heldBytes) & 0xffff;
      view.setUint16(at + offset, value, true);
      return value;
    };
    held(flowKeysOffsets.thoff, held(flowKeysOffsets.nhoff, this.#networkHeaderBytes));
    return bytes.subarray(at, at + FLOW_KEYS_BYTES);
  }
}
