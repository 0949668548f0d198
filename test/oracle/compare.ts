/** Our verdict beside the kernel's, over generated programs. */
import type { Btf } from '../../electron/bpf/object/btf.ts';
import type { Instruction, LinkedProgram } from '../../electron/bpf/program.ts';
import { verifyProgram, type Rejection } from '../../electron/bpf/verifier/verify.ts';
import { programOf } from '../bpf/verifier/assembler.ts';
import { runningKernelTypes } from './attach.ts';
import { generateProgram } from './generator.ts';
import { numbersOf, type Kind } from './kinds.ts';
import { KernelFell, type Answer, type Oracle, type Question } from './oracle.ts';
import { compareResult } from './run.ts';
import { withTypes } from './types.ts';

/** The kernel's words for more paths than it puts off; what it returns then differs by version. */
const TOO_MANY_JUMPS = /The sequence of \d+ jumps is too complex/;
/** Programs that the kernel is asked about before their turn. */
const AHEAD = 8;
/** -E2BIG. */
const TOO_COMPLEX = -7;
/** -EFAULT: the kernel's verifier stops at a state it takes for a bug of its own. */
const CONFUSED = -14;

let types: Btf | undefined;

/** Read once, and only where a kind asks for them. */
function kernelTypes(): Btf | undefined {
  return (types ??= runningKernelTypes());
}

export interface Disagreement {
  readonly seed: number;
  readonly instructions: readonly Instruction[];
  /** The kernel's last words, or our rejection. */
  readonly reason: string;
}

export interface Comparison {
  readonly programs: number;
  readonly acceptedByKernel: number;
  /** The kernel gave up, after a million instructions or over itself: no matter of safety. */
  readonly tooComplexThere: number;
  /** The kernel's verifier did not get over it: a bug of the kernel's. */
  readonly fallsThere: readonly Disagreement[];
  /** Runs on interpreter, JIT and kernel whose results were compared. */
  readonly runs: number;
  /** We accept what the kernel refuses: never to happen. */
  readonly unsound: readonly Disagreement[];
  /** We refuse what the kernel accepts. */
  readonly tooStrict: readonly Disagreement[];
  /** Interpreter, JIT and kernel do not compute the same. */
  readonly different: readonly Disagreement[];
}

/** Compares `programs` programs from a seed on. The oracle was started with the kind's privilege. */
export async function compareVerdicts(
  oracle: Oracle,
  fromSeed: number,
  programs: number,
  kindOrGenerate: Kind | ((seed: number) => Instruction[]) = generateProgram,
): Promise<Comparison> {
  const kind =
    typeof kindOrGenerate === 'function' ? numbersOf(kindOrGenerate.name, kindOrGenerate) : kindOrGenerate;
  const found = { unsound: [], tooStrict: [], different: [], fallsThere: [] } as Record<
    string,
    Disagreement[]
  >;
  let acceptedByKernel = 0;
  let tooComplexThere = 0;
  let runs = 0;
  const asked: Asked[] = [];
  const end = fromSeed + programs;
  for (let seed = fromSeed; seed < end; seed += 1) {
    // The kernel works on programs to come while this one is looked at here.
    for (let next = seed + asked.length; next < end && asked.length < AHEAD; next += 1)
      asked.push(askAbout(oracle, kind, next));
    const { program, btf, question, answer } = asked.shift() ?? askAbout(oracle, kind, seed);
    const { instructions } = program;
    const ours = verifyProgram(program, kind.maps, {
      license: 'GPL',
      privileged: kind.privilege === 'full',
      isBpfCapable: kind.privilege !== 'none',
      btf,
      kernelBtf: kind.readsObjects === true ? kernelTypes() : undefined,
    });
    const kernel = await answer;
    if (kernel instanceof KernelFell) {
      found['fallsThere']?.push({ seed, instructions, reason: kernel.message });
      continue;
    }
    if (kernel.isAccepted) acceptedByKernel += 1;
    if (ours.verdict === 'accepted' && !kernel.isAccepted) {
      const reason = await lastWords(oracle, question).catch(unlessFallen);
      if (reason instanceof KernelFell) {
        found['fallsThere']?.push({ seed, instructions, reason: reason.message });
        continue;
      }
      const hasGivenUp = kernel.loadResult === TOO_COMPLEX || kernel.loadResult === CONFUSED;
      if (hasGivenUp || TOO_MANY_JUMPS.test(reason)) tooComplexThere += 1;
      else found['unsound']?.push({ seed, instructions, reason });
    } else if (ours.verdict === 'rejected' && kernel.isAccepted) {
      found['tooStrict']?.push({ seed, instructions, reason: kindOfRejection(ours.reason) });
    } else if (ours.verdict === 'accepted' && kind.isRunnable) {
      runs += 1;
      const reason = await compareResult(oracle, question, ours.verified, seed).catch(unlessFallen);
      if (reason instanceof KernelFell)
        found['fallsThere']?.push({ seed, instructions, reason: reason.message });
      else if (reason !== undefined) found['different']?.push({ seed, instructions, reason });
    }
  }
  const { unsound = [], tooStrict = [], different = [], fallsThere = [] } = found;
  return { programs, acceptedByKernel, tooComplexThere, runs, unsound, tooStrict, different, fallsThere };
}

interface Asked {
  readonly program: LinkedProgram;
  readonly btf: Btf | undefined;
  readonly question: Question;
  readonly answer: Promise<Answer | KernelFell>;
}

function askAbout(oracle: Oracle, kind: Kind, seed: number): Asked {
  const { type, instructions } = kind.generate(seed);
  const bare = programOf([instructions], type);
  // Without types the kernel takes no callbacks, and with them it asks for more privilege.
  const isTyped = bare.subprograms.length > 1 && kind.privilege === 'full';
  const { program, types, btf } = isTyped ? withTypes(bare) : { program: bare };
  const question: Question = {
    type,
    license: 'GPL',
    instructions,
    maps: kind.maps,
    ...(types === undefined ? {} : { types }),
  };
  return { program, btf, question, answer: oracle.ask(question).catch(unlessFallen) };
}

function unlessFallen(error: unknown): KernelFell {
  if (error instanceof KernelFell) return error;
  throw error;
}

async function lastWords(oracle: Oracle, question: Question): Promise<string> {
  const { log } = await oracle.ask({ ...question, logLevel: 1 });
  return log.trim().split('\n').slice(-3).join(' | ');
}

/** The rejection without its numbers, to count alike ones together. */
function kindOfRejection(rejection: Rejection): string {
  return `${rejection.code}: ${rejection.text.replaceAll(/-?\d+/g, 'N')}`;
}

/** Both together. */
export function sumOf(a: Comparison, b: Comparison): Comparison {
  return {
    programs: a.programs + b.programs,
    acceptedByKernel: a.acceptedByKernel + b.acceptedByKernel,
    tooComplexThere: a.tooComplexThere + b.tooComplexThere,
    runs: a.runs + b.runs,
    unsound: [...a.unsound, ...b.unsound],
    tooStrict: [...a.tooStrict, ...b.tooStrict],
    different: [...a.different, ...b.different],
    fallsThere: [...a.fallsThere, ...b.fallsThere],
  };
}

/** Lines for people: the counts, and what we refuse that the kernel does not. */
export function renderComparison(comparison: Comparison): string {
  const { programs, acceptedByKernel, tooComplexThere, runs, unsound, tooStrict, different, fallsThere } =
    comparison;
  const perThousand = ((1000 * tooStrict.length) / Math.max(1, programs)).toFixed(2);
  const seeds = new Map<string, number[]>();
  for (const { reason, seed } of tooStrict) seeds.set(reason, [...(seeds.get(reason) ?? []), seed]);
  const ran = runs === 0 ? '' : `; ${runs} run, ${different.length} different`;
  return [
    `${programs} programs, ${acceptedByKernel} accepted by the kernel, ${tooComplexThere} given up by it alone; unsound ${unsound.length}, too strict ${tooStrict.length} (${perThousand} in 1000)${ran}`,
    ...unsound.map(({ seed, reason }) => `  unsound: seed ${seed}: ${reason}`),
    ...fallsThere.map(({ seed }) => `  the kernel's verifier falls over seed ${seed}`),
    ...different.map(({ seed, reason }) => `  different: seed ${seed}: ${reason}`),
    ...[...seeds].map(
      ([reason, all]) => `  too strict: ${all.length} times, seeds ${all.slice(0, 5).join(', ')}: ${reason}`,
    ),
  ].join('\n');
}
