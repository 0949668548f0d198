/**
 * Segment routing over IPv6, as far as it happens before a program of type lwt_seg6local runs: the packet moves on to
 * its next segment. get_and_validate_srh(), seg6_validate_srh(), advance_nextseg() and ipv6_find_hdr() of Linux 6.18.
 */

const IPV6_BYTES = 40;
const NEXT_HEADER_AT = 6;
const DESTINATION_AT = 24;
const ADDRESS_BYTES = 16;

/** Headers between that of IPv6 and what it carries. */
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;
/** As many as one packet of any sense has: a limit for chains that are made up. */
const HEADERS_MAX = 64;

const SEGMENT_ROUTING_TYPE = 4;
const SEGMENTS_AT = 8;

/**
 * Makes the next segment the destination, in place, of a packet whose header of IPv6 is at `networkAt`, and gives where
 * the header of segments is; undefined where it has no segment left or is not in order: the kernel drops such a packet,
 * and no program sees it.
 */
export function advanceSegment(packet: Uint8Array, networkAt: number): number | undefined {
  const at = routingHeaderAt(packet, networkAt, true);
  if (at === undefined || !isInOrder(packet, at)) return undefined;
  const left = (packet[at + 3] ?? 0) - 1;
  packet[at + 3] = left;
  const segment = at + SEGMENTS_AT + left * ADDRESS_BYTES;
  packet.copyWithin(networkAt + DESTINATION_AT, segment, segment + ADDRESS_BYTES);
  return at;
}

/** The first routing header, or the first with segments left. */
export function routingHeaderAt(packet: Uint8Array, networkAt: number, hasLeft: boolean): number | undefined {
  let header = packet[networkAt + NEXT_HEADER_AT];
  let at = networkAt + IPV6_BYTES;
  for (let count = 0; count < HEADERS_MAX && at + SEGMENTS_AT <= packet.length; count += 1) {
    const lengthByte = packet[at + 1] ?? 0;
    if (header === ROUTING && (!hasLeft || packet[at + 3] !== 0)) return at;
    const isFragment = header === FRAGMENT;
    // Behind another fragment than the first is no header.
    if (isFragment && (((packet[at + 2] ?? 0) << 8) | (packet[at + 3] ?? 0)) >> 3 !== 0) return undefined;
    const isExtension = header === HOP_BY_HOP || header === ROUTING || header === DESTINATION_OPTIONS;
    if (!isFragment && !isExtension && header !== AUTHENTICATION) return undefined;
    const sizeBytes = header === AUTHENTICATION ? (lengthByte + 2) * 4 : (lengthByte + 1) * 8;
    header = packet[at];
    at += isFragment ? 8 : sizeBytes;
  }
  return undefined;
}

/** Of the header at `at`: its length, its segments and what follows them. */
export function isInOrder(packet: Uint8Array, at: number): boolean {
  const [, length = 0, type = 0, left = 0, last = 0] = packet.subarray(at);
  const end = at + (length + 1) * 8;
  if (end > packet.length || type !== SEGMENT_ROUTING_TYPE) return false;
  const lastThatFits = Math.trunc(length / 2) - 1;
  if (last > lastThatFits || left > last + 1) return false;
  let option = at + SEGMENTS_AT + (last + 1) * ADDRESS_BYTES;
  if (option > end) return false;
  // What follows the segments has a type and a length, up to the end.
  while (option < end) {
    if (end - option < 2) return false;
    option += 2 + (packet[option + 1] ?? 0);
  }
  return option === end;
}
