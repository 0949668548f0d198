import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { openObject } from '../../../electron/bpf/object/open.ts';
import { attachObject } from '../../../electron/replay/attach.ts';
import { replay } from '../../../electron/replay/engine.ts';
import { countEvents, folderOf, open } from '../../trace/bundle/on-disk.ts';
import { makePcap, MICROSECONDS } from '../../trace/formats/pcap/make-pcap.ts';
import { packetsOf } from '../../trace/formats/pcap/packets-of.ts';
import { routedHost } from './routed-host.ts';

const OBJECT = 'test/programs/segments.bpf.o';
const NETWORK_AT = 14;
const HOP_LIMIT_AT = NETWORK_AT + 7;

const address = (prefix: string, last: string): string => prefix.padEnd(32 - last.length, '0') + last;

/** To be routed from its first of two segments to its last, by a program that does what `tag` asks for. */
function frame(tag: number, options: string, payloadBytes = 24): Buffer {
  const list = [address('fd04', 'ab'), address('fd03', '1')];
  const rest = Buffer.from(list.join('') + options, 'hex');
  const srh = Buffer.concat([
    Buffer.from(`3b${(rest.length / 8).toString(16).padStart(2, '0')}040101000000`, 'hex'),
    rest,
  ]);
  srh[7] = tag;
  const length = (srh.length + payloadBytes).toString(16).padStart(4, '0');
  const ip = `60000000${length}2b40${address('fd000001', '63')}${address('fd03', '1')}`;
  return Buffer.concat([
    Buffer.from(`02000000000102000000000286dd${ip}`, 'hex'),
    srh,
    Buffer.alloc(payloadBytes, 0x77),
  ]);
}

const OPTION = '0406a1a2a3a4a5a6';
const FRAMES = [
  ...['', OPTION, OPTION + OPTION].flatMap((options) =>
    Array.from({ length: 10 }, (_, tag) => frame(tag, options)),
  ),
  frame(20, '', 800),
];

test('headers of segments that a program changed are those that the kernel sends on', async (context) => {
  const { files, captures, printed } = routedHost(context, {
    object: OBJECT,
    routes: [
      'fd03::/64 encap seg6local action End.BPF endpoint pinned $PINS/edit dev w0',
      'fd04::/64 via fd00:9::2 dev w0',
    ],
    captured: ['w1'],
    filter: 'ip6[6] == 43',
    frames: FRAMES,
    ask: 'bpftool -j map dump pinned $PINS/maps/answers',
  });
  const packets = FRAMES.map((bytes, index) => ({ seconds: 1 + index, fraction: 0, bytes }));
  const capture = makePcap({ isLittleEndian: true, magic: MICROSECONDS, linkType: 1 }, packets);
  const live = JSON.parse(printed) as { formatted: { key: number; value: number } }[];
  const [seen] = (await open(folderOf({ 'w1.pcap': captures['w1'] ?? '' }))).sources;
  if (seen === undefined) throw new Error('tcpdump writes captures');
  const forwarded = (await packetsOf(seen)).map(({ hex }) => hex.slice(2 * NETWORK_AT));
  // Some of each: refused and not, sent on and dropped.
  expect(
    live.map(({ formatted }) => Number(formatted.value)).filter((sum) => sum !== 0).length,
  ).toBeGreaterThan(3);
  expect(forwarded.length).toBeGreaterThan(15);
  expect(forwarded.length).toBeLessThan(FRAMES.length - 3);
  for (const engine of ['interpreter', 'jit'] as const) {
    const bundle = await open(folderOf({ 'frames.pcap': capture, ...files }));
    await countEvents(bundle);
    const object = openObject(readFileSync(OBJECT), OBJECT);
    const attached = await attachObject(object, bundle.sources, { engine });
    const sent: string[] = [];
    attached.moment.onPacket = ({ bytes }) => {
      const frameLeft = Buffer.from(bytes);
      // What a router does behind the program.
      frameLeft[HOP_LIMIT_AT] = (frameLeft[HOP_LIMIT_AT] ?? 0) - 1;
      sent.push(frameLeft.subarray(NETWORK_AT).toString('hex'));
    };
    await replay(attached);
    const answers = attached.maps[0]?.entries() ?? [];
    expect([...answers].map(({ value }) => Buffer.from(value).readBigInt64LE())).toEqual(
      live.map(({ formatted }) => BigInt(formatted.value)),
    );
    expect(sent).toEqual(forwarded);
    const dropped = 'BPF_OK, dropped: segments not in order';
    const verdicts = attached.programs[0]?.plan.packets?.verdicts;
    expect([verdicts?.get('BPF_OK'), verdicts?.get(dropped)]).toEqual([
      forwarded.length,
      FRAMES.length - forwarded.length,
    ]);
  }
});
