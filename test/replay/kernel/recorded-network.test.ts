import { expect, test } from 'vitest';

import { recordedNetwork } from '../../../electron/replay/kernel/recorded-network.ts';
import type { Source } from '../../../electron/trace/event.ts';
import { fakeSource } from '../fake-source.ts';

function sourceWith(network: Source['context']['network']): Source {
  const source = fakeSource([], []);
  return { ...source, context: { ...source.context, network } };
}

const ADDRESSES = '2: v1: <BROADCAST,UP,LOWER_UP> mtu 1500 state UP\n    link/ether 02:00:00:00:00:02\n';

test("packets go where the bundle's ip says, and nowhere where it has no ip", () => {
  const directory = recordedNetwork([
    sourceWith(undefined),
    sourceWith({
      addresses: [`${ADDRESSES}    inet 10.2.0.1/24 scope global v1\n`],
      routes: ['10.4.0.0/16 via 10.2.0.3 dev v1\n', 'default via 10.2.0.254 dev v1\n'],
      neighbours: ['10.2.0.3 dev v1 lladdr 02:00:00:00:01:09 REACHABLE\n'],
    }),
  ]);
  expect(directory?.device(2)).toMatchObject({ mtu: 1500 });
  const neighbour = directory?.neighbour(2, 'ipv4', Uint8Array.of(10, 2, 0, 3));
  expect(neighbour && [...neighbour]).toEqual([2, 0, 0, 0, 1, 9]);
  expect(recordedNetwork([sourceWith(undefined)])).toBeUndefined();
  expect(recordedNetwork([sourceWith({ addresses: [], routes: [], neighbours: [] })])).toBeUndefined();
});
