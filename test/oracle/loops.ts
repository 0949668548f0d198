/** Programs whose loops end by themselves: callbacks and may_goto, by hand and from a seed. */
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { ARRAY, bodyOf, prologueOf, HASH, Random } from './generator.ts';
import type { Vector } from './vectors.ts';

const LOOP = 181;
const FOR_EACH = 164;
const array = asm.mapOf('array', 4, 16, 4);
const end = [asm.mov64(0, 0), asm.exit];
const goOn = end;

/** The program, calling bpf_loop() `rounds` times with r3 pointing to r10 - 8, then `after`; then the callback. */
function looping(
  rounds: number,
  before: readonly Instruction[],
  after: readonly Instruction[],
  callback: readonly Instruction[],
): Instruction[] {
  const call = [asm.mov64(3, r(10)), asm.alu64('add', 3, -8), asm.mov64(4, 0), asm.call(LOOP)];
  const tail = [...call, ...after];
  return [...before, asm.mov64(1, rounds), ...asm.loadFunction(2, 1 + tail.length), ...tail, ...callback];
}

function forEach(callback: readonly Instruction[]): Instruction[] {
  const tail = [asm.mov64(3, 0), asm.mov64(4, 0), asm.call(FOR_EACH), ...end];
  return [...asm.loadMap(1, 0), ...asm.loadFunction(2, 1 + tail.length), ...tail, ...callback];
}

const zero = asm.storeImmediate(8, 10, -8, 0);
const count = [asm.load(8, 1, 2, 0), asm.alu64('add', 1, 1), asm.store(8, 2, 0, 1)];

function accepts(name: string, code: readonly Instruction[], more: Partial<Vector> = {}): Vector {
  return { name, code, isAccepted: true, ...more };
}
function refuses(name: string, code: readonly Instruction[], more: Partial<Vector> = {}): Vector {
  return { name, code, isAccepted: false, ...more };
}

export const loopVectors: readonly Vector[] = [
  accepts('a callback that counts in the caller', looping(1_000_000, [zero], end, [...count, ...goOn])),
  accepts('a callback that uses its index', looping(10, [zero], end, [asm.store(8, 2, 0, 1), ...goOn])),
  refuses('a callback that returns 2', looping(10, [zero], end, [asm.mov64(0, 2), asm.exit])),
  refuses('a callback that returns any number', looping(10, [zero], end, [asm.call(7), asm.exit])),
  refuses('a callback that returns a pointer', looping(10, [zero], end, [asm.mov64(0, r(2)), asm.exit])),
  refuses(
    'a callback that reads what it is not given',
    looping(10, [zero], end, [asm.mov64(0, r(3)), ...goOn]),
  ),
  refuses(
    'a number that the callback may have changed, used as if it had not',
    looping(
      10,
      [asm.storeImmediate(8, 10, -8, 8)],
      [
        asm.load(8, 1, 10, -8),
        asm.mov64(2, r(10)),
        asm.alu64('sub', 1, 16),
        asm.alu64('add', 2, r(1)),
        asm.load(1, 0, 2, 0),
        ...end,
      ],
      [asm.call(7), asm.mov64(6, r(0)), ...goOn].flatMap((each, index) =>
        index === 0 ? [asm.mov64(7, r(2)), each, asm.store(8, 7, 0, 0)] : [each],
      ),
    ),
  ),
  refuses(
    'a callback that adds up what is then an offset',
    looping(
      100,
      [zero],
      [
        asm.load(8, 1, 10, -8),
        asm.mov64(2, r(10)),
        asm.alu64('add', 2, -64),
        asm.alu64('add', 2, r(1)),
        asm.load(1, 0, 2, 0),
        ...end,
      ],
      [...count, ...goOn],
    ),
  ),
  accepts(
    'a callback that adds up what is then checked',
    looping(
      100,
      [zero],
      [
        asm.load(8, 1, 10, -8),
        asm.jump64('jgt', 1, 31, 4),
        asm.mov64(2, r(10)),
        asm.alu64('add', 2, -64),
        asm.alu64('add', 2, r(1)),
        asm.load(1, 0, 2, 0),
        ...end,
      ],
      [...count, ...goOn],
    ),
  ),
  accepts(
    'a few rounds that are followed one by one',
    looping(
      3,
      [zero],
      [
        asm.load(8, 1, 10, -8),
        asm.mov64(2, r(10)),
        asm.alu64('add', 2, -64),
        asm.alu64('and', 1, 31),
        asm.alu64('add', 2, r(1)),
        asm.load(1, 0, 2, 0),
        ...end,
      ],
      [...count, ...goOn],
    ),
  ),
  refuses('a number for a function', [
    asm.mov64(1, 1),
    asm.mov64(2, 0),
    asm.mov64(3, 0),
    asm.mov64(4, 0),
    asm.call(LOOP),
    ...end,
  ]),
  refuses(
    'a stack pointer of its own left behind by a callback',
    looping(
      2,
      [zero],
      [asm.load(8, 1, 10, -8), asm.load(8, 0, 1, 0), ...end],
      [asm.store(8, 2, 0, 10), ...goOn],
    ),
  ),
  accepts(
    'a callback over a map that writes its values',
    forEach([asm.storeImmediate(8, 3, 8, 1), ...goOn]),
    { maps: [array] },
  ),
  accepts('a callback over a map that reads its keys', forEach([asm.load(4, 0, 2, 0), ...goOn]), {
    maps: [array],
  }),
  refuses('a callback over a map that writes its keys', forEach([asm.storeImmediate(4, 2, 0, 1), ...goOn]), {
    maps: [array],
  }),
  refuses('a callback over a map that reads past its values', forEach([asm.load(8, 0, 3, 16), ...goOn]), {
    maps: [array],
  }),
  refuses('a callback over a map that reads past its keys', forEach([asm.load(4, 0, 2, 4), ...goOn]), {
    maps: [array],
  }),
  accepts('a loop that only may_goto ends', [asm.mov64(0, 0), asm.mayGoto(1), asm.ja(-2), asm.exit]),
  accepts('a may_goto loop that counts', [
    asm.mov64(1, 0),
    asm.mayGoto(2),
    asm.alu64('add', 1, 1),
    asm.ja(-3),
    ...end,
  ]),
  refuses('an offset that a may_goto loop counts up', [
    asm.mov64(1, 0),
    asm.mayGoto(2),
    asm.alu64('add', 1, 1),
    asm.ja(-3),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, -512),
    asm.alu64('add', 2, r(1)),
    asm.load(1, 0, 2, 0),
    ...end,
  ]),
  accepts(
    'an offset that a may_goto loop counts up, checked in it',
    [
      asm.mov64(6, 0),
      asm.mayGoto(6),
      asm.jump64('jge', 6, 64, 5),
      asm.mov64(2, r(10)),
      asm.alu64('add', 2, -64),
      asm.alu64('add', 2, r(6)),
      asm.storeImmediate(1, 2, 0, 0),
      asm.alu64('add', 6, 1),
      asm.ja(-8),
      ...end,
    ].map((each, slot) => (slot === 1 ? asm.mayGoto(7) : slot === 2 ? asm.jump64('jge', 6, 64, 6) : each)),
  ),
  refuses('a loop beside a may_goto that does not end', [
    asm.mov64(0, 0),
    asm.mayGoto(1),
    asm.ja(-1),
    asm.exit,
  ]),
  accepts('a may_goto in a function that uses all of the stack', [
    asm.storeImmediate(8, 10, -512, 0),
    asm.mov64(0, 0),
    asm.mayGoto(1),
    asm.ja(-2),
    asm.exit,
  ]),
];

/** The program of a seed: one or two such loops among other things. */
export function generateLoopProgram(seed: number): Instruction[] {
  const random = new Random(seed ^ 0x5bd1e995);
  const main = [...prologueOf(random), ...bodyOf(random, 1 + random.below(3))];
  const rest = [...bodyOf(random, random.below(4)), asm.mov64(0, r(6)), asm.exit];
  if (random.chance(3)) return [...main, ...goingTo(random), ...rest];
  const isOverMap = random.chance(3);
  const call = isOverMap ? [asm.mov64(4, 0), asm.call(FOR_EACH)] : [asm.mov64(4, 0), asm.call(LOOP)];
  const context = [asm.mov64(3, r(10)), asm.alu64('add', 3, -8 * (1 + random.below(8)))];
  const first = isOverMap
    ? asm.loadMap(1, random.pick([ARRAY, HASH]))
    : [asm.mov64(1, random.chance(2) ? r(random.pick([6, 7, 8])) : 1 + random.below(40))];
  const tail = [...context, ...call, ...rest];
  return [
    ...main,
    ...first,
    ...asm.loadFunction(2, 1 + tail.length),
    ...tail,
    ...callbackOf(random, isOverMap),
  ];
}

/** A loop around may_goto. */
function goingTo(random: Random): Instruction[] {
  const body = [...bodyOf(random, 1 + random.below(3)), asm.alu64('add', random.pick([6, 7, 8, 9]), 1)];
  return [asm.mayGoto(body.length + 1), ...body, asm.ja(-(body.length + 2))];
}

function callbackOf(random: Random, isOverMap: boolean): Instruction[] {
  const context = isOverMap ? 4 : 2;
  const at = 8 * random.below(3) * (random.chance(2) ? 1 : -1);
  const own = [
    asm.mov64(6, 1),
    asm.mov64(7, random.below(50)),
    asm.mov64(8, random.below(9)),
    asm.mov64(9, r(context)),
  ];
  const code = [...own];
  if (isOverMap)
    code.push(asm.load(8, 6, 3, 8 * random.below(8)), asm.storeImmediate(8, 3, 8 * random.below(9), 1));
  else if (random.chance(2)) code.push(asm.mov64(6, r(1)));
  const wide = random.chance(4) ? 4 : 8;
  code.push(asm.load(wide, 7, 9, at));
  code.push(
    ...random.pick([
      [asm.alu64('add', 7, 1)],
      [asm.alu64('xor', 7, r(6))],
      [asm.mov64(7, r(8))],
      [asm.alu64('and', 7, 15)],
    ]),
  );
  code.push(asm.store(8, 9, at, 7));
  if (random.chance(3)) code.push(asm.jump64('jlt', 7, 20, 2), asm.mov64(0, 1), asm.exit);
  return [...code, asm.mov64(0, random.chance(8) ? 2 : random.below(2)), asm.exit];
}
