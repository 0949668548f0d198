/** What a program that throws returns is what it returns in the kernel, on both engines, however deep it throws. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Instruction } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import { Machine } from '../../electron/bpf/vm/machine.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { callOf, linked } from './function-vectors.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { runOn } from './run.ts';
import { TestWorld } from './test-world.ts';
import { typed, type Typed } from './types.ts';

const KTIME = 5;
const end = [asm.mov64(0, 0), asm.exit];
const raise = (cookie: number): Instruction[] => [asm.mov64(1, cookie), asm.callKernel('bpf_throw')];
/** Time does not run backwards, which no verifier knows. */
const always = (code: readonly Instruction[]): Instruction[] => [
  asm.call(KTIME),
  asm.mov64(9, r(0)),
  asm.call(KTIME),
  asm.jump64('jlt', 0, r(9), code.length),
  ...code,
];
const task = [
  asm.mov64(1, 1),
  asm.callKernel('bpf_task_from_pid'),
  asm.jump64('jne', 0, 0, 2),
  ...end,
  asm.mov64(6, r(0)),
];
const letGo = [asm.mov64(1, r(6)), asm.callKernel('bpf_task_release')];

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

function programOf(functions: readonly (readonly Instruction[])[], isGlobal = false): Typed {
  const program = { ...asm.programOf([linked(functions)]), type: 'sched_cls' } as const;
  return typed(program, [], () => ({ functions: [{}, { isGlobal, parameters: [] }] }));
}

const programs: Readonly<Record<string, readonly (readonly Instruction[])[]>> = {
  'at once': [[...raise(7), ...end]],
  'a negative number': [[...raise(-3), ...end]],
  'on the way that is taken': [[...always(raise(1)), ...raise(2), ...end]],
  'in a function': [
    [callOf(1), asm.mov64(0, 1), asm.exit],
    [...always(raise(9)), ...end],
  ],
  'in a function of a function': [
    [asm.mov64(6, 5), callOf(1), asm.mov64(0, r(6)), asm.exit],
    [asm.mov64(6, 6), callOf(2), asm.mov64(0, r(6)), asm.exit],
    [...always(raise(11)), ...end],
  ],
};

describe('a program that throws returns what it throws', () => {
  for (const [name, functions] of Object.entries(programs)) {
    for (const isGlobal of functions.length > 1 ? [false, true] : [false]) {
      it(`${name}${isGlobal ? ', which is global' : ''}`, async (context) => {
        if ('unavailable' in oracle) return context.skip(oracle.unavailable);
        const { program, maps, btf, types } = programOf(functions, isGlobal);
        const verdict = verifyProgram(program, maps, { license: 'GPL', btf });
        if (verdict.verdict === 'rejected') throw new Error(verdict.reason.text);
        const question = {
          type: 'sched_cls',
          license: 'GPL',
          instructions: program.instructions,
          maps,
          types,
          isRun: true,
          logLevel: 1,
          data: new Uint8Array(64),
        } as const;
        const { returned, log } = await oracle.ask(question);
        expect(returned, log).toBeDefined();
        const ours = (['interpreter', 'jit'] as const).map(
          (engine) => runOn(engine, verdict.verified, question).returned,
        );
        expect(ours).toEqual([returned, returned]);
      });
    }
  }

  it('and runs again as if it never had', () => {
    const verdict = verifyProgram(programOf(programs['in a function of a function'] ?? []).program, [], {
      license: 'GPL',
    });
    if (verdict.verdict === 'rejected') throw new Error(verdict.reason.text);
    for (const engine of ['interpreter', 'jit'] as const) {
      const machine = new Machine({ cpuCount: 1, world: new TestWorld(), engine });
      const program = machine.loadProgram(verdict.verified, []);
      const context = machine.memory.allocate(64);
      expect([program.run(context), program.run(context), program.run(context)]).toEqual([11n, 11n, 11n]);
    }
  });
});

it('a global function that may throw is not called with a task held, which Linux takes and never gives back', () => {
  const functions = [
    [...task, callOf(1), ...letGo, ...end],
    [...always(raise(1)), ...end],
  ];
  const { program, maps, btf } = programOf(functions, true);
  expect(verifyProgram(program, maps, { license: 'GPL', btf })).toMatchObject({
    verdict: 'rejected',
    reason: { code: 'unreleased-reference' },
  });
});
