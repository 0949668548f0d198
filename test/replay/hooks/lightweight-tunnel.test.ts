import { expect, test } from 'vitest';

import { makePcap, MICROSECONDS } from '../../trace/formats/pcap/make-pcap.ts';
import { replayOn, type Replayed } from './on-bundle.ts';
import { routedHost } from './routed-host.ts';

const OBJECT = 'test/programs/lightweight-tunnel.bpf.o';
const LAST_KEY = 7;

/** `{packets, bytes, destinations}` of struct seen, by key. */
type Seen = Readonly<Record<number, readonly bigint[]>>;

function words(hex: string, more: readonly Uint8Array[] = []): Buffer {
  return Buffer.concat([Buffer.from(hex.replaceAll(' ', ''), 'hex'), ...more]);
}

const ETHERNET = '020000000001 020000000002';

function checksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

function ipv4(destination: readonly number[], payloadBytes: number): Buffer {
  const header = words('4500 0000 0000 0000 4011 0000 0a010063 00000000');
  header.writeUInt16BE(20 + payloadBytes, 2);
  header.set(destination, 16);
  header.writeUInt16BE(checksum(header), 10);
  return words(`${ETHERNET} 0800`, [header, Buffer.alloc(payloadBytes, 1)]);
}

const address = (prefix: string, last: string): string => prefix.padEnd(32 - last.length, '0') + last;

function ipv6(destination: string, next: string, payload: Buffer): Buffer {
  const length = payload.length.toString(16).padStart(4, '0');
  const source = address('fd000001000000000000000000000000'.slice(0, 8), '63');
  return words(`${ETHERNET} 86dd 60000000 ${length} ${next} 40 ${source} ${destination}`, [payload]);
}

/** A header of segments, the last first, with so many left, and options behind the segments. */
function segments(list: readonly string[], left: number, options = ''): Buffer {
  const bytes = words(list.join('') + options);
  return words(
    `3b ${(bytes.length / 8).toString(16).padStart(2, '0')} 04 0${left} 0${list.length - 1} 00 0000`,
    [bytes],
  );
}

const LOCAL = address('fd03', '1');
const FAR = address('fd04', 'ab');
const list = [FAR, LOCAL];
const FRAMES = [
  ...[1, 2, 3].map((last) => ipv4([10, 20, 0, last], 100 + last)),
  ipv4([10, 20, 200, 1], 40),
  ipv4([10, 20, 201, 1], 40),
  ipv4([10, 21, 0, 9], 60),
  ipv4([10, 22, 0, 9], 80),
  ipv4([10, 23, 0, 9], 80),
  ipv6(address('fd02', '17'), '3b', Buffer.alloc(32)),
  ipv6(LOCAL, '2b', segments(list, 1)),
  ipv6(LOCAL, '2b', segments(list, 1, '0406000000000000')),
  ipv6(LOCAL, '2b', segments(list, 1, '0407000000000000')),
  ipv6(LOCAL, '2b', segments(list, 2)),
  ipv6(LOCAL, '2b', segments(list, 3)),
  ipv6(LOCAL, '2b', segments(list, 0)),
  ipv6(LOCAL, '3b', Buffer.alloc(16)),
  ipv6(LOCAL, '00', words('2b00 010400000000', [segments(list, 1)])),
  ipv6(LOCAL, '3c', words('2c00 010400000000', [words('2b00 0000 00000001', [segments(list, 1)])])),
  ipv6(FAR, '2b', segments(list, 1)),
  ipv4([10, 20, 255, 255], 10),
];

function captureOf(frames: readonly Buffer[]): Buffer {
  const packets = frames.map((bytes, index) => ({ seconds: 1 + index, fraction: 0, bytes }));
  return makePcap({ isLittleEndian: true, magic: MICROSECONDS, linkType: 1 }, packets);
}

function seenIn({ attached }: Replayed): Seen {
  const map = attached.maps.find(({ definition }) => definition.name === 'seen');
  return Object.fromEntries(
    [...(map?.entries() ?? [])].map(({ value }, key) => {
      const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
      return [key, [0, 8, 16].map((at) => view.getBigUint64(at, true))];
    }),
  );
}

/** As bpftool prints an array with types. */
function seenLive(printed: string): Seen {
  const rows = JSON.parse(printed) as { formatted: { key: number; value: Record<string, number> } }[];
  return Object.fromEntries(
    rows.map(({ formatted: { key, value } }) => [
      key,
      ['packets', 'bytes', 'destinations'].map((name) => BigInt(value[name] ?? 0)),
    ]),
  );
}

test('programs of routes see the packets that they see in a kernel with these routes', async (context) => {
  const { files, printed } = routedHost(context, {
    object: OBJECT,
    routes: [
      '10.20.0.0/16 encap bpf in pinned $PINS/on_in via 10.9.0.2 dev w0',
      '10.20.200.0/24 via 10.9.0.2 dev w0',
      'blackhole 10.20.201.0/24',
      '10.21.0.0/16 encap bpf in pinned $PINS/on_in out pinned $PINS/on_out via 10.9.0.2 dev w0',
      '10.22.0.0/16 encap bpf xmit pinned $PINS/on_xmit headroom 14 via 10.9.0.2 dev w0',
      'fd02::/64 encap bpf in pinned $PINS/on_in xmit pinned $PINS/on_xmit via fd00:9::2 dev w0',
      'fd03::/64 encap seg6local action End.BPF endpoint pinned $PINS/on_segment dev w0',
      'fd04::/64 via fd00:9::2 dev w0',
    ],
    frames: FRAMES,
    ask: `for try in $(seq 100); do
  bpftool -j map lookup pinned $PINS/maps/seen key ${LAST_KEY} 0 0 0 | grep -q '"packets":0' || break
done
bpftool -j map dump pinned $PINS/maps/seen`,
  });
  const replayed = await replayOn(OBJECT, { 'frames.pcap': captureOf(FRAMES), ...files });
  const live = seenLive(printed);
  expect(live[LAST_KEY]).toEqual([1n, 30n, 0xffffn]);
  expect(live[3]?.[0]).toBeGreaterThan(3n);
  expect(seenIn(replayed)).toEqual(live);
});

const ADDRESSES =
  '2: w0: <UP,LOWER_UP> mtu 1500 state UP\n    link/ether 02:00:00:00:00:02\n    inet 10.9.0.1/16 scope global w0\n';

test('without such a route every packet of IP is shown, and that is said and counted', async () => {
  const capture = captureOf(FRAMES.slice(0, 9));
  const route = 'default via 10.9.0.254 dev w0\n';
  const bundles: readonly Record<string, string>[] = [{}, { ip_addr: ADDRESSES, ip_route: route }];
  for (const files of bundles) {
    const options = { programs: ['on_in'] };
    const { attached } = await replayOn(OBJECT, { 'frames.pcap': capture, ...files }, options);
    const [program] = attached.programs;
    expect(program?.plan.packets).toMatchObject({ seen: 9, passedBy: 0 });
    expect(program?.plan.lacks).toMatchObject([{ what: 'a route with encap bpf in' }]);
    expect([...attached.moment.missingCounts]).toEqual([['a route with encap bpf in', 9]]);
  }
});

test("routes that name another program are not this one's; of several ways, one that leads through it counts", async () => {
  const capture = captureOf(FRAMES.slice(0, 8));
  const routes = [
    '10.20.0.0/16  encap bpf in other.o:[lwt_in/other] via 10.9.0.2 dev w0 ',
    '10.21.0.0/16  encap bpf in mine.o:[lwt_in] headroom 14 via 10.9.0.2 dev w0 ',
    '10.22.0.0/16 proto static ',
    '\tnexthop  encap bpf in mine.o:[lwt_in] via 10.9.0.2 dev w0 weight 1 ',
    '\tnexthop via 10.9.0.3 dev w0 weight 1 ',
  ];
  const files = { 'frames.pcap': capture, ip_addr: ADDRESSES, ip_route: `${routes.join('\n')}\n` };
  const { attached } = await replayOn(OBJECT, files, { programs: ['on_in'] });
  expect(attached.programs[0]?.plan.packets).toMatchObject({ seen: 2, passedBy: 6 });
  expect([...attached.moment.missingCounts]).toEqual([['which of several ways a packet takes', 1]]);
});
