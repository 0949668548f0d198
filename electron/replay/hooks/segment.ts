/** Segments of TCP and datagrams of UDP, as the packets of a capture hold them. */
import { AF_INET, AF_INET6, IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP, IPPROTO_UDP } from './socket-table.ts';
import type { LinkLayer } from './link-layer.ts';

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const ACK = 0x10;

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const ETHERTYPE_VLAN = 0x8100;
const VLAN_BYTES = 4;
const IPV4_BYTES_MIN = 20;
const IPV6_BYTES = 40;
const UDP_BYTES = 8;
const TCP_BYTES_MIN = 20;
const ICMP_BYTES = 8;
/** Destination unreachable, source quench, time exceeded, parameter problem. */
const ICMP_ERRORS: ReadonlySet<number> = new Set([3, 4, 11, 12]);
const ICMPV6_ERRORS_END = 128;
const FRAGMENT = 44;
/** Headers of IPv6 that stand before the transport's: hop-by-hop, routing, destination options. */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 60]);
const EXTENSIONS_MAX = 8;
/** What a cooked header says of a packet that the host sent: PACKET_OUTGOING. */
const OUTGOING = 4;

export interface Segment {
  readonly family: number;
  readonly protocol: number;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Of TCP; 0 of UDP. */
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  /** The transport's header, options and all, as far as it was captured. */
  readonly header: Uint8Array;
  /** As far as it was captured. */
  readonly payload: Uint8Array;
  /** As the IP header tells. */
  readonly payloadBytes: number;
  /** A datagram that an error of ICMP came back for: its source is who is told. */
  readonly isError: boolean;
}

interface Datagram {
  readonly family: number;
  readonly protocol: number;
  readonly at: number;
  readonly end: number;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
}

/** undefined for what is neither, is a later fragment, or is cut within its header. The bytes are views of `bytes`. */
export function segmentOf(bytes: Uint8Array, layer: LinkLayer): Segment | undefined {
  let protocol = layer.protocolOf(bytes);
  let at = layer.headerBytes;
  if (protocol === ETHERTYPE_VLAN) {
    protocol = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    at += VLAN_BYTES;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const datagram =
    protocol === ETHERTYPE_IPV4
      ? datagram4(bytes, view, at)
      : protocol === ETHERTYPE_IPV6
        ? datagram6(bytes, view, at)
        : undefined;
  return datagram && transport(bytes, view, datagram);
}

function datagram4(bytes: Uint8Array, view: DataView, at: number): Datagram | undefined {
  if (at + IPV4_BYTES_MIN > bytes.length) return undefined;
  const headerBytes = (view.getUint8(at) & 0xf) * 4;
  if (headerBytes < IPV4_BYTES_MIN || (view.getUint16(at + 6) & 0x1fff) !== 0) return undefined;
  const totalBytes = view.getUint16(at + 2);
  return {
    family: AF_INET,
    protocol: view.getUint8(at + 9),
    at: at + headerBytes,
    // 0 where the device cuts packets itself, and the capture came before: the frame's end.
    end: totalBytes === 0 ? bytes.length : at + totalBytes,
    source: bytes.subarray(at + 12, at + 16),
    destination: bytes.subarray(at + 16, at + 20),
  };
}

function datagram6(bytes: Uint8Array, view: DataView, at: number): Datagram | undefined {
  if (at + IPV6_BYTES > bytes.length) return undefined;
  const payloadBytes = view.getUint16(at + 4);
  let protocol = view.getUint8(at + 6);
  let next = at + IPV6_BYTES;
  for (let count = 0; EXTENSIONS.has(protocol) || protocol === FRAGMENT; count += 1) {
    if (count === EXTENSIONS_MAX || next + 8 > bytes.length) return undefined;
    if (protocol === FRAGMENT && (view.getUint16(next + 2) & 0xfff8) !== 0) return undefined;
    const sizeBytes = protocol === FRAGMENT ? 8 : 8 * (view.getUint8(next + 1) + 1);
    protocol = view.getUint8(next);
    next += sizeBytes;
  }
  return {
    family: AF_INET6,
    protocol,
    at: next,
    end: payloadBytes === 0 ? bytes.length : at + IPV6_BYTES + payloadBytes,
    source: bytes.subarray(at + 8, at + 24),
    destination: bytes.subarray(at + 24, at + 40),
  };
}

function transport(bytes: Uint8Array, view: DataView, datagram: Datagram): Segment | undefined {
  const { family, protocol, at, end, source, destination } = datagram;
  if (protocol === IPPROTO_ICMP || protocol === IPPROTO_ICMPV6) return returned(bytes, view, datagram);
  const isTcp = protocol === IPPROTO_TCP;
  if (!isTcp && protocol !== IPPROTO_UDP) return undefined;
  if (at + (isTcp ? TCP_BYTES_MIN : UDP_BYTES) > bytes.length) return undefined;
  const headerBytes = isTcp ? (view.getUint8(at + 12) >> 4) * 4 : UDP_BYTES;
  if (isTcp && headerBytes < TCP_BYTES_MIN) return undefined;
  const from = at + headerBytes;
  return {
    family,
    protocol,
    source,
    destination,
    sourcePort: view.getUint16(at),
    destinationPort: view.getUint16(at + 2),
    flags: isTcp ? view.getUint8(at + 13) : 0,
    sequence: isTcp ? view.getUint32(at + 4) : 0,
    acknowledgement: isTcp ? view.getUint32(at + 8) : 0,
    header: bytes.subarray(at, Math.min(from, bytes.length)),
    payload: bytes.subarray(Math.min(from, bytes.length), Math.min(end, bytes.length)),
    payloadBytes: Math.max(0, end - from),
    isError: false,
  };
}

/** What an error of ICMP holds of the packet that it came back for. */
function returned(bytes: Uint8Array, view: DataView, { family, at }: Datagram): Segment | undefined {
  if (at + ICMP_BYTES > bytes.length) return undefined;
  const type = view.getUint8(at);
  const isIpv4 = family === AF_INET;
  if (isIpv4 ? !ICMP_ERRORS.has(type) : type >= ICMPV6_ERRORS_END) return undefined;
  const inner = (isIpv4 ? datagram4 : datagram6)(bytes, view, at + ICMP_BYTES);
  if (inner?.protocol !== IPPROTO_UDP) return undefined;
  const segment = transport(bytes, view, inner);
  return segment && { ...segment, isError: true };
}

export type Way = 'in' | 'out' | undefined;

/** Which way the packet went, by the capture's own note or by what a cooked header says; undefined where neither does. */
export function wayOf(name: string, bytes: Uint8Array, direction: number): Way {
  if (direction === 1) return 'in';
  if (direction === 2) return 'out';
  if (name === 'linux_sll') return ((bytes[0] ?? 0) << 8) + (bytes[1] ?? 0) === OUTGOING ? 'out' : 'in';
  if (name === 'linux_sll2') return bytes[10] === OUTGOING ? 'out' : 'in';
  return undefined;
}

/** A connection as one of its ends sees it: the same text for what comes from it, with the ends turned, `false`. */
export function flowKey(segment: Segment, isFromSource: boolean): string {
  const text = (address: Uint8Array, port: number): string => `${address.join('.')} ${port}`;
  const source = text(segment.source, segment.sourcePort);
  const destination = text(segment.destination, segment.destinationPort);
  return `${segment.protocol} ${isFromSource ? `${source} ${destination}` : `${destination} ${source}`}`;
}
