/** What bpf_res_spin_lock() tells of a lock that the program itself holds: the same on interpreter, JIT and kernel. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Instruction } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { runningKernelTypes } from './attach.ts';
import { VALUE_BYTES } from './graph-code.ts';
import { element } from './kptr-vectors.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { give, resilient, taken } from './resilient-vectors.ts';
import { runOn } from './run.ts';
import { typed } from './types.ts';

const PACKET_BYTES = 64;
const EDEADLK = 35;
const FLAGS = -24;
const LOCK = 8;
const kernelBtf = runningKernelTypes();
let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

/** r6 and r9 one element, looked up twice; r6's lock is held, and r0 what taking that of r9 tells. */
const again = (take: readonly Instruction[], giveBack: readonly Instruction[]): Instruction[] => [
  ...element,
  asm.mov64(9, r(6)),
  ...element,
  ...taken(6),
  asm.mov64(1, r(9)),
  asm.alu64('add', 1, LOCK),
  ...take,
  asm.mov64(8, r(0)),
  asm.jump64('jne', 0, 0, giveBack.length),
  ...giveBack,
  ...give(6),
  asm.mov64(0, r(8)),
];

const plainly = again([asm.callKernel('bpf_res_spin_lock')], give(9));
const flags = [asm.mov64(2, r(10)), asm.alu64('add', 2, FLAGS)];
const quietly = again(
  [...flags, asm.callKernel('bpf_res_spin_lock_irqsave')],
  [asm.mov64(1, r(9)), asm.alu64('add', 1, LOCK), ...flags, asm.callKernel('bpf_res_spin_unlock_irqrestore')],
);
const twice = [...element, ...taken(), ...give(), ...taken(), ...give(), asm.mov64(0, 7)];
const upper = asm.alu64('rsh', 0, 32);

const programs: Readonly<Record<string, readonly [readonly Instruction[], number]>> = {
  'a lock that is held': [plainly, -EDEADLK >>> 0],
  'the upper half of that': [[...plainly, upper], 0],
  'a lock that is held, without interrupts': [quietly, -EDEADLK >>> 0],
  'a lock given back': [twice, 7],
};

for (const [name, [code, expected]] of Object.entries(programs)) {
  it(`${name} is what it is in the kernel`, async (context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    if (kernelBtf === undefined) return context.skip('the kernel shows no BTF');
    const instructions = [...code, asm.exit];
    const bare = asm.programOf([instructions], 'sched_cls');
    const map = asm.mapOf('array', 4, VALUE_BYTES, 1);
    const { program, maps, btf, types } = typed(bare, [map], (given) => ({ values: [resilient(given)] }));
    const verdict = verifyProgram(program, maps, { license: 'GPL', btf, kernelBtf });
    if (verdict.verdict === 'rejected') throw new Error(verdict.reason.text);
    const question = { type: 'sched_cls', license: 'GPL', instructions, maps, types } as const;
    const asked = { ...question, isRun: true, logLevel: 1, data: new Uint8Array(PACKET_BYTES) } as const;
    const kernel = await oracle.ask(asked);
    const ours = (['interpreter', 'jit'] as const).map(
      (engine) => runOn(engine, verdict.verified, asked).returned,
    );
    expect([kernel.returned, ...ours], kernel.log).toEqual([expected, expected, expected]);
  });
}
