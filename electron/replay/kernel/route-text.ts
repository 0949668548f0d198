/**
 * What `ip addr`, `ip route show table all`, `ip neigh` and sysctl print, as bug reports hold it, made into
 * routes. A line that is not understood is counted, and what it says is not known.
 */
import type { AddressFamily, Unforwarded } from '../../bpf/helpers/route-directory.ts';
import { parseAddress, parsePrefix, type IpAddress, type IpPrefix } from './ip-address.ts';
import {
  DEFAULT_TABLE,
  LOCAL_TABLE,
  MAIN_TABLE,
  type Forwarding,
  type KnownDevice,
  type Neighbour,
  type NetworkFacts,
  type NextHop,
  type Route,
  type RouteProgram,
} from './routes.ts';

export interface NetworkTexts {
  /** `ip addr`. */
  readonly addresses: string;
  /** `ip route show table all`, or of one table. */
  readonly routes: string;
  /** `ip neigh`. */
  readonly neighbours: string;
  readonly forwarding?: Forwarding;
}

export interface ReadNetwork extends NetworkFacts {
  /** Lines that were not understood. */
  readonly unreadLines: number;
}

/** More than any host's whole table of the Internet: what is behind is counted as not read. */
const LINES_MAX = 2_000_000;
const ETHERNET_HEADER_BYTES = 14;
const LINK_ADDRESS_BYTES = 6;

const types: Readonly<Record<string, Route['type']>> = {
  unicast: 'unicast',
  throw: 'throw',
  blackhole: 'blackhole',
  unreachable: 'unreachable',
  prohibit: 'prohibit',
  ...Object.fromEntries(
    ['local', 'broadcast', 'multicast', 'anycast'].map((type): [string, Unforwarded] => [type, 'other']),
  ),
};
/** Words that follow a program without a name. */
const encapsulationEnds: ReadonlySet<string> = new Set(['in', 'out', 'xmit', 'headroom', 'via', 'dev']);
const tables: Readonly<Record<string, number>> = {
  local: LOCAL_TABLE,
  main: MAIN_TABLE,
  default: DEFAULT_TABLE,
};
/** States of a neighbour whose link address holds: NUD_VALID. */
const validStates: ReadonlySet<string> = new Set([
  'PERMANENT',
  'NOARP',
  'REACHABLE',
  'PROBE',
  'STALE',
  'DELAY',
]);

export function readNetwork(texts: NetworkTexts): ReadNetwork {
  const reader = new Reader();
  const devices = reader.devices(texts.addresses);
  const byName = new Map(devices.map(({ name, index }) => [name, index]));
  const routes = reader.routes(texts.routes, byName);
  const neighbours = reader.neighbours(texts.neighbours, byName);
  const { forwarding = readForwarding('') } = texts;
  return { devices, routes, neighbours, forwarding, unreadLines: reader.unreadLines };
}

/** Of `sysctl -a`: `net.ipv4.ip_forward = 1`, `net.ipv6.conf.eth0.forwarding = 0`. */
export function readForwarding(settings: string): Forwarding {
  const byFamily = new Map<AddressFamily, boolean>();
  const byDevice = { ipv4: new Map<string, boolean>(), ipv6: new Map<string, boolean>() };
  for (const [, name = '', value] of settings.matchAll(/^net\.(\S+) ?= ?(\d+)\s*$/gm)) {
    const isOn = value !== '0';
    if (name === 'ipv4.ip_forward') byFamily.set('ipv4', isOn);
    const [, version, device] = /^ipv([46])\.conf\.([^.]+)\.forwarding$/.exec(name) ?? [];
    if (device === undefined || device === 'default') continue;
    const family = version === '4' ? 'ipv4' : 'ipv6';
    if (device === 'all') byFamily.set(family, isOn);
    // The dots of eth0.100 are slashes here.
    else byDevice[family].set(device.replaceAll('/', '.'), isOn);
  }
  return { byFamily, byDevice };
}

class Reader {
  unreadLines = 0;

  devices(text: string): KnownDevice[] {
    const devices: (KnownDevice & { addresses: IpPrefix[]; address: Uint8Array; linkHeaderBytes: number })[] =
      [];
    for (const line of this.#lines(text)) {
      const head = /^(\d+): ([^:@\s]+)(?:@\S+)?: <([^>]*)>.*\bmtu (\d+)/.exec(line);
      const device = devices.at(-1);
      if (head !== null) {
        const [, index, name = '', flags = '', mtu] = head;
        devices.push({
          index: Number(index),
          name,
          isUp: flags.split(',').includes('UP'),
          mtu: Number(mtu),
          linkHeaderBytes: 0,
          address: new Uint8Array(LINK_ADDRESS_BYTES),
          addresses: [],
        });
      } else if (device !== undefined) {
        const [word = '', value = ''] = line.trim().split(/\s+/);
        const prefix = word === 'inet' || word === 'inet6' ? parsePrefix(value) : undefined;
        if (prefix !== undefined) device.addresses.push(prefix);
        if (word !== 'link/ether' && word !== 'link/loopback') continue;
        device.linkHeaderBytes = ETHERNET_HEADER_BYTES;
        device.address = linkAddress(value) ?? device.address;
      } else this.unreadLines += 1;
    }
    return devices;
  }

  routes(text: string, devices: ReadonlyMap<string, number>): Route[] {
    const routes: (Route & { hops: NextHop[] })[] = [];
    for (const line of this.#lines(text)) {
      const words = line.trim().split(/\s+/);
      const last = routes.at(-1);
      if (words[0] === 'nexthop') {
        const hop = hopOf(words, devices);
        if (hop === undefined || last === undefined) this.unreadLines += 1;
        else last.hops.push(hop);
        continue;
      }
      const route = routeOf(words, devices);
      if (route === undefined) this.unreadLines += 1;
      else routes.push(route);
    }
    return routes;
  }

  neighbours(text: string, devices: ReadonlyMap<string, number>): Neighbour[] {
    return this.#lines(text).flatMap((line) => {
      const words = line.trim().split(/\s+/);
      const address = parseAddress(words[0] ?? '');
      const device = devices.get(after(words, 'dev') ?? '');
      if (address === undefined || device === undefined) {
        this.unreadLines += 1;
        return [];
      }
      const link = linkAddress(after(words, 'lladdr') ?? '');
      const isValid = words.some((word) => validStates.has(word));
      return link === undefined || !isValid ? [] : [{ device, address, linkAddress: link }];
    });
  }

  #lines(text: string): string[] {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    this.unreadLines += Math.max(0, lines.length - LINES_MAX);
    return lines.slice(0, LINES_MAX);
  }
}

/** The word behind another. */
function after(words: readonly string[], name: string): string | undefined {
  const at = words.indexOf(name);
  return at < 0 ? undefined : words[at + 1];
}

function routeOf(
  words: readonly string[],
  devices: ReadonlyMap<string, number>,
): (Route & { hops: NextHop[] }) | undefined {
  const given = types[words[0] ?? ''];
  const rest = given === undefined ? words : words.slice(1);
  const hop = hopOf(rest, devices);
  const destination = destinationOf(rest[0] ?? '', words);
  const table = after(words, 'table') ?? 'main';
  const number = tables[table] ?? Number(table);
  if (destination === undefined || !Number.isInteger(number)) return undefined;
  if (rest.includes('dev') && hop === undefined) return undefined;
  const source = after(rest, 'src');
  const isLocked = after(rest, 'mtu') === 'lock';
  return {
    table: number,
    destination,
    type: given ?? 'unicast',
    metric: Number(after(rest, 'metric') ?? 0),
    lockedMtu: isLocked ? Number(after(rest, 'lock')) : undefined,
    source: source === undefined ? undefined : parseAddress(source)?.bytes,
    isEncapsulated: rest.includes('encap'),
    hops: hop === undefined ? [] : [hop],
  };
}

/** `default` is of the family that the rest of the line shows: IPv6 has preferences. */
function destinationOf(text: string, words: readonly string[]): IpPrefix | undefined {
  if (text !== 'default') return parsePrefix(text);
  const gateway = parseAddress(after(words, 'via') ?? '');
  const isIpv6 = words.includes('pref') || gateway?.family === 'ipv6';
  return parsePrefix(isIpv6 ? '::/0' : '0.0.0.0/0');
}

/** `via 10.0.0.1 dev eth0`, `via inet6 fe80::1 dev eth0`, `dev eth0`. */
function hopOf(words: readonly string[], devices: ReadonlyMap<string, number>): NextHop | undefined {
  const device = devices.get(after(words, 'dev') ?? '');
  if (device === undefined) return undefined;
  const via = words.indexOf('via');
  const text = words[via + 1] === 'inet6' ? words[via + 2] : words[via + 1];
  const gateway: IpAddress | undefined = via < 0 ? undefined : parseAddress(text ?? '');
  if (via >= 0 && gateway === undefined) return undefined;
  return { device, gateway, isDead: words.includes('dead'), programs: programsOf(words) };
}

/** `encap bpf in FILE:[SECTION] xmit FILE:[SECTION] headroom 14`, `encap seg6local action End.BPF endpoint NAME`. */
function programsOf(words: readonly string[]): RouteProgram[] {
  const at = words.indexOf('encap');
  if (at < 0) return [];
  const rest = words.slice(at + 2);
  const nameBehind = (word: string | undefined): string =>
    word === undefined || encapsulationEnds.has(word) ? '' : word;
  if (words[at + 1] === 'seg6local') {
    if (after(rest, 'action') !== 'End.BPF') return [];
    return [{ hook: 'seg6local', name: after(rest, 'endpoint') ?? '' }];
  }
  if (words[at + 1] !== 'bpf') return [];
  const end = rest.findIndex((word) => word === 'via' || word === 'dev');
  return rest.slice(0, end < 0 ? undefined : end).flatMap((word, index) => {
    if (word !== 'in' && word !== 'out' && word !== 'xmit') return [];
    return [{ hook: word, name: nameBehind(rest[index + 1]) }];
  });
}

/** Six bytes; undefined for other links' addresses. */
function linkAddress(text: string): Uint8Array | undefined {
  const bytes = text
    .split(':')
    .map((byte) => (/^[0-9a-f]{2}$/i.test(byte) ? Number.parseInt(byte, 16) : NaN));
  return bytes.length === LINK_ADDRESS_BYTES && !bytes.some(Number.isNaN)
    ? Uint8Array.from(bytes)
    : undefined;
}
