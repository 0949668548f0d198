/**
 * Programs from a seed for loads without privilege: straight and branching, with the arithmetic on
 * pointers that the kernel masks, ways that are never gone, spilled pointers; now and then something
 * that would leak an address.
 */
import type { Instruction, MapDefinition } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r, type Alu, type Jump, type Size } from '../bpf/verifier/assembler.ts';
import { Random } from './generator.ts';

const ARRAY = 0;
const HASH = 1;
const RING = 2;

export const unprivilegedMaps: readonly MapDefinition[] = [
  asm.mapOf('array', 4, 64, 4),
  asm.mapOf('hash', 4, 32, 16),
  asm.mapOf('ringbuf', 0, 0, 4096),
];

type Code = Instruction[];
type Gadget = (random: Random, depth: number) => Code;

const SIZES: readonly Size[] = [1, 2, 4, 8];
const JUMPS: readonly Jump[] = ['jeq', 'jne', 'jgt', 'jge', 'jlt', 'jle', 'jsgt', 'jslt', 'jset'];
const ALUS: readonly Alu[] = ['add', 'sub', 'mul', 'div', 'or', 'and', 'lsh', 'rsh', 'mod', 'xor', 'mov'];
/** Registers that mostly hold numbers. */
const NUMBERS = [6, 7, 8, 9];
const MASKS = [0, 1, 7, 15, 31];
const CONTEXT_SLOT = -72;
/** Slots from here up hold numbers to begin with. */
const LOWEST_SLOT = -64;

const number = (random: Random): number => random.pick(NUMBERS);
const slot = (random: Random): number => -8 * (1 + random.below(-LOWEST_SLOT / 8));

const arithmetic: Gadget = (random) => {
  const make = random.chance(3) ? asm.alu32 : asm.alu64;
  const name = random.pick(ALUS);
  const isShift = name === 'lsh' || name === 'rsh';
  const operand = random.chance(2) && !isShift ? r(number(random)) : 1 + random.below(31);
  return [make(name, number(random), operand)];
};

const bound: Gadget = (random) => [asm.alu64('and', number(random), random.pick(MASKS))];

/** A number below zero, of one sign or of both. */
const negative: Gadget = (random) => {
  const register = number(random);
  return [
    asm.alu64('and', register, random.pick(MASKS)),
    asm.alu64('sub', register, random.pick([1, 4, 16, 32])),
  ];
};

const constant: Gadget = (random) => [asm.mov64(number(random), random.below(24) - 4)];
const unknown: Gadget = (random) => [asm.call(7), asm.mov64(number(random), r(0))];

const fieldOfContext: Gadget = (random) => [
  asm.load(8, 1, 10, CONTEXT_SLOT),
  ...(random.chance(8) ? [asm.alu64('add', 1, random.chance(2) ? 0 : r(number(random)))] : []),
  asm.load(4, number(random), 1, random.pick([0, 4, 16, 48, 56, 8])),
];

const store: Gadget = (random) => {
  const size = random.pick(SIZES);
  const at = slot(random) + size * random.below(8 / size);
  return random.chance(2) ? [asm.store(size, 10, at, number(random))] : [asm.storeImmediate(size, 10, at, 0)];
};

const load: Gadget = (random) => {
  const size = random.pick(SIZES);
  return [asm.load(size, number(random), 10, slot(random) + size * random.below(8 / size))];
};

/** A pointer put away; what was there may be a pointer, too. */
const spillPointer: Gadget = (random) => [
  asm.store(8, 10, slot(random), random.pick([10, 10, 6, 7])),
  ...(random.chance(4) ? store(random, 0) : []),
];

const stackPointer: Gadget = (random) => [
  asm.mov64(2, r(10)),
  asm.alu64('add', 2, random.chance(12) ? random.pick([0, -512, -520, 8]) : slot(random)),
  ...(random.chance(6) ? [asm.alu64(random.pick(['add', 'sub']), 2, r(number(random)))] : []),
  ...(random.chance(2) ? [asm.load(8, number(random), 2, 0)] : [asm.store(8, 2, 0, number(random))]),
];

const atomic: Gadget = (random) => {
  const operation = random.pick([0x00, 0x40, 0x50, 0xa0, 0x01, 0x41, 0xe1]);
  return [asm.atomic(random.pick([4, 8]), operation, 10, slot(random), number(random))];
};

/** What is done with a pointer to a value in r0. */
function moves(random: Random): Code {
  const code: Code = [];
  for (let left = 1 + random.below(3); left > 0; left -= 1) {
    const register = number(random);
    switch (random.below(7)) {
      case 0:
        code.push(asm.alu64('add', 0, random.pick([-8, 1, 4, 8, 16, 24])));
        break;
      case 1:
        code.push(asm.alu64('sub', 0, random.chance(2) ? r(register) : random.pick([1, 4, 8])));
        break;
      case 2:
        code.push(asm.mov64(5, r(register)), asm.alu64('and', 5, random.pick(MASKS)));
        code.push(asm.alu64('add', 5, r(0)), asm.mov64(0, r(5)));
        break;
      case 3:
        code.push(asm.alu64('add', 0, r(register)));
        break;
      default:
        code.push(asm.alu64('and', register, random.pick(MASKS)), asm.alu64('add', 0, r(register)));
    }
  }
  return code;
}

/** One instruction that two ways come to with something else in its operands. */
function meeting(random: Random): Code {
  const register = number(random);
  const other = random.pick<Code>([
    [asm.mov64(register, random.below(4))],
    [asm.alu64('and', register, random.pick(MASKS))],
    [asm.alu64('add', 0, random.pick([4, 8]))],
    [asm.mov64(0, r(register))],
  ]);
  const jump = asm.jump64(random.pick(JUMPS), number(random), random.below(40), other.length);
  return [asm.alu64('and', register, random.pick(MASKS)), jump, ...other, asm.alu64('add', 0, r(register))];
}

const mapValue: Gadget = (random) => {
  const map = random.pick([ARRAY, HASH]);
  const size = random.pick(SIZES);
  const access = random.pick([
    asm.load(size, number(random), 0, random.below(8)),
    asm.store(size, 0, random.below(8), number(random)),
    asm.atomic(8, random.pick([0x00, 0x01, 0xe1]), 0, 8 * random.below(2), number(random)),
  ]);
  const inside = [...(random.chance(4) ? meeting(random) : random.chance(4) ? [] : moves(random)), access];
  return [
    asm.storeImmediate(4, 10, -8, random.below(6)),
    ...asm.loadMap(1, map),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, -8),
    asm.call(1),
    ...(random.chance(20) ? [] : [asm.jump64('jeq', 0, 0, inside.length)]),
    ...inside,
  ];
};

const output: Gadget = (random) => [
  ...asm.loadMap(1, RING),
  asm.mov64(2, r(10)),
  asm.alu64('add', 2, slot(random)),
  asm.mov64(3, random.pick([4, 8, 8, 16])),
  asm.mov64(4, random.chance(12) ? r(10) : 0),
  asm.call(130),
];

const record: Gadget = (random) => {
  const write = asm.store(8, 0, random.pick([0, 8, 8, 16]), number(random));
  const inside = [write, asm.mov64(1, r(0)), asm.mov64(2, 0), asm.call(132)];
  const reserve = [...asm.loadMap(1, RING), asm.mov64(2, 16), asm.mov64(3, 0), asm.call(131)];
  return [...reserve, asm.jump64('jeq', 0, 0, inside.length), ...inside];
};

const packetBytes: Gadget = (random) => [
  asm.load(8, 1, 10, CONTEXT_SLOT),
  asm.mov64(2, 0),
  asm.mov64(3, r(10)),
  asm.alu64('add', 3, slot(random)),
  asm.mov64(4, random.pick([1, 4, 8])),
  asm.call(26),
];

/** Mostly refused where a path leads here. */
const leak: Gadget = (random) =>
  random.pick<Code>([
    [asm.mov64(number(random), r(10))],
    [asm.load(8, 1, 10, CONTEXT_SLOT), asm.jump64(random.pick(JUMPS), 1, random.below(2), 0)],
    [asm.load(8, 1, 10, CONTEXT_SLOT), asm.alu32('mov', number(random), r(1))],
    [asm.load(8, 1, 10, CONTEXT_SLOT), asm.alu64('sub', 1, r(10))],
    [asm.load(8, number(random), 10, CONTEXT_SLOT)],
    [asm.load(4, number(random), 10, CONTEXT_SLOT)],
    [asm.load(8, number(random), 10, CONTEXT_SLOT - 8)],
    [asm.call(random.pick([35, 118, 14, 15, 6]))],
  ]);

function branch(random: Random, depth: number): Code {
  const body = gadgets(random, 1 + random.below(2), depth + 1);
  const make = random.chance(4) ? asm.jump32 : asm.jump64;
  const operand = random.chance(3) ? r(number(random)) : random.below(40) - 8;
  return [make(random.pick(JUMPS), number(random), operand, body.length), ...body];
}

/** A jump that is decided: what it leads over is never done, whatever it is. */
function decided(random: Random, depth: number): Code {
  const register = number(random);
  const value = random.below(9);
  const body = [...(random.chance(2) ? leak(random, depth) : []), ...gadgets(random, 1, depth + 1)];
  const jump = random.chance(3)
    ? asm.jump64('jeq', register, r(register), body.length)
    : asm.jump64(random.pick(['jeq', 'jge', 'jlt', 'jne']), register, value, body.length);
  return [asm.mov64(register, value), jump, ...body];
}

const often: readonly Gadget[] = [
  arithmetic,
  arithmetic,
  arithmetic,
  bound,
  bound,
  negative,
  constant,
  unknown,
  fieldOfContext,
  store,
  store,
  load,
  load,
  atomic,
  stackPointer,
  mapValue,
  mapValue,
  mapValue,
  mapValue,
  output,
  record,
  packetBytes,
];

function gadgets(random: Random, count: number, depth: number): Code {
  const code: Code = [];
  for (let index = 0; index < count; index += 1) {
    if (depth < 3 && random.chance(5)) code.push(...branch(random, depth));
    else if (depth < 3 && random.chance(4)) code.push(...decided(random, depth));
    else if (random.chance(40)) code.push(...leak(random, depth));
    else if (random.chance(14)) code.push(...spillPointer(random, depth));
    else code.push(...random.pick(often)(random, depth));
  }
  return code;
}

function prologue(random: Random): Code {
  const code = [asm.store(8, 10, CONTEXT_SLOT, 1)];
  for (let at = LOWEST_SLOT; at < 0; at += 8)
    if (!random.chance(24)) code.push(asm.storeImmediate(8, 10, at, random.chance(2) ? 0 : random.below(9)));
  code.push(asm.call(7), asm.mov64(6, r(0)), asm.call(5), asm.mov64(7, r(0)));
  code.push(asm.mov64(8, random.below(30)), asm.mov64(9, r(6)));
  return code;
}

/** The program of a seed: always the same one. */
export function generateUnprivileged(seed: number): Instruction[] {
  const random = new Random(seed);
  const body = gadgets(random, 2 + random.below(8), 0);
  return [...prologue(random), ...body, asm.mov64(0, r(number(random))), asm.exit];
}
