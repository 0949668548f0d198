/**
 * Sequences from a seed of what programs do with pointers to tasks in map values, and with the elements that hold
 * them, find the same pointers there, and none, on the interpreter, the JIT and the kernel.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Instruction } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { runningKernelTypes } from './attach.ts';
import { Random } from './generator.ts';
import { exchange, keeping, LOOSE, OWNED, release, releaseTaken, take, VALUE_BYTES } from './kptr-vectors.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { runOn } from './run.ts';
import { TestWorld } from './test-world.ts';
import { typed } from './types.ts';

const PROGRAMS = 200;
const STEPS = 12;
/** So many that an LRU map never has to push one out, which Linux does by chance. */
const ENTRIES = { array: 2, hash: 2, lru_hash: 1024 } as const;
const CURRENT_TASK = 158;
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

/** A world in which somebody runs: what the task holds, nobody asks. */
class TaskWorld extends TestWorld {
  override currentTask(): bigint {
    return 0x1_1000n;
  }
}

/** What the sequence finds out, 0 or 1, is folded into r9. */
const fold = [asm.alu64('mul', 9, 3), asm.alu64('add', 9, r(8))];
const isThere = (register: number): Instruction[] => [
  asm.mov64(8, 0),
  asm.jump64('jeq', register, 0, 1),
  asm.mov64(8, 1),
  ...fold,
];
const unless = (register: number, code: readonly Instruction[]): Instruction[] => [
  asm.jump64('jeq', register, 0, code.length),
  ...code,
];

/** What is done to the element in r6. */
const steps: readonly (readonly Instruction[])[] = [
  [
    asm.call(CURRENT_TASK),
    asm.mov64(1, r(0)),
    asm.callKernel('bpf_task_acquire'),
    asm.mov64(7, r(0)),
    ...unless(7, [...exchange(7), asm.mov64(7, r(0)), ...isThere(7), asm.mov64(0, r(7)), ...releaseTaken()]),
  ],
  [...take(), asm.mov64(7, r(0)), ...isThere(7), ...unless(7, release(7))],
  [asm.load(8, 7, 6, OWNED), ...isThere(7)],
  [asm.load(8, 7, 6, LOOSE), ...isThere(7)],
  [asm.load(8, 7, 6, OWNED), asm.store(8, 6, LOOSE, 7)],
  [asm.storeImmediate(8, 6, LOOSE, 0)],
  [
    asm.load(8, 7, 6, OWNED),
    asm.load(8, 2, 6, LOOSE),
    asm.mov64(8, 0),
    asm.jump64('jeq', 7, r(2), 1),
    asm.mov64(8, 1),
    ...fold,
  ],
];

function element(key: number): Instruction[] {
  return [
    asm.storeImmediate(4, 10, KEY_SLOT, key),
    ...asm.loadMap(1, 0),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, KEY_SLOT),
  ];
}

function step(random: Random): Instruction[] {
  const key = random.below(2);
  const kind = random.below(steps.length + 2);
  if (kind === steps.length) return [...element(key), asm.call(3), asm.mov64(8, r(0)), ...fold];
  if (kind > steps.length) {
    const words = Array.from({ length: VALUE_BYTES / 8 }, (_, word) =>
      asm.storeImmediate(8, 10, VALUE_SLOT + 8 * word, 0x11111),
    );
    const value = [asm.mov64(3, r(10)), asm.alu64('add', 3, VALUE_SLOT), asm.mov64(4, 0)];
    return [...words, ...element(key), ...value, asm.call(2), asm.mov64(8, r(0)), ...fold];
  }
  const code = steps[kind] ?? [];
  return [...element(key), asm.call(1), asm.mov64(6, r(0)), ...unless(6, code)];
}

it(
  'pointers come and go with their elements, as in the kernel',
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
      const { program, maps, btf, types } = typed(
        asm.programOf([instructions], 'sched_cls'),
        [map],
        (given) => ({
          values: [keeping(given)],
        }),
      );
      const verdict = verifyProgram(program, maps, { license: 'GPL', btf, kernelBtf });
      if (verdict.verdict === 'rejected') throw new Error(`seed ${seed}: ${verdict.reason.text}`);
      const question = { type: 'sched_cls', license: 'GPL', instructions, maps, types } as const;
      const asked = { ...question, isRun: true, logLevel: 1, data: new Uint8Array(PACKET_BYTES) } as const;
      const kernel = await oracle.ask(asked);
      const [interpreter, jit] = (['interpreter', 'jit'] as const).map(
        (engine) => runOn(engine, verdict.verified, asked, new TaskWorld()).returned,
      );
      if (kernel.returned !== undefined) results.add(kernel.returned);
      if (kernel.returned !== interpreter || kernel.returned !== jit)
        different.push({ seed, type, kernel: kernel.returned ?? kernel.log, interpreter, jit });
    }
    expect(different).toEqual([]);
    expect(results.size).toBeGreaterThan(PROGRAMS / 4);
  },
  TIMEOUT_MS,
);
