import { describe, expect, it } from 'vitest';
import type { Forwarded, Unforwarded } from '../../../electron/bpf/helpers/route-directory.ts';
import { parseAddress, parsePrefix } from '../../../electron/replay/kernel/ip-address.ts';
import { readForwarding, readNetwork } from '../../../electron/replay/kernel/route-text.ts';
import { RoutingTables } from '../../../electron/replay/kernel/routes.ts';

/** As ip(8) printed them of a host with two Ethernet devices. */
const addresses = `1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
2: v1@v0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff
    inet 10.2.0.1/24 scope global v1
       valid_lft forever preferred_lft forever
3: v0@v1: <BROADCAST,MULTICAST> mtu 1400 qdisc noqueue state DOWN group default qlen 1000
    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff
    inet 10.1.0.1/16 scope global v0
    inet6 fd00:1::1/64 scope global nodad
`;
const routeText = `10.4.0.0/16 via 10.1.0.3 dev v0 table 77
default via 10.2.0.254 dev v1 metric 100
10.1.0.0/16 dev v0 proto kernel scope link src 10.1.0.1
throw 10.5.0.0/16
10.6.0.0/16
	nexthop via 10.1.0.5 dev v0 weight 1 dead linkdown
	nexthop via 10.2.0.5 dev v1 weight 1
10.7.0.0/16
	nexthop via 10.1.0.5 dev v0 weight 1
	nexthop via 10.2.0.5 dev v1 weight 1
blackhole 10.8.0.0/16
10.9.0.0/16  encap mpls  100 via 10.1.0.9 dev v0 mtu lock 900
10.9.3.0/24 via inet6 fd00:1::7 dev v0
local 10.1.0.1 dev v0 table local proto kernel scope host src 10.1.0.1
fd00:1::/64 dev v0 proto kernel metric 256 pref medium
fe80::/64 dev v1 proto kernel metric 256 pref medium
fe80::/64 dev v0 proto kernel metric 256 pref medium
default via fd00:1::9 dev v0 metric 1024 pref medium
`;
const neighbours = `10.1.0.9 dev v0 lladdr 02:00:00:00:01:09 PERMANENT
10.2.0.254 dev v1 INCOMPLETE
10.2.0.253 dev v1 lladdr 02:00:00:00:02:fd FAILED
fd00:1::7 dev v0 lladdr 02:00:00:00:01:07 router STALE
`;

const forwarding = readForwarding(
  'net.ipv4.conf.all.forwarding = 0\nnet.ipv4.ip_forward = 1\nnet.ipv4.conf.v0.forwarding = 0\n',
);
const facts = readNetwork({ addresses, routes: routeText, neighbours, forwarding });
const tables = new RoutingTables(facts);

function bytes(text: string): Uint8Array {
  return parseAddress(text)?.bytes ?? new Uint8Array(0);
}

function to(
  text: string,
  more: { table?: number; device?: number; isOutput?: boolean } = {},
): Forwarded | Unforwarded {
  const { family, bytes: destination } = parseAddress(text) ?? { family: 'ipv4', bytes: new Uint8Array(4) };
  return tables.route({ family, destination, device: 2, isOutput: false, table: undefined, ...more });
}

describe('routes that ip(8) printed', () => {
  it('are read to the last line', () => {
    expect(facts.unreadLines).toBe(0);
    expect(facts.devices.map(({ name, index, isUp }) => [name, index, isUp])).toEqual([
      ['lo', 1, true],
      ['v1', 2, true],
      ['v0', 3, false],
    ]);
  });

  it('lead by the longest prefix', () => {
    expect(to('10.1.7.7')).toMatchObject({ device: 3, gateway: undefined, metric: 0 });
    expect(to('10.9.3.1')).toMatchObject({ gateway: { family: 'ipv6', address: bytes('fd00:1::7') } });
    expect(to('10.9.4.1')).toMatchObject({ isEncapsulated: true, lockedMtu: 900 });
    expect(to('192.0.2.1')).toMatchObject({
      device: 2,
      metric: 100,
      gateway: { address: bytes('10.2.0.254') },
    });
    expect(to('2001:db8::1')).toMatchObject({ device: 3, metric: 1024 });
  });

  it('lead nowhere by what is no way out', () => {
    expect([to('10.8.0.1'), to('10.1.0.1')]).toEqual(['blackhole', 'other']);
    expect(to('10.5.0.1')).toBe('other');
  });

  it('lead by another table only where that is asked for', () => {
    expect(to('10.4.0.1', { table: 77 })).toMatchObject({ device: 3 });
    expect(to('10.4.0.1')).toMatchObject({ device: 2 });
    expect(to('10.4.0.1', { table: 99 })).toBe('other');
  });

  it('of several at the same cost say so, but for those that are dead', () => {
    expect(to('10.6.0.1')).toMatchObject({ device: 2, isOneOfSeveral: false });
    expect(to('10.7.0.1')).toMatchObject({ device: 3, isOneOfSeveral: true });
    expect(to('10.7.0.1', { device: 2, isOutput: true })).toMatchObject({ device: 2, isOneOfSeveral: false });
    expect(to('fe80::5', { device: 3 })).toMatchObject({ device: 3, isOneOfSeveral: false });
    expect(to('fe80::5', { device: 1 })).toMatchObject({ isOneOfSeveral: true });
  });

  it('send from the address nearest to the way out, where that is known', () => {
    expect(to('10.1.7.7')).toMatchObject({ source: bytes('10.1.0.1') });
    expect(to('192.0.2.1')).toMatchObject({ source: bytes('10.2.0.1') });
    expect(to('2001:db8::1')).toMatchObject({ source: undefined });
  });
});

describe('neighbours and devices', () => {
  it('have the link addresses that still hold', () => {
    expect(tables.neighbour(3, 'ipv4', bytes('10.1.0.9'))).toEqual(Uint8Array.of(2, 0, 0, 0, 1, 9));
    expect(tables.neighbour(3, 'ipv6', bytes('fd00:1::7'))).toEqual(Uint8Array.of(2, 0, 0, 0, 1, 7));
    expect(tables.neighbour(2, 'ipv4', bytes('10.2.0.254'))).toBeUndefined();
    expect(tables.neighbour(2, 'ipv4', bytes('10.2.0.253'))).toBeUndefined();
  });

  it('forward as far as that is known', () => {
    const device = tables.device(3);
    if (device === 'none') throw new Error('v0 is there');
    expect([device.mtu, device.linkHeaderBytes, device.isUp]).toEqual([1400, 14, false]);
    expect([device.forwards('ipv4'), device.forwards('ipv6')]).toEqual([false, undefined]);
    const other = tables.device(2);
    expect(other !== 'none' && [other.forwards('ipv4'), other.forwards('ipv6')]).toEqual([true, undefined]);
    expect(readForwarding('net.ipv6.conf.eth0/7.forwarding=1').byDevice.ipv6).toEqual(
      new Map([['eth0.7', true]]),
    );
    expect(tables.device(9)).toBe('none');
  });
});

it('lines that say nothing known are counted', () => {
  const read = readNetwork({
    addresses: 'Error: no such device\n',
    routes: 'default via nowhere dev v9\n10.0.0.0/99 dev lo\n\tnexthop via 10.0.0.1 dev lo\n',
    neighbours: 'who knows\n',
  });
  expect([read.unreadLines, read.routes, read.devices, read.neighbours]).toEqual([5, [], [], []]);
});

it.each([
  ['::', '0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0'],
  ['1:2:3:4:5:6:7:8', '0.1.0.2.0.3.0.4.0.5.0.6.0.7.0.8'],
  ['fe80::1%eth0', '254.128.0.0.0.0.0.0.0.0.0.0.0.0.0.1'],
  ['::ffff:10.1.2.3', '0.0.0.0.0.0.0.0.0.0.255.255.10.1.2.3'],
  ['300.1.1.1', undefined],
])('%s is the address %s', (text, expected) => {
  expect(parseAddress(text)?.bytes.join('.')).toBe(expected);
});

it('a prefix is no longer than its address', () => {
  expect(parsePrefix('10.0.0.0/33')).toBeUndefined();
  expect(parsePrefix('10.0.0.1')?.bits).toBe(32);
});
