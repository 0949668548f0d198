/**
 * Programs of routes: which packets of a capture come through a program of type lwt_in, lwt_out, lwt_xmit or
 * lwt_seg6local. Those whose route is one that `ip route` shows with such a program; where the bundle shows none,
 * every packet, which is said, and counted as missing.
 */
import type { LinkedProgram, ProgramType } from '../../bpf/program.ts';
import type { AddressFamily } from '../../bpf/helpers/route-directory.ts';
import type { ReplayMoment } from '../kernel/moment.ts';
import type { RouteHook, RouteProgram, RoutingTables } from '../kernel/routes.ts';
import type { Lack } from './hook.ts';

interface RoutePlace {
  readonly hook: RouteHook;
  /** As `ip route` shows it. */
  readonly shown: string;
}

const hooks: Partial<Record<ProgramType, RoutePlace>> = {
  lwt_in: { hook: 'in', shown: 'encap bpf in' },
  lwt_out: { hook: 'out', shown: 'encap bpf out' },
  lwt_xmit: { hook: 'xmit', shown: 'encap bpf xmit' },
  lwt_seg6local: { hook: 'seg6local', shown: 'encap seg6local action End.BPF' },
};

export interface RouteTest {
  /** undefined where routes tell which packets come through. */
  readonly lack: Lack | undefined;
  /** Whether the packet takes a route through the program: from its network header on. Hot. */
  isOnRoute(packet: Uint8Array, networkAt: number): boolean;
}

/** undefined of programs that are not of routes. */
export function routeTestOf(program: LinkedProgram, moment: ReplayMoment): RouteTest | undefined {
  const place = hooks[program.type];
  if (place === undefined) return undefined;
  const { hook } = place;
  const { network } = moment;
  const known = (network?.programs ?? []).filter((each) => each.hook === hook);
  if (network === undefined || known.length === 0) return anyRoute(place, network, moment);
  // Routes tell programs by file and section; those of other sections are other programs.
  const named = known.filter((each) => isNamed(each, program));
  const names = new Set((named.length > 0 ? named : known).map(({ name }) => name));
  const isThrough = (programs: readonly RouteProgram[]): boolean =>
    programs.some((each) => each.hook === hook && names.has(each.name));
  return {
    lack: undefined,
    isOnRoute(packet, networkAt) {
      const isIpv4 = (packet[networkAt] ?? 0) >> 4 === 4;
      const family: AddressFamily = isIpv4 ? 'ipv4' : 'ipv6';
      const at = networkAt + (isIpv4 ? 16 : 24);
      const destination = packet.subarray(at, at + (isIpv4 ? 4 : 16));
      if (destination.length < (isIpv4 ? 4 : 16)) return false;
      const ways = network.programsTowards(family, destination);
      const through = ways.filter(isThrough);
      if (through.length > 0 && through.length < ways.length)
        moment.missing('which of several ways a packet takes');
      return through.length > 0;
    },
  };
}

function anyRoute(
  { hook, shown }: RoutePlace,
  network: RoutingTables | undefined,
  moment: ReplayMoment,
): RouteTest {
  const remedy =
    network === undefined
      ? 'put what `ip addr` and `ip route show table all` print into the bundle'
      : 'the routes in the bundle have none';
  return {
    lack: {
      what: `a route with ${shown}`,
      remedy: `${remedy}; the program is called for every packet ${hook === 'seg6local' ? 'with a segment left' : 'of IP'}`,
    },
    isOnRoute() {
      moment.missing(`a route with ${shown}`);
      return true;
    },
  };
}

/** `filter.o:[lwt_in]` where it was loaded with the route; `on_in:[*fsobj]` where it was pinned under that name. */
function isNamed({ name }: RouteProgram, program: LinkedProgram): boolean {
  const [, file = name, section = name] = /^(.*):\[(.*)\]$/.exec(name) ?? [];
  return section === program.section || [file, section].includes(program.name);
}
