import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instructionProblem } from '../../electron/bpf/isa/decode.ts';
import { runOnce } from '../bpf/vm/machine-fixture.ts';
import { startOracle, type Oracle } from '../oracle/oracle.ts';
import { withTypes } from '../oracle/types.ts';
import { programOf } from '../bpf/verifier/assembler.ts';
import { exit, alu64, imm, mov64 } from '../bpf/vm/assembler.ts';
import { nonsense, statements } from './rfc9669.ts';

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

describe('RFC 9669', () => {
  it.each(statements.map((each) => [each.says, each] as const))('%s', (_says, { slots, r0 }) => {
    expect(runOnce(slots)).toBe(r0);
  });

  it('is read as the kernel reads it', async (context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    const wrong: string[] = [];
    for (const { says, slots, r0 } of statements) {
      // A test run gives 32 bits of r0: once the lower, once the upper.
      for (const [upper, shift] of [
        [false, 0n],
        [true, 32n],
      ] as const) {
        const whole = slots.flat();
        // A program of functions ends elsewhere: its result is small.
        const isLast = whole.filter(({ opcode }) => opcode === 0x95).length === 1;
        const code = upper && isLast ? [...whole.slice(0, -1), alu64('rsh', 0, imm(32)), exit()] : whole;
        const program = programOf([code]);
        const types = program.subprograms.length > 1 ? { types: withTypes(program).types } : {};
        const answer = await oracle.ask({
          type: 'sched_cls',
          license: 'GPL',
          instructions: code,
          maps: [],
          logLevel: 1,
          isRun: true,
          data: new Uint8Array(64),
          ...types,
        });
        const expected = Number(BigInt.asUintN(32, upper && isLast ? r0 >> shift : r0));
        if (answer.returned !== expected) wrong.push(`${says}: ${answer.returned ?? answer.log}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each(nonsense)('%s', (_says, slot) => {
    expect(instructionProblem(slot)).toBeDefined();
  });

  it('of what it forbids the kernel takes nothing', async (context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    for (const [says, slot] of nonsense) {
      const instructions = [mov64(0, imm(1)), mov64(1, imm(1)), slot, exit()];
      const answer = await oracle.ask({ type: 'socket_filter', license: 'GPL', instructions, maps: [] });
      expect(answer.isAccepted ? says : '').toBe('');
    }
  });
});
