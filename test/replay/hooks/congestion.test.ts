import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { openObject } from '../../../electron/bpf/object/open.ts';
import { runPack, type PackResult } from '../../../electron/packs/run.ts';
import { attachObject } from '../../../electron/replay/attach.ts';
import { explainAttach } from '../../../electron/replay/explain.ts';
import type { EventType, Source } from '../../../electron/trace/event.ts';
import { makePcap, MICROSECONDS } from '../../trace/formats/pcap/make-pcap.ts';
import { openBytes } from '../../trace/formats/pcap/peer.ts';
import { eventType, fakeSource, integerField, schedSwitchType, type FakeEvent } from '../fake-source.ts';

const RENO = 'test/programs/reno.bpf.o';
const CUBIC = 'test/programs/cubic.bpf.o';
const KERNEL_RENO = 'test/programs/congestion.bpf.o';
const MSS = 1000;
const MS = 1000;

async function run(object: string, sources: readonly Source[], programs?: string[]): Promise<PackResult> {
  return runPack({
    objectBytes: readFileSync(object),
    objectName: object,
    manifest: undefined,
    sources,
    spans: new Map(),
    programs,
  });
}

function countersOf({ maps }: PackResult): Readonly<Record<string, unknown>> {
  const bss = maps.find(({ name }) => name === '.bss');
  return bss?.rows[0]?.value as Readonly<Record<string, unknown>>;
}

interface Tcp {
  readonly us: number;
  /** From the sender, or to it. */
  readonly isData: boolean;
  readonly flags?: number;
  readonly sequence?: number;
  readonly acknowledged?: number;
  readonly payloadBytes?: number;
  readonly options?: string;
}

const SYN = 2;
const ACK = 16;
const ECE = 64;

/** An Ethernet frame of IPv4 and TCP, between 10.0.0.1:5000 that sends and 10.0.0.2:80 that receives. */
function frame({
  isData,
  flags = ACK,
  sequence = 1,
  acknowledged = 1,
  payloadBytes = 0,
  options = '',
}: Tcp): Buffer {
  const given = Buffer.from(options, 'hex');
  const bytes = Buffer.alloc(54 + given.length + payloadBytes);
  Buffer.from('0200000000010200000000020800', 'hex').copy(bytes, 0);
  Buffer.from('450000000000000040060000', 'hex').copy(bytes, 14);
  bytes.writeUInt16BE(bytes.length - 14, 16);
  const [own, other] = ['0a000001', '0a000002'];
  Buffer.from(isData ? own + other : other + own, 'hex').copy(bytes, 26);
  bytes.writeUInt16BE(isData ? 5000 : 80, 34);
  bytes.writeUInt16BE(isData ? 80 : 5000, 36);
  bytes.writeUInt32BE(sequence, 38);
  bytes.writeUInt32BE(acknowledged, 42);
  bytes.writeUInt8((20 + given.length) << 2, 46);
  bytes.writeUInt8(flags, 47);
  bytes.writeUInt16BE(60_000, 48);
  given.copy(bytes, 54);
  return bytes;
}

/** A frame holds no more than 64 KiB. */
function pieces(packet: Tcp): Tcp[] {
  const { sequence = 1, payloadBytes = 0 } = packet;
  const most = 60 * MSS;
  if (payloadBytes <= most) return [packet];
  const rest = { ...packet, sequence: sequence + most, payloadBytes: payloadBytes - most };
  return [{ ...packet, payloadBytes: most }, ...pieces(rest)];
}

function capture(packets: readonly Tcp[]): Source {
  const records = packets
    .flatMap(pieces)
    .sort((a, b) => a.us - b.us)
    .map((packet) => ({ seconds: 1, fraction: packet.us, bytes: frame(packet) }));
  return openBytes(makePcap({ isLittleEndian: true, magic: MICROSECONDS, linkType: 1 }, records));
}

const handshake: readonly Tcp[] = [
  { us: 0, isData: true, flags: SYN, sequence: 0, options: '020403e8' },
  { us: 10, isData: false, flags: SYN | ACK, sequence: 0, acknowledged: 1, options: '020403e8' },
  { us: 20, isData: true },
];

const data = (us: number, segment: number, count = 1): Tcp => ({
  us,
  isData: true,
  sequence: 1 + segment * MSS,
  payloadBytes: count * MSS,
});
const ack = (us: number, segment: number, more: Partial<Tcp> = {}): Tcp => ({
  us,
  isData: false,
  acknowledged: 1 + segment * MSS,
  ...more,
});
/** Blocks of selective acknowledgement, by segments. */
const sack = (from: number, to: number): string =>
  `0101050a${[from, to].map((each) => (1 + each * MSS).toString(16).padStart(8, '0')).join('')}`;

/** Everything the window holds is sent and acknowledged, segment by segment, a round trip after the other. */
function rounds(windows: readonly number[]): Tcp[] {
  let sent = 0;
  return windows.flatMap((window, round) => {
    const first = sent;
    sent += window;
    const us = (round + 1) * 10 * MS;
    return [
      data(us, first, window),
      ...Array.from({ length: window }, (_, index) => ack(us + 5 * MS + index, first + index + 1)),
    ];
  });
}

test('slow start doubles the window each round trip, from ten segments', async () => {
  const { flows } = await run(RENO, [capture([...handshake, ...rounds([10, 20, 40])])]);
  expect(flows?.series).toHaveLength(1);
  const [flow] = flows?.series ?? [];
  expect(flow).toMatchObject({
    algorithm: 'own_reno',
    flow: '10.0.0.1:5000 > 10.0.0.2:80',
    from: 'packets',
    mssBytes: MSS,
    acks: 70,
    recoveries: 0,
    timeouts: 0,
    recorded: undefined,
  });
  expect(flow?.points.map(({ cwnd }) => cwnd)).toEqual(Array.from({ length: 70 }, (_, index) => 11 + index));
  expect(flow?.points[0]?.timeNs).toBe(1_015_000_000n);
});

test('a loss halves the window, and it grows by one segment a round trip from there', async () => {
  const lossy: Tcp[] = [
    ...handshake,
    ...rounds([10]),
    data(30_000, 10, 20),
    // The first of them is lost; four that came after it are told of one by one.
    ...[1, 2, 3, 4].map((index) => ack(35_000 + index, 10, { options: sack(11, 11 + index) })),
    data(36_000, 10),
    ack(41_000, 30),
    data(42_000, 30, 11),
    ...Array.from({ length: 11 }, (_, index) => ack(47_000 + index, 31 + index)),
    data(50_000, 41, 12),
    ...Array.from({ length: 12 }, (_, index) => ack(55_000 + index, 42 + index)),
  ];
  const result = await run(RENO, [capture(lossy)]);
  const [flow] = result.flows?.series ?? [];
  expect(flow).toMatchObject({ acks: 10 + 4 + 1 + 11 + 12, recoveries: 1, timeouts: 0 });
  const after = flow?.points.slice(14).map(({ cwnd, ssthresh }) => [cwnd, ssthresh]);
  // What ends the recovery delivers 16 segments (four were known): one more, and 6 towards the next.
  expect(after?.[0]).toEqual([11, 10]);
  expect(after?.[4]).toEqual([11, 10]);
  expect(after?.[5]).toEqual([12, 10]);
  expect(after?.[16]).toEqual([12, 10]);
  expect(after?.[17]).toEqual([13, 10]);
  // Disorder at the first selective acknowledgement, recovery at the third, open again.
  expect(countersOf(result)).toMatchObject({ started: 1, ended: 1, undone: 0 });
  expect((countersOf(result)['states'] as unknown[]).slice(0, 5).map(Number)).toEqual([1, 1, 0, 1, 0]);
});

test.each([
  // As RACK does where what is missing was sent long before.
  ['right after one selective acknowledgement was lost by it', [11], 35_050, { recoveries: 1, at: [19, 10] }],
  // 18 in flight and one to go at the timer; then 17, three delivered, and (10 * 3 + 19) / 20 less the one that went.
  [
    'by a timer, with something above acknowledged, was lost when it ran out',
    [11],
    39_000,
    { recoveries: 1, at: [18, 10] },
  ],
  ['at the tail, with nothing above acknowledged, is a probe', [], 65_000, { recoveries: 0, at: undefined }],
] as const)('what is sent again %s', async (_what, told, againUs, { recoveries, at }) => {
  const isProbe = told.length === 0;
  const packets: Tcp[] = [
    ...handshake,
    ...rounds([10]),
    data(30_000, 10, 20),
    ...told.map((segment) => ack(35_000, 10, { options: sack(segment, segment + 1) })),
    data(againUs, isProbe ? 29 : 10),
    ...(isProbe ? [] : [ack(againUs + 5_000, 10, { options: sack(11, 14) })]),
    ack(againUs + 6_000, 30),
  ];
  const { flows } = await run(RENO, [capture(packets)]);
  const [flow] = flows?.series ?? [];
  expect(flow).toMatchObject({ recoveries, timeouts: 0 });
  const reduced = flow?.points.find(({ ssthresh }) => ssthresh !== undefined);
  expect(reduced && [reduced.cwnd, reduced.ssthresh]).toEqual(at);
  expect(reduced?.timeNs).toBe(
    at && BigInt(1_000_000 + (againUs < 36_000 ? 35_000 : againUs + 5_000)) * 1_000n,
  );
});

test('what was sent again and is lost again is sent a third time, in the same recovery', async () => {
  const packets: Tcp[] = [
    ...handshake,
    ...rounds([10]),
    data(30_000, 10, 20),
    ...[1, 2, 3].map((index) => ack(35_000 + index, 10, { options: sack(11, 11 + index) })),
    data(35_010, 10),
    ack(41_000, 10, { options: sack(11, 20) }),
    data(41_010, 10),
    ack(46_000, 30),
  ];
  const result = await run(RENO, [capture(packets)]);
  expect(result.flows?.series[0]).toMatchObject({ recoveries: 1, timeouts: 0 });
  expect(result.flows?.series[0]?.points.at(-1)).toMatchObject({ ssthresh: 10 });
});

test('a timer that runs out leaves one segment, and slow start goes up to half of the window before', async () => {
  const stalled: Tcp[] = [
    ...handshake,
    ...rounds([10]),
    data(30_000, 10, 20),
    data(330_000, 10),
    ack(335_000, 30),
    data(336_000, 30, 20),
    ...Array.from({ length: 20 }, (_, index) => ack(341_000 + index, 31 + index)),
  ];
  const result = await run(RENO, [capture(stalled)]);
  const [flow] = result.flows?.series ?? [];
  expect(flow).toMatchObject({ recoveries: 0, timeouts: 1 });
  expect(flow?.points.at(-1)?.ssthresh).toBe(10);
  expect((countersOf(result)['states'] as unknown[]).slice(0, 5).map(Number)).toEqual([1, 0, 0, 0, 1]);
  // CA_EVENT_LOSS.
  expect(Number((countersOf(result)['events'] as unknown[])[3])).toBe(1);
});

test("the kernel's Reno, asked by a program, chooses what a Reno of the program's own does", async () => {
  const source = (): Source => capture([...handshake, ...rounds([10, 20, 40, 30, 20])]);
  const own = await run(RENO, [source()]);
  const asked = await run(KERNEL_RENO, [source()]);
  const windows = ({ flows }: PackResult): unknown => flows?.series[0]?.points.map(({ cwnd }) => cwnd);
  expect(asked.flows?.series.map(({ algorithm }) => algorithm)).toEqual(['recorded']);
  expect(windows(asked)).toEqual(windows(own));
});

test('a receiver that offers segments of no size is sent segments of the least', async () => {
  const tiny = handshake.map((each) =>
    each.options === undefined ? each : { ...each, options: '02040001' },
  );
  const { flows } = await run(RENO, [capture([...tiny, ...rounds([2])])]);
  expect(flows?.series[0]).toMatchObject({ mssBytes: 48, acks: 2 });
});

test('an echo of congestion reduces the window once a round trip', async () => {
  const marked = [
    ...handshake,
    ...rounds([10]),
    data(30_000, 10, 20),
    ...Array.from({ length: 20 }, (_, index) => ack(35_000 + index, 11 + index, { flags: ACK | ECE })),
    data(40_000, 30, 10),
    ...Array.from({ length: 10 }, (_, index) => ack(45_000 + index, 31 + index)),
  ];
  const result = await run(RENO, [capture(marked)]);
  expect(result.flows?.series[0]?.points.at(-1)).toMatchObject({ ssthresh: 10 });
  expect(result.flows?.series[0]?.recoveries).toBe(0);
});

/** Rounds of 50 ms, each of as many segments as the window was, each segment acknowledged. */
async function grow(
  object: string,
  before: readonly Tcp[],
  sent: number,
  count: number,
): Promise<PackResult> {
  const packets = [...before];
  let first = sent;
  // What a window was is known once the rounds before it were replayed.
  for (let round = 0; round < count; round += 1) {
    const { flows } = await run(object, [capture(packets)]);
    const window = flows?.series[0]?.points.at(-1)?.cwnd ?? 0;
    const us = 400 * MS + round * 50 * MS;
    packets.push(data(us, first, window));
    for (let index = 0; index < window; index += 1)
      packets.push(ack(us + 40 * MS + index, first + index + 1));
    first += window;
  }
  return run(object, [capture(packets)]);
}

test('CUBIC comes back to the window of the last loss when its function says, and lingers there', async () => {
  const lossy: Tcp[] = [
    ...handshake,
    ...rounds([10, 20, 40]),
    data(100_000, 70, 80),
    ...[1, 2, 3].map((index) => ack(140_000 + index, 70, { options: sack(71, 71 + index) })),
    data(141_000, 70),
    ack(181_000, 150),
  ];
  const { flows, faults } = await run(CUBIC, [capture(lossy)]);
  expect(faults).toEqual([]);
  expect(flows?.series[0]?.points.at(-1)).toMatchObject({ ssthresh: 56 });
  const { flows: grown } = await grow(CUBIC, lossy, 150, 12);
  const points = grown?.series[0]?.points ?? [];
  // RFC 9438, 4.2: K is the cube root of (W_max - cwnd) / C, in seconds; growth began with what ended the recovery.
  const began = points.find(({ timeNs }) => timeNs === 1_181_000_000n);
  const k = Math.cbrt((80 - (began?.cwnd ?? 0)) / 0.4);
  for (const { timeNs, cwnd } of points.filter((point) => point.timeNs > 1_500_000_000n)) {
    const seconds = Number(timeNs - 1_181_000_000n) / 1e9;
    const cubic = 0.4 * (seconds + 0.04 - k) ** 3 + 80;
    const reno = (began?.cwnd ?? 0) + (9 / 17) * (seconds / 0.05);
    expect(Math.abs(cwnd - Math.max(cubic, reno)), `${seconds} s: ${cwnd}, ${cubic}, ${reno}`).toBeLessThan(
      6,
    );
  }
});

test('DCTCP takes from the window as much as of it was marked', async () => {
  const marked = [
    ...handshake,
    // The first window begins and ends with the first acknowledgement; then all of one is marked, and none of the next.
    ...rounds([10]),
    data(30_000, 10, 20),
    ...Array.from({ length: 20 }, (_, index) => ack(35_000 + index, 11 + index, { flags: ACK | ECE })),
    data(40_000, 30, 10),
    ...Array.from({ length: 10 }, (_, index) => ack(45_000 + index, 31 + index)),
    data(50_000, 40, 10),
    ...Array.from({ length: 10 }, (_, index) => ack(55_000 + index, 41 + index)),
  ];
  const result = await run('test/programs/dctcp.bpf.o', [capture(marked)]);
  const { alphas, windows } = countersOf(result) as { alphas: number[]; windows: number };
  // RFC 8257, 3.3: alpha is 15/16 of itself and 1/16 of the share that was marked. A window ends where what was sent
  // when it began is acknowledged: with the first of a round, and with its last.
  const expected = [0, 0, 1, 1, 0, 0, 0, 0].reduce<number[]>((before, share) => {
    const alpha = before.at(-1) ?? 1024;
    return [...before, alpha - (alpha >> 4) + 64 * share];
  }, []);
  expect(alphas.slice(0, windows)).toEqual(expected);
  // Marked once: cut once, by half of alpha.
  expect(new Set(result.flows?.series[0]?.points.map(({ ssthresh }) => ssthresh)).size).toBe(2);
});

test('what tcp_probe does not tell is refused by name, with what would', async () => {
  const object = 'test/programs/dctcp.bpf.o';
  const source = fakeSource([probeType], []);
  await expect(attachObject(openObject(readFileSync(object), object), [source])).rejects.toThrow(
    /tcp_sock\.delivered_ce.*tcpdump -w/,
  );
});

test('explaining tells that losses were not recorded', async () => {
  const source = fakeSource([probeType], []);
  const object = openObject(readFileSync(RENO), RENO);
  const explained = await explainAttach(object, [source], { counts: new Map([[source, [3]]]) });
  expect(explained.map(({ refusal }) => refusal)).toEqual(explained.map(() => undefined));
  expect(explained[0]).toMatchObject({ events: [{ type: 'tcp:tcp_probe', events: 3 }] });
  expect(explained[0]?.lacks).toEqual([
    { what: 'losses', remedy: 'record with -e tcp:tcp_cong_state_set -e tcp:tcp_retransmit_skb' },
  ]);
});

const probeType: EventType = eventType(0, 'tcp', 'tcp_probe', [
  ...['saddr', 'daddr'].map((name, index) => ({
    ...integerField(name, 8 + 28 * index, 28, false),
    elementCount: 28,
    elementSizeBytes: 1,
  })),
  integerField('sport', 64, 2, false),
  integerField('dport', 66, 2, false),
  integerField('family', 68, 2, false),
  integerField('data_len', 76, 2, false),
  ...['snd_nxt', 'snd_una', 'snd_cwnd', 'ssthresh', 'snd_wnd', 'srtt', 'rcv_wnd'].map((name, index) =>
    integerField(name, 80 + 4 * index, 4, false),
  ),
  integerField('sock_cookie', 112, 8, false),
]);

function probe(ms: number, next: number, una: number, cwnd: number, srtt: number): FakeEvent {
  const bytes = Buffer.alloc(probeType.sizeBytes);
  Buffer.from('020013880a000001', 'hex').copy(bytes, 8);
  Buffer.from('020000500a000002', 'hex').copy(bytes, 36);
  [next, una, cwnd, 0x7fffffff, 65_535, srtt, 65_535].forEach((value, index) =>
    bytes.writeUInt32LE(value, 80 + 4 * index),
  );
  bytes.writeBigUInt64LE(7n, 112);
  return { timeNs: BigInt(ms) * 1_000_000n, type: 0, bytes };
}

test('events of tcp_probe are replayed with the window that each acknowledgement led to beside the one recorded', async () => {
  const size = 1448;
  const source = fakeSource(
    [probeType],
    [
      probe(10, 10 * size, 0, 10, 10_000),
      probe(20, 30 * size, 10 * size, 20, 10_000),
      probe(30, 70 * size, 30 * size, 33, 10_008),
      probe(40, 70 * size, 70 * size, 50, 10_008),
    ],
  );
  const result = await run(RENO, [source]);
  const [flow] = result.flows?.series ?? [];
  expect(flow).toMatchObject({ flow: '10.0.0.1:5000 > 10.0.0.2:80', from: 'tcp:tcp_probe', mssBytes: size });
  expect(flow?.points).toEqual([
    { timeNs: 10_000_000n, acknowledged: 10 * size, cwnd: 20, ssthresh: undefined, recordedCwnd: 20 },
    { timeNs: 20_000_000n, acknowledged: 30 * size, cwnd: 40, ssthresh: undefined, recordedCwnd: 33 },
    { timeNs: 30_000_000n, acknowledged: 70 * size, cwnd: 80, ssthresh: undefined, recordedCwnd: 50 },
  ]);
  expect(countersOf(result)).toMatchObject({ packets_acked: 70, acknowledgements: 3 });
  expect(result.missing).toContainEqual({
    what: 'tcp_sock.mss_cache (worked out from what was acknowledged)',
    count: 1,
  });
});

test('a recording without flows is refused by what would have held them', async () => {
  const source = fakeSource([schedSwitchType(0)], []);
  await expect(attachObject(openObject(readFileSync(RENO), RENO), [source])).rejects.toThrow(
    /tcp:tcp_probe|tcpdump/,
  );
});
