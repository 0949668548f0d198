import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Instruction, MapDefinition, ProgramType } from '../../../electron/bpf/program.ts';
import { verifyProgram } from '../../../electron/bpf/verifier/verify.ts';
import { startOracle, type Oracle } from '../../oracle/oracle.ts';
import { typed } from '../../oracle/types.ts';
import * as asm from './assembler.ts';

const LOAD: Instruction = { opcode: 0x28, dst: 0, src: 0, offset: 0, imm: 12 };
const LOAD_INDIRECT: Instruction = { opcode: 0x48, dst: 0, src: 7, offset: 0, imm: 12 };
const keepContext = asm.mov64(6, asm.r(1));
const RINGBUF_RESERVE = 131;
const RINGBUF_DISCARD = 133;

interface Rule {
  readonly what: string;
  readonly program: readonly Instruction[];
  readonly isSafe: boolean;
  readonly text?: RegExp;
  readonly type?: ProgramType;
  readonly maps?: readonly MapDefinition[];
}

const rules: readonly Rule[] = [
  { what: 'a load with the context in r6', program: [keepContext, LOAD, asm.exit], isSafe: true },
  {
    what: 'a load through an index',
    program: [keepContext, asm.mov64(7, 4), LOAD_INDIRECT, asm.exit],
    isSafe: true,
  },
  { what: 'a load without r6', program: [LOAD, asm.exit], isSafe: false, text: /R6 !read_ok/ },
  {
    what: 'a load with a number in r6',
    program: [asm.mov64(6, 0), LOAD, asm.exit],
    isSafe: false,
    text: /R6 != pointer to skb/,
  },
  {
    what: 'a load with a context that was moved',
    program: [keepContext, asm.alu64('add', 6, 4), LOAD, asm.exit],
    isSafe: false,
    text: /modified ctx ptr R6/,
  },
  {
    what: 'a load through an index that was never written',
    program: [keepContext, LOAD_INDIRECT, asm.exit],
    isSafe: false,
    text: /R7 !read_ok/,
  },
  {
    what: 'a use of r1 after the load',
    program: [keepContext, LOAD, asm.mov64(0, asm.r(1)), asm.exit],
    isSafe: false,
    text: /R1 !read_ok/,
  },
  {
    what: 'a use of r8 after the load',
    program: [keepContext, asm.mov64(8, 1), LOAD, asm.mov64(0, asm.r(8)), asm.exit],
    isSafe: true,
  },
  {
    what: 'a load where the program may not see packets so',
    program: [keepContext, LOAD, asm.exit],
    isSafe: false,
    text: /not allowed for this program type/,
    type: 'tracepoint',
  },
  {
    what: 'a load while a record is held',
    program: [
      keepContext,
      ...asm.loadMap(1, 0),
      asm.mov64(2, 8),
      asm.mov64(3, 0),
      asm.call(RINGBUF_RESERVE),
      asm.jump64('jne', 0, 0, 1),
      asm.exit,
      asm.mov64(7, asm.r(0)),
      LOAD,
      asm.mov64(1, asm.r(7)),
      asm.mov64(2, 0),
      asm.call(RINGBUF_DISCARD),
      asm.mov64(0, 0),
      asm.exit,
    ],
    isSafe: false,
    text: /Unreleased reference.*reference leak/,
    maps: [asm.mapOf('ringbuf', 0, 0, 4096)],
  },
];

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

function verdictOf({ program, type = 'socket_filter', maps = [] }: Rule) {
  return verifyProgram(asm.programOf([program], type), maps, { license: 'GPL' });
}

describe('loads from packets', () => {
  it.each(rules)('$what: $isSafe', (rule) => {
    const verdict = verdictOf(rule);
    expect(verdict.verdict).toBe(rule.isSafe ? 'accepted' : 'rejected');
    if (verdict.verdict === 'rejected') expect(verdict.reason.text).toMatch(rule.text ?? /./);
  });

  it('the kernel is of the same opinion', async (context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    for (const { what, program, isSafe, type = 'socket_filter', maps = [] } of rules) {
      const { isAccepted } = await oracle.ask({ type, license: 'GPL', instructions: program, maps });
      expect(isAccepted, what).toBe(isSafe);
    }
  });

  /** r0 is 0 where the load leaves the packet: what the caller does then is followed, too. */
  const withFunction = (after: readonly Instruction[]): readonly Instruction[] => [
    asm.callFunction(after.length + 1),
    ...after,
    asm.exit,
    keepContext,
    LOAD,
    asm.mov64(0, 8),
    asm.exit,
  ];

  it.each([
    { what: 'a function whose BTF says int', program: withFunction([]), isTyped: true, isSafe: true },
    { what: 'a function without BTF', program: withFunction([]), isTyped: false, isSafe: false },
    {
      what: 'a first function that calls another',
      program: [keepContext, LOAD, asm.callFunction(1), asm.exit, asm.mov64(0, 0), asm.exit],
      isTyped: false,
      isSafe: true,
    },
    {
      what: 'a function that returns nothing',
      program: withFunction([asm.mov64(0, 0)]),
      isTyped: true,
      returnsNothing: true,
      isSafe: false,
    },
  ])('are judged in $what as by the kernel: $isSafe', async (each) => {
    const plain = asm.programOf([each.program]);
    const isVoid = each.returnsNothing === true;
    const described = typed(plain, [], (types) => ({
      functions: plain.subprograms.map((_, index) => (isVoid && index > 0 ? { returns: types.void } : {})),
    }));
    const program = each.isTyped ? described.program : plain;
    const options = { license: 'GPL', ...(each.isTyped ? { btf: described.btf } : {}) };
    expect(verifyProgram(program, [], options).verdict).toBe(each.isSafe ? 'accepted' : 'rejected');
    if ('unavailable' in oracle) return;
    const { isAccepted } = await oracle.ask({
      type: 'socket_filter',
      license: 'GPL',
      instructions: each.program,
      maps: [],
      ...(each.isTyped ? { types: described.types } : {}),
    });
    expect(isAccepted).toBe(each.isSafe);
  });

  it('return 0 from a function where they leave the packet', () => {
    const divide = [asm.mov64(1, 1), asm.jump64('jeq', 0, 8, 1), asm.load(1, 0, 1, 0)];
    const program = typed(asm.programOf([withFunction(divide)]), [], () => ({}));
    const verdict = verifyProgram(program.program, [], { license: 'GPL', btf: program.btf });
    expect(verdict.verdict === 'rejected' ? verdict.reason.code : '').toBe('not-a-pointer');
  });

  it('say that the packet is needed', () => {
    const verdict = verdictOf({ what: '', program: [keepContext, LOAD, asm.exit], isSafe: true });
    const accesses = verdict.verdict === 'accepted' ? verdict.verified.contextAccesses : [];
    expect(accesses.map(({ offsetBytes }) => offsetBytes)).toEqual([76, 80]);
  });
});

it('lets socket filters read of their context what the kernel does', async (context) => {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  const tooStrict: string[] = [];
  const unsound: string[] = [];
  let accepted = 0;
  for (const size of [1, 2, 4, 8] as const) {
    for (let offset = 0; offset <= 200; offset += 1) {
      const program = [asm.load(size, 0, 1, offset), asm.mov64(0, 0), asm.exit];
      const { isAccepted } = await oracle.ask({
        type: 'socket_filter',
        license: 'GPL',
        instructions: program,
        maps: [],
      });
      const isOurs = verdictOf({ what: '', program, isSafe: true }).verdict === 'accepted';
      if (isOurs) accepted += 1;
      if (isOurs && !isAccepted) unsound.push(`${size} bytes at ${offset}`);
      if (!isOurs && isAccepted) tooStrict.push(`${size} bytes at ${offset}`);
    }
  }
  expect(unsound).toEqual([]);
  expect(tooStrict).toEqual([]);
  expect(accepted).toBeGreaterThan(100);
});
