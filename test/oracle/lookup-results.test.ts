/** What helpers that look things up in the kernel answer is what they answer there, on both engines. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Instruction } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import { Machine } from '../../electron/bpf/vm/machine.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { runningKernelTypes, tracingProgram } from './attach.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { TestWorld } from './test-world.ts';

const BTF_FIND = 167;
const SYS_CLOSE = 168;
const KALLSYMS = 179;
const NAME_BYTES = 32;
/** BTF_KIND_*. */
const INT = 1;
const STRUCT = 4;
const FUNC = 12;

const kernelBtf = runningKernelTypes();
let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

/** r1 = the name on the stack, r2 = its bytes with the NUL, or as many as told. */
function named(name: string, size = name.length + 1): Instruction[] {
  const bytes = Buffer.alloc(NAME_BYTES);
  bytes.write(name);
  const words = Array.from({ length: NAME_BYTES / 4 }, (_, index) =>
    asm.storeImmediate(4, 10, 4 * index - NAME_BYTES, bytes.readInt32LE(4 * index)),
  );
  return [...words, asm.mov64(1, r(10)), asm.alu64('add', 1, -NAME_BYTES), asm.mov64(2, size)];
}

const type = (name: string, kind: number, flags = 0, size?: number): Instruction[] => [
  ...named(name, size),
  asm.mov64(3, kind),
  asm.mov64(4, flags),
  asm.call(BTF_FIND),
];
const symbol = (name: string, flags: number, size?: number): Instruction[] => [
  ...named(name, size),
  asm.mov64(3, flags),
  asm.mov64(4, r(10)),
  asm.alu64('add', 4, -40),
  asm.call(KALLSYMS),
];

const programs: Readonly<Record<string, readonly Instruction[]>> = {
  'a struct': type('task_struct', STRUCT),
  'an integer': type('int', INT),
  'a function': type('bpf_throw', FUNC),
  'no struct of a function’s name': type('bpf_throw', STRUCT),
  'no type of another name': type('no_such_struct_is_here', STRUCT),
  'no kind 77': type('task_struct', 77),
  'no type with flags': type('task_struct', STRUCT, 1),
  'no type of a name that does not end': type('task_struct', STRUCT, 0, 11),
  'no type of one byte': type('', STRUCT, 0, 1),
  'a type whose name ends before its bytes do': type('task_struct', STRUCT, 0, 20),
  'no symbol of another name': symbol('no_such_symbol_is_here', 0),
  'no symbol with flags': symbol('schedule', 1),
  'no symbol of a name that does not end': symbol('schedule', 0, 8),
  'zero for a symbol that is not there': [...symbol('no_such_symbol_is_here', 0), asm.load(8, 0, 10, -40)],
  'no such file to close': [asm.mov64(1, 1_000_000), asm.call(SYS_CLOSE)],
};

describe('a look-up finds what it finds in the kernel', () => {
  for (const [name, code] of Object.entries(programs)) {
    it(name, async (context) => {
      if ('unavailable' in oracle) return context.skip(oracle.unavailable);
      if (kernelBtf === undefined) return context.skip('the kernel shows no BTF');
      const instructions = [...code, asm.exit];
      const verdict = verifyProgram(tracingProgram('syscall', instructions), [], {
        license: 'GPL',
        kernelBtf,
      });
      if (verdict.verdict === 'rejected') throw new Error(verdict.reason.text);
      const { returned, log } = await oracle.ask({
        type: 'syscall',
        license: 'GPL',
        instructions,
        maps: [],
        isSleepable: true,
        isRun: true,
        logLevel: 1,
      });
      expect(returned, log).toBeDefined();
      const ours = (['interpreter', 'jit'] as const).map((engine) => {
        const machine = new Machine({ cpuCount: 1, world: new TestWorld(), engine });
        machine.kernelTypes = kernelBtf;
        const program = machine.loadProgram(verdict.verified, []);
        return Number(BigInt.asUintN(32, program.run(machine.memory.allocate(64))));
      });
      expect(ours).toEqual([returned, returned]);
    });
  }
});
