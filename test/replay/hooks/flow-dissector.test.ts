import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { FlowKeysPlace } from '../../../electron/bpf/flow-keys.ts';
import { openObject } from '../../../electron/bpf/object/open.ts';
import { attachObject } from '../../../electron/replay/attach.ts';
import { replay } from '../../../electron/replay/engine.ts';
import { flowKeysText } from '../../../electron/replay/hooks/flow-keys-text.ts';
import type { PacketCounts } from '../../../electron/replay/hooks/packet-counts.ts';
import { openBundle } from '../../../electron/trace/bundle/bundle.ts';
import type { Source } from '../../../electron/trace/event.ts';
import { fieldOf, RecordReader } from '../../../electron/trace/record.ts';
import { startOracle, type Oracle } from '../../oracle/oracle.ts';
import { makePcap, MICROSECONDS, udpFrame } from '../../trace/formats/pcap/make-pcap.ts';
import { openBytes } from '../../trace/formats/pcap/peer.ts';
import { fakeSource, schedSwitchType } from '../fake-source.ts';

const CAPTURES = ['../shared/recordings/afs.pcap', '../shared/recordings/of13_ericsson.pcapng'];
const FILE = 'test/programs/flow-dissector.bpf.o';
/** What a kernel's test run is asked about: so many of the first packets of each capture. */
const COMPARED = 150;
/** A test run takes no packet longer than a page. */
const PAGE_BYTES = 4096;

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

const ports = Buffer.from('1234003500080000', 'hex');
const ipv6 = Buffer.from(`6ab12345000811ff${'20010db8'.padEnd(32, '0')}${'fe80'.padEnd(31, '0')}1`, 'hex');
const ethernet = Buffer.from('020000000001020000000002', 'hex');
const type = (...types: readonly number[]): Buffer =>
  Buffer.from(types.flatMap((each) => [each >> 8, each & 0xff]));

/** What no recording at hand holds: IPv6, VLAN tags, ARP, headers cut off, a header of IPv4 with options. */
const MADE: readonly Buffer[] = [
  Buffer.concat([ethernet, type(0x86dd), ipv6, ports]),
  Buffer.concat([ethernet, type(0x8100, 7, 0x86dd), ipv6, ports]),
  Buffer.concat([ethernet, type(0x8100, 7, 0x0800), udpFrame(1, 20).subarray(14)]),
  Buffer.concat([ethernet, type(0x8100, 7)]),
  Buffer.concat([ethernet, type(0x8100)]),
  Buffer.concat([ethernet, type(0x0806), Buffer.alloc(28, 1)]),
  Buffer.concat([ethernet, type(0x0026), Buffer.alloc(40, 0x42)]),
  udpFrame(1, 20).subarray(0, 35),
  Buffer.concat([ethernet, type(0x0800), Buffer.from('4f', 'hex'), Buffer.alloc(70, 17)]),
];

async function withCaptures<T>(
  paths: readonly string[],
  use: (sources: readonly Source[]) => Promise<T>,
): Promise<T> {
  const bundles = await Promise.all(paths.map((path) => openBundle(path)));
  try {
    return await use(bundles.flatMap(({ sources }) => sources));
  } finally {
    for (const bundle of bundles) bundle.close();
  }
}

async function packetsOf(source: Source): Promise<Uint8Array[]> {
  const packets: Uint8Array[] = [];
  const reader = new RecordReader(source.schema);
  for await (const batch of source.batches()) {
    for (let row = 0; row < batch.count && packets.length < COMPARED; row += 1) {
      const event = source.schema.types[batch.type[row] ?? 0];
      const data = event && fieldOf(event, 'data');
      const value = data && reader.value(batch, row, data);
      if (Array.isArray(value)) packets.push(Uint8Array.from(value as number[]));
    }
  }
  return packets;
}

async function countsOf(program: string, source: Source): Promise<PacketCounts | undefined> {
  const attached = await attachObject(openObject(readFileSync(FILE), FILE), [source], {
    programs: [program],
  });
  await replay(attached);
  return attached.programs[0]?.plan.packets;
}

test.for(['jit', 'interpreter'] as const)(
  'keys and answers are those of the kernel (%s)',
  async (engine, context) => {
    if (!CAPTURES.every(existsSync)) return context.skip('the shared recordings are not here');
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    const kernel = oracle;
    await withCaptures(CAPTURES, async (sources) => {
      const recorded = (await Promise.all(sources.map(packetsOf))).flat();
      const compared = [...recorded.filter(({ length }) => length <= PAGE_BYTES), ...MADE];

      const attached = await attachObject(openObject(readFileSync(FILE), FILE), sources, {
        engine,
        programs: ['dissect', 'astray', 'by_helper'],
      });
      const place = new FlowKeysPlace(attached.machine.memory, false);
      const seen = new Set<number>();
      for (const data of compared) {
        for (const { program, loaded } of attached.programs) {
          const { instructions } = program;
          const asked = { license: 'Dual BSD/GPL', instructions, maps: [], isRun: true, data } as const;
          const answer = await kernel.ask({ ...asked, type: 'flow_dissector' });
          place.put(data);
          const ours = Number(BigInt.asUintN(32, loaded.run(place.context)));
          expect([ours, Buffer.from(place.taken()).toString('hex')]).toEqual([
            answer.returned,
            Buffer.from(answer.packet).toString('hex'),
          ]);
          seen.add(ours);
        }
      }
      expect([...seen].sort((a, b) => a - b)).toEqual([0, 2, 129]);
    });
  },
);

test('a replay counts answers, and packets by the keys that were found', async (context) => {
  const [capture = ''] = CAPTURES;
  if (!existsSync(capture)) return context.skip('the shared recordings are not here');
  await withCaptures([capture], async ([source]) => {
    if (source === undefined) throw new Error('the capture is a source');
    const counts = await countsOf('dissect', source);
    expect(counts?.verdicts).toEqual(new Map([['BPF_OK', 601]]));
    const found = [...(counts?.flows?.keys ?? [])];
    expect(found.reduce((sum, [, count]) => sum + count, 0)).toBe(601);
    // As tshark counts `udp.srcport == 1799 && ip.dst == 131.151.1.59 && udp.dstport == 7021`.
    expect(new Map(found).get('131.151.32.21:1799 > 131.151.1.59:7021 udp, headers at 14 and 34')).toBe(78);
  });
});

test('keys count where the program says that it found them', async () => {
  const capture = openBytes(
    makePcap(
      { isLittleEndian: true, magic: MICROSECONDS, linkType: 1 },
      MADE.map((bytes, index) => ({ seconds: index, fraction: 0, bytes })),
    ),
  );
  const counts = await countsOf('dissect', capture);
  expect(counts?.verdicts).toEqual(
    new Map([
      ['BPF_OK', 4],
      ['BPF_DROP', 4],
      ['BPF_FLOW_DISSECTOR_CONTINUE', 1],
    ]),
  );
  const addresses = '[2001:db8::]:4660 > [fe80::1]:53 udp';
  expect([...(counts?.flows?.keys.keys() ?? [])]).toContain(
    `${addresses}, headers at 14 and 54, flow label 0x12345`,
  );
});

test('behind a header that the capture made, offsets count from the network header', async () => {
  const cooked = Buffer.concat([Buffer.alloc(14), type(0x86dd), ipv6, ports]);
  const capture = openBytes(
    makePcap({ isLittleEndian: true, magic: MICROSECONDS, linkType: 113 }, [
      { seconds: 1, fraction: 0, bytes: cooked },
    ]),
  );
  const [keys] = (await countsOf('dissect', capture))?.flows?.keys.keys() ?? [];
  expect(keys).toBe('[2001:db8::]:4660 > [fe80::1]:53 udp, headers at 0 and 40, flow label 0x12345');
  expect([...((await countsOf('by_helper', capture))?.verdicts ?? [])]).toEqual([['BPF_OK', 1]]);
});

test('keys that say little are told as they are', () => {
  const keys = new Uint8Array(56);
  expect(flowKeysText(keys)).toBe('no addresses, headers at 0 and 0');
  keys.set([14, 0, 34, 0, 0, 0, 1, 1, 1, 6, 0x08, 0x06, 0, 80, 1, 0]);
  expect(flowKeysText(keys)).toBe(
    'ports 80 > 256 tcp, ethertype 0x0806, headers at 14 and 34, first fragment, encapsulated',
  );
});

test('a recording without packets is refused by what is missing', async () => {
  const object = openObject(readFileSync(FILE), FILE);
  const source = fakeSource([schedSwitchType(0)], []);
  await expect(attachObject(object, [source])).rejects.toMatchObject({ code: 'event-not-recorded' });
});
