/**
 * Programs of random control flow from a seed: blocks that jump to any other, back or forth, so that many
 * have loops with two ways in, in functions that call the next. What is mixed into r0 tells which path was
 * taken. Rounds are counted, and what a branch looks at is mostly known to the verifier, so that it follows
 * one path to the end; in some programs a few bits of it are not.
 */
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { Random } from './generator.ts';

const BLOCKS_MAX = 14;
const FUNCTIONS_MAX = 4;
/** Of a function; what it calls comes on top. */
const ROUNDS_MAX = 12;

/** Kept over calls: what is mixed, and the rounds. */
const MIX = 6;
const ROUNDS = 7;
const LINK_OFFSET = -8;

export function generateFlow(seed: number): Instruction[] {
  const random = new Random(seed);
  const functions = 1 + random.below(FUNCTIONS_MAX);
  const bodies = Array.from({ length: functions }, (_, index) =>
    functionBody(random, index === 0, index + 1 < functions),
  );
  const starts: number[] = [];
  let slots = 0;
  for (const body of bodies) {
    starts.push(slots);
    slots += body.length;
  }
  const callsNext = (body: readonly (Instruction | undefined)[], index: number): Instruction[] =>
    body.map((each, slot) => {
      const at = (starts[index] as number) + slot;
      return each ?? asm.callFunction((starts[index + 1] as number) - at - 1);
    });
  return bodies.flatMap(callsNext);
}

/** undefined stands for a call of the next function. */
function functionBody(random: Random, isEntry: boolean, hasNext: boolean): (Instruction | undefined)[] {
  const begin = [
    asm.load(4, 0, 1, 0),
    asm.mov64(MIX, r(isEntry ? 0 : 1)),
    asm.mov64(ROUNDS, 0),
    asm.storeImmediate(8, 10, LINK_OFFSET, random.below(1000)),
  ];
  if (!isEntry) begin.shift();
  // All bits of the packet's length but a few, for some programs none, are hidden.
  if (isEntry) begin.push(asm.alu64('and', MIX, random.chance(3) ? 3 : 0), asm.alu64('add', MIX, 1));
  const count = 2 + random.below(BLOCKS_MAX - 1);
  const blocks = Array.from({ length: count }, () => block(random, hasNext));
  const end = [asm.mov64(0, r(MIX)), asm.alu64('xor', 0, r(ROUNDS)), asm.exit];
  const starts: number[] = [];
  let slots = 0;
  for (const { body } of blocks) {
    starts.push(slots);
    slots += body.length + 3;
  }
  const written = blocks.flatMap(({ body, to, bit }, index) => {
    const jumps = (starts[index] as number) + body.length;
    return [
      ...body,
      asm.alu64('add', ROUNDS, 1),
      asm.jump64('jgt', ROUNDS, ROUNDS_MAX, slots - (jumps + 2)),
      asm.jump64('jset', MIX, 1 << bit, (starts[to % count] as number) - (jumps + 3)),
    ];
  });
  return [...begin, ...written, ...end];
}

interface Block {
  readonly body: readonly (Instruction | undefined)[];
  readonly to: number;
  readonly bit: number;
}

function block(random: Random, hasNext: boolean): Block {
  const body: (Instruction | undefined)[] = [
    asm.alu64('mul', MIX, 0x9e3779b1),
    random.chance(2)
      ? asm.alu64('add', MIX, random.below(100_000))
      : asm.alu32('xor', MIX, random.below(100_000)),
    asm.alu64('rsh', MIX, random.below(5)),
  ];
  if (random.chance(3)) {
    body.push(
      asm.load(8, 1, 10, LINK_OFFSET),
      asm.alu64('xor', MIX, r(1)),
      asm.store(8, 10, LINK_OFFSET, MIX),
    );
  }
  if (hasNext && random.chance(6)) body.push(asm.mov64(1, r(MIX)), undefined, asm.alu64('xor', MIX, r(0)));
  return { body, to: random.below(BLOCKS_MAX), bit: random.below(20) };
}
