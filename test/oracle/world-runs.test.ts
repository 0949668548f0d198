import { readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { benchTypes, BenchWorld } from '../../electron/host/bench-world.ts';
import type { LinkedProgram, MapDefinition } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import { Machine, type EngineName } from '../../electron/bpf/vm/machine.ts';
import { Layout } from '../../electron/replay/kernel/objects/layout.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { runningKernelTypes } from './attach.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { tracingFunctionRuns } from './tracing-function-runs.ts';
import { worldRuns } from './world-runs.ts';

const kernelBtf = runningKernelTypes();
const types = kernelBtf === undefined ? undefined : benchTypes(kernelBtf);
let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

function pidNamespace(): { device: number; inode: number } {
  try {
    const { dev, ino } = statSync('/proc/self/ns/pid');
    return { device: dev, inode: ino };
  } catch {
    return { device: 0, inode: 0 };
  }
}

/** CONFIG_HZ of the running kernel; undefined where it does not show its configuration. */
function runningTicks(): number | undefined {
  try {
    const configuration = gunzipSync(readFileSync('/proc/config.gz')).toString();
    return Number(/^CONFIG_HZ=(\d+)$/m.exec(configuration)?.[1]);
  } catch {
    return undefined;
  }
}

function run(program: LinkedProgram, maps: readonly MapDefinition[], engine: EngineName): number {
  if (types === undefined) throw new Error('asked without types');
  const verdict = verifyProgram(program, maps, { license: 'GPL', kernelBtf: types });
  if (verdict.verdict === 'rejected') throw new Error(verdict.reason.text);
  const world = new BenchWorld();
  const machine = new Machine({ cpuCount: 1, world, engine });
  world.layOut(machine.memory, types);
  const loaded = machine.loadProgram(
    verdict.verified,
    maps.map((map) => machine.addMap(map)),
  );
  return Number(BigInt.asUintN(32, loaded.run(machine.memory.allocate(64))));
}

describe('a program that is run by hand', () => {
  const runs = [...worldRuns(pidNamespace()), ...tracingFunctionRuns];
  for (const { name, code, maps = [], isRawTracepoint = false, ticksPerSecond } of runs) {
    it(`returns the same as in the kernel: ${name}`, async (context) => {
      if ('unavailable' in oracle) return context.skip(oracle.unavailable);
      if (types === undefined) return context.skip('the kernel shows no BTF');
      if (ticksPerSecond !== undefined && runningTicks() !== ticksPerSecond)
        return context.skip(`the kernel does not say that it ticks ${ticksPerSecond} times a second`);
      const layout = new Layout(types);
      const instructions = code((struct, member) => layout.place(struct, member)?.offsetBytes ?? -1);
      const type = isRawTracepoint ? 'raw_tracepoint' : 'syscall';
      const isSleepable = !isRawTracepoint;
      const section = isRawTracepoint ? 'raw_tp/sched_switch' : 'syscall';
      const program = { ...asm.programOf([instructions], type), section, isSleepable };
      const kernel = await oracle.ask({
        type,
        license: 'GPL',
        instructions,
        maps,
        isSleepable,
        logLevel: 1,
        isRun: true,
      });
      expect(kernel.isAccepted, kernel.log).toBe(true);
      const ours = { interpreter: run(program, maps, 'interpreter'), jit: run(program, maps, 'jit') };
      expect(ours).toEqual({ interpreter: kernel.returned, jit: kernel.returned });
    });
  }
});
