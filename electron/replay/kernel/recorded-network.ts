/** Where the recorded host sent packets: the routing tables that the bundle's outputs of `ip` tell. */
import type { Source } from '../../trace/event.ts';
import { readForwarding, readNetwork } from './route-text.ts';
import { RoutingTables } from './routes.ts';

/** undefined where the bundle has neither interfaces nor routes. */
export function recordedNetwork(sources: readonly Source[]): RoutingTables | undefined {
  // What lies beside the recordings is told by each of them.
  const prints = sources.find(({ context }) => context.network !== undefined)?.context.network;
  if (prints === undefined || prints.addresses.length + prints.routes.length === 0) return undefined;
  const { addresses, routes, neighbours, settings = [] } = prints;
  return new RoutingTables(
    readNetwork({
      addresses: addresses.join('\n'),
      routes: routes.join('\n'),
      neighbours: neighbours.join('\n'),
      forwarding: readForwarding(settings.join('\n')),
    }),
  );
}
