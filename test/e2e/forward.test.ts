import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { routedHost } from '../replay/hooks/routed-host.ts';
import { folderOf, open } from '../trace/bundle/on-disk.ts';
import { makePcap, MICROSECONDS } from '../trace/formats/pcap/make-pcap.ts';
import { packetsOf } from '../trace/formats/pcap/packets-of.ts';
import { retroprobe } from './cli.ts';

const OBJECT = 'test/programs/forward.bpf.o';

const ROUTES = [
  '10.30.0.0/16 via 10.9.0.2 dev w0',
  '10.30.7.0/24 via 10.8.0.2 dev x0',
  'blackhole 10.32.0.0/16',
  'unreachable 10.33.0.0/16',
  'prohibit 10.34.0.0/16',
  '10.35.0.0/16 via 10.9.0.77 dev w0',
  '10.36.0.0/16 via 10.9.0.2 dev w0 mtu lock 700',
  '10.37.0.0/16 encap ip id 100 dst 10.9.0.3 dev w0',
  'throw 10.38.0.0/16',
  'fd05::/64 via fd00:9::2 dev w0',
  'blackhole fd06::/64',
];

function frame(etherType: string, ip: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`020000000001020000000002${etherType}`, 'hex'), ip]);
}

/** UDP to port 9. */
function udp(payloadBytes: number): Buffer {
  const bytes = Buffer.alloc(8 + payloadBytes, 7);
  bytes.writeUInt16BE(1000, 0);
  bytes.writeUInt16BE(9, 2);
  bytes.writeUInt16BE(bytes.length, 4);
  bytes.writeUInt16BE(0, 6);
  return bytes;
}

/** Not to be fragmented: what the program lets pass would come out of the host in parts. */
function ipv4(destination: string, payloadBytes: number): Buffer {
  const ip = Buffer.concat([
    Buffer.from('4500000000004000401100000a01006300000000', 'hex'),
    udp(payloadBytes),
  ]);
  ip.writeUInt16BE(ip.length, 2);
  ip.set(destination.split('.').map(Number), 16);
  let sum = 0;
  for (let at = 0; at < 20; at += 2) sum += ip.readUInt16BE(at);
  ip.writeUInt16BE(~((sum & 0xffff) + (sum >> 16)) & 0xffff, 10);
  return frame('0800', ip);
}

function ipv6(prefix: string, payloadBytes: number): Buffer {
  const payload = udp(payloadBytes);
  const address = (text: string): string => text.padEnd(30, '0') + '63';
  const length = payload.length.toString(16).padStart(4, '0');
  const ip = Buffer.from(`60000000${length}1140${address('fd000001')}${address(prefix)}`, 'hex');
  return frame('86dd', Buffer.concat([ip, payload]));
}

const FRAMES = [
  ...['10.30.0.1', '10.30.6.200', '10.30.7.9', '10.32.1.1', '10.33.1.1', '10.34.1.1', '10.35.1.1'],
  ...['10.36.1.1', '10.37.1.1', '10.38.1.1', '10.99.1.1', '10.1.0.1', '10.9.0.2', '10.9.0.78', '127.0.0.1'],
].map((destination, index) => ipv4(destination, 30 + index));
const LONG = [
  ipv4('10.36.1.2', 800),
  ipv6('fd05', 40),
  ipv6('fd06', 40),
  ipv6('fd07', 40),
  ipv4('10.30.7.1', 800),
  ipv4('10.30.1.1', 800),
];

test('routes that ip printed lead packets as the kernel leads them by these routes', async (context) => {
  const frames = [...FRAMES, ...LONG];
  const { files, captures, printed } = routedHost(context, {
    object: OBJECT,
    routes: ROUTES,
    attach: ['sysctl -qw net.ipv6.conf.v1.forwarding=0', 'ip link set v1 xdpgeneric pinned $PINS/forward'],
    captured: ['w1', 'x1'],
    frames,
    ask: 'bpftool -j map dump pinned $PINS/maps/answers',
  });
  const packets = frames.map((bytes, index) => ({ seconds: index, fraction: 0, bytes }));
  const capture = makePcap({ isLittleEndian: true, magic: MICROSECONDS, linkType: 1 }, packets);
  const bundle = folderOf({ 'frames.pcap': capture, ...files });
  const out = join(folderOf({}), 'sent.pcapng');
  const { code, stdout } = retroprobe('run', OBJECT, bundle, '--json', '--packets-out', out);
  expect(code).toBe(0);
  const { maps } = JSON.parse(stdout) as { maps: { rows: { key: number; value: number }[] }[] };
  const live = JSON.parse(printed) as { formatted: { key: number; value: number } }[];
  expect(maps[0]?.rows.map(({ key, value }) => [key, value])).toEqual(
    live.map(({ formatted: { key, value } }) => [key, value]),
  );
  // All answers that there are, but for that of an address without a source.
  expect(live.filter(({ formatted }) => formatted.value > 0)).toHaveLength(9);
  const sent = await packetsIn('sent.pcapng', readFileSync(out));
  for (const device of ['w', 'x']) {
    const seen = await packetsIn('live.pcap', captures[`${device}1`] ?? new Uint8Array(0));
    expect(seen.length).toBeGreaterThan(1);
    const ours = sent.filter(({ interfaceName }) => interfaceName === `${device}0`);
    expect(ours.map(({ hex }) => hex)).toEqual(seen.map(({ hex }) => hex));
  }
});

async function packetsIn(name: string, bytes: Uint8Array): ReturnType<typeof packetsOf> {
  const [source] = (await open(folderOf({ [name]: bytes }))).sources;
  return source === undefined ? [] : packetsOf(source);
}
