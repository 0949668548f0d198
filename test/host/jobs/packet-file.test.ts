import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { openObject } from '../../../electron/bpf/object/open.ts';
import { PacketFile } from '../../../electron/host/jobs/packet-file.ts';
import { attachObject } from '../../../electron/replay/attach.ts';
import { replay } from '../../../electron/replay/engine.ts';
import { routedHost } from '../../replay/hooks/routed-host.ts';
import { countEvents, folder, folderOf, open } from '../../trace/bundle/on-disk.ts';
import { packetsOf, type WrittenPacket } from '../../trace/formats/pcap/packets-of.ts';
import { makePcap, MICROSECONDS, udpFrame } from '../../trace/formats/pcap/make-pcap.ts';

const OBJECT = 'test/programs/redirects.bpf.o';
const [W0, X0, V1] = [4, 6, 3];

/** Frames to the device v1 of routed-host.ts, told apart by where they go; the last two are the longest. */
const FRAMES = Array.from({ length: 12 }, (_, number) => {
  const frame = udpFrame(number, number < 8 ? 20 + number : 800);
  frame.set([2, 0, 0, 0, 0, 1]);
  frame[33] = number;
  return frame;
});

function captureOf(frames: readonly Buffer[]): Buffer {
  const packets = frames.map((bytes, index) => ({ seconds: 1 + index, fraction: 0, bytes }));
  return makePcap({ isLittleEndian: true, magic: MICROSECONDS, linkType: 1 }, packets);
}

async function packetsIn(files: Readonly<Record<string, Uint8Array>>): Promise<WrittenPacket[]> {
  const [source] = (await open(folderOf(files))).sources;
  return source === undefined ? [] : packetsOf(source);
}

/** Runs a program over frames, with devices at places of its map, and reads what was written. */
async function written(
  program: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  devices: readonly number[] = [],
): Promise<WrittenPacket[]> {
  const bundle = await open(folderOf(files));
  await countEvents(bundle);
  const attached = await attachObject(openObject(readFileSync(OBJECT), OBJECT), bundle.sources, {
    programs: [program],
  });
  const map = attached.maps.find(({ definition }) => definition.name === 'devices');
  const word = (number: number): Uint8Array => new Uint8Array(Uint32Array.of(number).buffer);
  devices.forEach((device, key) => device !== 0 && map?.set(word(key), word(device)));
  const path = join(folder(), 'out.pcapng');
  const file = new PacketFile(path);
  attached.moment.onPacket = (packet) => file.add(packet);
  await replay(attached);
  file.close();
  return packetsIn({ 'out.pcapng': readFileSync(path) });
}

function onInterface(packets: readonly WrittenPacket[], name: string): string[] {
  return packets.filter(({ interfaceName }) => interfaceName === name).map(({ hex }) => hex);
}

test.for([
  ['by_map', [W0, X0], 'ip link set v1 xdpgeneric pinned $PINS/by_map'],
  ['to_all', [W0, X0, V1], 'ip link set v1 xdpgeneric pinned $PINS/to_all'],
  ['cloned', [], 'tc qdisc add dev v1 clsact && tc filter add dev v1 ingress bpf da pinned $PINS/cloned'],
] as const)(
  '%s: what goes out of each device is what a kernel sends there',
  async ([name, devices, attach], context) => {
    const places = devices.map(
      (device, key) => `bpftool map update pinned $PINS/maps/devices key ${key} 0 0 0 value ${device} 0 0 0`,
    );
    const { files, captures } = routedHost(context, {
      object: OBJECT,
      attach: [...places, attach],
      captured: ['w1', 'x1'],
      frames: FRAMES,
    });
    const packets = await written(name, { 'frames.pcap': captureOf(FRAMES), ...files }, devices);
    for (const device of ['w', 'x']) {
      const live = await packetsIn({ 'live.pcap': captures[`${device}1`] ?? new Uint8Array(0) });
      expect(live.length).toBeGreaterThan(2);
      expect(onInterface(packets, `${device}0`)).toEqual(live.map(({ hex }) => hex));
    }
  },
);

test('packets that go on stand on the interface they came by, those sent back as outbound', async () => {
  const packets = await written('by_map', { 'frames.pcap': captureOf(FRAMES.slice(0, 4)) }, [0, X0]);
  expect(packets.map(({ interfaceName, comment, flags }) => [interfaceName, comment, flags])).toEqual([
    [undefined, 'by_map: XDP_PASS', 0],
    ['if6', 'by_map: XDP_REDIRECT', 2],
    [undefined, 'by_map: XDP_PASS', 0],
    [undefined, 'by_map: XDP_TX', 2],
  ]);
});

test('dropped packets are left out, their clones are not; tshark reads names, ways and comments', async (context) => {
  const bundle = await open(folderOf({ 'frames.pcap': captureOf(FRAMES.slice(0, 2)) }));
  await countEvents(bundle);
  const attached = await attachObject(openObject(readFileSync(OBJECT), OBJECT), bundle.sources, {
    programs: ['cloned'],
  });
  const path = join(folder(), 'out.pcapng');
  const file = new PacketFile(path);
  attached.moment.onPacket = (packet) => file.add(packet);
  await replay(attached);
  file.close();
  const fields = ['frame.interface_name', 'frame.packet_flags_direction', 'frame.comment'];
  const args = ['-n', '-r', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])];
  const { status, stdout } = spawnSync('tshark', args, { encoding: 'utf8' });
  if (status !== 0) return context.skip('tshark is not here');
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t')),
  ).toEqual([
    ['if4', '0x00000002', 'cloned: clone_redirect'],
    ['if6', '0x00000002', 'cloned: TC_ACT_REDIRECT'],
    ['if4', '0x00000002', 'cloned: clone_redirect'],
  ]);
});
