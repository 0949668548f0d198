/** What programs count in objects that every CPU has its own of: the same on interpreter, JIT and kernel. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Instruction } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { runningKernelTypes } from './attach.ts';
import { unless } from './graph-code.ts';
import { element, exchange } from './kptr-vectors.ts';
import { startOracle, type Oracle } from './oracle.ts';
import {
  dropped,
  dropTaken,
  loaded,
  made,
  OWNED,
  ownOf,
  perCpu,
  VALUE_BYTES,
} from './percpu-object-vectors.ts';
import { runOn } from './run.ts';
import { typed } from './types.ts';

const PACKET_BYTES = 64;
const SMP_PROCESSOR = 8;
const PER_CPU = 153;
const kernelBtf = runningKernelTypes();
let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

/** This CPU's own of what the map holds counts `by` more; r8 what it has then. */
const count = (by: number): Instruction[] => [
  ...loaded,
  ...unless(7, [
    ...ownOf(),
    asm.load(8, 8, 0, 0),
    asm.alu64('add', 8, by),
    asm.store(8, 0, 0, 8),
    asm.load(8, 8, 0, 0),
  ]),
];
/** The kernel leaves in a new one what was there before. */
const put = [...made(), ...exchange(7, OWNED), ...dropTaken, ...ownOf(), asm.storeImmediate(8, 0, 0, 0)];
/** The same by the number of this CPU. */
const byNumber = [
  asm.call(SMP_PROCESSOR),
  asm.mov64(9, r(0)),
  ...loaded,
  ...unless(7, [
    asm.mov64(1, r(7)),
    asm.mov64(2, r(9)),
    asm.call(PER_CPU),
    ...unless(0, [asm.load(8, 8, 0, 0)]),
  ]),
];
const noSuchCpu = [
  ...loaded,
  ...unless(7, [
    asm.mov64(1, r(7)),
    asm.mov64(2, 100_000),
    asm.call(PER_CPU),
    asm.mov64(8, 5),
    ...unless(0, [asm.mov64(8, 6)]),
  ]),
];

const programs: Readonly<Record<string, readonly [readonly Instruction[], number]>> = {
  'what was never put there': [count(3), 1],
  'what was put there': [[...put, ...count(3), ...count(4)], 7],
  'a new one in its place': [[...put, ...count(3), ...put, ...count(4)], 4],
  'the same by the CPU’s number': [[...put, ...count(3), ...byNumber], 3],
  'that of a CPU that there is not': [[...put, ...noSuchCpu], 5],
  'one that was made and dropped': [[...made(), ...dropped(), asm.mov64(8, 2)], 2],
};

for (const [name, [code, expected]] of Object.entries(programs)) {
  it(`${name} is what it is in the kernel`, async (context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    if (kernelBtf === undefined) return context.skip('the kernel shows no BTF');
    const instructions = [...element, asm.mov64(8, 1), ...code, asm.mov64(0, r(8)), asm.exit];
    const bare = asm.programOf([instructions], 'sched_cls');
    const map = asm.mapOf('array', 4, VALUE_BYTES, 1);
    const { program, maps, btf, types } = typed(bare, [map], (given) => ({ values: [perCpu(given)] }));
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
