/**
 * Programs that call kernel functions on tasks, groups and sets of CPUs, that throw or look things up, with mistakes in
 * them: never accepted where the kernel refuses them. None on work queues: a mistaken map makes Linux 6.18 itself fall.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPCODE_CALL, PSEUDO_KFUNC_CALL } from '../../electron/bpf/isa/opcodes.ts';
import type { Btf } from '../../electron/bpf/object/btf.ts';
import type { Instruction } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import { Layout } from '../../electron/replay/kernel/objects/layout.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { attachToOf, runningKernelTypes, tracingProgram } from './attach.ts';
import { cpuMaskVectors } from './cpu-mask-vectors.ts';
import { exceptionVectors } from './exception-vectors.ts';
import { linked, type TypedVector } from './function-vectors.ts';
import { Random } from './generator.ts';
import { lookupVectors } from './lookup-vectors.ts';
import { withMistake } from './near-miss.ts';
import { startOracle, type Answer, type Oracle, type Question } from './oracle.ts';
import { tracingFunctionVectors } from './tracing-function-vectors.ts';
import type { TracingVector } from './tracing-vectors.ts';
import { typed } from './types.ts';

const PROGRAMS = 100;
const TIMEOUT_MS = 120_000;

const kernelBtf = runningKernelTypes();
let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

type Verdict = ReturnType<typeof verifyProgram>;
interface Case {
  readonly name: string;
  readonly ours: Verdict;
  readonly question: Question;
}

/** What the kernel's verifier says of itself where it gives up. */
const OWN_BUG = 'verifier bug';

const isKernelCall = ({ opcode, src }: Instruction): boolean =>
  opcode === OPCODE_CALL && src === PSEUDO_KFUNC_CALL;

/** One mistake; now and then, a call of another function of those the programs call. */
function mistaken(random: Random, code: readonly Instruction[], calls: readonly number[]): Instruction[] {
  const places = code.flatMap((each, slot) => (isKernelCall(each) ? [slot] : []));
  if (places.length === 0 || random.below(4) > 0) return withMistake(random, code);
  const at = random.pick(places);
  const imm = random.pick(calls);
  return code.map((each, slot) => (slot === at ? { ...each, imm } : each));
}

function callsOf(codes: readonly (readonly Instruction[])[]): readonly number[] {
  return [...new Set(codes.flatMap((code) => code.filter(isKernelCall).map(({ imm }) => imm)))];
}

function ofTracing(random: Random, btf: Btf, vectors: readonly TracingVector[]): () => Case {
  const layout = new Layout(btf);
  const at = (struct: string, member: string): number => layout.place(struct, member)?.offsetBytes ?? 0;
  const codes = vectors.map(({ code }) => code(at).flat());
  const calls = callsOf(codes);
  return () => {
    const index = random.below(vectors.length);
    const { name = '', section = '', maps = [] } = vectors[index] ?? {};
    const program = tracingProgram(section, mistaken(random, codes[index] ?? [], calls));
    const attach = attachToOf(program, btf);
    const { type, instructions, isSleepable } = program;
    const ours = verifyProgram(program, maps, { license: 'GPL', kernelBtf: btf });
    const question = { type, license: 'GPL', instructions, maps, logLevel: 1, isSleepable } as const;
    return { name, ours, question: attach === undefined ? question : { ...question, attach } };
  };
}

function ofTyped(random: Random, btf: Btf, vectors: readonly TypedVector[]): () => Case {
  const calls = callsOf(vectors.map(({ functions }) => linked(functions)));
  return () => {
    const vector = random.pick(vectors);
    const { name, functions, typing, maps = [], type = 'socket_filter', isSleepable = false } = vector;
    const number = random.below(functions.length);
    const wrong = functions.map((code, index) => (index === number ? mistaken(random, code, calls) : code));
    const whole = typed({ ...asm.programOf([linked(wrong)], type), isSleepable }, maps, typing);
    const ours = verifyProgram(whole.program, whole.maps, { license: 'GPL', btf: whole.btf, kernelBtf: btf });
    const question = {
      type,
      license: 'GPL',
      instructions: whole.program.instructions,
      maps: whole.maps,
      types: whole.types,
      isSleepable,
      logLevel: 1,
    } as const;
    return { name, ours, question };
  };
}

const families: Readonly<Record<string, (random: Random, btf: Btf) => () => Case>> = {
  'tasks, groups and user memory': (random, btf) => ofTracing(random, btf, tracingFunctionVectors),
  'sets of CPUs': (random, btf) => ofTracing(random, btf, cpuMaskVectors),
  exceptions: (random, btf) => ofTyped(random, btf, exceptionVectors),
  'look-ups': (random, btf) => ofTyped(random, btf, lookupVectors),
};

function report({ name, question }: Case, kernel: Answer): string {
  return `${name}: ${JSON.stringify(question.instructions)} ${kernel.log}`;
}

describe('the verdict on programs with mistakes', () => {
  for (const [family, generator] of Object.entries(families)) {
    it(
      `is never kinder than the kernel’s: ${family}`,
      async (context) => {
        if ('unavailable' in oracle) return context.skip(oracle.unavailable);
        if (kernelBtf === undefined) return context.skip('the kernel shows no BTF');
        const generate = generator(new Random(family.length), kernelBtf);
        const unsound: string[] = [];
        const strict = new Map<string, number>();
        let accepted = 0;
        for (let count = 0; count < PROGRAMS; count += 1) {
          const each = generate();
          const kernel = await oracle.ask(each.question);
          if (kernel.log.includes(OWN_BUG)) continue;
          if (kernel.isAccepted) accepted += 1;
          if (each.ours.verdict === 'accepted' && !kernel.isAccepted) unsound.push(report(each, kernel));
          if (each.ours.verdict === 'rejected' && kernel.isAccepted) {
            const { code, text } = each.ours.reason;
            const reason = `${code}: ${text}`.replaceAll(/\d+/g, 'N');
            strict.set(reason, (strict.get(reason) ?? 0) + 1);
          }
        }
        console.log(`${family}: ${PROGRAMS} programs, ${accepted} accepted by the kernel`, strict);
        expect(unsound).toEqual([]);
        expect(accepted).toBeGreaterThan(PROGRAMS / 15);
      },
      TIMEOUT_MS,
    );
  }
});
