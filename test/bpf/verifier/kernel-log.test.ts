import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Instruction } from '../../../electron/bpf/program.ts';
import { verifyProgram } from '../../../electron/bpf/verifier/verify.ts';
import { startOracle, type Oracle } from '../../oracle/oracle.ts';
import * as asm from './assembler.ts';
import { r } from './assembler.ts';
import { frame } from '../../oracle/kernel-function-code.ts';

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

const branching = [
  asm.call(7),
  asm.mov64(6, r(0)),
  asm.alu64('and', 6, 15),
  asm.store(8, 10, -8, 6),
  asm.jump64('jgt', 6, 7, 1),
  asm.mov64(6, 70000),
  asm.mov64(0, 0),
  asm.exit,
];
const iterating = [
  ...frame(1, -8),
  asm.mov64(2, 0),
  asm.mov64(3, 5),
  asm.callKernel('bpf_iter_num_new'),
  asm.mov64(6, 1),
  ...frame(1, -8),
  asm.callKernel('bpf_iter_num_destroy'),
  asm.mov64(0, 0),
  asm.exit,
];
const refused = [asm.call(7), asm.mov64(6, r(0)), asm.load(8, 0, 6, 0), asm.exit];

/** Paths that meet in a state that was followed before. */
const meeting = [
  asm.call(7),
  asm.mov64(6, r(0)),
  asm.jump64('jeq', 6, 1, 0),
  ...[1, 2, 3].flatMap((each) => [asm.jump64('jsgt', 6, each, 1), asm.mov64(7, each), asm.mov64(8, each)]),
  asm.mov64(0, 0),
  asm.exit,
];
/** Ranges of 32 bits, below zero and above. */
const halves = [
  asm.call(7),
  asm.jump32('jslt', 0, -70_000, 2),
  asm.jump32('jsgt', 0, 70_000, 1),
  asm.jump64('jset', 0, 1, 0),
  asm.mov64(0, 0),
  asm.exit,
];

function logOf(instructions: readonly Instruction[], logLevel: 1 | 2 | 4): readonly string[] {
  return verifyProgram(asm.programOf([instructions]), [], { license: 'GPL', logLevel }).log ?? [];
}

/** Lines about instructions, without columns, marks of precision and what only the kernel adds. */
function comparable(lines: readonly string[]): string[] {
  return lines
    .map((line) =>
      line
        .replace(/\s+/g, ' ')
        .replace(/=P(?=[\ds])/g, '=')
        // Functions have numbers of their own here, and where only a slot was emptied the kernel says nothing.
        .replace(/(call bpf_iter_\w+)#\w+/, '$1')
        .replace(/\s*;$/, '')
        .trim(),
    )
    .filter((line) => /^(\d+: \(|from )/.test(line));
}

describe("the kernel's log", () => {
  for (const [name, instructions] of [
    ['a program that branches', branching],
    ['a program that is refused', refused],
    ['ranges of 32 bits', halves],
    ['a program that makes an iterator', iterating],
  ] as const) {
    it(`reads as the kernel's at level 2, of ${name}`, async (context) => {
      if ('unavailable' in oracle) return context.skip(oracle.unavailable);
      const question = {
        type: 'socket_filter',
        license: 'GPL',
        instructions,
        maps: [],
        logLevel: 2,
      } as const;
      const { log } = await oracle.ask(question);
      expect(comparable(logOf(instructions, 2))).toEqual(comparable(log.split('\n')));
    });
  }

  it('follows and cuts the same paths as the kernel, of paths that meet', async (context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    const question = {
      type: 'socket_filter',
      license: 'GPL',
      instructions: meeting,
      maps: [],
      logLevel: 2,
    } as const;
    const { log } = await oracle.ask(question);
    // What a branch found is told on a line of its own there, where it decided: after the marks of precision.
    const paths = (lines: readonly string[]): string[] =>
      comparable(lines).map((line) => line.replace(/ ;.*/, ''));
    expect(paths(logOf(meeting, 2))).toEqual(paths(log.split('\n')));
  });

  it('tells at level 1 only of the path that was refused', () => {
    const late = [
      asm.call(7),
      asm.jump64('jeq', 0, 0, 2),
      asm.mov64(0, 0),
      asm.exit,
      asm.load(8, 0, 0, 0),
      asm.exit,
    ];
    const lines = comparable(logOf(late, 1));
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['0:', '1:', 'from', '4:']);
    expect(comparable(logOf(branching, 1))).toEqual([]);
  });

  it('ends with the count, alone at level 4', () => {
    expect(logOf(branching, 4)).toEqual([expect.stringMatching(/^processed \d+ insns/)]);
    expect(logOf(refused, 4)).toHaveLength(1);
  });
});
