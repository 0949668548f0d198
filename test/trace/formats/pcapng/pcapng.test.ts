import { expect, test } from 'vitest';
import { openRecording, recording } from '../../peer.ts';
import { udpFrame } from '../pcap/make-pcap.ts';
import { needTool, openBytes, ourPackets, peerPackets, written, type Packet } from '../pcap/peer.ts';
import { PcapngWriter } from './make-pcapng.ts';
import { madePcapng } from './sample.ts';

const ERICSSON = '../shared/recordings/of13_ericsson.pcapng';

/** tshark leaves out what is not said; here no flags and no comment are 0 and ''. */
function said(packet: Packet): Packet {
  return { ...packet, direction: packet.direction ?? 0, comment: packet.comment ?? '' };
}

function byTime(packets: readonly Packet[]): Packet[] {
  return [...packets].sort((a, b) => (a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0));
}

test('reads every packet of a capture as tshark does', async (context) => {
  needTool(context, 'tshark');
  const path = recording(context, ERICSSON);
  const source = openRecording(path);
  const ours = await ourPackets(source);
  expect(ours.length).toBe(174);
  expect(ours).toEqual(peerPackets(path).map(said));
  expect(source).toMatchObject({ format: 'pcapng', clock: 'realtime', formatDetail: '1 interface' });
  expect(source.ledger).toMatchObject({ read: 174, unparsed: 0, unsupported: 0, outOfOrder: 0 });
});

test.for([
  ['little-endian', true, true],
  ['big-endian', false, false],
  ['mixed', true, false],
] as const)(
  'reads several interfaces and sections as tshark does, %s',
  async ([, first, second], context) => {
    const file = madePcapng(first, second);
    const source = openBytes(file, 'made.pcapng');
    const ours = await ourPackets(source);
    expect(ours.map(({ interface: id }) => id)).toEqual([0, 1, 0, 2, 0, 3, 3, 3]);
    expect(ours[2]).toMatchObject({ comment: 'the fault', direction: 2 });
    expect(ours[1]).toMatchObject({ captured: 63, original: 900, timeNs: 1_700_000_000_000_006_123n });
    expect(source.formatDetail).toBe('3 interfaces: eth0, wlan0');
    expect(source.context.kernelRelease).toBe('6.1.55');
    needTool(context, 'tshark');
    const peer = byTime(peerPackets(written(file, 'made.pcapng'), [0, 3]));
    expect(ours).toEqual(peer.map(said));
  },
);

test('counts what packets and statistics say was lost, once, and blocks that are left alone', async () => {
  const source = openBytes(madePcapng(true), 'made.pcapng');
  await ourPackets(source);
  // 7 lost before a packet are among the 9 that the interface counts; 3 more in the other section.
  expect(source.ledger).toMatchObject({ read: 8, dropped: 12, unsupported: 2, outOfOrder: 0, unparsed: 0 });
  expect(source.ledger.places.map(({ reason }) => reason)).toEqual([
    'name resolution blocks are not read',
    'decryption secrets are not read',
  ]);
});

test('reads simple packets at the time before them, and counts them as without a clock', async () => {
  const made = new PcapngWriter(true);
  const frame = udpFrame(1, 20);
  made.section().interface(1, 40).packet(0, 1_000n, udpFrame(1, 0)).simplePacket(62, frame.subarray(0, 40));
  const source = openBytes(made.done());
  const ours = await ourPackets(source);
  expect(ours[1]).toMatchObject({ timeNs: 1_000_000n, captured: 40, original: 62, interface: 0 });
  expect(source.ledger).toMatchObject({ read: 2, withoutClock: 1 });
});

test('reads on behind a block it cannot use, and says where that was', async () => {
  const made = new PcapngWriter(true);
  made.section().interface(1, 0).packet(4, 1n, udpFrame(1, 0)).packet(0, 2n, udpFrame(2, 0));
  made.interface(1, 0, made.option(9, Buffer.from([0x7f])));
  made.block(0x55, Buffer.alloc(8)).block(0x55, Buffer.alloc(8)).packet(0, 3n, udpFrame(3, 0));
  const source = openBytes(made.done());
  expect((await ourPackets(source)).length).toBe(2);
  expect(source.ledger).toMatchObject({ read: 2, unparsed: 2, unsupported: 2 });
  expect(source.ledger.places.map(({ reason }) => reason)).toEqual([
    'a packet of interface 4, which is not described',
    'an interface whose unit of time holds no date',
    'blocks of type 0x55 are not read',
  ]);
});

test('ends where the file was cut, and counts it', async () => {
  const file = madePcapng(true, true);
  const whole = await ourPackets(openBytes(file));
  for (const missing of [1, 4, 13, 50]) {
    const source = openBytes(file.subarray(0, file.length - missing), 'cut.pcapng');
    expect((await ourPackets(source)).length).toBe(whole.length - 1);
    expect(source.ledger.unparsed).toBe(1);
    expect(source.ledger.places.at(-1)?.reason).toBe('the file ends within a block');
  }
});

test('says so where a block is not as long at its end as at its start', async () => {
  const file = madePcapng(true, true);
  file.writeUInt32LE(24, file.length - 4);
  const source = openBytes(file);
  expect((await ourPackets(source)).length).toBe(7);
  expect(source.ledger.places.at(-1)?.reason).toBe('a block whose lengths at its two ends differ');
});
