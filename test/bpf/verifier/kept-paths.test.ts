import { describe, expect, it } from 'vitest';
import type { Instruction } from '../../../electron/bpf/program.ts';
import { KEPT_STEPS_MAX } from '../../../electron/bpf/verifier/kept-paths.ts';
import { verifyProgram, type KeptPaths, type Verdict } from '../../../electron/bpf/verifier/verify.ts';
import * as asm from './assembler.ts';
import { r } from './assembler.ts';

const branching = [
  asm.call(7),
  asm.store(8, 10, -8, 0),
  asm.jump64('jeq', 0, 5, 1),
  asm.mov64(0, 7),
  asm.exit,
];

function keep(instructions: readonly Instruction[]): { verdict: Verdict; paths: KeptPaths } {
  const verdict = verifyProgram(asm.programOf([instructions]), [], { license: 'GPL', keepsPaths: true });
  if (verdict.paths === undefined) throw new Error('paths were asked for');
  return { verdict, paths: verdict.paths };
}

describe('the paths that are kept', () => {
  it('say which instructions each followed, where it parted and how it ended', () => {
    const { paths } = keep(branching);
    const shown = paths.paths.map(({ from, end, steps }) => [
      from,
      end,
      steps.map((each) => each.instruction),
    ]);
    expect(shown).toEqual([
      [undefined, 'returned', [0, 1, 2, 3, 4]],
      [{ path: 0, step: 2 }, 'returned', [4]],
    ]);
  });

  it('hold registers and stack as they were before each instruction', () => {
    const { paths } = keep(branching);
    const first = paths.paths[0]?.steps;
    expect(first?.[0]?.frames[0]?.registers[1]).toMatchObject({ kind: 'pointer', target: 'ctx' });
    expect(first?.[1]?.frames[0]?.stack).toEqual([]);
    expect(first?.[2]?.frames[0]?.stack[0]).toMatchObject({ kinds: 'ssssssss' });
    expect(first?.[4]?.frames[0]?.registers[0]).toMatchObject({ scalar: { umin: 7n, umax: 7n } });
    expect(paths.paths[1]?.steps[0]?.frames[0]?.registers[0]).toMatchObject({
      scalar: { umin: 5n, umax: 5n },
    });
  });

  it('share what an instruction does not change', () => {
    const steps = keep(branching).paths.paths[0]?.steps;
    expect(steps?.[4]?.frames[0]?.stack).toBe(steps?.[3]?.frames[0]?.stack);
  });

  it('show the frames of called functions, the running one last', () => {
    const { paths } = keep([asm.callFunction(1), asm.exit, asm.mov64(0, 1), asm.exit]);
    expect(paths.paths[0]?.steps.map(({ frames }) => frames.map((each) => each.subprogram))).toEqual([
      [0],
      [0, 1],
      [0, 1],
      [0],
    ]);
  });

  it('end where the program was refused', () => {
    const { verdict, paths } = keep([asm.mov64(1, 0), asm.load(8, 0, 1, 0), asm.exit]);
    expect(verdict.verdict).toBe('rejected');
    expect(paths.paths.at(-1)).toMatchObject({
      end: 'refused',
      steps: [{ instruction: 0 }, { instruction: 1 }],
    });
  });

  it('say how many steps were left out', () => {
    const loop = [
      asm.mov64(6, 0),
      asm.alu64('add', 6, 1),
      asm.jump64('jlt', 6, 60_000, -2),
      asm.mov64(0, r(6)),
      asm.exit,
    ];
    const { verdict, paths } = keep(loop);
    const processed = verdict.verdict === 'accepted' ? verdict.processed : 0;
    expect(processed).toBeGreaterThan(KEPT_STEPS_MAX);
    const kept = paths.paths.reduce((sum, { steps }) => sum + steps.length, 0);
    expect(kept).toBe(KEPT_STEPS_MAX);
    expect(paths.cut).toBe(processed - kept);
  });
});
