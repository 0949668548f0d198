/**
 * Programs that look into packets, from a seed: headers one after another, at offsets that the packet says,
 * in loops, with bounds checked as people check them, right and nearly right.
 */
import type { Instruction, MapDefinition, ProgramType } from '../../electron/bpf/program.ts';
import { skBuffOffsets } from '../../electron/bpf/sk-buff.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r, type Jump, type Size } from '../bpf/verifier/assembler.ts';
import { Random } from './generator.ts';

export interface PacketProgram {
  readonly type: ProgramType;
  readonly instructions: readonly Instruction[];
}

/** Types of which a context's first bytes lead to the packet. */
export const packetTypes: readonly ProgramType[] = [
  'xdp',
  'xdp',
  'xdp',
  'sched_cls',
  'sched_cls',
  'sched_act',
  'cgroup_skb',
  'lwt_in',
  'lwt_xmit',
  'sk_skb',
];

export const packetMaps: readonly MapDefinition[] = [
  asm.mapOf('array', 4, 64, 4),
  asm.mapOf('hash', 8, 16, 16),
];

/** r6 the context, r7 the packet, r8 its end, r9 a number; r0 to r5 pass by. */
const CONTEXT = 6;
const DATA = 7;
const END = 8;
const NUMBER = 9;
const SIZES: readonly Size[] = [1, 2, 4, 8];
/** Where a checked pointer waits on the stack. */
const SLOT = -64;

type Gadget = (random: Random, type: ProgramType, depth: number) => Instruction[];

const fields = { xdp: { data: 0, end: 4, meta: 8 }, skb: skBuffOffsets } as const;

function dataOffset(type: ProgramType): number {
  return type === 'xdp' ? fields.xdp.data : fields.skb.data;
}

function loadPointers(type: ProgramType): Instruction[] {
  const end = type === 'xdp' ? fields.xdp.end : fields.skb.data_end;
  return [asm.load(4, DATA, CONTEXT, dataOffset(type)), asm.load(4, END, CONTEXT, end)];
}

/**
 * Skips `body` unless the bytes before `pointer` are there: one of the ways to write it. `isRight` false
 * for the ways that do not prove it.
 */
function guarded(random: Random, pointer: number, end: number, body: readonly Instruction[]): Instruction[] {
  const skip = body.length;
  const isRight = !random.chance(14);
  const away: readonly [Jump, boolean][] = isRight
    ? [
        ['jgt', false],
        ['jge', false],
        ['jlt', true],
        ['jle', true],
      ]
    : [
        ['jlt', false],
        ['jle', false],
        ['jgt', true],
        ['jne', false],
        ['jeq', true],
        ['jsgt', false],
      ];
  const [name, isSwapped] = random.pick(away);
  const jump = random.chance(40) ? asm.jump32 : asm.jump64;
  const way = (jumpName: Jump, offset: number): Instruction =>
    isSwapped ? jump(jumpName, end, r(pointer), offset) : jump(jumpName, pointer, r(end), offset);
  if (random.chance(3) && isRight) {
    // The other way about: over a jump that leaves.
    const opposite: Partial<Record<Jump, Jump>> = { jgt: 'jle', jge: 'jlt', jlt: 'jge', jle: 'jgt' };
    return [way(opposite[name] ?? name, 1), asm.ja(skip), ...body];
  }
  return [way(name, skip), ...body];
}

function use(random: Random, pointer: number, from: number, count: number, type: ProgramType): Instruction[] {
  const size = random.pick(SIZES.filter((each) => each <= Math.max(1, count)));
  const slack = random.chance(12) ? 1 + random.below(3) : 0;
  const at = from + random.below(Math.max(1, count - size + 1 + slack));
  switch (random.below(type === 'cgroup_skb' || type === 'lwt_in' ? 12 : 7)) {
    case 0:
      return [asm.store(size, pointer, at, NUMBER)];
    case 1:
      return [asm.storeImmediate(size, pointer, at, random.u32() | 0)];
    case 2:
      return size === 8 ? [asm.load(8, NUMBER, pointer, at)] : [asm.loadSigned(size, NUMBER, pointer, at)];
    default:
      return [asm.load(size, NUMBER, pointer, at)];
  }
}

/** A header of fixed size at the packet's start. */
const header: Gadget = (random, type, depth) => {
  const bytes = 1 + random.below(40);
  const body = [...use(random, DATA, 0, bytes, type), ...gadgets(random, random.below(2), type, depth + 1)];
  return [asm.mov64(2, r(DATA)), asm.alu64('add', 2, bytes), ...guarded(random, 2, END, body)];
};

/** As a header, read through the pointer that was compared. */
const headerBehind: Gadget = (random, type) => {
  const bytes = 1 + random.below(40);
  const body = use(random, 2, -bytes, bytes, type);
  return [asm.mov64(2, r(DATA)), asm.alu64('add', 2, bytes), ...guarded(random, 2, END, body)];
};

/** A number small enough to be an offset; now and then not. */
function offsetFrom(random: Random, register: number): Instruction[] {
  const scale = random.chance(3) ? [asm.alu64('lsh', register, 1 + random.below(2))] : [];
  switch (random.below(8)) {
    case 0:
      return [asm.alu64('and', register, 0xffff), ...scale];
    case 1:
      return [asm.alu64('and', register, random.pick([-1, 0x7fff, 0xfffff]))];
    case 2:
      return [asm.alu32('and', register, 0xff), asm.alu64('sub', register, random.below(4))];
    case 3:
      return [asm.alu64('rsh', register, 50 + random.below(12))];
    case 4:
      return [asm.alu64('mod', register, 1 + random.below(100)), ...scale];
    default:
      return [asm.alu64('and', register, random.pick([0x0f, 0x3c, 0xff])), ...scale];
  }
}

/** A header that begins where a field says. */
const variable: Gadget = (random, type) => {
  const bytes = 1 + random.below(24);
  const fixed = random.chance(3) ? [asm.alu64('add', 2, random.below(64) - (random.chance(5) ? 8 : 0))] : [];
  const inside = use(random, 2, 0, bytes, type);
  const back = use(random, 3, -bytes, bytes, type);
  const body = random.chance(2) ? inside : back;
  return [
    asm.mov64(4, r(NUMBER)),
    ...offsetFrom(random, 4),
    asm.mov64(2, r(DATA)),
    ...fixed,
    random.chance(12) ? asm.alu64('sub', 2, r(4)) : asm.alu64('add', 2, r(4)),
    ...(random.chance(6) ? [asm.alu64('add', 2, random.below(20))] : []),
    asm.mov64(3, r(2)),
    asm.alu64('add', 3, bytes),
    ...guarded(random, 3, END, body),
  ];
};

/** A pointer that was checked, put away, and taken back. */
const spilled: Gadget = (random, type) => {
  const bytes = 1 + random.below(30);
  const isBefore = random.chance(2);
  const put = asm.store(8, 10, SLOT, 5);
  const body = [asm.load(random.chance(20) ? 4 : 8, 2, 10, SLOT), ...use(random, 2, 0, bytes, type)];
  return [
    asm.mov64(5, r(DATA)),
    ...(isBefore ? [put] : []),
    asm.mov64(3, r(5)),
    asm.alu64('add', 3, bytes),
    ...guarded(random, 3, END, isBefore ? body : [put, ...body]),
  ];
};

/** Bytes one after another, in a loop of known length. */
const byteLoop: Gadget = (random, type) => {
  const rounds = 1 + random.below(6);
  const bytes = random.chance(8) ? 2 : 1;
  const body = [
    asm.mov64(3, r(2)),
    asm.alu64('add', 3, bytes),
    asm.jump64('jgt', 3, r(END), 4),
    ...use(random, 2, 0, 1, type),
    asm.mov64(2, r(3)),
    asm.alu64('add', 4, 1),
  ];
  return [asm.mov64(2, r(DATA)), asm.mov64(4, 0), ...body, asm.jump64('jlt', 4, rounds, -(body.length + 1))];
};

/** Headers that say where the next one begins, as IPv6's and Geneve's options do. */
const headerLoop: Gadget = (random) => {
  const rounds = 1 + random.below(4);
  const head = random.pick([2, 4, 8]);
  const body = [
    asm.mov64(3, r(2)),
    asm.alu64('add', 3, head),
    asm.jump64(random.chance(20) ? 'jlt' : 'jgt', 3, r(END), 5),
    asm.load(1, 5, 2, random.below(head + (random.chance(20) ? 1 : 0))),
    asm.alu64('and', 5, random.pick([0x0f, 0x3c, 0xff])),
    asm.alu64('add', 2, r(5)),
    ...(random.chance(2) ? [asm.alu64('add', 2, head)] : [asm.mov64(NUMBER, r(5))]),
    asm.alu64('add', 4, 1),
  ];
  return [asm.mov64(2, r(DATA)), asm.mov64(4, 0), ...body, asm.jump64('jlt', 4, rounds, -(body.length + 1))];
};

/** Bytes of the packet as a helper's argument: a key, a value, what a checksum is made of. */
const asArgument: Gadget = (random, type) => {
  const bytes = random.pick([8, 16, 20, 4]);
  const argument = [asm.mov64(random.chance(20) ? 1 : 2, r(DATA))];
  const call = random.chance(2)
    ? [...argument, ...asm.loadMap(1, random.below(2)), asm.call(1)]
    : [
        asm.mov64(1, 0),
        asm.mov64(2, 0),
        asm.mov64(3, r(DATA)),
        asm.mov64(4, bytes + (random.chance(8) ? 4 : 0)),
        asm.mov64(5, 0),
        asm.call(type === 'cgroup_skb' || type === 'sk_skb' ? 7 : 28),
        asm.mov64(NUMBER, r(0)),
      ];
  return [asm.mov64(2, r(DATA)), asm.alu64('add', 2, bytes), ...guarded(random, 2, END, call)];
};

/** A helper that may move the packet, after which it is looked up anew, or not. */
const moved: Gadget = (random, type) => {
  const call: Instruction[] =
    type === 'xdp'
      ? [asm.mov64(1, r(CONTEXT)), asm.mov64(2, random.pick([0, 4, -4, 8])), asm.call(random.pick([44, 65]))]
      : type === 'cgroup_skb'
        ? [asm.call(7)]
        : [asm.mov64(1, r(CONTEXT)), asm.mov64(2, 20), asm.call(39)];
  return [...call, ...(random.chance(6) ? [] : loadPointers(type)), asm.mov64(NUMBER, r(0))];
};

/** The length, from the distance of two pointers. */
const distance: Gadget = (random) => [
  asm.mov64(NUMBER, r(END)),
  random.chance(10) ? asm.alu64('add', NUMBER, r(DATA)) : asm.alu64('sub', NUMBER, r(DATA)),
];

/** What was proved once more, and the other way about. */
const again: Gadget = (random, type) => {
  const bytes = 1 + random.below(20);
  const inner = guarded(random, 2, END, use(random, DATA, 0, bytes, type));
  return [
    asm.mov64(2, r(DATA)),
    asm.alu64('add', 2, bytes),
    ...guarded(random, 2, END, [asm.mov64(NUMBER, 3)]),
    ...inner,
  ];
};

const meta: Gadget = (random, type) => {
  const bytes = random.pick([4, 8]);
  const offset = type === 'xdp' ? fields.xdp.meta : skBuffOffsets.data_meta;
  if (type !== 'xdp' && type !== 'sched_cls' && type !== 'sched_act') return [asm.mov64(NUMBER, 1)];
  const end = random.chance(8) ? END : DATA;
  return [
    asm.load(4, 2, CONTEXT, offset),
    asm.mov64(3, r(2)),
    asm.alu64('add', 3, bytes),
    ...guarded(random, 3, end, use(random, 2, 0, bytes, type)),
  ];
};

const field: Gadget = (random, type) => [
  asm.load(4, NUMBER, CONTEXT, random.pick(type === 'xdp' ? [12, 16] : [skBuffOffsets.len, 16])),
];

const arithmetic: Gadget = (random) => [
  asm.alu64(random.pick(['add', 'xor', 'and', 'lsh', 'rsh'] as const), NUMBER, random.below(30)),
];

const atomic: Gadget = () => [asm.atomic(4, 0, DATA, 0, NUMBER)];

const all: readonly Gadget[] = [
  header,
  header,
  headerBehind,
  variable,
  variable,
  variable,
  spilled,
  byteLoop,
  headerLoop,
  asArgument,
  moved,
  distance,
  again,
  meta,
  field,
  arithmetic,
];

function gadgets(random: Random, count: number, type: ProgramType, depth: number): Instruction[] {
  const code: Instruction[] = [];
  for (let index = 0; index < count; index += 1) {
    const gadget = random.chance(80) ? atomic : depth > 2 ? arithmetic : random.pick(all);
    code.push(...gadget(random, type, depth));
  }
  return code;
}

/** Small numbers go astray in the ways that matter here: sizes, offsets, conditions, registers. */
function mutate(random: Random, code: readonly Instruction[]): Instruction[] {
  const mutated = code.slice();
  const at = random.below(mutated.length);
  const chosen = mutated[at];
  if (chosen === undefined || chosen.opcode === 0x18 || chosen.opcode === 0 || chosen.opcode === 0x85)
    return mutated;
  switch (random.below(5)) {
    case 0:
      mutated[at] = { ...chosen, imm: chosen.imm + random.pick([-1, 1, 8, -8]) };
      break;
    case 1:
      mutated[at] = { ...chosen, offset: chosen.offset + random.pick([-4, -1, 1, 4]) };
      break;
    case 2:
      mutated[at] = { ...chosen, dst: random.below(10) };
      break;
    case 3:
      mutated[at] = { ...chosen, src: random.below(11) };
      break;
    default:
      mutated[at] = { ...chosen, opcode: chosen.opcode ^ (1 << (3 + random.below(5))) };
  }
  return mutated;
}

/** The program of a seed: always the same one. Returns a number of one byte and no address. */
export function generatePacketProgram(seed: number): PacketProgram {
  const random = new Random(seed);
  const type = random.pick(packetTypes);
  const code = [
    asm.mov64(CONTEXT, r(1)),
    ...loadPointers(type),
    asm.load(4, NUMBER, CONTEXT, type === 'xdp' ? 12 : skBuffOffsets.len),
    asm.storeImmediate(8, 10, SLOT, 0),
    ...gadgets(random, 1 + random.below(6), type, 0),
    asm.mov64(0, r(NUMBER)),
    asm.alu64('and', 0, type === 'cgroup_skb' ? 1 : 0xff),
    asm.exit,
  ];
  return { type, instructions: random.chance(3) ? mutate(random, code) : code };
}
