/**
 * Programs that resize, retag, mark and redirect frames, one call after another with arguments right and wrong,
 * and read the context after each: its fields, what was answered and the frame tell whether it is the kernel's.
 */
import type { Instruction, ProgramType } from '../../electron/bpf/program.ts';
import { skBuffOffsets } from '../../electron/bpf/sk-buff.ts';
import { xdpOffsets } from '../../electron/bpf/xdp-md.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r, type Size } from '../bpf/verifier/assembler.ts';
import { Random } from './generator.ts';
import { buffer, CONTEXT, FOUND, gather, programAround, type Call } from './packet-helpers.ts';

const ETHERNET_BYTES = 14;
/** Ethernet types of generated frames, in network order: IPv4, IPv6, two kinds of VLAN tag, ARP, a length. */
const TYPES = [0x0800, 0x86dd, 0x0800, 0x86dd, 0x8100, 0x88a8, 0x0806, 0x0100];
/** BPF_F_ADJ_ROOM_*: alone and together. */
const ROOM_FLAGS = [
  ...[
    0, 0, 0, 0, 0, 1, 0x20, 0x02, 0x04, 0x02, 0x04, 0x06, 0x0a, 0x0c, 0x12, 0x14, 0x1a, 0x22, 0x42, 0x46,
    0x80,
  ],
  ...[0x100, 0x180, 0x82, 0x0104, 0x200, 0x4000],
].map(BigInt);
const LINK_BYTES_SHIFT = 56n;

/** A frame of a protocol that helpers know, or not, from a seed. */
export function frameOf(seed: number): Uint8Array {
  const random = new Random(seed ^ 0x5bd1e995);
  const bytes = new Uint8Array(ETHERNET_BYTES + random.pick([0, 2, 3, 4, 20, 24, 40, 60, random.below(120)]));
  bytes.forEach((_, at) => (bytes[at] = random.below(256)));
  const view = new DataView(bytes.buffer);
  for (let at = ETHERNET_BYTES - 2; at + 2 <= bytes.length; at += 4) {
    const type = random.pick(TYPES);
    view.setUint16(at, type);
    if (type !== 0x8100 && type !== 0x88a8) break;
  }
  return bytes;
}

/** Adds a field of the context to what was found. */
function field(sizeBytes: Size, offset: number): Instruction[] {
  return [
    asm.load(sizeBytes, 0, CONTEXT, offset),
    asm.alu64('mul', FOUND, 31),
    asm.alu64('xor', FOUND, r(0)),
  ];
}

/** How far two fields that are pointers to the packet lie apart. */
function distance(from: number, to: number): Instruction[] {
  return [
    asm.load(4, 0, CONTEXT, to),
    asm.load(4, 1, CONTEXT, from),
    asm.alu64('sub', 0, r(1)),
    asm.alu64('mul', FOUND, 31),
    asm.alu64('xor', FOUND, r(0)),
  ];
}

const { len, pkt_type, protocol, vlan_present, vlan_tci, vlan_proto, hash, tstamp } = skBuffOffsets;
const skBuffFields: readonly Instruction[] = [
  ...[len, pkt_type, protocol, vlan_present, vlan_tci, vlan_proto, hash].flatMap((offset) =>
    field(4, offset),
  ),
  ...field(8, tstamp),
  ...distance(skBuffOffsets.data, skBuffOffsets.data_end),
  ...distance(skBuffOffsets.data_meta, skBuffOffsets.data),
];
const xdpFields: readonly Instruction[] = distance(xdpOffsets.data, xdpOffsets.data_end);

/** A call of the context and numbers. */
function calling(helper: number, ...parameters: ((random: Random) => bigint)[]): Call {
  return (random) => [
    ...buffer(random, 1),
    asm.mov64(1, r(CONTEXT)),
    ...parameters.flatMap((parameter, index) => asm.load64(index + 2, BigInt.asUintN(64, parameter(random)))),
    asm.call(helper),
    ...gather,
  ];
}

/** A call without the context. */
function sending(helper: number, ...parameters: ((random: Random) => bigint)[]): Call {
  return (random) => [
    ...buffer(random, 1),
    ...parameters.flatMap((parameter, index) => asm.load64(index + 1, BigInt.asUintN(64, parameter(random)))),
    asm.call(helper),
    ...gather,
  ];
}

const among =
  (...numbers: readonly number[]) =>
  (random: Random): bigint =>
    BigInt(random.pick(numbers));
const noFlags = among(0, 0, 0, 0, 1);
const redirectFlags = among(0, 0, 1, 2, 4, 8);
const any = (random: Random): bigint => BigInt(random.u32());

function roomFlags(random: Random): bigint {
  const linkBytes = random.pick([0n, 0n, 0n, 4n, 14n, 18n]);
  return (linkBytes << LINK_BYTES_SHIFT) | random.pick(ROOM_FLAGS);
}

/** Which neighbour: 20 bytes on the stack, or fewer, or none. */
const toNeighbour: Call = (random) => {
  const sizeBytes = random.pick([0, 4, 20, 32]);
  return [
    ...buffer(random, 2),
    ...(sizeBytes === 0 ? [asm.mov64(2, 0)] : []),
    asm.mov64(1, 1),
    asm.mov64(3, sizeBytes),
    asm.mov64(4, random.pick([0, 0, 1])),
    asm.call(152),
    ...gather,
  ];
};

/** Sizes of struct bpf_tunnel_key as it grew, and others. */
const TUNNEL_BYTES = [44, 44, 44, 28, 24, 22, 8, 4, 40];
/** As far down as the stack of these programs is free: a dynptr lies above. */
const TUNNEL = -112;

/** A tunnel key, or options, on the stack: handed over, or filled and gathered. */
function tunnelling(helper: number, sizes: readonly number[], flags: readonly number[]): Call {
  return (random) => {
    const size = random.pick(sizes);
    const words = [0, 8, 16, 24, 32, 40].map((at) => TUNNEL + at);
    const isSmall = random.chance(2);
    return [
      ...buffer(random, 2),
      ...words.flatMap((at) => [...asm.load64(0, BigInt(random.u32())), asm.store(8, 10, at, 0)]),
      // No extension, and often no label.
      asm.storeImmediate(2, 10, TUNNEL + 22, random.chance(10) ? 1 : 0),
      ...(isSmall ? [asm.storeImmediate(4, 10, TUNNEL + 24, 0)] : []),
      asm.mov64(1, r(CONTEXT)),
      asm.mov64(2, r(10)),
      asm.alu64('add', 2, TUNNEL),
      asm.mov64(3, size),
      asm.mov64(4, random.pick(flags)),
      asm.call(helper),
      ...gather,
      ...words.flatMap((at) => [
        asm.load(8, 0, 10, at),
        asm.alu64('mul', FOUND, 31),
        asm.alu64('xor', FOUND, r(0)),
      ]),
    ];
  };
}

const setKey = tunnelling(21, TUNNEL_BYTES, [0, 0, 0, 1, 1, 2, 4, 8, 16, 30, 31, 32]);
const getKey = tunnelling(20, TUNNEL_BYTES, [0, 0, 1, 16, 17, 2]);
const setOptions = tunnelling(30, [4, 8, 20, 48, 3], [0]);
const getOptions = tunnelling(29, [4, 8, 20, 48, 3], [0]);

/** A key set, then looked at in every way. */
const throughTunnel: Call = (random) => [
  ...setKey(random),
  ...(random.chance(2) ? setOptions(random) : []),
  ...random.pick([getKey, getOptions])(random),
  ...getKey(random),
];

const onSkBuff: readonly Call[] = [
  setKey,
  getKey,
  setOptions,
  getOptions,
  throughTunnel,
  throughTunnel,
  calling(24),
  calling(18, among(0x0081, 0xa888, 0, 0x0008), any),
  calling(19),
  calling(31, among(0x0008, 0xdd86, 0x0008, 0xdd86, 0x0081), noFlags),
  calling(32, among(0, 1, 2, 3, 4, 7)),
  calling(40, any),
  calling(41),
  calling(43, among(0, 1, 4, 14, 100, 300, 16_064, -1), noFlags),
  calling(48, any),
  calling(
    50,
    among(0, 4, 8, 20, 28, 36, 40, 50, 4095, 4096, -4, -8, -20, -40, -60, -4096),
    among(0, 0, 1, 1, 2),
    roomFlags,
  ),
  calling(50, among(8, 20, 28, 40, 58), among(1), roomFlags),
  calling(97),
  calling(135, among(0, 0, 1, 2, 3, 4)),
  calling(192, among(0, 1, 77_000_000), among(0, 1, 2, 3)),
  sending(23, among(0, 1, 7), redirectFlags),
  sending(155, among(1, 7), noFlags),
  toNeighbour,
];
const onXdp: readonly Call[] = [
  sending(23, among(0, 1, 7), redirectFlags),
  calling(65, among(4, -4, 20)),
  calling(44, among(4, -4, 20)),
];

function repeat(call: Call, times: number): Call[] {
  return Array.from({ length: times }, () => call);
}

/** On the stack, further down than what `buffer` fills. */
const DYNPTR = -48;
const views = (register: number): Instruction[] => [
  asm.mov64(register, r(10)),
  asm.alu64('add', register, DYNPTR),
];

/** A dynptr on the packet, looked into before and after a call that moves it. */
function viewing(type: ProgramType): Call {
  return (random) => {
    const ofSkBuff = random.chance(4) ? 'bpf_dynptr_from_skb_meta' : 'bpf_dynptr_from_skb';
    const from = type === 'xdp' ? 'bpf_dynptr_from_xdp' : ofSkBuff;
    const place = among(0, 2, 12, 14, 30, 50, 100, 133, -1);
    const size = random.pick([1, 4, 8, 20, 32]);
    const isMoved = random.chance(2);
    const copied = (helper: number): Instruction[] => [
      ...buffer(random, 1),
      ...(helper === 201 ? [asm.mov64(2, size), ...views(3)] : [asm.mov64(3, r(1)), ...views(1)]),
      ...asm.load64(helper === 201 ? 4 : 2, BigInt.asUintN(64, place(random))),
      ...(helper === 201 ? [] : [asm.mov64(4, size)]),
      asm.mov64(5, random.pick([0, 0, 0, 1, 2, 4])),
      asm.call(helper),
      ...gather,
    ];
    const sliced = (name: string): Instruction[] => [
      ...views(1),
      ...asm.load64(2, BigInt.asUintN(64, place(random))),
      asm.mov64(3, 0),
      asm.mov64(4, 4),
      asm.callKernel(name),
      asm.jump64('jeq', 0, 0, name.endsWith('rdwr') ? 4 : 3),
      ...(name.endsWith('rdwr') ? [asm.storeImmediate(1, 0, 1, 77)] : []),
      asm.load(4, 0, 0, 0),
      asm.alu64('mul', FOUND, 31),
      asm.alu64('xor', FOUND, r(0)),
    ];
    const sized = [...views(1), asm.callKernel('bpf_dynptr_size'), ...gather];
    return [
      ...buffer(random, 1),
      asm.mov64(1, r(CONTEXT)),
      asm.mov64(2, random.pick([0, 0, 0, 0, 1])),
      ...views(3),
      asm.callKernel(from),
      ...gather,
      ...sized,
      ...random.pick([copied(201), copied(202), sliced('bpf_dynptr_slice'), sliced('bpf_dynptr_slice_rdwr')]),
      ...(isMoved ? random.pick(type === 'xdp' ? onXdp : onSkBuff)(random) : []),
      ...copied(random.pick([201, 202])),
      // Of a packet that became shorter, the kernel hands out what lies behind its end; here that is null.
      ...(isMoved ? [] : sliced(random.pick(['bpf_dynptr_slice', 'bpf_dynptr_slice_rdwr']))),
      ...views(1),
      asm.mov64(2, random.below(20)),
      asm.mov64(3, random.below(60)),
      asm.callKernel('bpf_dynptr_adjust'),
      ...gather,
      ...copied(201),
      ...sized,
    ];
  };
}

/** Comes first: a header moved into new memory makes the kernel miscount how short a packet may be. */
const tail = calling(38, among(0, 13, 14, 15, 34, 54, 60, 100, 1500, 16_064, 16_065, -1), noFlags);
/** get_hash_recalc() after set_hash(): without, the kernel's answer is of a key of its own. */
const rehashed: Call = (random) => [...calling(48, any)(random), ...calling(34)(random)];

const calls: Readonly<Partial<Record<ProgramType, readonly Call[]>>> = {
  sched_cls: [...onSkBuff, rehashed, ...repeat(viewing('sched_cls'), 4)],
  sched_act: [...onSkBuff, rehashed, ...repeat(viewing('sched_act'), 4)],
  xdp: [...onXdp, viewing('xdp')],
};

export function generatePacketChanges(type: ProgramType, random: Random): Instruction[] {
  const fields = type === 'xdp' ? xdpFields : skBuffFields;
  const body = Array.from({ length: 1 + random.below(5) }, (_, index) => {
    const isTail = type !== 'xdp' && index === 0 && random.chance(6);
    const call = isTail ? tail : random.pick(calls[type] ?? []);
    return [...call(random), ...fields];
  });
  return programAround(body.flat());
}
