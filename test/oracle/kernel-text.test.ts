/** Kernel functions on text and on bits give what they give in the kernel, on both engines. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { differences, inputOf, value, type Call } from './call-results.ts';
import { Random } from './generator.ts';
import { startOracle, type Oracle } from './oracle.ts';

const CALLS = 600;
const FIRST = 64;
const SECOND = 192;
/** Few, so that texts often share some: with a capital, its small letter, and bytes beyond ASCII. */
const CHARACTERS = ['a', 'b', 'A', 'B', ' ', '\xe0', '\xc0', '\xff', '\xd7', '\xf7'];
/** Addresses where no text is. */
const NOWHERE = [0n, 8n, 0x1000n, 0x7fff_ffff_0000n, 0x8000_0000_0000n, 0xffff_ffff_ffff_f000n];

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

function textOf(random: Random, lengthMax: number): string {
  return Array.from({ length: random.below(lengthMax + 1) }, () => random.pick(CHARACTERS)).join('');
}

const oneText = ['bpf_strlen', 'bpf_strnlen'];
const withCharacter = ['bpf_strchr', 'bpf_strnchr', 'bpf_strchrnul', 'bpf_strrchr'];
const twoTexts = ['bpf_strcmp', 'bpf_strcasecmp', 'bpf_strspn', 'bpf_strcspn', 'bpf_strstr', 'bpf_strnstr'];

function generateCall(seed: number): Call {
  const random = new Random(seed);
  const name = random.pick([...oneText, ...withCharacter, ...twoTexts, ...twoTexts]);
  const first = textOf(random, 12);
  const second = random.chance(4) ? first : textOf(random, 4);
  const at = (register: number, offset: number): Instruction[] =>
    random.chance(12) ? asm.load64(register, random.pick(NOWHERE)) : value(register, offset);
  const limit = (register: number): Instruction[] =>
    random.chance(8)
      ? asm.load64(register, random.pick([65_535n, 65_536n, 0xffff_ffff_ffff_ffffn]))
      : [asm.mov64(register, random.below(16))];
  const wanted = random.chance(8) ? random.u32() | 0 : random.pick([...CHARACTERS, '\0']).charCodeAt(0);
  const code = [...at(1, FIRST)];
  if (twoTexts.includes(name)) code.push(...at(2, SECOND), ...limit(3));
  else if (name === 'bpf_strnchr') code.push(...limit(2), asm.mov64(3, wanted));
  else if (withCharacter.includes(name)) code.push(asm.mov64(2, wanted));
  else code.push(...limit(2));
  return {
    name: `${seed} ${name} ${JSON.stringify([first, second, wanted])}`,
    code: [...code, asm.callKernel(name)],
    input: inputOf([FIRST, first], [SECOND, second]),
  };
}

it('kernel functions on text answer as in the kernel', async (context) => {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  const calls = Array.from({ length: CALLS }, (_, index) => generateCall(80_000 + index));
  expect(await differences(oracle, calls, true)).toEqual([]);
}, 60_000);

/** Folds the numbers of all bits into the second word of the value, with how many there were. */
function overBits(words: readonly Instruction[], count: number): Instruction[] {
  const iterator = [asm.mov64(1, r(10)), asm.alu64('add', 1, -16)];
  const round = [
    asm.load(4, 1, 0, 0),
    asm.alu64('mul', 7, 31),
    asm.alu64('add', 7, r(1)),
    asm.alu64('add', 7, 1),
  ];
  return [
    ...iterator,
    ...words,
    asm.mov64(3, count),
    asm.callKernel('bpf_iter_bits_new'),
    asm.mov64(6, r(0)),
    asm.mov64(7, 0),
    ...iterator,
    asm.callKernel('bpf_iter_bits_next'),
    asm.jump64('jeq', 0, 0, round.length + 1),
    ...round,
    asm.ja(-(round.length + 5)),
    ...iterator,
    asm.callKernel('bpf_iter_bits_destroy'),
    ...value(1, 8),
    asm.store(8, 1, 0, 7),
    asm.mov64(0, r(6)),
  ];
}

it('the iterator over bits gives those that the kernel gives', async (context) => {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  const calls = Array.from({ length: 60 }, (_, index): Call => {
    const random = new Random(90_000 + index);
    const words = Uint32Array.from({ length: 80 }, () =>
      random.chance(3) ? random.u32() & random.u32() : 0,
    );
    const count = random.pick([0, 1, 1, 2, 3, 7, 40, 511, 512, -1]);
    const isNowhere = random.chance(5) || count > 40;
    return {
      name: `${count} words, seed ${90_000 + index}`,
      code: overBits(isNowhere ? asm.load64(2, random.pick(NOWHERE)) : value(2, FIRST), count),
      input: inputOf([FIRST, new Uint8Array(words.buffer)]),
    };
  });
  expect(await differences(oracle, calls, true)).toEqual([]);
}, 60_000);

const TARGET = 320;
const TARGET_BYTES = 48;

it('reading into a dynptr answers and leaves what it does in the kernel', async (context) => {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  const calls = Array.from({ length: 200 }, (_, index): Call => {
    const random = new Random(100_000 + index);
    const name = random.pick([
      'bpf_probe_read_kernel_dynptr',
      'bpf_probe_read_kernel_str_dynptr',
      'bpf_probe_read_user_dynptr',
      'bpf_probe_read_user_str_dynptr',
    ]);
    // Reading the user's memory works nowhere here: neither side has any.
    const isNowhere = name.includes('user') || random.chance(5);
    const [offset, size] = [random.pick([0, 0, 5, 47, 48, 49, -1]), random.pick([0, 1, 4, 12, 43, 48, 49])];
    const text = textOf(random, 30);
    return {
      name: `${name} ${JSON.stringify([offset, size, text])}, seed ${100_000 + index}`,
      code: [
        ...value(1, TARGET),
        asm.mov64(2, TARGET_BYTES),
        asm.mov64(3, 0),
        asm.mov64(4, r(10)),
        asm.alu64('add', 4, -16),
        asm.call(197),
        asm.mov64(1, r(10)),
        asm.alu64('add', 1, -16),
        asm.mov64(2, offset),
        asm.mov64(3, size),
        ...(isNowhere ? asm.load64(4, name.includes('user') ? 0n : random.pick(NOWHERE)) : value(4, FIRST)),
        asm.callKernel(name),
      ],
      input: inputOf([FIRST, text], [TARGET, new Uint8Array(TARGET_BYTES).fill(0x2e)]),
    };
  });
  expect(await differences(oracle, calls, true)).toEqual([]);
}, 60_000);
