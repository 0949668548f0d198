import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flowOf } from '../../../electron/bpf/jit/flow.ts';
import { prepareCode } from '../../../electron/bpf/vm/code.ts';
import { alu64, exit, imm, ja, jump, mov64 } from '../vm/assembler.ts';
import { anyProgram } from './any-program.ts';
import { createBench, interpretOnce, loadUnverified, runOnce } from '../vm/machine-fixture.ts';

describe('control flow', () => {
  it('orders blocks, and knows who dominates whom', () => {
    const diamondInALoop = [
      mov64(0, imm(0)),
      jump('jeq', 0, imm(5), 5),
      jump('jeq', 0, imm(1), 2),
      alu64('add', 0, imm(1)),
      ja(1),
      alu64('add', 0, imm(1)),
      ja(-6),
      exit(),
    ];
    const flow = flowOf(prepareCode('diamond', diamondInALoop, []), 0);
    const index = (start: number) => flow.firstSlot.indexOf(start);
    expect(flow.isReducible).toBe(true);
    expect(flow.isLoopHead[index(1)]).toBe(1);
    expect(flow.dominator[index(6)]).toBe(index(2));
    expect(flow.isMerge[index(6)]).toBe(1);
    expect(flow.dominator[index(7)]).toBe(index(1));
  });

  it('sees a loop with two ways in, and compiles it to a loop around all of its blocks', () => {
    const twoWaysIn = [
      mov64(0, imm(0)),
      mov64(1, imm(3)),
      jump('jeq', 0, imm(1), 1),
      alu64('add', 0, imm(10)),
      alu64('sub', 1, imm(1)),
      jump('jgt', 1, imm(0), -3),
      exit(),
    ];
    expect(flowOf(prepareCode('two ways in', twoWaysIn, []), 0).isReducible).toBe(false);
    const program = loadUnverified(createBench(2, 'jit').machine, twoWaysIn);
    expect(program.engine).toBe('jit');
    expect(program.run(0)).toBe(30n);
  });

  it('refuses a program that runs past its end', () => {
    expect(() => flowOf(prepareCode('endless', [mov64(0, imm(0))], []), 0)).toThrow(/past its end/);
  });
});

describe('the JIT', () => {
  it('takes the path of the interpreter through any program', () => {
    let irreducible = 0;
    fc.assert(
      fc.property(anyProgram(), (slots) => {
        if (!flowOf(prepareCode('any', slots, []), 0).isReducible) irreducible += 1;
        runOnce(slots);
      }),
      { numRuns: 3000 },
    );
    expect(irreducible).toBeGreaterThan(300);
    expect(irreducible).toBeLessThan(2700);
  });

  it('translates thousands of branches, one after another and all to one place', () => {
    const branches = 6000;
    const indexes = Array.from({ length: branches }, (_, index) => index);
    const joining = indexes.flatMap((index) => [
      jump('jset', 0, imm(4), 1),
      alu64('add', 0, imm(index)),
      alu64('mul', 0, imm(7)),
    ]);
    const leaving = indexes.flatMap((index) => [
      jump('jeq', 0, imm(5), 2 * (branches - index) - 1),
      alu64('xor', 0, imm(2 * index + 64)),
    ]);
    for (const body of [joining, leaving]) {
      const slots = [mov64(0, imm(1)), ...body, exit()];
      const program = loadUnverified(createBench(1, 'jit').machine, slots);
      expect(program.engine).toBe('jit');
      expect(program.run(0)).toBe(interpretOnce(slots));
    }
  });

  it('compiles branches that nest too deep for blocks inside blocks', () => {
    // Every branch that is taken leads to the next; every one that is not, to an end of its own.
    const branches = Array.from({ length: 2000 }, (_, index) => [
      jump('jne', 1, imm(index + 1), 2),
      mov64(0, imm(index)),
      exit(),
    ]);
    const slots = [mov64(0, imm(9)), ...branches.flat(), exit()];
    const program = loadUnverified(createBench(1, 'jit').machine, slots);
    expect(program.engine).toBe('jit');
    expect(program.run(0)).toBe(9n);
  });
});
