/** bpf_snprintf() takes the formats that the kernel takes, and writes what it writes, on both engines. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Instruction } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { differences, inputOf, value, VALUE_BYTES, type Call } from './call-results.ts';
import { Random } from './generator.ts';
import { startOracle, type Oracle } from './oracle.ts';

const FORMATS = 700;
const SNPRINTF = 165;
const OUT = 8;
const OUT_BYTES = 800;
/** Texts and addresses that values point to. */
const SHORT = 816;
const LONG = 832;
const LONG_BYTES = 230;
const ADDRESS = 1064;
const VALUES_AT = -96;
const NUMBERS = [0n, 1n, 7n, 255n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 1n << 63n, (1n << 64n) - 1n];

interface Generated {
  readonly format: string;
  /** A number, or where in the value it points. */
  readonly values: readonly (bigint | number)[];
}

function conversion(random: Random): { readonly text: string; readonly value: bigint | number } {
  const flags = random.pick(['', '', '0', '-', '+', ' ', '-0', '+0', ' +', '00']);
  const width = random.pick(['', '', '3', '8', '12', '20', '40']);
  const shape = `%${flags}${width}`;
  switch (random.below(6)) {
    case 0:
      return {
        text: `${shape}${random.pick(['s', 's', 'pks', 'pus'])}`,
        value: random.pick([SHORT, SHORT, LONG, 0n]),
      };
    case 1:
      return { text: `${shape}c`, value: BigInt(0x41 + random.below(60)) };
    case 2:
      return {
        text: `${shape}p${random.pick(['I4', 'i4', 'I6', 'i6'])}`,
        value: random.pick([ADDRESS, ADDRESS, 0n]),
      };
    case 3:
      return {
        text: `${shape}p${random.pick(['x', 's', 'S', 'B', 'xyz1', 'I4c'])}`,
        value: random.pick([0n, 16n, 0x1234n]),
      };
    default:
      return {
        text: `${shape}${random.pick(['', '', 'l', 'll'])}${random.pick(['d', 'i', 'u', 'x', 'X'])}`,
        value: random.pick(NUMBERS),
      };
  }
}

/** What a format may be spoiled with; some of them are right all the same. */
const ODD = [
  '%',
  '%%',
  '%5%',
  '%n',
  '%hd',
  '%lld',
  '%.3s',
  '%#x',
  '%*d',
  '%pA',
  '%pI5',
  '%pksx',
  '%sx',
  '%s:',
  '%q',
  '%5',
  '\x07',
  '\xe4',
  '\x85\x99',
  '%p\xe4',
  '%px\xe4z',
  '%s\xb0',
  '%pI4\xaa',
  '%lc',
  '%pe',
  '%p5',
];

function generate(seed: number): Generated {
  const random = new Random(seed);
  const values: (bigint | number)[] = [];
  let format = '';
  // Linux hashes what %p prints, but for a null pointer: a later one might read what a cut text left behind.
  if (random.chance(8)) {
    format = random.pick(['%p ', '%pK ', '%20p ', '%-20p|', '%04pK,']);
    values.push(0n);
  }
  for (let count = random.below(random.chance(6) ? 14 : 5); count > 0; count -= 1) {
    const { text, value: given } = conversion(random);
    format += `${text}${random.pick([' ', ', ', ':', '!', '\n'])}`;
    values.push(given);
  }
  if (random.chance(5)) {
    format += random.pick(ODD);
    values.push(0n);
  }
  if (random.chance(12)) values.pop();
  return { format, values: values.slice(0, 12) };
}

function callOf(seed: number): Call {
  const random = new Random(seed ^ 0x5a5a);
  const { format, values } = generate(seed);
  // Behind the end of the buffer Linux reads what an earlier call left, once one of these did not fit.
  const isCut = random.chance(3) && !/%[-+ \d]*p[iIBku]/.test(format);
  const stored = values.flatMap((given, index): Instruction[] => [
    ...(typeof given === 'number' ? value(1, given) : asm.load64(1, given)),
    asm.store(8, 10, VALUES_AT + 8 * index, 1),
  ]);
  return {
    name: `seed ${seed}: ${JSON.stringify(format)} of ${values.join(', ')}`,
    code: [
      ...stored,
      ...value(1, OUT),
      asm.mov64(2, isCut ? random.pick([0, 1, 7, 20]) : OUT_BYTES),
      ...asm.loadMapValue(3, 1),
      asm.mov64(4, r(10)),
      asm.alu64('add', 4, VALUES_AT),
      asm.mov64(5, 8 * values.length),
      asm.call(SNPRINTF),
    ],
    maps: [asm.constantsOf(Buffer.from(`${format}\0`, 'latin1'))],
    input: inputOf(
      [SHORT, random.pick(['', 'sleep', 'a b\tc\x80'])],
      [LONG, 'x'.repeat(LONG_BYTES - 1)],
      [ADDRESS, Uint8Array.from({ length: 16 }, () => random.below(256))],
    ),
  };
}

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

it('formats are taken, refused and written as in the kernel', async (context) => {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  const taken: Call[] = [];
  const disputed: string[] = [];
  for (let seed = 110_000; seed < 110_000 + FORMATS; seed += 1) {
    const call = callOf(seed);
    const instructions = [...call.code, asm.mov64(0, 0), asm.exit];
    const maps = [asm.mapOf('array', 4, VALUE_BYTES, 1), ...(call.maps ?? [])];
    const program = { ...asm.programOf([instructions]), type: 'sched_cls' } as const;
    const ours = verifyProgram(program, maps, { license: 'GPL' }).verdict === 'accepted';
    const answer = await oracle.ask({ type: 'sched_cls', license: 'GPL', instructions, maps, logLevel: 1 });
    if (ours !== answer.isAccepted) disputed.push(`${call.name}: kernel ${answer.isAccepted}, ours ${ours}`);
    else if (ours) taken.push(call);
  }
  console.log(`${taken.length} of ${FORMATS} formats taken`);
  expect(disputed).toEqual([]);
  expect(taken.length).toBeGreaterThan(FORMATS / 2);
  expect(taken.length).toBeLessThan(FORMATS);
  expect(await differences(oracle, taken, false)).toEqual([]);
}, 120_000);
