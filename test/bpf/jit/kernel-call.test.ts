import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { iteratorFunctions } from '../../../electron/bpf/helpers/iterator.ts';
import type { KernelFunction } from '../../../electron/bpf/helpers/kernel-functions.ts';
import { prepareCode } from '../../../electron/bpf/vm/code.ts';
import { LOOPS_MAX } from '../../../electron/bpf/vm/operations.ts';
import type { EngineName } from '../../../electron/bpf/vm/machine.ts';
import { alu64, callKernel, exit, imm, ja, jump, lddw, load, loadSigned, mov64 } from '../vm/assembler.ts';
import { createBench, ENGINES, type Slots } from '../vm/machine-fixture.ts';

const [NEW, NEXT, DESTROY, WEIGHTED, CALL_BACK, ABSENT] = [0, 1, 2, 3, 4, 5];
const EINVAL = 0xffff_ffean;
const E2BIG = 0xffff_fff9n;

const functions: readonly KernelFunction[] = [
  ...Object.entries(iteratorFunctions).map(([name, run], number) => ({ number, name, run })),
  {
    number: WEIGHTED,
    name: 'weighted',
    run: (_context, r1, r2, r3, r4, r5) => r1 + 10n * r2 + 100n * r3 + 1000n * r4 + 10_000n * r5,
  },
  {
    number: CALL_BACK,
    name: 'call_back',
    run: (context, callback, r2) => context.callFunction(callback, r2),
  },
  { number: ABSENT, name: 'bpf_absent', run: undefined },
];

function loaded(engine: EngineName, slots: Slots) {
  const { machine } = createBench(1, engine);
  const code = prepareCode('test', slots.flat(), [], { kernelFunction: (number) => functions[number] });
  return machine.loadCode(code);
}

function runBoth(slots: Slots): bigint {
  const [interpreted, compiled] = ENGINES.map((engine) => loaded(engine, slots).run(0));
  expect(compiled).toBe(interpreted);
  return interpreted as bigint;
}

const iteratorIn = (register: number): Slots => [mov64(register, 10), alu64('add', register, imm(-8))];

/** r0 is a mix of what new() returned, the number of rounds up to `roundsMax`, and the last number. */
function iterating(start: number, end: number, roundsMax: number): Slots {
  return [
    ...iteratorIn(1),
    mov64(2, imm(start)),
    mov64(3, imm(end)),
    callKernel(NEW),
    mov64(6, 0),
    mov64(7, imm(0)),
    mov64(8, imm(0)),
    ...iteratorIn(1),
    callKernel(NEXT),
    jump('jeq', 0, imm(0), 4),
    loadSigned('w', 8, 0, 0),
    alu64('add', 7, imm(1)),
    jump('jgt', 7, imm(roundsMax), 1),
    ja(-8),
    ...iteratorIn(1),
    callKernel(DESTROY),
    load('dw', 0, 10, -8),
    alu64('add', 0, 6),
    alu64('mul', 0, imm(31)),
    alu64('add', 0, 7),
    alu64('mul', 0, imm(31)),
    alu64('add', 0, 8),
    exit(),
  ];
}

const mixed = (created: bigint, rounds: bigint, last: bigint): bigint =>
  BigInt.asUintN(64, (created * 31n + rounds) * 31n + last);

describe('bpf_iter_num', () => {
  it.each([
    ['a range', 3, 7, mixed(0n, 4n, 6n)],
    ['numbers below zero', -2, 1, mixed(0n, 3n, 0n)],
    ['an empty range', 5, 5, mixed(0n, 0n, 0n)],
    ['a range that goes back, refused with EINVAL', 5, 4, mixed(EINVAL, 0n, 0n)],
    ['a range of more than 8 Mi, refused with E2BIG', 0, LOOPS_MAX + 1, mixed(E2BIG, 0n, 0n)],
    ['the lowest numbers', -0x8000_0000, -0x7fff_fffe, mixed(0n, 2n, -0x7fff_ffffn)],
    ['the highest numbers', 0x7fff_fffd, 0x7fff_ffff, mixed(0n, 2n, 0x7fff_fffen)],
  ])('goes through %s', (_what, start, end, expected) => {
    expect(runBoth(iterating(start, end, 1000))).toBe(expected);
  });

  it('does the same by both engines for any range', () => {
    const edge = fc.constantFrom(0, 1, -1, LOOPS_MAX, -LOOPS_MAX, 0x7fff_ffff, -0x8000_0000);
    const bound = fc.oneof(edge, fc.integer({ min: -50, max: 50 }), fc.integer());
    fc.assert(
      fc.property(bound, bound, fc.nat({ max: 60 }), (start, end, roundsMax) => {
        runBoth(iterating(start, end, roundsMax));
      }),
      { numRuns: 300 },
    );
  });
});

describe('a call of a kernel function', () => {
  it('gives r1 to r5 and takes r0', () => {
    const numbers = [1, 2, 3, 4, 5].map((register) => mov64(register, imm(register)));
    expect(runBoth([...numbers, callKernel(WEIGHTED), exit()])).toBe(54_321n);
  });

  it('may call back a function of the program', () => {
    const slots: Slots = [
      lddw(1, 5n, 4),
      mov64(2, imm(20)),
      callKernel(CALL_BACK),
      alu64('add', 0, imm(1)),
      exit(),
      mov64(0, 1),
      alu64('mul', 0, imm(2)),
      exit(),
    ];
    expect(runBoth(slots)).toBe(41n);
  });

  it.each([
    ['that is not implemented, naming it', ABSENT, /kernel function bpf_absent is not implemented/],
    ['that is not in the table', 99, /kernel function 99 is not implemented/],
  ])('is refused of one %s', (_what, number, reason) => {
    expect(() => loaded('jit', [callKernel(number), exit()])).toThrow(reason);
  });
});
