import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BtfBuilder } from '../../../electron/bpf/object/btf-builder.ts';
import { linkObject } from '../../../electron/bpf/object/link.ts';
import { openObject } from '../../../electron/bpf/object/open.ts';
import type { Instruction } from '../../../electron/bpf/program.ts';
import { verifyProgram, type Verdict } from '../../../electron/bpf/verifier/verify.ts';
import { Failure } from '../../../electron/failure.ts';
import { Random } from '../../oracle/generator.ts';
import { startOracle, type Oracle } from '../../oracle/oracle.ts';
import * as asm from './assembler.ts';
import { r } from './assembler.ts';

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

type Code = readonly Instruction[];
const end: Code = [asm.mov64(0, 0), asm.exit];
const [firstHalf = asm.exit, secondHalf = asm.exit] = asm.load64(0, 1n);

function verify(code: Code, privileged = true): Verdict {
  return verifyProgram(asm.programOf([code]), [], { license: 'GPL', privileged });
}

function repeat(times: number, make: (index: number) => Instruction | Code): Instruction[] {
  return Array.from({ length: times }, (_, index) => make(index)).flat();
}

/** What is no program, the refusal's code, and the instruction it names. */
const malformed: readonly (readonly [name: string, code: Code, refusal: string, instruction: number])[] = [
  ['no instruction at all', [], 'bad-size', 0],
  ['an unknown opcode', [asm.mov64(0, 0), { ...asm.exit, opcode: 0xff }, asm.exit], 'bad-instruction', 1],
  ['opcode 0 by itself', [asm.mov64(0, 0), { ...asm.exit, opcode: 0 }, asm.exit], 'bad-instruction', 1],
  ...[11, 12, 13, 14, 15].flatMap((register) => [
    [`r${register} as destination`, [asm.mov64(register, 0), ...end], 'bad-instruction', 0] as const,
    [`r${register} as source`, [asm.mov64(0, r(register)), asm.exit], 'bad-instruction', 0] as const,
  ]),
  ['an immediate that is reserved', [{ ...asm.mov64(0, r(1)), imm: 7 }, asm.exit], 'bad-instruction', 0],
  ['an offset that is reserved', [{ ...asm.alu64('or', 1, 1), offset: 7 }, ...end], 'bad-instruction', 0],
  ['a register that is reserved', [{ ...asm.call(7), dst: 3 }, asm.exit], 'bad-instruction', 0],
  ['an exit with an immediate', [asm.mov64(0, 0), { ...asm.exit, imm: 1 }], 'bad-instruction', 1],
  ['half of a ldimm64 at the end', [asm.mov64(0, 0), firstHalf], 'bad-instruction', 1],
  [
    'a ldimm64 with a wrong second half',
    [firstHalf, { ...secondHalf, offset: 1 }, asm.exit],
    'bad-instruction',
    0,
  ],
  [
    'a ldimm64 of a kind that is none',
    [{ ...firstHalf, src: 9 }, secondHalf, asm.exit],
    'bad-instruction',
    0,
  ],
  ['a jump into ldimm64', [asm.jump64('jeq', 1, 0, 1), firstHalf, secondHalf, asm.exit], 'bad-jump', 0],
  ['a jump past the end', [asm.mov64(0, 0), asm.ja(7), asm.exit], 'bad-jump', 1],
  ['a jump before the start', [asm.mov64(0, 0), asm.ja(-9), asm.exit], 'bad-jump', 1],
  ['a long jump past the end', [{ ...asm.ja(0), opcode: 0x06, imm: 0x7fffffff }, ...end], 'bad-jump', 0],
  ['a call past the end', [asm.callFunction(0x7fffff00), asm.exit], 'bad-call', 0],
  ['a program that runs off its end', [asm.mov64(0, 0)], 'bad-end', 0],
  [
    'more functions than 256',
    [...repeat(300, (at) => asm.callFunction(300 + at + 1)), ...repeat(302, () => end)],
    'too-complex',
    0,
  ],
];

describe('what is no program', () => {
  for (const [name, code, refusal, instruction] of malformed) {
    it(`is refused at the instruction, as by the kernel: ${name}`, async (context) => {
      const verdict = verify(code);
      expect(verdict).toMatchObject({ verdict: 'rejected', reason: { code: refusal, instruction } });
      if (verdict.verdict === 'rejected') expect(verdict.reason.text).not.toBe('');
      if ('unavailable' in oracle) return context.skip(oracle.unavailable);
      const question = { type: 'socket_filter', license: 'GPL', instructions: code, maps: [] } as const;
      expect((await oracle.ask(question)).isAccepted).toBe(false);
    });
  }
});

/** Large programs that a careless algorithm would be hours over; each takes seconds at most. */
const large: readonly (readonly [name: string, code: () => Code, verdict: string])[] = [
  ['a million instructions', () => [...repeat(999_998, () => asm.mov64(0, 0)), ...end], 'accepted'],
  ['a million and one', () => [...repeat(999_999, () => asm.mov64(0, 0)), ...end], 'bad-size'],
  [
    'code that runs from its end to its start',
    () => {
      const last = asm.ja(32_767);
      const blocks = repeat(16_000, (at) =>
        at === 0 ? [asm.mov64(0, r(6)), asm.exit] : [asm.mov64(1, 0), asm.ja(-4)],
      );
      return [asm.mov64(6, 0), { ...last, offset: blocks.length - 2 }, ...blocks];
    },
    'accepted',
  ],
  [
    'two to the fortieth paths',
    () => [
      asm.mov64(6, 0),
      ...repeat(40, (at) => [asm.call(7), asm.jump64('jeq', 0, 0, 1), asm.alu64('add', 6, 1 << (at % 20))]),
      asm.jump64('jeq', 6, 12345, 1),
      asm.mov64(0, r(6)),
      ...end,
    ],
    'too-complex',
  ],
  [
    'more branches than can wait',
    () => [asm.call(7), ...repeat(30_000, (at) => asm.jump64('jeq', 0, at, 0)), ...end],
    'too-complex',
  ],
  [
    'two thousand nested conditions',
    () => [
      asm.call(7),
      ...repeat(2000, (at) => asm.jump64('jeq', 0, at, 3999 - 2 * at)),
      ...repeat(2000, () => asm.alu64('add', 0, 1)),
      ...end,
    ],
    'accepted',
  ],
  [
    'a thousand nested loops',
    () => [
      ...repeat(1000, (at) => asm.mov64(6 + (at % 4), 0)),
      ...repeat(1000, (at) => [
        asm.alu64('add', 6 + (at % 4), 1),
        asm.jump64('jlt', 6 + (at % 4), 2, -(2 * at + 3)),
      ]),
      ...end,
    ],
    'too-complex',
  ],
];

describe('a large program', () => {
  for (const [name, code, expected] of large) {
    it(`is decided in time: ${name}`, { timeout: 60_000 }, () => {
      const verdict = verify(code());
      expect(verdict.verdict === 'accepted' ? 'accepted' : verdict.reason.code).toBe(expected);
    });
  }

  it('may enter a loop at two places', () => {
    const code = [
      asm.call(7),
      asm.mov64(6, 0),
      asm.jump64('jeq', 0, 0, 1),
      asm.alu64('add', 6, 1),
      asm.alu64('add', 6, 1),
      asm.jump64('jlt', 6, 20, -3),
      ...end,
    ];
    expect(verify(code).verdict).toBe('accepted');
  });
});

describe('a damaged object', () => {
  for (const file of ['refused.bpf.o', 'calls.bpf.o', 'callback.bpf.o']) {
    const bytes = readFileSync(`test/programs/${file}`);

    it(
      `is refused, or its programs are decided, whatever byte is wrong: ${file}`,
      { timeout: 60_000 },
      () => {
        const random = new Random(7);
        let opened = 0;
        for (let round = 0; round < 400; round += 1) {
          const damaged = Uint8Array.from(bytes);
          for (let left = 1 + random.below(3); left > 0; left -= 1)
            damaged[random.below(damaged.length)] = random.below(256);
          const cut = random.chance(8) ? damaged.subarray(0, random.below(damaged.length)) : damaged;
          opened += decideAll(cut, file);
        }
        expect(opened).toBeGreaterThan(50);
      },
    );
  }
});

/** 1 where the object opened; anything thrown but a Failure fails the test. */
function decideAll(bytes: Uint8Array, file: string): number {
  try {
    const { programs, maps, license, btf } = linkObject(openObject(bytes, file), { target: undefined });
    for (const program of programs) {
      const verdict = verifyProgram(program, maps, { license, btf, instructionsMax: 20_000 });
      expect(['accepted', 'rejected']).toContain(verdict.verdict);
    }
    return 1;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return 0;
  }
}

describe('BTF that says what cannot be', () => {
  const types = new BtfBuilder();
  const long = types.addInteger('long', 8, true);
  const btf = types.build();
  const beyond = long + 99;
  const map = { ...asm.mapOf('array', 4, 8, 1), valueTypeId: beyond };

  it('refuses a map whose values are of a type that is not there', () => {
    const program = asm.programOf([asm.loadMapValue(1, 0), ...end]);
    const verdict = verifyProgram(program, [map], { license: 'GPL', btf });
    expect(verdict).toMatchObject({ verdict: 'rejected', reason: { code: 'bad-btf' } });
  });

  it('refuses a function of a type that is not there', () => {
    const program = asm.programOf([asm.callFunction(1), asm.exit, ...end]);
    const subprograms = program.subprograms.map((each) => ({ ...each, typeId: beyond }));
    const verdict = verifyProgram({ ...program, subprograms }, [], { license: 'GPL', btf });
    expect(verdict).toMatchObject({ verdict: 'rejected', reason: { code: 'bad-btf' } });
  });

  it('looks for what map values hold in the BTF of this verification', () => {
    const program = asm.programOf([asm.loadMapValue(1, 0), asm.load(4, 0, 1, 0), asm.exit], 'sched_cls');
    const locks = new BtfBuilder();
    const int = locks.addInteger('int', 4, true);
    const member = { name: 'val', typeId: int, offsetBits: 0 };
    const lock = locks.addStruct({ name: 'bpf_spin_lock', sizeBytes: 4, members: [member] });
    const value = locks.addStruct({
      name: 'value',
      sizeBytes: 8,
      members: [{ name: 'lock', typeId: lock, offsetBits: 0 }],
    });
    const numbers = new BtfBuilder();
    for (let id = 1; id <= value; id += 1) numbers.addInteger('long', 8, true);
    const shared = { ...map, valueTypeId: value };
    const verdictWith = (builder: BtfBuilder): string =>
      verifyProgram(program, [shared], { license: 'GPL', btf: builder.build() }).verdict;
    expect(verdictWith(numbers)).toBe('accepted');
    expect(verdictWith(locks)).toBe('rejected');
  });
});
