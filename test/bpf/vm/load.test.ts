import { describe, expect, it } from 'vitest';
import type { Instruction, VerifiedProgram } from '../../../electron/bpf/program.ts';
import { call, exit, imm, jump, mov64 } from './assembler.ts';
import { createBench, ENGINES, type Bench } from './machine-fixture.ts';

/** A helper of Linux that nothing here implements, and the one libbpf puts where a relocation failed. */
const IMA_FILE_HASH = 193;
const POISON = 0xbad2310;

/** Stands in for the verifier, which alone makes these: `helpers` is what it found to be called. */
function verified(instructions: readonly Instruction[], helpers: readonly number[]): VerifiedProgram {
  const program = {
    name: 'program',
    section: '',
    type: 'tracepoint',
    attachTarget: '',
    isSleepable: false,
    isAutoloaded: true,
    instructions,
    subprograms: [],
    lines: [],
  };
  return {
    program,
    maps: [],
    contextAccesses: [],
    helpers,
    stackDepthBytes: 0,
  } as unknown as VerifiedProgram;
}

function load(bench: Bench, helper: number, helpers: readonly number[]) {
  const instructions = [mov64(0, imm(7)), jump('jeq', 0, imm(7), 1), call(helper), exit()];
  return bench.machine.loadProgram(verified(instructions, helpers), []);
}

describe.each(ENGINES)('loading a program for the %s', (engine) => {
  it.each([IMA_FILE_HASH, POISON])('lets it hold a call of helper %i in code that never runs', (helper) => {
    expect(load(createBench(1, engine), helper, []).run(0)).toBe(7n);
  });

  it.each([IMA_FILE_HASH, POISON])('refuses a call of helper %i that can run', (helper) => {
    expect(() => load(createBench(1, engine), helper, [helper])).toThrow(
      expect.objectContaining({ code: 'bad-instruction', place: { file: 'program', at: 'instruction 2' } }),
    );
  });

  it('counts its runs, and says which engine runs it', () => {
    const program = load(createBench(1, engine), 1, []);
    program.run(0);
    program.run(0);
    expect([program.runs, program.engine, program.name]).toEqual([2, engine, 'program']);
  });
});
