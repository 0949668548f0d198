/** Link layers whose packets programs can be called for: what lies in front of the network header, and which protocol follows. */

export interface LinkLayer {
  readonly isEthernet: boolean;
  /** Whether the header was made by the capture, and was never on a wire. */
  readonly isCooked: boolean;
  /** In front of the network header. */
  readonly headerBytes: number;
  /** The EtherType that a frame says, or that its first byte of IP tells; 0 where it is too short. */
  protocolOf(bytes: Uint8Array): number;
}

const ETHERNET_BYTES = 14;
const SLL_BYTES = 16;
const SLL2_BYTES = 20;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;

function typeAt(offset: number): LinkLayer['protocolOf'] {
  return (bytes) => ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

/** By the version in the first four bits. */
function versionOf(bytes: Uint8Array): number {
  const version = (bytes[0] ?? 0) >> 4;
  if (version === 4) return ETHERTYPE_IPV4;
  return version === 6 ? ETHERTYPE_IPV6 : 0;
}

const bareIp: LinkLayer = { isEthernet: false, isCooked: false, headerBytes: 0, protocolOf: versionOf };

const LAYERS: ReadonlyMap<string, LinkLayer> = new Map([
  ['ethernet', { isEthernet: true, isCooked: false, headerBytes: ETHERNET_BYTES, protocolOf: typeAt(12) }],
  ['raw', bareIp],
  ['ipv4', bareIp],
  ['ipv6', bareIp],
  ['linux_sll', { isEthernet: false, isCooked: true, headerBytes: SLL_BYTES, protocolOf: typeAt(14) }],
  ['linux_sll2', { isEthernet: false, isCooked: true, headerBytes: SLL2_BYTES, protocolOf: typeAt(0) }],
]);

/** By the name of the packets' event; undefined for a layer that carries no IP as it is. */
export function layerOf(name: string): LinkLayer | undefined {
  return LAYERS.get(name);
}
