/**
 * Programs from a seed: well formed, mostly safe, wrong now and then in the ways people are wrong. Each
 * gadget is a few instructions around one of the things a verifier must know.
 */
import type { Instruction, MapDefinition } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r, type Alu, type Jump, type Size } from '../bpf/verifier/assembler.ts';

/** A small generator of numbers with a seed (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  u32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  below(limit: number): number {
    return this.u32() % limit;
  }

  chance(oneIn: number): boolean {
    return this.below(oneIn) === 0;
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.below(from.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }
}

export const generatorMaps: readonly MapDefinition[] = [
  asm.mapOf('array', 4, 64, 4),
  asm.mapOf('hash', 8, 48, 16),
  asm.constantsOf(Uint8Array.from({ length: 32 }, (_, index) => (index % 5 === 0 ? index : 0))),
  asm.mapOf('ringbuf', 0, 0, 4096),
];

export const ARRAY = 0;
export const HASH = 1;
export const CONSTANTS = 2;
export const RING = 3;

const ALUS: readonly Alu[] = [
  'add',
  'sub',
  'mul',
  'div',
  'or',
  'and',
  'lsh',
  'rsh',
  'neg',
  'mod',
  'xor',
  'mov',
  'arsh',
];
const JUMPS: readonly Jump[] = [
  'jeq',
  'jgt',
  'jge',
  'jset',
  'jne',
  'jsgt',
  'jsge',
  'jlt',
  'jle',
  'jslt',
  'jsle',
];
const SIZES: readonly Size[] = [1, 2, 4, 8];

type Gadget = (random: Random) => Instruction[];

function immediate(random: Random): number {
  switch (random.below(6)) {
    case 0:
      return random.u32() | 0;
    case 1:
      return random.pick([0x7fffffff, -0x80000000, -1, 0, 1, 0xff, 0xffff, 0x10000]);
    case 2:
      return -random.below(70);
    default:
      return random.below(70);
  }
}

/** Registers that hold numbers throughout: the first two unknown ones. */
const NUMBERS = [6, 7, 8, 9];
/** Registers any gadget may use as it likes. */
const number = (random: Random): number => random.pick(NUMBERS);

const arithmetic: Gadget = (random) => {
  const name = random.pick(ALUS);
  const wide = !random.chance(3);
  const make = wide ? asm.alu64 : asm.alu32;
  const dst = number(random);
  if (name === 'neg') return [make('neg', dst)];
  if (name === 'mov' && random.chance(2)) {
    const extend = random.pick(wide ? [8, 16, 32] : [8, 16]);
    return [make('mov', dst, r(number(random)), extend)];
  }
  const isShift = name === 'lsh' || name === 'rsh' || name === 'arsh';
  if (random.chance(2) && !(isShift && random.chance(2))) return [make(name, dst, r(number(random)))];
  if (isShift) return [make(name, dst, random.chance(40) ? 64 : random.below(wide ? 64 : 32))];
  const value = immediate(random);
  const isSignedDivision = (name === 'div' || name === 'mod') && random.chance(3);
  return [
    make(
      name,
      dst,
      (name === 'div' || name === 'mod') && value === 0 && !random.chance(20) ? 1 : value,
      isSignedDivision ? 1 : 0,
    ),
  ];
};

const swapBytes: Gadget = (random) => [
  asm.swap(random.pick(['le', 'be', 'bswap']), number(random), random.pick([16, 32, 64])),
];

/** A jump over a few other gadgets. */
function branch(random: Random, depth: number): Instruction[] {
  const body = gadgets(random, 1 + random.below(3), depth + 1);
  const make = random.chance(3) ? asm.jump32 : asm.jump64;
  const operand = random.chance(2) ? r(number(random)) : immediate(random);
  return [make(random.pick(JUMPS), number(random), operand, body.length), ...body];
}

/** A loop of few rounds; its counter is on the stack or in a register. */
function loop(random: Random, depth: number): Instruction[] {
  const counter = number(random);
  const others = gadgets(random, 1, depth + 1).filter(
    (each) => each.dst !== counter || each.opcode >> 4 === 0,
  );
  const body = [...others, asm.alu64('add', counter, 1)];
  const rounds = 1 + random.below(8);
  const jump = random.chance(2)
    ? asm.jump64('jlt', counter, rounds, -(body.length + 1))
    : asm.jump64('jne', counter, rounds, -(body.length + 1));
  return [asm.mov64(counter, 0), ...body, jump];
}

const spill: Gadget = (random) => {
  const offset = -8 * (1 + random.below(8));
  const size = random.chance(2) ? 8 : random.pick(SIZES);
  const within = random.chance(3) ? random.below(8) - (random.below(8) % size) : 0;
  const aligned = Math.floor(within / size) * size;
  if (random.chance(3))
    return [asm.storeImmediate(size, 10, offset + aligned, random.chance(2) ? 0 : immediate(random))];
  return [asm.store(size, 10, offset + aligned, number(random))];
};

const fill: Gadget = (random) => {
  const size = random.chance(2) ? 8 : random.pick(SIZES);
  const offset = -8 * (1 + random.below(8)) + Math.floor(random.below(8) / size) * size;
  const dst = number(random);
  if (size !== 8 && random.chance(3)) return [asm.loadSigned(size, dst, 10, offset)];
  return [asm.load(size, dst, 10, offset)];
};

/** An access of the stack at a bounded distance. */
const variableStack: Gadget = (random) => {
  const index = number(random);
  const size = random.pick(SIZES);
  const mask = random.pick([7, 8, 15, 24, 56, 63]) & ~(random.chance(4) ? 0 : size - 1);
  const at = -8 * (1 + random.below(9));
  return [
    asm.mov64(1, r(index)),
    asm.alu64('and', 1, mask),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, at),
    asm.alu64('add', 2, r(1)),
    random.chance(2) ? asm.load(size, number(random), 2, 0) : asm.store(size, 2, 0, number(random)),
  ];
};

const atomicOnStack: Gadget = (random) => {
  const size = random.pick([4, 8] as const);
  const operation = random.pick([0x00, 0x40, 0x50, 0xa0, 0x01, 0x41, 0x51, 0xa1, 0xe1, 0xf1]);
  return [asm.mov64(0, 1), asm.atomic(size, operation, 10, -8 * (1 + random.below(8)), number(random))];
};

/** Bounds a number in one of the ways people do; now and then not quite. */
function bounded(random: Random, register: number, limit: number): { code: Instruction[]; guard: number } {
  switch (random.below(5)) {
    case 0:
      return { code: [asm.alu64('and', register, random.pick([limit - 1, limit, 7, 15, 31]))], guard: 0 };
    case 1:
      return { code: [asm.jump64('jgt', register, limit + random.below(3) - 2, 0)], guard: 1 };
    case 2:
      return {
        code: [
          asm.jump64('jsgt', register, limit - 1, 0),
          asm.jump64('jslt', register, random.below(3) - 1, 0),
        ],
        guard: 2,
      };
    case 3:
      return {
        code: [
          asm.alu64('rsh', register, 64 - random.below(8)).imm === 64
            ? asm.alu64('rsh', register, 60)
            : asm.alu64('rsh', register, 58 + random.below(6)),
        ],
        guard: 0,
      };
    default:
      return {
        code: [asm.jump32('jge', register, limit, 0), asm.alu32('mov', register, r(register))],
        guard: 1,
      };
  }
}

/** Looks an element up, checks for null (mostly), and accesses it at a bounded index. */
const mapValue: Gadget = (random) => {
  const map = random.pick([ARRAY, ARRAY, HASH]);
  const size = random.pick(SIZES);
  const valueBytes = map === ARRAY ? 64 : 48;
  const index = number(random);
  const { code, guard } = bounded(random, 3, valueBytes - size + 1);
  const access = random.chance(2)
    ? asm.load(size, number(random), 0, random.below(3) === 0 ? random.below(valueBytes) : 0)
    : asm.store(size, 0, random.below(9), number(random));
  const tail = [asm.alu64('add', 0, r(3)), access];
  const guarded = code.map((each, position) =>
    guard > position && each.opcode % 8 >= 5
      ? { ...each, offset: code.length - position - 1 + tail.length }
      : each,
  );
  const inside = random.chance(3)
    ? [{ ...access, offset: random.below(valueBytes + 4 - size) }]
    : [asm.mov64(3, r(index)), ...guarded, ...tail];
  const key = random.chance(2)
    ? [asm.storeImmediate(8, 10, -8, random.below(6))]
    : [asm.storeImmediate(4, 10, -8, random.below(6)), asm.storeImmediate(4, 10, -4, 0)];
  const check = random.chance(12) ? [] : [asm.jump64('jeq', 0, 0, inside.length)];
  return [
    ...key,
    ...asm.loadMap(1, map),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, random.chance(30) ? -4 : -8),
    asm.call(1),
    ...check,
    ...inside,
  ];
};

const constants: Gadget = (random) => {
  const size = random.pick(SIZES);
  return [
    ...asm.loadMapValue(1, CONSTANTS),
    asm.load(size, number(random), 1, random.chance(15) ? 32 : Math.floor(random.below(33 - size))),
  ];
};

const update: Gadget = (random) => [
  asm.storeImmediate(8, 10, -8, random.below(6)),
  ...asm.loadMap(1, HASH),
  asm.mov64(2, r(10)),
  asm.alu64('add', 2, -8),
  asm.mov64(3, r(10)),
  asm.alu64('add', 3, -random.pick([48, 64, 56, 40])),
  asm.mov64(4, 0),
  asm.call(2),
];

const record: Gadget = (random) => {
  const bytes = 8 * (1 + random.below(4));
  const write = asm.store(8, 0, random.chance(6) ? bytes : bytes - 8, number(random));
  const done = [asm.mov64(1, r(0)), asm.mov64(2, 0), asm.call(random.chance(3) ? 133 : 132)];
  const inside = random.chance(10) ? [write] : [write, ...done];
  const check = random.chance(12) ? [] : [asm.jump64('jeq', 0, 0, inside.length)];
  return [...asm.loadMap(1, RING), asm.mov64(2, bytes), asm.mov64(3, 0), asm.call(131), ...check, ...inside];
};

/** A number nobody can know before. */
const random32: Gadget = (random) => [asm.call(7), asm.mov64(number(random), r(0))];

/** A pointer put away and taken back. */
const spilledPointer: Gadget = (random) => {
  const offset = -8 * (1 + random.below(8));
  return [
    asm.mov64(1, r(10)),
    asm.alu64('add', 1, -8),
    asm.store(8, 10, offset, 1),
    asm.load(random.chance(8) ? 4 : 8, 2, 10, offset),
    asm.load(8, number(random), 2, random.chance(6) ? 8 : 0),
  ];
};

const simple: readonly Gadget[] = [
  arithmetic,
  arithmetic,
  arithmetic,
  arithmetic,
  arithmetic,
  arithmetic,
  swapBytes,
  spill,
  spill,
  fill,
  fill,
  variableStack,
  atomicOnStack,
  mapValue,
  mapValue,
  mapValue,
  constants,
  update,
  record,
  random32,
  spilledPointer,
];

function gadgets(random: Random, count: number, depth: number): Instruction[] {
  const code: Instruction[] = [];
  for (let index = 0; index < count; index += 1) {
    if (depth < 3 && random.chance(4)) code.push(...branch(random, depth));
    else if (depth < 2 && random.chance(14)) code.push(...loop(random, depth));
    else code.push(...random.pick(simple)(random));
  }
  return code;
}

/** Gadgets one after another. */
export function bodyOf(random: Random, count: number): Instruction[] {
  return gadgets(random, count, 1);
}

export function prologueOf(random: Random): Instruction[] {
  return prologue(random);
}

/** Numbers of which little is known: random ones, their bytes, what a map holds. */
function prologue(random: Random): Instruction[] {
  const code = [
    asm.call(7),
    asm.mov64(6, r(0)),
    asm.call(5),
    asm.mov64(7, r(0)),
    asm.mov64(8, random.below(100)),
    asm.mov64(9, r(random.pick([6, 7]))),
  ];
  for (let slot = 1; slot <= 8; slot += 1) {
    if (!random.chance(6))
      code.push(asm.storeImmediate(8, 10, -8 * slot, random.chance(2) ? 0 : random.below(9)));
  }
  return code;
}

function mutate(random: Random, code: readonly Instruction[]): Instruction[] {
  const mutated = code.slice();
  const at = random.below(mutated.length);
  const chosen = mutated[at];
  if (chosen === undefined || chosen.opcode === 0x18 || chosen.opcode === 0) return mutated;
  switch (random.below(5)) {
    case 0:
      mutated[at] = { ...chosen, imm: immediate(random) };
      break;
    case 1:
      mutated[at] = { ...chosen, offset: chosen.offset + random.pick([-8, -1, 1, 8]) };
      break;
    case 2:
      mutated[at] = { ...chosen, dst: random.below(11) };
      break;
    case 3:
      mutated[at] = { ...chosen, src: random.below(11) };
      break;
    default:
      mutated[at] = { ...chosen, opcode: chosen.opcode ^ (1 << (3 + random.below(5))) };
  }
  return mutated;
}

/** The program of a seed: always the same one. */
export function generateProgram(seed: number): Instruction[] {
  const random = new Random(seed);
  const body = gadgets(random, 2 + random.below(10), 0);
  const code = [...prologue(random), ...body, asm.mov64(0, r(number(random))), asm.exit];
  return random.chance(3) ? mutate(random, code) : code;
}
