import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openObject } from '../../../electron/bpf/object/open.ts';
import { PacketPlace } from '../../../electron/bpf/packet-context.ts';
import { attachObject } from '../../../electron/replay/attach.ts';
import { replay } from '../../../electron/replay/engine.ts';
import { layerOf } from '../../../electron/replay/hooks/link-layer.ts';
import { verdictName } from '../../../electron/replay/hooks/packet-verdicts.ts';
import type { PacketCounts } from '../../../electron/replay/hooks/packet-counts.ts';
import { openBundle } from '../../../electron/trace/bundle/bundle.ts';
import type { Source } from '../../../electron/trace/event.ts';
import { fieldOf, RecordReader } from '../../../electron/trace/record.ts';
import { startOracle, type Oracle } from '../../oracle/oracle.ts';
import { makePcap, MICROSECONDS, udpFrame } from '../../trace/formats/pcap/make-pcap.ts';
import { openBytes } from '../../trace/formats/pcap/peer.ts';
import { PcapngWriter } from '../../trace/formats/pcapng/make-pcapng.ts';
import { fakeSource, schedSwitchType } from '../fake-source.ts';

const CAPTURE = '../shared/recordings/afs.pcap';
const FILE = 'test/programs/packets.bpf.o';
/** What a kernel's test run is asked about: so many of the first packets. */
const COMPARED = 150;

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

async function withCapture<T>(use: (source: Source) => Promise<T>): Promise<T> {
  const bundle = await openBundle(CAPTURE);
  try {
    const [source] = bundle.sources;
    if (source === undefined) throw new Error('the capture is a source');
    return await use(source);
  } finally {
    bundle.close();
  }
}

async function countsOf(program: string, source: Source): Promise<PacketCounts | undefined> {
  const attached = await attachObject(openObject(readFileSync(FILE), FILE), [source], {
    programs: [program],
  });
  await replay(attached);
  return attached.programs[0]?.plan.packets;
}

async function packetsOf(source: Source, most: number): Promise<Uint8Array[]> {
  const packets: Uint8Array[] = [];
  const reader = new RecordReader(source.schema);
  for await (const batch of source.batches()) {
    for (let row = 0; row < batch.count && packets.length < most; row += 1) {
      const type = source.schema.types[batch.type[row] ?? 0];
      const data = type && fieldOf(type, 'data');
      const value = data && reader.value(batch, row, data);
      if (Array.isArray(value)) packets.push(Uint8Array.from(value as number[]));
    }
  }
  return packets;
}

test.for([
  ['by_sender', 'xdp'],
  ['by_length', 'sched_cls'],
] as const)(
  '%s answers every packet as the kernel does, and leaves the same bytes',
  async ([name, type], context) => {
    if (!existsSync(CAPTURE)) return context.skip('the shared recordings are not here');
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    const kernel = oracle;
    await withCapture(async (source) => {
      const object = openObject(readFileSync(FILE), FILE);
      const attached = await attachObject(object, [source], { programs: [name] });
      const [program] = attached.programs;
      if (program === undefined) throw new Error('it attaches');
      const { memory } = attached.machine;
      const place = new PacketPlace(memory, type);
      for (const data of await packetsOf(source, COMPARED)) {
        const { instructions } = program.program;
        const asked = { type, license: 'Dual BSD/GPL', instructions, maps: [], isRun: true, data } as const;
        const answer = await kernel.ask(asked);
        place.put(data, { interfaceIndex: 1, interfaceAddress: new Uint8Array(6) });
        const ours = Number(BigInt.asUintN(32, program.loaded.run(place.context)));
        expect([ours, Buffer.from(place.taken()).toString('hex')]).toEqual([
          answer.returned,
          Buffer.from(answer.packet).toString('hex'),
        ]);
      }
    });
  },
);

test('a replay counts answers by name, and every packet once', async (context) => {
  if (!existsSync(CAPTURE)) return context.skip('the shared recordings are not here');
  await withCapture(async (source) => {
    const counts = await countsOf('by_sender', source);
    const answered = [...(counts?.verdicts.values() ?? [])].reduce((sum, count) => sum + count, 0);
    expect(counts).toMatchObject({ seen: 601, truncated: 0, passedBy: 0 });
    expect(answered).toBe(601);
    expect([...(counts?.verdicts.keys() ?? [])].sort()).toEqual(['XDP_DROP', 'XDP_PASS', 'XDP_TX']);
  });
});

test('a socket filter sees the frame, a cgroup program the network header: both find the UDP that tcpdump finds', async (context) => {
  if (!existsSync(CAPTURE)) return context.skip('the shared recordings are not here');
  await withCapture(async (source) => {
    expect((await countsOf('only_udp', source))?.verdicts.get('accept')).toBe(576);
    expect((await countsOf('not_udp', source))?.verdicts.get('drop')).toBe(576);
    expect((await countsOf('version_four', source))?.verdicts.get('BPF_OK')).toBe(601);
  });
});

test('what a program asked to be done with packets is among its effects', async (context) => {
  if (!existsSync(CAPTURE)) return context.skip('the shared recordings are not here');
  await withCapture(async (source) => {
    const object = openObject(readFileSync(FILE), FILE);
    const attached = await attachObject(object, [source], { programs: ['by_length'] });
    await replay(attached);
    const redirected = attached.programs[0]?.plan.packets?.verdicts.get('TC_ACT_REDIRECT');
    expect(redirected).toBeGreaterThan(0);
    expect(attached.moment.effects).toHaveLength(redirected ?? 0);
    expect(attached.moment.effects[0]?.effect).toMatchObject({ kind: 'redirect', facts: { ifindex: 7 } });
  });
});

test('frames that are too short, or were cut, are told apart; a cut one keeps its length on the wire', async () => {
  const capture = openBytes(
    makePcap({ isLittleEndian: true, magic: MICROSECONDS, linkType: 1 }, [
      { seconds: 1, fraction: 0, bytes: udpFrame(1, 20) },
      { seconds: 2, fraction: 0, bytes: udpFrame(2, 20).subarray(0, 13) },
      { seconds: 3, fraction: 0, bytes: udpFrame(3, 20), originalBytes: 300 },
    ]),
  );
  expect(await countsOf('not_udp', capture)).toMatchObject({
    seen: 2,
    truncated: 1,
    passedBy: 1,
    verdicts: new Map([['drop', 2]]),
  });
  expect((await countsOf('by_length', capture))?.verdicts).toEqual(
    new Map([
      ['TC_ACT_REDIRECT', 1],
      ['TC_ACT_SHOT', 1],
    ]),
  );
});

test('a header that the capture made is shown to no program, and what is behind it to those of the network', async () => {
  const cooked = Buffer.concat([Buffer.alloc(14), Buffer.from('0800', 'hex'), udpFrame(1, 20).subarray(14)]);
  const capture = openBytes(
    makePcap({ isLittleEndian: true, magic: MICROSECONDS, linkType: 113 }, [
      { seconds: 1, fraction: 0, bytes: cooked },
    ]),
  );
  expect(await countsOf('by_length', capture)).toMatchObject({ seen: 0, passedBy: 1 });
  expect((await countsOf('not_udp', capture))?.verdicts).toEqual(new Map([['drop', 1]]));
  expect((await countsOf('version_four', capture))?.verdicts).toEqual(new Map([['BPF_OK', 1]]));
});

test('a program of one direction sees the packets that went there, and none is longer than a frame can be', async () => {
  const writer = new PcapngWriter(true).section().interface(1, 0);
  const way = (flags: number): Buffer => writer.option(2, Buffer.from(Uint32Array.of(flags).buffer));
  const capture = openBytes(
    writer
      .packet(0, 1n, udpFrame(1, 20), undefined, way(1))
      .packet(0, 2n, udpFrame(2, 20), undefined, way(2))
      .packet(0, 3n, udpFrame(3, 20))
      .packet(0, 4n, Buffer.concat([udpFrame(4, 20), Buffer.alloc(66_000)]), undefined, way(1))
      .done(),
  );
  expect(await countsOf('not_udp', capture)).toMatchObject({ seen: 2, passedBy: 2 });
  expect(await countsOf('by_sender', capture)).toMatchObject({ seen: 3, passedBy: 1 });
});

test('a recording without packets is refused by what is missing', async () => {
  const object = openObject(readFileSync(FILE), FILE);
  const source = fakeSource([schedSwitchType(0)], []);
  await expect(attachObject(object, [source], { programs: ['by_sender'] })).rejects.toMatchObject({
    code: 'event-not-recorded',
    reason: expect.stringContaining('tcpdump -w') as string,
  });
});

test('link layers tell where the network header is, and which protocol follows', () => {
  expect(layerOf('linux_sll')?.protocolOf(Uint8Array.from([...new Uint8Array(14), 0x86, 0xdd]))).toBe(0x86dd);
  expect(layerOf('linux_sll2')?.protocolOf(Uint8Array.of(0x08, 0x00))).toBe(0x0800);
  expect(layerOf('raw')?.protocolOf(Uint8Array.of(0x60))).toBe(0x86dd);
  expect(layerOf('raw')?.protocolOf(new Uint8Array(0))).toBe(0);
  expect(layerOf('can_socketcan')).toBeUndefined();
});

test('answers have the names of the kernel’s headers', () => {
  expect(verdictName('xdp', 4)).toBe('XDP_REDIRECT');
  expect(verdictName('xdp', 9)).toBe('invalid (9)');
  expect(verdictName('sched_cls', -1)).toBe('TC_ACT_UNSPEC');
  expect(verdictName('sched_cls', 2)).toBe('TC_ACT_SHOT');
  expect(verdictName('lwt_in', 128)).toBe('BPF_LWT_REROUTE');
});
