/**
 * Sequences from a seed of objects made, put into maps, changed, looked at and dropped give the same on the
 * interpreter, the JIT and the kernel.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Instruction } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { runningKernelTypes } from './attach.ts';
import { Random } from './generator.ts';
import { exchange, take } from './kptr-vectors.ts';
import { drop, ITEM, OWNED, owning, VALUE_BYTES } from './own-object-vectors.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { runOn } from './run.ts';
import { typed } from './types.ts';

const PROGRAMS = 200;
const STEPS = 12;
/** So many that an LRU map never has to push one out, which Linux does by chance. */
const ENTRIES = { array: 2, hash: 2, lru_hash: 1024 } as const;
const KEY_SLOT = -8;
const VALUE_SLOT = -8 - VALUE_BYTES;
const PACKET_BYTES = 64;
const TIMEOUT_MS = 60_000;

const kernelBtf = runningKernelTypes();
let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

/** What r8 holds is folded into r9. */
const fold = [asm.alu64('mul', 9, 31), asm.alu64('add', 9, r(8))];
const unless = (register: number, code: readonly Instruction[]): Instruction[] => [
  asm.jump64('jeq', register, 0, code.length),
  ...code,
];
/** The number in the object that `register` points to. */
const look = (register: number): Instruction[] => [asm.load(8, 8, register, 0), ...fold];
/** What r0 holds is told, and dropped. */
const dropped = [asm.mov64(7, r(0)), ...unless(7, [...look(7), ...drop(7)])];

/** What is done to the element in r6. */
function onElement(random: Random): Instruction[] {
  const number = random.below(1000);
  const put = [...exchange(7, OWNED), ...dropped];
  switch (random.below(5)) {
    case 0:
      return [...take(OWNED), ...dropped];
    case 1: {
      const change = [asm.load(8, 8, 7, 0), asm.alu64('add', 8, number), asm.store(8, 7, 0, 8)];
      return [...take(OWNED), asm.mov64(7, r(0)), ...unless(7, [...change, ...put])];
    }
    case 2:
      return [asm.load(8, 7, 6, OWNED), ...unless(7, look(7))];
    default: {
      const made = [asm.storeImmediate(8, 7, 0, number), ...put];
      return [
        asm.mov64(1, ITEM),
        asm.mov64(2, 0),
        asm.callKernel('bpf_obj_new_impl'),
        asm.mov64(7, r(0)),
        ...unless(7, made),
      ];
    }
  }
}

function withKey(key: number): Instruction[] {
  return [
    asm.storeImmediate(4, 10, KEY_SLOT, key),
    ...asm.loadMap(1, 0),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, KEY_SLOT),
  ];
}

function step(random: Random): Instruction[] {
  const key = random.below(2);
  switch (random.below(6)) {
    case 0:
      return [...withKey(key), asm.call(3), asm.mov64(8, r(0)), ...fold];
    case 1: {
      const words = Array.from({ length: VALUE_BYTES / 8 }, (_, word) =>
        asm.storeImmediate(8, 10, VALUE_SLOT + 8 * word, 0x11111),
      );
      const value = [asm.mov64(3, r(10)), asm.alu64('add', 3, VALUE_SLOT), asm.mov64(4, 0)];
      return [...words, ...withKey(key), ...value, asm.call(2), asm.mov64(8, r(0)), ...fold];
    }
    default:
      return [...withKey(key), asm.call(1), asm.mov64(6, r(0)), ...unless(6, onElement(random))];
  }
}

it(
  'objects in maps hold what was put there, as in the kernel',
  async (context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    if (kernelBtf === undefined) return context.skip('the kernel shows no BTF');
    const different: unknown[] = [];
    const results = new Set<number>();
    for (let seed = 1; seed <= PROGRAMS; seed += 1) {
      const random = new Random(seed);
      const type = random.pick(['array', 'hash', 'lru_hash'] as const);
      const map = asm.mapOf(type, 4, VALUE_BYTES, ENTRIES[type]);
      const code = Array.from({ length: STEPS }, () => step(random)).flat();
      const instructions = [asm.mov64(9, 1), ...code, asm.mov64(0, r(9)), asm.exit];
      const bare = asm.programOf([instructions], 'sched_cls');
      const { program, maps, btf, types } = typed(bare, [map], (given) => ({ values: [owning(given)] }));
      const verdict = verifyProgram(program, maps, { license: 'GPL', btf, kernelBtf });
      if (verdict.verdict === 'rejected') throw new Error(`seed ${seed}: ${verdict.reason.text}`);
      const question = { type: 'sched_cls', license: 'GPL', instructions, maps, types } as const;
      const asked = { ...question, isRun: true, logLevel: 1, data: new Uint8Array(PACKET_BYTES) } as const;
      const kernel = await oracle.ask(asked);
      const [interpreter, jit] = (['interpreter', 'jit'] as const).map(
        (engine) => runOn(engine, verdict.verified, asked).returned,
      );
      if (kernel.returned !== undefined) results.add(kernel.returned);
      if (kernel.returned !== interpreter || kernel.returned !== jit)
        different.push({ seed, type, kernel: kernel.returned ?? kernel.log, interpreter, jit });
    }
    expect(different).toEqual([]);
    expect(results.size).toBeGreaterThan(PROGRAMS / 2);
  },
  TIMEOUT_MS,
);
