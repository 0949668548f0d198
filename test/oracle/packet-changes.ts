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

const onSkBuff: readonly Call[] = [
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
/** Comes first: a header moved into new memory makes the kernel miscount how short a packet may be. */
const tail = calling(38, among(0, 13, 14, 15, 34, 54, 60, 100, 1500, 16_064, 16_065, -1), noFlags);
/** get_hash_recalc() after set_hash(): without, the kernel's answer is of a key of its own. */
const rehashed: Call = (random) => [...calling(48, any)(random), ...calling(34)(random)];

const calls: Readonly<Partial<Record<ProgramType, readonly Call[]>>> = {
  sched_cls: [...onSkBuff, rehashed],
  sched_act: [...onSkBuff, rehashed],
  xdp: [
    sending(23, among(0, 1, 7), redirectFlags),
    calling(65, among(4, -4, 20)),
    calling(44, among(4, -4, 20)),
  ],
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
