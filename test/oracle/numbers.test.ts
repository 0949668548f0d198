/** bpf_strtol(), bpf_strtoul() and bpf_strncmp() answer as in the kernel, on both engines. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as asm from '../bpf/verifier/assembler.ts';
import { differences, inputOf, value, type Call } from './call-results.ts';
import { Random } from './generator.ts';
import { startOracle, type Oracle } from './oracle.ts';

const CALLS = 600;
const RESULT = 8;
const TEXT = 64;
const STRTOL = 105;
const STRTOUL = 106;
const STRNCMP = 182;
const PIECES = [
  '0',
  '1',
  '7',
  '9',
  'f',
  'F',
  'x',
  '0x',
  '0X',
  '-',
  '+',
  ' ',
  '\t',
  '\n',
  '\0',
  'g',
  '\xa0',
  '89',
];
const EDGES = [
  '9223372036854775807',
  '9223372036854775808',
  '9223372036854775809',
  '18446744073709551615',
  '18446744073709551616',
  'ffffffffffffffff',
  '10000000000000000',
  '0x7fffffffffffffff',
  '01777777777777777777777',
  '02000000000000000000000',
  '0'.repeat(70),
];

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

function pieces(random: Random, count: number): string {
  return Array.from({ length: count }, () => random.pick(PIECES)).join('');
}

function readingOf(seed: number): Call {
  const random = new Random(seed);
  const front = random.chance(2)
    ? ''
    : random.pick([' ', '-', ' -', '\t\n -', '- ', '+', '\xa0', '-0x', ' '.repeat(40)]);
  const text = front + (random.chance(2) ? random.pick(EDGES) : '') + pieces(random, random.below(7));
  const size = random.chance(4) ? 1 + random.below(text.length + 4) : Math.max(1, text.length);
  const base = random.pick([0, 0, 8, 10, 10, 16, 16, 7, 32, 42]);
  const helper = random.pick([STRTOL, STRTOUL]);
  return {
    name: `seed ${seed}: ${helper === STRTOL ? 'strtol' : 'strtoul'} of ${size} bytes of ${JSON.stringify(text)}, base ${base}`,
    code: [...value(1, TEXT), asm.mov64(2, size), asm.mov64(3, base), ...value(4, RESULT), asm.call(helper)],
    input: inputOf([RESULT, new Uint8Array(8).fill(0xee)], [TEXT, text]),
  };
}

it('numbers in texts are read as in the kernel', async (context) => {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  const calls = Array.from({ length: CALLS }, (_, index) => readingOf(120_000 + index));
  expect(await differences(oracle, calls, false)).toEqual([]);
}, 60_000);

it('texts are compared as in the kernel', async (context) => {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  const calls = Array.from({ length: 200 }, (_, index): Call => {
    const random = new Random(130_000 + index);
    const first = Array.from({ length: random.below(8) }, () => random.pick(['a', 'b', 'B', '\xe4'])).join(
      '',
    );
    const second = random.chance(2) ? first : first.slice(0, -1) + random.pick(['', 'a', 'c', '\xff']);
    const size = 1 + random.below(10);
    return {
      name: `${size} bytes of ${JSON.stringify([first, second])}`,
      code: [...value(1, TEXT), asm.mov64(2, size), ...asm.loadMapValue(3, 1), asm.call(STRNCMP)],
      maps: [asm.constantsOf(Buffer.from(`${second}\0`, 'latin1'))],
      input: inputOf([TEXT, first]),
    };
  });
  expect(await differences(oracle, calls, false)).toEqual([]);
}, 60_000);
