/** A TCP segment as a frame holds it: RFC 9293, RFC 7323, RFC 2018, RFC 3168. */
import { addressText } from '../kernel/ip-address.ts';
import type { LinkLayer } from '../hooks/link-layer.ts';
import type { Range } from './scoreboard.ts';

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const ETHERTYPE_VLAN = 0x8100;
const VLAN_BYTES = 4;
const IPV6_BYTES = 40;
const PROTOCOL_TCP = 6;
const TCP_BYTES_MIN = 20;
const OPTION = { end: 0, nothing: 1, mss: 2, windowScale: 3, sack: 5, timestamps: 8 } as const;
/** Shifts beyond are none: RFC 7323, 2.3. */
const WINDOW_SHIFT_MAX = 14;

export interface TcpSegment {
  /** `10.0.0.1:5000`. */
  readonly from: string;
  readonly to: string;
  readonly sequence: number;
  readonly acknowledged: number;
  readonly payloadBytes: number;
  /** Not scaled. */
  readonly window: number;
  readonly isSyn: boolean;
  readonly isFin: boolean;
  readonly isReset: boolean;
  readonly isAck: boolean;
  /** The receiver says that congestion was experienced. */
  readonly isEce: boolean;
  readonly mssBytes: number | undefined;
  readonly windowShift: number | undefined;
  readonly hasTimestamps: boolean;
  readonly sacks: readonly Range[];
}

/** undefined for what is no TCP segment, is a later fragment, or was cut before its header's end. */
export function tcpSegment(bytes: Uint8Array, layer: LinkLayer): TcpSegment | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < layer.headerBytes) return undefined;
  let protocol = layer.protocolOf(bytes);
  let at = layer.headerBytes;
  if (protocol === ETHERTYPE_VLAN && bytes.length >= at + VLAN_BYTES) {
    protocol = view.getUint16(at + 2);
    at += VLAN_BYTES;
  }
  if (protocol === ETHERTYPE_IPV4) return ipv4(bytes, view, at);
  return protocol === ETHERTYPE_IPV6 ? ipv6(bytes, view, at) : undefined;
}

function ipv4(bytes: Uint8Array, view: DataView, at: number): TcpSegment | undefined {
  if (bytes.length < at + 20) return undefined;
  const headerBytes = ((bytes[at] ?? 0) & 15) * 4;
  const isFirst = (view.getUint16(at + 6) & 0x1fff) === 0;
  if (bytes[at + 9] !== PROTOCOL_TCP || !isFirst || headerBytes < 20) return undefined;
  const addresses = [bytes.subarray(at + 12, at + 16), bytes.subarray(at + 16, at + 20)] as const;
  // Frames that the sender's card cuts itself say 0 where they are longer than 64 KiB.
  const lengthBytes = view.getUint16(at + 2) || bytes.length - at;
  return tcp(bytes, view, at + headerBytes, lengthBytes - headerBytes, addresses);
}

function ipv6(bytes: Uint8Array, view: DataView, at: number): TcpSegment | undefined {
  if (bytes.length < at + IPV6_BYTES || bytes[at + 6] !== PROTOCOL_TCP) return undefined;
  const addresses = [bytes.subarray(at + 8, at + 24), bytes.subarray(at + 24, at + 40)] as const;
  const lengthBytes = view.getUint16(at + 4) || bytes.length - at - IPV6_BYTES;
  return tcp(bytes, view, at + IPV6_BYTES, lengthBytes, addresses);
}

function tcp(
  bytes: Uint8Array,
  view: DataView,
  at: number,
  lengthBytes: number,
  [source, destination]: readonly [Uint8Array, Uint8Array],
): TcpSegment | undefined {
  if (bytes.length < at + TCP_BYTES_MIN) return undefined;
  const headerBytes = (view.getUint8(at + 12) >> 4) * 4;
  if (headerBytes < TCP_BYTES_MIN || bytes.length < at + headerBytes) return undefined;
  const flags = view.getUint8(at + 13);
  return {
    from: endText(source, view.getUint16(at)),
    to: endText(destination, view.getUint16(at + 2)),
    sequence: view.getUint32(at + 4),
    acknowledged: view.getUint32(at + 8),
    payloadBytes: Math.max(0, lengthBytes - headerBytes),
    window: view.getUint16(at + 14),
    isFin: (flags & 0x01) !== 0,
    isSyn: (flags & 0x02) !== 0,
    isReset: (flags & 0x04) !== 0,
    isAck: (flags & 0x10) !== 0,
    isEce: (flags & 0x40) !== 0,
    ...options(view, at + TCP_BYTES_MIN, at + headerBytes),
  };
}

function options(
  view: DataView,
  from: number,
  to: number,
): Pick<TcpSegment, 'mssBytes' | 'windowShift' | 'hasTimestamps' | 'sacks'> {
  let mssBytes: number | undefined;
  let windowShift: number | undefined;
  let hasTimestamps = false;
  const sacks: Range[] = [];
  for (let at = from; at < to;) {
    const kind = view.getUint8(at);
    if (kind === OPTION.end) break;
    if (kind === OPTION.nothing) {
      at += 1;
      continue;
    }
    const lengthBytes = at + 1 < to ? view.getUint8(at + 1) : 0;
    if (lengthBytes < 2 || at + lengthBytes > to) break;
    if (kind === OPTION.mss && lengthBytes === 4) mssBytes = view.getUint16(at + 2);
    if (kind === OPTION.windowScale && lengthBytes === 3)
      windowShift = Math.min(WINDOW_SHIFT_MAX, view.getUint8(at + 2));
    if (kind === OPTION.timestamps) hasTimestamps = true;
    if (kind === OPTION.sack)
      for (let block = at + 2; block + 8 <= at + lengthBytes; block += 8)
        sacks.push({ start: view.getUint32(block), end: view.getUint32(block + 4) });
    at += lengthBytes;
  }
  return { mssBytes, windowShift, hasTimestamps, sacks };
}

/** `10.0.0.1:5000`, `[::1]:5000`. */
export function endText(address: Uint8Array, port: number): string {
  const text = addressText(address);
  return address.length === 4 ? `${text}:${port}` : `[${text}]:${port}`;
}
