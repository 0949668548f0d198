import { describe, expect, it } from 'vitest';
import { instructionProblem } from '../../../electron/bpf/isa/decode.ts';
import { verifyProgram } from '../../../electron/bpf/verifier/verify.ts';
import * as asm from './assembler.ts';

const wrong = { ...asm.mov64(1, 1), src: 3 };

describe('instructions that are wrong by themselves', () => {
  it('are refused where a path leads', () => {
    const verdict = verifyProgram(asm.programOf([asm.mov64(0, 0), wrong, asm.exit]), [], { license: 'GPL' });
    expect(verdict).toMatchObject({
      verdict: 'rejected',
      reason: { code: 'bad-instruction', instruction: 1 },
    });
  });

  it('are replaced where none leads, and by nothing of another shape', () => {
    const code = [
      asm.mov64(0, 0),
      asm.jump64('jeq', 0, 0, 2),
      wrong,
      { ...asm.jump64('jeq', 0, 0, 0), src: 5 },
      { ...asm.exit, offset: 7 },
    ];
    const verdict = verifyProgram(asm.programOf(code), [], { license: 'GPL' });
    if (verdict.verdict === 'rejected') throw new Error(verdict.reason.text);
    const { instructions } = verdict.verified.program;
    expect(instructions.map(({ opcode }) => opcode)).toEqual(code.map(({ opcode }) => opcode));
    expect(instructions.map(instructionProblem)).toEqual(code.map(() => undefined));
  });
});
