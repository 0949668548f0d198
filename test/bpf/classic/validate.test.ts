import { describe, expect, it } from 'vitest';
import { ANCILLARY_START } from '../../../electron/bpf/classic/instruction.ts';
import { validateClassic } from '../../../electron/bpf/classic/validate.ts';
import { classic } from './arbitrary.ts';

const accept = classic(0x06, 1);
/** ld #0, ldx M[k], st M[k], jeq #0. */
const LOAD = 0x00;
const LOAD_SCRATCH = 0x61;
const STORE_SCRATCH = 0x02;
const BRANCH = 0x15;

describe('what Linux would not attach', () => {
  it.each([
    ['an opcode that does not exist', [classic(0x99), accept], 0, /unknown opcode 0x99/],
    ['an opcode of more than eight bits', [classic(0x106)], 0, /unknown opcode 0x106/],
    ['a program that does not end in a return', [accept, classic(LOAD)], 1, /does not return/],
    ['a jump past the end', [classic(0x05, 1), accept], 0, /over 1 instructions leaves/],
    ['a jump that would wrap around', [classic(0x05, 0xffff_ffff), accept], 0, /leaves the program/],
    ['a branch past the end where it is taken', [classic(BRANCH, 0, 1, 0), accept], 0, /leaves/],
    ['a branch past the end where it is not', [classic(BRANCH, 0, 0, 1), accept], 0, /leaves/],
    ['a division by zero', [classic(0x34, 0), accept], 0, /division by zero/],
    ['a remainder by zero', [classic(0x94, 0), accept], 0, /division by zero/],
    ['a shift by 32', [classic(LOAD), classic(0x64, 32), accept], 1, /shift by 32/],
    ['a seventeenth scratch word', [classic(STORE_SCRATCH, 16), accept], 0, /scratch word 16/],
    ['scratch memory that was never written', [classic(LOAD_SCRATCH, 3), accept], 0, /word 3 may be read/],
    [
      'scratch memory written on one of two ways',
      [classic(BRANCH, 0, 1, 0), classic(STORE_SCRATCH, 2), classic(LOAD_SCRATCH, 2), accept],
      2,
      /word 2 may be read/,
    ],
    [
      'an ancillary nobody knows',
      [classic(0x20, ANCILLARY_START + 64), accept],
      0,
      /offset 64 from SKF_AD_OFF/,
    ],
  ] as const)('refuses %s, naming the instruction', (_what, program, instruction, reason) => {
    expect(() => validateClassic(program, 'some.bpf')).toThrow(
      expect.objectContaining({
        code: 'bad-classic',
        place: { file: 'some.bpf', at: `instruction ${instruction}` },
        reason: expect.stringMatching(reason) as string,
      }),
    );
  });

  it('refuses a program of nothing, and one of more than 4096 instructions', () => {
    expect(() => validateClassic([], 'some.bpf')).toThrow(/0 instructions/);
    expect(() =>
      validateClassic(
        Array.from({ length: 4097 }, () => accept),
        'some.bpf',
      ),
    ).toThrow(/4097/);
  });
});

describe('what Linux attaches', () => {
  it.each([
    [
      'scratch memory written on both ways',
      [classic(BRANCH, 0, 1, 1), accept, classic(STORE_SCRATCH, 2), classic(LOAD_SCRATCH, 2), accept],
    ],
    ['instructions nothing leads to', [accept, classic(LOAD), accept]],
    ['a jump over nothing', [classic(0x05, 0), accept]],
    [
      'a load from the end of all offsets that is not ancillary',
      [classic(0x20, ANCILLARY_START - 1), accept],
    ],
    ['a shift by an index register that may hold anything', [classic(0x6c), accept]],
  ] as const)('lets pass %s', (_what, program) => {
    expect(validateClassic(program, 'some.bpf').instructions).toHaveLength(program.length);
  });
});
