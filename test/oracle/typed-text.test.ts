/** bpf_snprintf_btf() prints values of types of the running kernel as that kernel does, on both engines. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Btf } from '../../electron/bpf/object/btf.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { runningKernelTypes } from './attach.ts';
import { copyOf, differences, inputOf, value, VALUE_BYTES, type Call } from './call-results.ts';
import { Random } from './generator.ts';
import { startOracle, type Oracle } from './oracle.ts';

const SNPRINTF_BTF = 149;
const OUT = 8;
const OUT_BYTES = 700;
/** Where the value lies that is printed. */
const FROM = 720;
const FROM_BYTES = VALUE_BYTES - FROM;
const PTR_RAW = 4;
const CALLS = 1200;
/** Kinds whose values are shown; a variable or a section would be looked up in the kernel itself. */
const shown = new Set([
  'int',
  'ptr',
  'array',
  'struct',
  'union',
  'enum',
  'enum64',
  'typedef',
  'const',
  'fwd',
  'func',
]);

function typesOf(btf: Btf): number[] {
  const ids: number[] = [];
  for (let id = 1; id < btf.typeCount; id += 1) {
    if (shown.has(btf.kindOf(id)) && (btf.sizeOf(id) ?? 0) <= FROM_BYTES) ids.push(id);
  }
  return ids;
}

function callOf(btf: Btf, ids: readonly number[], seed: number): Call {
  const random = new Random(seed);
  const id = random.pick(ids);
  const bytes = Uint8Array.from({ length: FROM_BYTES }, () => randomByte(random));
  const flags = random.pick([0, 1, 2, 3, 8, 9, 10, 11]) | PTR_RAW;
  const size = random.chance(4) ? random.pick([1, 2, 40, 80]) : OUT_BYTES;
  return {
    name: `seed ${seed}: ${btf.kindOf(id)} ${btf.nameOf(id)} (${id}), flags ${flags}, size ${size}`,
    code: [
      ...value(6, FROM),
      asm.store(8, 10, -16, 6),
      asm.storeImmediate(4, 10, -8, id),
      asm.storeImmediate(4, 10, -4, 0),
      ...value(1, OUT),
      asm.mov64(2, size),
      copyOf(3, 10),
      asm.alu64('add', 3, -16),
      asm.mov64(4, 16),
      asm.mov64(5, flags),
      asm.call(SNPRINTF_BTF),
    ],
    input: inputOf([FROM, bytes]),
  };
}

/** Much is zero, and much a character. */
function randomByte(random: Random): number {
  switch (random.below(4)) {
    case 0:
    case 1:
      return 0;
    case 2:
      return 0x20 + random.below(96);
    default:
      return random.below(256);
  }
}

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

it('values of all kinds of types are printed as in the kernel', async (context) => {
  const btf = runningKernelTypes();
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  if (btf === undefined) return context.skip('the kernel shows no BTF');
  const ids = typesOf(btf);
  const calls = Array.from({ length: CALLS }, (_, index) => callOf(btf, ids, 700_000 + index));
  expect(await differences(oracle, calls, false)).toEqual([]);
}, 120_000);

it('flags that there are none of, ids of no type and pointers to nothing are refused as in the kernel', async (context) => {
  const btf = runningKernelTypes();
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  if (btf === undefined) return context.skip('the kernel shows no BTF');
  const id = btf.findStruct('list_head')?.id ?? 0;
  const asks: [name: string, id: number, size: number, flags: number, pointer: number | 'null'][] = [
    ['another flag', id, 16, 16, FROM],
    ['void', 0, 16, 0, FROM],
    ['no such type', 0x7fff_ffff, 16, 0, FROM],
    ['half a pointer', id, 8, 0, FROM],
    ['nothing there', id, 16, 0, 'null'],
  ];
  const calls = asks.map(([name, typeId, size, flags, pointer]): Call => ({
    name,
    code: [
      ...(pointer === 'null' ? [asm.mov64(6, 0)] : value(6, pointer)),
      asm.store(8, 10, -16, 6),
      asm.storeImmediate(4, 10, -8, typeId),
      asm.storeImmediate(4, 10, -4, 0),
      ...value(1, OUT),
      asm.mov64(2, 64),
      asm.mov64(3, r(10)),
      asm.alu64('add', 3, -16),
      asm.mov64(4, size),
      asm.mov64(5, flags),
      asm.call(SNPRINTF_BTF),
    ],
    input: inputOf(),
  }));
  expect(await differences(oracle, calls, false)).toEqual([]);
});
