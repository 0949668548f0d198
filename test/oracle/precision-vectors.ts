/**
 * Programs in which two paths meet with different numbers: whether the second adds nothing to the first is
 * for precision to tell, through registers, the stack, calls and loops. Verdicts are those of Linux 6.18.
 */
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import type { Vector } from './vectors.ts';

const array = asm.mapOf('array', 4, 16, 4);
const end = [asm.mov64(0, 0), asm.exit];
const random = asm.call(7);

/** The register is the one number or the other, on a path each; the first is followed first. */
function either(register: number, first: number, second: number): Instruction[] {
  return [
    random,
    asm.mov64(register, first),
    asm.jump64('jeq', 0, 5, 1),
    asm.ja(1),
    asm.mov64(register, second),
  ];
}

/** Enough jumps and instructions for a state to be remembered here. */
const meeting = [
  ...[random, asm.jump64('jeq', 0, 1, 0), asm.mov64(0, 0), asm.mov64(0, 1)],
  ...[random, asm.jump64('jeq', 0, 2, 0), asm.mov64(0, 0), asm.mov64(0, 1)],
  ...[random, asm.jump64('jeq', 0, 3, 0), asm.mov64(0, 0), asm.mov64(0, 1)],
];

/** Reads the byte at r10 plus the register. */
function readAt(register: number): Instruction[] {
  return [asm.mov64(2, r(10)), asm.alu64('add', 2, r(register)), asm.load(1, 0, 2, 0), ...end];
}

/** The same twice: with numbers that are both good, and with a bad one on the path that is followed later. */
function pair(
  name: string,
  code: (second: number) => readonly Instruction[],
  more: Partial<Vector> = {},
): Vector[] {
  return [
    { name: `${name}, good on both paths`, code: code(-16), isAccepted: true, ...more },
    { name: `${name}, bad on the path followed later`, code: code(-600), isAccepted: false, ...more },
  ];
}

/** Ends, where R`register` is known to be the number; else reads through it as though it were a pointer. */
function onlyIf(register: number, value: number): Instruction[] {
  return [asm.jump64('jeq', register, value, 1), asm.load(1, 0, register, 0), ...end];
}

/** The same twice: with a check after which one number is left, and with one after which there are two. */
function left(name: string, code: (isOne: boolean) => readonly Instruction[]): Vector[] {
  return [
    { name: `${name}, one number left`, code: code(true), isAccepted: true },
    { name: `${name}, two numbers left`, code: code(false), isAccepted: false },
  ];
}

/** Leaves the program unless the lower half is at most the number. */
function atMost32(register: number, most: number): Instruction[] {
  return [asm.jump32('jle', register, most, 2), ...end];
}

const bitsAndRanges: readonly Vector[] = [
  ...left('bits that leave few numbers of a range', (isOne) => [
    random,
    asm.mov64(6, r(0)),
    asm.alu64('and', 6, 0x31),
    asm.jump64('jle', 6, isOne ? 31 : 32, 2),
    ...end,
    asm.jump64('jgt', 6, 1, 2),
    ...end,
    asm.alu64('or', 6, 1),
    ...onlyIf(6, 17),
  ]),
  ...left('bits and a range without a number in common', (isOne) => [
    random,
    asm.mov64(6, r(0)),
    asm.alu64('and', 6, 0x30),
    asm.jump64('jle', 6, isOne ? 15 : 32, 2),
    ...end,
    asm.jump64('jgt', 6, 0, 2),
    ...end,
    ...onlyIf(6, isOne ? 0 : 16),
  ]),
  ...left('a register a constant apart, checked by its lower half', (isOne) => [
    random,
    asm.mov64(6, r(0)),
    asm.mov64(7, r(6)),
    asm.alu64('add', 7, 14),
    ...atMost32(7, isOne ? 13 : 14),
    asm.jump64('jgt', 6, 56, 1),
    asm.load(1, 0, 6, 0),
    ...end,
  ]),
  ...left('bytes in the order they are in', (isOne) => [
    random,
    asm.mov64(6, r(0)),
    ...atMost32(6, isOne ? 9 : 10),
    asm.swap('le', 6, 32),
    asm.jump64('jle', 6, 9, 1),
    asm.load(1, 0, 6, 0),
    ...end,
  ]),
];

export const precisionVectors: readonly Vector[] = [
  ...bitsAndRanges,
  ...pair('an offset that differs where paths meet', (second) => [
    ...either(6, -8, second),
    ...meeting,
    ...readAt(6),
  ]),
  ...pair('an offset made of another register after paths met', (second) => [
    ...either(6, -8, second),
    ...meeting,
    asm.mov64(7, r(6)),
    asm.alu64('add', 7, 0),
    ...readAt(7),
  ]),
  ...pair('an offset put on the stack before paths met', (second) => [
    ...either(6, -8, second),
    asm.store(8, 10, -24, 6),
    asm.mov64(6, 0),
    ...meeting,
    asm.load(8, 7, 10, -24),
    ...readAt(7),
  ]),
  ...pair('an offset put on the stack through another pointer', (second) => [
    ...either(6, -8, second),
    asm.mov64(8, r(10)),
    asm.alu64('add', 8, -24),
    asm.store(8, 8, 0, 6),
    asm.mov64(6, 0),
    ...meeting,
    asm.load(8, 7, 8, 0),
    ...readAt(7),
  ]),
  ...pair('an offset that a function returns', (second) => {
    const rest = [asm.mov64(6, r(0)), ...meeting, ...readAt(6)];
    return [asm.callFunction(rest.length), ...rest, ...either(6, -8, second), asm.mov64(0, r(6)), asm.exit];
  }),
  ...pair('an offset handed to a function', (second) => [
    ...either(6, -8, second),
    ...meeting,
    asm.mov64(1, r(6)),
    asm.callFunction(1),
    asm.exit,
    ...readAt(1),
  ]),
  ...pair('an offset in the stack of the caller', (second) => [
    ...either(6, -8, second),
    asm.store(8, 10, -24, 6),
    asm.mov64(1, r(10)),
    asm.callFunction(1),
    asm.exit,
    asm.mov64(6, r(1)),
    ...meeting,
    asm.load(8, 7, 6, -24),
    ...readAt(7),
  ]),
  ...pair('an offset that decides by a bound on its copy', (second) => [
    ...either(6, -8, second),
    ...meeting,
    asm.mov64(7, r(6)),
    asm.jump64('jslt', 7, -512, 0),
    ...readAt(6),
  ]),
  {
    name: 'an offset that a may_goto loop changes in a round not yet followed',
    code: [
      asm.mov64(7, -8),
      random,
      asm.mov64(6, r(0)),
      asm.mayGoto(8),
      asm.jump64('jeq', 6, 42, 3),
      asm.mov64(7, -600),
      asm.mov64(6, 42),
      asm.ja(-5),
      asm.mov64(2, r(10)),
      asm.alu64('add', 2, r(7)),
      asm.load(1, 1, 2, 0),
      asm.ja(-9),
      ...end,
    ],
    isAccepted: false,
  },
  {
    name: 'numbers that differ and decide nothing',
    code: [...either(6, 1, 2), ...meeting, asm.mov64(0, r(6)), asm.exit],
    isAccepted: true,
  },
  {
    name: 'a byte that is zero on the path followed first, and then an offset',
    code: [
      ...either(6, 0, -600),
      asm.store(8, 10, -16, 6),
      asm.store(1, 10, -7, 6),
      ...meeting,
      asm.load(1, 7, 10, -7),
      asm.jump64('jeq', 7, 0, 1),
      asm.load(8, 0, 7, 0),
      ...end,
    ],
    isAccepted: false,
  },
  {
    name: 'a key on the stack that is in the array on the path followed first alone',
    code: [
      ...either(6, 1, 9),
      asm.store(4, 10, -8, 6),
      ...meeting,
      ...asm.loadMap(1, 0),
      asm.mov64(2, r(10)),
      asm.alu64('add', 2, -8),
      asm.call(1),
      asm.load(8, 0, 0, 0),
      ...end,
    ],
    maps: [array],
    isAccepted: false,
  },
  {
    name: 'loops within loops, with a branch that nothing is known of',
    code: [
      asm.mov64(6, 0),
      asm.mov64(7, 0),
      random,
      asm.jump64('jgt', 0, 9, 1),
      asm.mov64(8, r(0)),
      asm.alu64('add', 7, 1),
      asm.jump64('jlt', 7, 20, -5),
      asm.alu64('add', 6, 1),
      asm.jump64('jlt', 6, 20, -8),
      ...end,
    ],
    isAccepted: true,
  },
];
