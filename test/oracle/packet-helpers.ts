/**
 * Programs that call the helpers that change and read packets, with arguments right and wrong: what they
 * return, what they read (folded into r0) and the packet afterwards tell whether a helper is the kernel's.
 */
import type { Instruction, ProgramType } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import type { Random } from './generator.ts';

/** Keeps the context; r7 gathers what is found. */
export const CONTEXT = 6;
export const FOUND = 7;
const BUFFER_BYTES = 32;

export type Call = (random: Random) => Instruction[];

/** Offsets in, at the end of and beyond a packet of 14 to 133 bytes. */
function offsetOf(random: Random): number {
  return random.pick([0, 2, 8, 13, 14, 15, 24, 30, 60, 100, 0xffff, 0x10000, -1, random.below(140)]);
}

function sizeOf(random: Random): number {
  return random.pick([1, 2, 4, 6, 8, 20, BUFFER_BYTES]);
}

/** Numbers on the stack, and the address of the first in a register. */
export function buffer(random: Random, register: number): Instruction[] {
  const words = [0, 8, 16, 24].flatMap((at) => [
    ...asm.load64(0, (BigInt(random.u32()) << 32n) | BigInt(random.u32())),
    asm.store(8, 10, at - BUFFER_BYTES, 0),
  ]);
  return [...words, asm.mov64(register, r(10)), asm.alu64('add', register, -BUFFER_BYTES)];
}

/** Adds the answer, and what lies in the buffer, to what was found. */
export const gather: readonly Instruction[] = [
  asm.alu64('mul', FOUND, 31),
  asm.alu64('add', FOUND, r(0)),
  ...[0, 8, 16, 24].flatMap((at) => [
    asm.load(8, 0, 10, at - BUFFER_BYTES),
    asm.alu64('mul', FOUND, 31),
    asm.alu64('xor', FOUND, r(0)),
  ]),
];

const context = (): Instruction => asm.mov64(1, r(CONTEXT));

function reading(helper: number): Call {
  return (random) => [
    ...buffer(random, 3),
    context(),
    asm.mov64(2, offsetOf(random)),
    asm.mov64(4, sizeOf(random)),
    asm.mov64(5, random.below(3)),
    asm.call(helper),
    ...gather,
  ];
}

function writing(helper: number): Call {
  return (random) => [
    ...buffer(random, 3),
    context(),
    asm.mov64(2, offsetOf(random)),
    asm.mov64(4, sizeOf(random)),
    asm.mov64(5, random.pick([0, 0, 1, 2, 3, 4])),
    asm.call(helper),
    ...gather,
  ];
}

function replacing(helper: number): Call {
  return (random) => [
    ...buffer(random, 3),
    context(),
    asm.mov64(2, offsetOf(random)),
    asm.mov64(3, random.pick([0, 1, 0xffff, random.below(0x7fff_ffff)])),
    asm.mov64(4, random.pick([0, 1, 0xffff, random.below(0x7fff_ffff)])),
    asm.mov64(5, random.pick([0, 2, 4, 2, 4, 3, 0x10, 0x12, 0x14, 0x20, 0x22, 0x24, 0x62, 0x100])),
    asm.call(helper),
    ...gather,
  ];
}

const difference: Call = (random) => [
  ...buffer(random, 1),
  asm.mov64(3, r(1)),
  asm.alu64('add', 3, 8),
  asm.mov64(2, random.pick([0, 4, 8, 20, 6])),
  asm.mov64(4, random.pick([0, 4, 8, 20, 2])),
  asm.mov64(5, random.pick([0, 0xffff, random.below(0x7fff_ffff)])),
  asm.call(28),
  ...gather,
];

function moving(helper: number): Call {
  return (random) => [
    ...buffer(random, 1),
    context(),
    asm.mov64(
      2,
      random.pick([0, 4, -4, 8, -8, 14, -14, 40, -40, 200, -215, -216, -217, -252, -256, 3500, 4000]),
    ),
    asm.call(helper),
    ...gather,
  ];
}

const length: Call = (random) => [...buffer(random, 1), context(), asm.call(188), ...gather];

const pulling: Call = (random) => [
  ...buffer(random, 1),
  context(),
  asm.mov64(2, offsetOf(random)),
  asm.call(39),
  ...gather,
];

const number =
  (helper: number): Call =>
  (random) => [
    ...buffer(random, 1),
    ...asm.load64(
      0,
      BigInt(
        `0x${Buffer.from(random.pick([' 42', '-7', '0x1f', '077', 'zz', '9']).padEnd(8, '\0'))
          .reverse()
          .toString('hex')}`,
      ),
    ),
    asm.store(8, 10, -BUFFER_BYTES, 0),
    asm.mov64(2, random.pick([1, 3, 8])),
    asm.mov64(3, random.pick([0, 8, 10, 16, 3])),
    asm.mov64(4, r(10)),
    asm.alu64('add', 4, -8),
    asm.call(helper),
    ...gather,
  ];

const calls: Readonly<Partial<Record<ProgramType, readonly Call[]>>> = {
  sched_cls: [
    reading(26),
    reading(68),
    writing(9),
    replacing(10),
    replacing(11),
    difference,
    pulling,
    number(105),
    number(106),
  ],
  xdp: [reading(189), writing(190), moving(44), moving(65), moving(54), length, difference],
};

export function generatePacketCalls(type: 'xdp' | 'sched_cls', random: Random): Instruction[] {
  const body = Array.from({ length: 1 + random.below(5) }, () =>
    random.pick(calls[type] ?? [])(random),
  ).flat();
  return programAround(body);
}

/** Gives r0 from all that was found. */
export function programAround(body: readonly Instruction[]): Instruction[] {
  return [
    asm.mov64(CONTEXT, r(1)),
    asm.mov64(FOUND, 0),
    ...body,
    asm.mov64(0, r(FOUND)),
    asm.alu64('rsh', FOUND, 32),
    asm.alu64('xor', 0, r(FOUND)),
    asm.exit,
  ];
}
