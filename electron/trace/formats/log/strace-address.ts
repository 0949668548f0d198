/**
 * Addresses of sockets as strace prints them, and the struct sockaddr that they were in the process's memory: as far
 * as strace prints it; the padding behind an IPv4 address is zeros.
 */
import { ip4, ip6 } from '../../text/addresses.ts';

const FAMILIES: Readonly<Record<string, number>> = {
  AF_UNSPEC: 0,
  AF_UNIX: 1,
  AF_INET: 2,
  AF_INET6: 10,
  AF_NETLINK: 16,
  AF_PACKET: 17,
  AF_ALG: 38,
  AF_VSOCK: 40,
  AF_XDP: 44,
};
const AF_INET_BYTES = 16;
const AF_INET6_BYTES = 28;
const SCOPE_AT = 24;

const FAMILY = /^\{sa_family=(AF_\w+)/;
const PORT = /\bsin6?_port=htons\((\d{1,5})\)/;
const ADDRESS4 = /\bsin_addr=inet_addr\("([\d.]{7,15})"\)/;
const ADDRESS6 = /\binet_pton\(AF_INET6, "([0-9a-fA-F:.]{2,45})", &sin6_addr\)/;
const FLOW = /\bsin6_flowinfo=htonl\((\d{1,10}|0x[0-9a-f]{1,8})\)/;
const SCOPE = /\bsin6_scope_id=(\d{1,10})\b/;

/** As Latin-1; of a family that is not decoded, its two bytes alone. undefined where it is no address. */
export function socketAddress(printed: string): string | undefined {
  const [, name = ''] = FAMILY.exec(printed) ?? [];
  const family = FAMILIES[name];
  if (family === undefined) return undefined;
  const port = Number(PORT.exec(printed)?.[1] ?? -1);
  const bytes = name === 'AF_INET6' ? address6(printed) : name === 'AF_INET' ? address4(printed) : undefined;
  if (bytes === undefined || port < 0) return String.fromCharCode(family & 0xff, family >> 8);
  bytes.writeUInt16LE(family, 0);
  bytes.writeUInt16BE(port & 0xffff, 2);
  return bytes.toString('latin1');
}

function address4(printed: string): Buffer | undefined {
  const address = ip4(ADDRESS4.exec(printed)?.[1] ?? '');
  if (address === undefined) return undefined;
  const bytes = Buffer.alloc(AF_INET_BYTES);
  bytes.set(address, 4);
  return bytes;
}

function address6(printed: string): Buffer | undefined {
  const address = ip6(ADDRESS6.exec(printed)?.[1] ?? '-');
  if (address === undefined) return undefined;
  const bytes = Buffer.alloc(AF_INET6_BYTES);
  bytes.writeUInt32BE(Number(FLOW.exec(printed)?.[1] ?? 0) >>> 0, 4);
  bytes.set(address, 8);
  const [, scope] = SCOPE.exec(printed) ?? [];
  // A device's name says nothing of its number: the bytes end before.
  if (scope === undefined) return bytes.subarray(0, SCOPE_AT);
  bytes.writeUInt32LE(Number(scope) >>> 0, SCOPE_AT);
  return bytes;
}
