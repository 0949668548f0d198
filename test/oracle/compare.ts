/** Our verdict beside the kernel's, over generated programs. */
import type { Instruction } from '../../electron/bpf/program.ts';
import { verifyProgram, type Rejection } from '../../electron/bpf/verifier/verify.ts';
import { programOf } from '../bpf/verifier/assembler.ts';
import { generateProgram, generatorMaps } from './generator.ts';
import type { Oracle } from './oracle.ts';
import { withTypes } from './types.ts';

/** Generated programs are small: one that needs more than this runs in circles. */
const INSTRUCTIONS_MAX = 1_000_000;
/** The kernel's words for more paths than it puts off; what it returns then differs by version. */
const TOO_MANY_JUMPS = /The sequence of \d+ jumps is too complex/;
/** -E2BIG. */
const TOO_COMPLEX = -7;

export interface Disagreement {
  readonly seed: number;
  readonly instructions: readonly Instruction[];
  /** The kernel's last words, or our rejection. */
  readonly reason: string;
}

export interface Comparison {
  readonly programs: number;
  readonly acceptedByKernel: number;
  /** The kernel gave up after a million instructions where we came to an end: no matter of safety. */
  readonly tooComplexThere: number;
  /** We accept what the kernel refuses: never to happen. */
  readonly unsound: readonly Disagreement[];
  /** We refuse what the kernel accepts. */
  readonly tooStrict: readonly Disagreement[];
}

export async function compareVerdicts(
  oracle: Oracle,
  fromSeed: number,
  programs: number,
  generate: (seed: number) => Instruction[] = generateProgram,
): Promise<Comparison> {
  const unsound: Disagreement[] = [];
  const tooStrict: Disagreement[] = [];
  let acceptedByKernel = 0;
  let tooComplexThere = 0;
  for (let seed = fromSeed; seed < fromSeed + programs; seed += 1) {
    const instructions = generate(seed);
    const program = programOf([instructions]);
    const whole = program.subprograms.length > 1 ? withTypes(program) : undefined;
    const question = {
      type: 'socket_filter',
      license: 'GPL',
      instructions,
      maps: generatorMaps,
      ...(whole === undefined ? {} : { types: whole.types }),
    } as const;
    const kernel = await oracle.ask(question);
    const options = { license: 'GPL', instructionsMax: INSTRUCTIONS_MAX, btf: whole?.btf };
    const ours = verifyProgram(whole?.program ?? program, generatorMaps, options);
    if (kernel.isAccepted) acceptedByKernel += 1;
    if (ours.verdict === 'accepted' && kernel.loadResult === TOO_COMPLEX) {
      tooComplexThere += 1;
    } else if (ours.verdict === 'accepted' && !kernel.isAccepted) {
      const { log } = await oracle.ask({ ...question, logLevel: 1 });
      if (TOO_MANY_JUMPS.test(log)) tooComplexThere += 1;
      else unsound.push({ seed, instructions, reason: log.trim().split('\n').slice(-3).join(' | ') });
    } else if (ours.verdict === 'rejected' && kernel.isAccepted) {
      tooStrict.push({ seed, instructions, reason: kindOf(ours.reason) });
    }
  }
  return { programs, acceptedByKernel, tooComplexThere, unsound, tooStrict };
}

/** The rejection without its numbers, to count alike ones together. */
function kindOf(rejection: Rejection): string {
  return `${rejection.code}: ${rejection.text.replaceAll(/-?\d+/g, 'N')}`;
}

/** Lines for people: the counts, and what we refuse that the kernel does not. */
export function renderComparison(comparison: Comparison): string {
  const { programs, acceptedByKernel, tooComplexThere, unsound, tooStrict } = comparison;
  const perThousand = ((1000 * tooStrict.length) / Math.max(1, programs)).toFixed(2);
  const seeds = new Map<string, number[]>();
  for (const { reason, seed } of tooStrict) seeds.set(reason, [...(seeds.get(reason) ?? []), seed]);
  return [
    `${programs} programs, ${acceptedByKernel} accepted by the kernel, ${tooComplexThere} too complex for it alone; unsound ${unsound.length}, too strict ${tooStrict.length} (${perThousand} in 1000)`,
    ...unsound.map(({ seed, reason }) => `  unsound: seed ${seed}: ${reason}`),
    ...[...seeds].map(
      ([reason, all]) => `  too strict: ${all.length} times, seeds ${all.slice(0, 5).join(', ')}: ${reason}`,
    ),
  ].join('\n');
}
