/** A network namespace of its own for the loader: two devices, routes of every kind, and who is behind them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RouteDirectory } from '../../electron/bpf/helpers/route-directory.ts';
import { readForwarding, readNetwork } from '../../electron/replay/kernel/route-text.ts';
import { RoutingTables } from '../../electron/replay/kernel/routes.ts';
import { startOracle, type Oracle } from './oracle.ts';

const SETUP = `
set -e
ip link set lo up
ip link add v0 index 2 address 02:00:00:00:00:01 type veth peer name v1 index 3 address 02:00:00:00:00:02
for device in v0 v1; do ip link set $device addrgenmode none; ip link set $device up; done
ip link set v0 mtu 1400
ip addr add 10.1.0.1/16 dev v0
ip addr add 10.1.200.1/24 dev v0
ip addr add 10.2.0.1/24 dev v1
ip -6 addr add fd00:1::1/64 dev v0 nodad
ip -6 addr add fd00:2::1/64 dev v1 nodad
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip route add 10.9.0.0/16 via 10.1.0.9 mtu lock 900
ip route add 10.9.3.0/24 via inet6 fd00:1::7 dev v0
ip route add 10.9.4.0/24 via 10.1.200.9 metric 20
ip route add 10.9.4.0/24 via 10.2.0.9 metric 10
ip route add 10.9.5.0/24 via 10.2.0.9 src 10.1.0.1 mtu 800
ip route add blackhole 10.8.0.0/16
ip route add unreachable 10.7.0.0/16 metric 5
ip route add prohibit 10.7.7.0/24
ip route add throw 10.5.0.0/16
ip route add 10.4.0.0/16 via 10.1.0.9 table 77
ip route add default via 10.2.0.254 metric 100
ip -6 route add fd00:9::/32 via fd00:1::7 mtu lock 1300
ip -6 route add fd00:9:1::/48 via fd00:2::9 metric 50
ip -6 route add blackhole fd00:8::/32
ip -6 route add unreachable fd00:7::/32
ip -6 route add prohibit fd00:6::/32
ip -6 route add fd00:4::/32 via fd00:1::7 table 77
for place in "10.1.0.9 dev v0" "10.1.200.9 dev v0" "10.2.0.9 dev v1" "fd00:1::7 dev v0" "fd00:2::9 dev v1"; do
  ip neigh add $place lladdr 02:00:00:00:09:09
done
ip addr > "$1/addresses"
(ip route show table all; ip -6 route show table all) > "$1/routes"
ip neigh > "$1/neighbours"
shift
exec "$@"
`;

export interface NetworkOracle {
  readonly oracle: Oracle;
  /** The same network, from what `ip` said of it. */
  readonly routes: RouteDirectory;
  readonly unreadLines: number;
}

export async function startNetworkOracle(): Promise<NetworkOracle | { unavailable: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'bpf-network-'));
  const oracle = await startOracle('full', ['unshare', '-n', 'sh', '-c', SETUP, 'sh', folder]);
  try {
    if ('unavailable' in oracle) return oracle;
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
    const facts = readNetwork({
      addresses: read('addresses'),
      routes: read('routes'),
      neighbours: read('neighbours'),
      forwarding: readForwarding('net.ipv4.ip_forward = 1\nnet.ipv6.conf.all.forwarding = 1'),
    });
    return { oracle, routes: new RoutingTables(facts), unreadLines: facts.unreadLines };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
