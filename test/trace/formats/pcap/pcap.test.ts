import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import { capturedPackets } from '../../../../electron/trace/formats/pcap/packets.ts';
import { PacketTime } from '../../../../electron/trace/formats/pcap/time.ts';
import { openRecording, recording } from '../../peer.ts';
import { makePcap, MICROSECONDS, MODIFIED, NANOSECONDS, udpFrame, type MadePacket } from './make-pcap.ts';
import { needTool, openBytes, ourPackets, peerPackets, scratchPath, written, type Packet } from './peer.ts';

const AFS = '../shared/recordings/afs.pcap';
const PACKETS: readonly MadePacket[] = Array.from({ length: 50 }, (_, index) => ({
  seconds: 4_000_000_000 + index,
  fraction: 999_999 - index,
  bytes: udpFrame(index, index),
  originalBytes: 42 + index + (index % 3) * 100,
  interfaceId: index % 4,
  kind: index % 5,
}));

/** What a plain pcap does not tell, tshark makes up or leaves out. */
function plain({ timeNs, linkType, captured, original, hex }: Packet): Partial<Packet> {
  return { timeNs, linkType, captured, original, hex };
}

test('reads every packet of a capture as tshark does', async (context) => {
  needTool(context, 'tshark');
  const path = recording(context, AFS);
  const source = openRecording(path);
  const ours = await ourPackets(source);
  expect(ours.length).toBe(601);
  expect(ours.map(plain)).toEqual(peerPackets(path).map(plain));
  expect(source).toMatchObject({ format: 'pcap', clock: 'realtime' });
  expect(source.ledger).toMatchObject({ read: 601, unparsed: 0, outOfOrder: 0 });
});

test.for([
  ['microseconds', MICROSECONDS],
  ['nanoseconds', NANOSECONDS],
  ['the modified format', MODIFIED],
] as const)('reads %s in either byte order as tshark does', async ([, magic], context) => {
  needTool(context, 'tshark');
  for (const isLittleEndian of [true, false]) {
    const file = makePcap({ isLittleEndian, magic, linkType: 1 }, PACKETS);
    const ours = await ourPackets(openBytes(file));
    expect(ours.length).toBe(PACKETS.length);
    expect(ours.map(plain)).toEqual(peerPackets(written(file, 'made.pcap')).map(plain));
  }
});

test('tells interface and direction where the modified format does, and has no such fields where none does', async () => {
  const source = openBytes(makePcap({ isLittleEndian: true, magic: MODIFIED, linkType: 1 }, PACKETS));
  const ours = await ourPackets(source);
  expect(ours[7]).toMatchObject({ interface: 3, direction: 1 });
  expect(ours[4]).toMatchObject({ interface: 0, direction: 2 });
  const other = openBytes(makePcap({ isLittleEndian: true, magic: NANOSECONDS, linkType: 1 }, PACKETS));
  const names = other.schema.types[0]?.fields.map(({ name }) => name);
  expect(names).not.toContain('flags');
  expect(names).not.toContain('interface');
});

test.for(['pcap', 'nsecpcap', 'modpcap', 'pcapng'])(
  'reads what editcap makes a %s of',
  async (kind, context) => {
    needTool(context, 'editcap');
    const path = recording(context, AFS);
    const made = scratchPath(`made.${kind}`);
    expect(spawnSync('editcap', ['-F', kind, path, made]).status).toBe(0);
    const ours = await ourPackets(openRecording(made));
    expect(ours.map(plain)).toEqual((await ourPackets(openRecording(path))).map(plain));
  },
);

test('names packets by their link layer, and by its number where it has no name', () => {
  const nameOf = (linkType: number): string | undefined =>
    openBytes(makePcap({ isLittleEndian: true, magic: NANOSECONDS, linkType }, [])).schema.types[0]?.name;
  expect([1, 113, 276, 101, 300].map(nameOf)).toEqual([
    'ethernet',
    'linux_sll',
    'linux_sll2',
    'raw',
    'linktype_300',
  ]);
  // The upper bits of that word tell of frame check sequences.
  expect(nameOf(0x5400_0001)).toBe('ethernet');
});

test('puts packets in order that queues wrote in turn, and counts those it could not', async () => {
  const frame = udpFrame(1, 0);
  const packets = [3, 1, 2].map((seconds) => ({ seconds, fraction: 0, bytes: frame }));
  const source = openBytes(makePcap({ isLittleEndian: true, magic: NANOSECONDS, linkType: 1 }, packets));
  const ours = await ourPackets(source);
  expect(ours.map(({ timeNs }) => timeNs)).toEqual([1_000_000_000n, 2_000_000_000n, 3_000_000_000n]);
  expect(source.ledger.outOfOrder).toBe(0);
  const many = Array.from({ length: 70_000 }, (_, index) => ({ seconds: index, fraction: 0, bytes: frame }));
  const late = openBytes(
    makePcap({ isLittleEndian: true, magic: NANOSECONDS, linkType: 1 }, [
      ...many,
      { seconds: 5, fraction: 0, bytes: frame },
    ]),
  );
  expect((await ourPackets(late)).length).toBe(70_001);
  expect(late.ledger).toMatchObject({ read: 70_001, outOfOrder: 1 });
}, 60_000);

test('reads a capture that was cut up to its last whole packet, and counts the rest', async () => {
  const whole = makePcap({ isLittleEndian: true, magic: MICROSECONDS, linkType: 1 }, PACKETS);
  for (const missing of [1, 90, 100]) {
    const source = openBytes(whole.subarray(0, whole.length - missing), 'cut.pcap');
    const ours = await ourPackets(source);
    expect(ours.length).toBe(49);
    expect(source.ledger).toMatchObject({ read: 49, unparsed: 1 });
    expect(source.ledger.places[0]).toMatchObject({ file: 'cut.pcap', at: whole.length - 107 });
  }
});

test('ends at a packet of an absurd length, and says where', async () => {
  const file = makePcap({ isLittleEndian: true, magic: MICROSECONDS, linkType: 1 }, PACKETS);
  file.writeUInt32LE(0x7fff_ffff, 24 + 16 + 42 + 8);
  const source = openBytes(file);
  expect((await ourPackets(source)).length).toBe(1);
  expect(source.ledger.places).toEqual([
    { file: 'made', at: 90, reason: 'a packet of 2147483647 bytes, more than 262144' },
  ]);
});

test('keeps a packet whole that is longer than a location can say', async () => {
  const bytes = Buffer.alloc(100_000, 7);
  const file = makePcap({ isLittleEndian: true, magic: NANOSECONDS, linkType: 101 }, [
    { seconds: 1, fraction: 0, bytes },
  ]);
  for await (const batch of openBytes(file).batches()) expect(batch.length[0]).toBe(40 + 100_000);
  expect((await ourPackets(openBytes(file)))[0]).toMatchObject({
    captured: 100_000,
    hex: '07'.repeat(65_535),
  });
});

test('gives packets to whoever wants no events, from pcap and pcapng alike', (context) => {
  const bytes = readFileSync(recording(context, AFS));
  const packets = [...capturedPackets(new MemoryBytes(bytes, 'afs.pcap'))];
  expect(packets.length).toBe(601);
  expect(packets[0]).toMatchObject({ timeNs: 942_356_776_463_334_000n, lengthBytes: 86, linkType: 1 });
  const other = readFileSync(recording(context, '../shared/recordings/of13_ericsson.pcapng'));
  expect([...capturedPackets(new MemoryBytes(other, 'of13.pcapng'))].length).toBe(174);
  const cut = new MemoryBytes(bytes.subarray(0, 1000), 'cut.pcap');
  expect(() => [...capturedPackets(cut)]).toThrow(/cut.pcap: byte \d+: the file ends within a packet/);
});

test('refuses versions of pcap that nobody writes any more', () => {
  const file = makePcap({ isLittleEndian: true, magic: MICROSECONDS, linkType: 1 }, PACKETS);
  file.writeUInt16LE(3, 6);
  expect(() => openBytes(file)).toThrow('version 2.3 of pcap; 2.4 is read');
});

test('computes times in halves as whole numbers do', () => {
  const time = new PacketTime();
  for (const seconds of [0, 1, 65_535, 65_536, 942_356_776, 0xffff_ffff]) {
    for (const nanoseconds of [0, 999_999_999, 0xffff_ffff, 0xffff_ffff * 1000]) {
      time.setSeconds(seconds, nanoseconds);
      expect(time.timeNs).toBe(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
    }
  }
  time.setUnits(0x0005_ffff, 0xffff_ffff, 1000);
  expect(time.timeNs).toBe(0x0005_ffff_ffff_ffffn * 1000n);
});
