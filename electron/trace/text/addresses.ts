/** Addresses as the kernel prints them, back into the bytes they are of. Not hot: few events have them. */
import type { AddressReading } from './pattern.ts';

const ADDRESS_CHARACTERS_MAX = 64;
const AF_INET = 2;
const AF_INET6 = 10;

/** Writes the address to `target`; the place behind its text, or -1 where there is none. */
export function readAddress(
  reading: AddressReading,
  text: Uint8Array,
  at: number,
  end: number,
  bytes: Uint8Array,
  target: number,
): number {
  const window = Buffer.from(text.buffer, text.byteOffset + at, Math.min(end - at, ADDRESS_CHARACTERS_MAX));
  const [word = ''] = /^[[\]0-9A-Fa-f.:]*/.exec(window.toString('latin1')) ?? [];
  const values = valuesOf(reading, word);
  if (values === undefined) return -1;
  bytes.set(values, target);
  return at + word.length;
}

function valuesOf(reading: AddressReading, word: string): number[] | undefined {
  switch (reading) {
    case 'ip4':
      return ip4(word);
    case 'ip6':
      return ip6(word);
    case 'mac':
      return /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/.test(word)
        ? word.split(':').map((part) => Number.parseInt(part, 16))
        : undefined;
    case 'sockaddr':
      return socketAddress(word);
  }
}

/** Four bytes; undefined for what is no IPv4 address. */
export function ip4(word: string): number[] | undefined {
  const parts = word.split('.').map(Number);
  const isWhole =
    parts.length === 4 && parts.every((part) => Number.isInteger(part) && part >= 0 && part < 256);
  return isWhole && /^[\d.]+$/.test(word) ? parts : undefined;
}

/** Sixteen bytes of groups of hexadecimal digits, `::` for zeros, perhaps an IPv4 address at the end. */
export function ip6(word: string): number[] | undefined {
  const [head = '', tail, rest] = word.split('::');
  if (rest !== undefined) return undefined;
  const first = groups(head);
  const last = tail === undefined ? [] : groups(tail);
  if (first === undefined || last === undefined) return undefined;
  const zeros = 16 - first.length - last.length;
  if (tail === undefined ? zeros !== 0 : zeros < 0) return undefined;
  return [...first, ...Array<number>(zeros).fill(0), ...last];
}

function groups(text: string): number[] | undefined {
  const bytes: number[] = [];
  for (const group of text === '' ? [] : text.split(':')) {
    const quad = group.includes('.') ? ip4(group) : undefined;
    if (quad !== undefined) bytes.push(...quad);
    else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >>> 8, value & 0xff);
    } else return undefined;
  }
  return bytes;
}

/** `1.2.3.4:80` or `[::1]:80` as a sockaddr_in or sockaddr_in6: family, port, address. */
function socketAddress(word: string): number[] | undefined {
  const [, six, four, port] = /^(?:\[([0-9A-Fa-f:.]+)\]|([\d.]+)):(\d{1,5})$/.exec(word) ?? [];
  const address = six === undefined ? ip4(four ?? '') : ip6(six);
  if (address === undefined) return undefined;
  const number = Number(port);
  const head = [six === undefined ? AF_INET : AF_INET6, 0, (number >>> 8) & 0xff, number & 0xff];
  return six === undefined ? [...head, ...address] : [...head, 0, 0, 0, 0, ...address];
}
