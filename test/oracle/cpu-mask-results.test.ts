/** Sequences from a seed of what programs do with sets of CPUs give what they give in the kernel, on both engines. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Instruction } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import { Machine, type EngineName } from '../../electron/bpf/vm/machine.ts';
import type { VerifiedProgram } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { runningKernelTypes, tracingProgram } from './attach.ts';
import { create } from './cpu-mask-vectors.ts';
import { Random } from './generator.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { TestWorld } from './test-world.ts';

const PROGRAMS = 120;
const STEPS = 30;
const MASKS = [6, 7, 8] as const;
const TIMEOUT_MS = 60_000;

const kernelBtf = runningKernelTypes();
let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

/** CPUs that this machine may come to have: nr_cpu_ids. */
function possibleCpus(): number | undefined {
  try {
    const list = readFileSync('/sys/devices/system/cpu/possible', 'utf8');
    return Number(/(\d+)\s*$/.exec(list)?.[1]) + 1;
  } catch {
    return undefined;
  }
}

const kernel = (name: string): Instruction => asm.callKernel(`bpf_cpumask_${name}`);
/** What the call gave is folded into r9. */
const fold = [asm.alu64('mul', 9, 31), asm.alu64('add', 9, r(0))];
/** A bool of C: its byte alone means something. */
const foldBool = [asm.alu64('and', 0, 0xff), ...fold];
const nothing = asm.mov64(0, 5);

function step(random: Random, cpus: number): Instruction[] {
  const mask = (register: number): Instruction => asm.mov64(register, r(random.pick(MASKS)));
  const cpu = asm.mov64(1, random.pick([0, 1, cpus - 1, cpus, cpus + 1, 63, 64, -1]));
  switch (random.below(10)) {
    case 0:
    case 1:
      return [cpu, mask(2), kernel(random.pick(['set_cpu', 'set_cpu', 'clear_cpu'])), nothing, ...fold];
    case 2:
      return [
        cpu,
        mask(2),
        kernel(random.pick(['test_cpu', 'test_and_set_cpu', 'test_and_clear_cpu'])),
        ...foldBool,
      ];
    case 3:
      return [mask(1), kernel(random.pick(['setall', 'clear'])), nothing, ...fold];
    case 4:
      return [mask(1), mask(2), mask(3), kernel(random.pick(['or', 'xor'])), nothing, ...fold];
    case 5:
      return [mask(1), mask(2), mask(3), kernel('and'), ...foldBool];
    case 6:
      return [mask(1), mask(2), kernel(random.pick(['equal', 'subset', 'intersects'])), ...foldBool];
    case 7:
      return [mask(1), kernel(random.pick(['empty', 'full'])), ...foldBool];
    case 8:
      return [mask(1), mask(2), kernel('first_and'), ...fold];
    default:
      return [mask(1), kernel(random.pick(['first', 'first_zero', 'weight'])), ...fold];
  }
}

/** A mask of 8, or too few, bytes of the program's. */
function populate(random: Random): Instruction[] {
  return [
    asm.storeImmediate(8, 10, -8, random.below(8)),
    asm.mov64(1, r(random.pick(MASKS))),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, -8),
    asm.mov64(3, random.pick([8, 8, 8, 7, 0])),
    kernel('populate'),
    ...fold,
  ];
}

function run(verified: VerifiedProgram, engine: EngineName, cpuCount: number): number {
  const machine = new Machine({ cpuCount, world: new TestWorld(), engine });
  machine.kernelTypes = kernelBtf;
  const before = machine.objects.count;
  const returned = machine.loadProgram(verified, []).run(machine.memory.allocate(64));
  expect(machine.objects.count).toBe(before);
  return Number(BigInt.asUintN(32, returned));
}

it(
  'sequences of calls on masks of CPUs answer as in the kernel',
  async (context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    if (kernelBtf === undefined) return context.skip('the kernel shows no BTF');
    const cpus = possibleCpus();
    if (cpus === undefined) return context.skip('the kernel does not say which CPUs it may have');
    const differing: string[] = [];
    for (let seed = 1; seed <= PROGRAMS; seed += 1) {
      const random = new Random(seed);
      const steps = Array.from({ length: STEPS }, () =>
        random.below(9) === 0 ? populate(random) : step(random, cpus),
      );
      const instructions = [
        asm.mov64(9, 0),
        ...create(6),
        ...create(7, 6),
        ...create(8, 6, 7),
        ...steps.flat(),
        ...MASKS.flatMap((each) => [asm.mov64(1, r(each)), kernel('release')]),
        asm.mov64(0, r(9)),
        asm.exit,
      ];
      const program = tracingProgram('syscall', instructions);
      const verdict = verifyProgram(program, [], { license: 'GPL', kernelBtf });
      if (verdict.verdict === 'rejected') throw new Error(`seed ${seed}: ${verdict.reason.text}`);
      const { returned, log } = await oracle.ask({
        type: 'syscall',
        license: 'GPL',
        instructions,
        maps: [],
        isSleepable: true,
        isRun: true,
        logLevel: 1,
      });
      if (returned === undefined) throw new Error(`seed ${seed}: ${log}`);
      for (const engine of ['interpreter', 'jit'] as const) {
        const ours = run(verdict.verified, engine, cpus);
        if (ours !== returned) differing.push(`seed ${seed} on the ${engine}: ${ours}, kernel ${returned}`);
      }
    }
    expect(differing).toEqual([]);
    console.log(`${PROGRAMS} sequences of ${STEPS} calls, the same on both engines and the kernel`);
  },
  TIMEOUT_MS,
);
