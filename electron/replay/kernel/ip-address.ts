/** Addresses and prefixes of IPv4 and IPv6, from text to bytes in the order of the network. */
import { isIPv4, isIPv6 } from 'node:net';
import type { AddressFamily } from '../../bpf/helpers/route-directory.ts';

export interface IpAddress {
  readonly family: AddressFamily;
  readonly bytes: Uint8Array;
}

/** An address of which the first bits count. */
export interface IpPrefix extends IpAddress {
  readonly bits: number;
}

const GROUPS = 8;

/** undefined for what is no address; `%eth0` behind one is left out. */
export function parseAddress(text: string): IpAddress | undefined {
  const [bare = ''] = text.split('%');
  if (isIPv4(bare)) return { family: 'ipv4', bytes: Uint8Array.from(bare.split('.'), Number) };
  return isIPv6(bare) ? { family: 'ipv6', bytes: bytesOfGroups(bare) } : undefined;
}

/** `10.1.0.0/16`; without a length, all bits. */
export function parsePrefix(text: string): IpPrefix | undefined {
  const [address = '', length] = text.split('/');
  const parsed = parseAddress(address);
  if (parsed === undefined) return undefined;
  const all = parsed.bytes.length * 8;
  const bits = length === undefined ? all : Number(length);
  return Number.isInteger(bits) && bits >= 0 && bits <= all ? { ...parsed, bits } : undefined;
}

/** The first bits of an address, all others zero. */
export function maskedTo(bits: number, bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, at) => byte & (0xff00 >> Math.max(0, Math.min(8, bits - 8 * at))));
}

export function isWithin({ bits, bytes }: IpPrefix, address: Uint8Array): boolean {
  if (bytes.length !== address.length) return false;
  const [ours, theirs] = [maskedTo(bits, bytes), maskedTo(bits, address)];
  return ours.every((byte, at) => byte === theirs[at]);
}

/** Of text that is an IPv6 address: `::` stands for as many zero groups as are missing. */
function bytesOfGroups(text: string): Uint8Array {
  const [before = '', after] = text.split('::');
  const [front, back] = [groupsOf(before), groupsOf(after ?? '')];
  const zeros = Array.from({ length: GROUPS - front.length - back.length }, () => 0);
  const groups = after === undefined ? front : [...front, ...zeros, ...back];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

function groupsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}

/** As inet_ntop() writes it: of IPv6 the longest run of zero groups, the first of equals, as `::`. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: GROUPS }, (_, at) =>
    (((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0)).toString(16),
  );
  const runs = [...` ${groups.join(' ')} `.matchAll(/(?<= )0(?: 0)+(?= )/g)].map(
    ([run]) => run.split(' ').length,
  );
  const longest = Math.max(0, ...runs);
  if (longest === 0) return groups.join(':');
  const zeros = Array.from({ length: longest }, () => '0').join(' ');
  const text = ` ${groups.join(' ')} `;
  const at = text.indexOf(` ${zeros} `);
  const front = text.slice(0, at).trim().replaceAll(' ', ':');
  const back = text
    .slice(at + zeros.length + 2)
    .trim()
    .replaceAll(' ', ':');
  return `${front}::${back}`;
}
