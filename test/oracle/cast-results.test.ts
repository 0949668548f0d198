/** What is read through bpf_rdonly_cast() is what is read there in the kernel, or zero where nothing is. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Instruction } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { placesIn, runningKernelTypes } from './attach.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { runOn } from './run.ts';

const NUMBER = 0x1234;
const map = asm.mapOf('array', 4, 32, 1);
const kernelBtf = runningKernelTypes();
let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

/** `register` cast to the type, and the word at `at` read. */
const readAs = (register: number, type: number, at = 0): Instruction[] => [
  asm.mov64(1, r(register)),
  asm.mov64(2, type),
  asm.callKernel('bpf_rdonly_cast'),
  asm.load(8, 0, 0, at),
  asm.exit,
];
const value = [...asm.loadMapValue(6, 0), asm.storeImmediate(8, 6, 8, NUMBER)];

const programs: Readonly<Record<string, { code: (type: number) => Instruction[]; gives: number }>> = {
  'a value as a struct': { code: (type) => [...value, ...readAs(6, type, 8)], gives: NUMBER },
  'a value as bytes': { code: () => [...value, ...readAs(6, 0, 8)], gives: NUMBER },
  'a small number as a struct': { code: (type) => [asm.mov64(6, 64), ...readAs(6, type, 8)], gives: 0 },
  'a small number as bytes': { code: () => [asm.mov64(6, 64), ...readAs(6, 0, 8)], gives: 0 },
};

for (const [name, { code, gives }] of Object.entries(programs)) {
  it(`${name} reads as in the kernel`, async (context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    if (kernelBtf === undefined) return context.skip('the kernel shows no BTF');
    const [, typeOf] = placesIn(kernelBtf);
    const instructions = code(typeOf('timespec64'));
    const program = asm.programOf([instructions], 'sched_cls');
    const verdict = verifyProgram(program, [map], { license: 'GPL', kernelBtf });
    if (verdict.verdict === 'rejected') throw new Error(verdict.reason.text);
    const question = { type: 'sched_cls', license: 'GPL', instructions, maps: [map] } as const;
    const asked = { ...question, isRun: true, logLevel: 1, data: new Uint8Array(64) } as const;
    const engines = ['interpreter', 'jit'] as const;
    const ours = engines.map((engine) => runOn(engine, verdict.verified, asked).returned);
    const kernel = await oracle.ask(asked);
    expect([kernel.returned, ...ours], kernel.log).toEqual([gives, gives, gives]);
  });
}
