/**
 * Routes, neighbours and devices of the recorded host, and where a packet goes by them: the longest prefix, and of
 * routes with the same the cheapest. As net/ipv4/fib_trie.c and net/ipv6/ip6_fib.c of Linux 6.18 choose where no
 * rules were added. route-text.ts reads them from what `ip` prints.
 */
import type {
  AddressFamily,
  Device,
  Forwarded,
  RouteDirectory,
  RouteQuestion,
  Unforwarded,
} from '../../bpf/helpers/route-directory.ts';
import { isWithin, maskedTo, type IpAddress, type IpPrefix } from './ip-address.ts';

/** Tables that rules name from the start: RT_TABLE_*. */
const UNSPECIFIED_TABLE = 0;
export const DEFAULT_TABLE = 253;
export const MAIN_TABLE = 254;
export const LOCAL_TABLE = 255;

export interface NextHop {
  readonly device: number;
  readonly gateway: IpAddress | undefined;
  /** Cannot be used now. */
  readonly isDead: boolean;
  readonly programs: readonly RouteProgram[];
}

/** A program that packets of a route go through: `encap bpf` and `encap seg6local action End.BPF`. */
export interface RouteProgram {
  readonly hook: RouteHook;
  /** As it was given: `filter.o:[lwt_in]`; empty where it has no name. */
  readonly name: string;
}

export type RouteHook = 'in' | 'out' | 'xmit' | 'seg6local';

export interface Route {
  readonly table: number;
  readonly destination: IpPrefix;
  /** `throw` lets the next table answer. */
  readonly type: 'unicast' | 'throw' | Unforwarded;
  readonly metric: number;
  readonly lockedMtu: number | undefined;
  readonly source: Uint8Array | undefined;
  readonly isEncapsulated: boolean;
  readonly hops: readonly NextHop[];
}

export interface KnownDevice {
  readonly index: number;
  readonly name: string;
  readonly isUp: boolean;
  readonly mtu: number;
  readonly linkHeaderBytes: number;
  readonly address: Uint8Array;
  /** Its own addresses, in the kernel's order. */
  readonly addresses: readonly IpPrefix[];
}

export interface Neighbour {
  readonly device: number;
  readonly address: IpAddress;
  readonly linkAddress: Uint8Array;
}

/** Whether what comes in is sent on; unknown where nothing is said. */
export interface Forwarding {
  /** Of the host, for devices of which nothing else is said. */
  readonly byFamily: ReadonlyMap<AddressFamily, boolean>;
  /** Of devices by name. */
  readonly byDevice: Readonly<Record<AddressFamily, ReadonlyMap<string, boolean>>>;
}

export interface NetworkFacts {
  readonly routes: readonly Route[];
  readonly devices: readonly KnownDevice[];
  readonly neighbours: readonly Neighbour[];
  readonly forwarding: Forwarding;
}

function keyOf(bytes: Uint8Array): string {
  return bytes.join('.');
}

export class RoutingTables implements RouteDirectory {
  readonly #facts: NetworkFacts;
  readonly #devices: ReadonlyMap<number, KnownDevice>;
  readonly #byAddress = new Map<string, number | undefined>();
  readonly #neighbours: ReadonlyMap<string, Uint8Array>;
  /** By family, table and prefix; lengths of prefixes in use, the longest first. */
  readonly #routes = new Map<string, Route[]>();
  readonly #lengths: Readonly<Record<AddressFamily, readonly number[]>>;

  constructor(facts: NetworkFacts) {
    this.#facts = facts;
    this.#devices = new Map(facts.devices.map((device) => [device.index, device]));
    this.#neighbours = new Map(
      facts.neighbours.map(({ device, address, linkAddress }) => [
        `${device} ${keyOf(address.bytes)}`,
        linkAddress,
      ]),
    );
    for (const { index, address } of facts.devices) {
      const key = keyOf(address);
      if (address.some((byte) => byte !== 0))
        this.#byAddress.set(key, this.#byAddress.has(key) ? undefined : index);
    }
    for (const route of facts.routes) {
      const { table, destination } = route;
      const key = this.#key(table, destination.bits, destination.bytes);
      this.#routes.set(
        key,
        [...(this.#routes.get(key) ?? []), route].sort((a, b) => a.metric - b.metric),
      );
    }
    this.#lengths = { ipv4: this.#lengthsOf('ipv4'), ipv6: this.#lengthsOf('ipv6') };
  }

  device(index: number): Device | 'none' {
    const device = this.#devices.get(index);
    if (device === undefined) return 'none';
    const { byFamily, byDevice } = this.#facts.forwarding;
    return { ...device, forwards: (family) => byDevice[family].get(device.name) ?? byFamily.get(family) };
  }

  deviceName(index: number): string | undefined {
    return this.#devices.get(index)?.name;
  }

  deviceCalled(name: string): number | undefined {
    return this.#facts.devices.find((each) => each.name === name)?.index;
  }

  /** The one with this link address; undefined where several have it, as devices over others do. */
  deviceAddressed(linkAddress: Uint8Array): number | undefined {
    return this.#byAddress.get(keyOf(linkAddress));
  }

  neighbour(device: number, _family: AddressFamily, address: Uint8Array): Uint8Array | undefined {
    return this.#neighbours.get(`${device} ${keyOf(address)}`);
  }

  route(question: RouteQuestion): Forwarded | Unforwarded {
    for (const tables of tablesFor(question)) {
      const found = this.#find(tables, question);
      if (found === undefined || found.route.type === 'throw') continue;
      return found.route.type === 'unicast' ? this.#forwarded(found) : found.route.type;
    }
    return 'other';
  }

  /** Programs of the route that packets to an address take, by each way that it leads. */
  programsTowards(family: AddressFamily, destination: Uint8Array): readonly (readonly RouteProgram[])[] {
    const question = { family, destination, device: 0, isOutput: false, table: undefined };
    for (const tables of tablesFor(question)) {
      const found = this.#find(tables, question);
      if (found === undefined || found.route.type === 'throw') continue;
      return found.hops.map(({ programs }) => programs);
    }
    return [];
  }

  /** Of all routes. */
  get programs(): readonly RouteProgram[] {
    return this.#facts.routes.flatMap(({ hops }) => hops.flatMap(({ programs }) => programs));
  }

  /** The best route of tables that are looked into as one, with the ways it leads. */
  #find(tables: readonly number[], question: RouteQuestion): Found | undefined {
    for (const bits of this.#lengths[question.family]) {
      const masked = maskedTo(bits, question.destination);
      for (const table of tables) {
        const routes = this.#routes.get(this.#key(table, bits, masked)) ?? [];
        const found = usable(routes, question);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  #forwarded({ route, hops }: Found): Forwarded | Unforwarded {
    const [hop] = hops;
    if (hop === undefined) return 'other';
    const { metric, lockedMtu, isEncapsulated } = route;
    return {
      device: hop.device,
      gateway: hop.gateway && { family: hop.gateway.family, address: hop.gateway.bytes },
      metric,
      lockedMtu,
      source: route.source ?? this.#sourceBy(hop, route.destination.family),
      isEncapsulated,
      isOneOfSeveral: hops.length > 1,
    };
  }

  /** The device's address nearest to the gateway: inet_select_addr(). IPv6 chooses by more than is known here. */
  #sourceBy({ device, gateway }: NextHop, family: AddressFamily): Uint8Array | undefined {
    const own = (this.#devices.get(device)?.addresses ?? []).filter((each) => each.family === family);
    if (family === 'ipv6') return undefined;
    const near = gateway && own.find((each) => isWithin(each, gateway.bytes));
    return (near ?? own[0])?.bytes;
  }

  #key(table: number, bits: number, bytes: Uint8Array): string {
    return `${table} ${bits} ${keyOf(bytes)}`;
  }

  #lengthsOf(family: AddressFamily): number[] {
    const ofFamily = this.#facts.routes.filter(({ destination }) => destination.family === family);
    return [...new Set(ofFamily.map(({ destination }) => destination.bits))].sort((a, b) => b - a);
  }
}

interface Found {
  readonly route: Route;
  readonly hops: readonly NextHop[];
}

/**
 * Tables in the order they are asked, those in one list as one: for IPv4, local and main share a trie as long as no
 * rules are added.
 */
function tablesFor({ family, table: asked }: RouteQuestion): readonly (readonly number[])[] {
  const table = asked === UNSPECIFIED_TABLE ? MAIN_TABLE : asked;
  const main = family === 'ipv4' ? [[LOCAL_TABLE, MAIN_TABLE]] : [[LOCAL_TABLE], [MAIN_TABLE]];
  if (table === undefined) return [...main, [DEFAULT_TABLE]];
  return family === 'ipv4' && (table === MAIN_TABLE || table === LOCAL_TABLE) ? main : [[table]];
}

/** The cheapest of routes to one prefix that can be used, with the hops that can. */
function usable(routes: readonly Route[], question: RouteQuestion): Found | undefined {
  for (const route of routes) {
    if (!leadsSomewhere(route)) return { route, hops: [] };
    const hops = hopsOf(route, question);
    if (hops.length === 0) continue;
    if (question.family === 'ipv4') return { route, hops };
    return amongEqual(
      routes.filter((each) => leadsSomewhere(each) && each.metric === route.metric),
      question,
    );
  }
  return undefined;
}

/** Several routes of IPv6 to the same place, at the same cost: that by the device asked for is preferred. */
function amongEqual(routes: readonly Route[], question: RouteQuestion): Found | undefined {
  const ways = routes.flatMap((route) => hopsOf(route, question).map((hop) => ({ route, hop })));
  const [best] = [...ways.filter(({ hop }) => hop.device === question.device), ...ways];
  if (best === undefined) return undefined;
  const isPreferred = best.hop.device === question.device;
  return { route: best.route, hops: isPreferred ? [best.hop] : ways.map(({ hop }) => hop) };
}

/** Routes to this host itself lead by a device as others do. */
function leadsSomewhere({ type, hops }: Route): boolean {
  return type === 'unicast' || (type === 'other' && hops.length > 0);
}

function hopsOf({ hops, destination }: Route, { device, isOutput }: RouteQuestion): readonly NextHop[] {
  const isBound = isOutput && destination.family === 'ipv4';
  return hops.filter((hop) => !hop.isDead && (!isBound || hop.device === device));
}
