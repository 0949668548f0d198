/**
 * Compares verdicts with the kernel for as long as asked: `fuzz.ts --minutes 5 --seed 1`. Exits 1 where
 * a program was accepted here that the kernel refuses, and prints its seed.
 */
import { parseArgs } from 'node:util';
import { compareVerdicts, renderComparison, type Comparison, type Disagreement } from './compare.ts';
import { generateLoopProgram } from './loops.ts';
import { startOracle } from './oracle.ts';

const PROGRAMS_A_ROUND = 500;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string', default: '1' } },
});
const oracle = await startOracle();
if ('unavailable' in oracle) {
  console.error(oracle.unavailable);
  process.exitCode = 2;
} else {
  const until = Date.now() + 60_000 * Number(values.minutes);
  let total = {
    programs: 0,
    acceptedByKernel: 0,
    tooComplexThere: 0,
    unsound: [] as Disagreement[],
    tooStrict: [] as Disagreement[],
  };
  for (let seed = Number(values.seed); Date.now() < until; seed += PROGRAMS_A_ROUND) {
    const generate = (seed / PROGRAMS_A_ROUND) % 3 < 1 ? generateLoopProgram : undefined;
    const round: Comparison = await compareVerdicts(oracle, seed, PROGRAMS_A_ROUND, generate);
    total = {
      programs: total.programs + round.programs,
      acceptedByKernel: total.acceptedByKernel + round.acceptedByKernel,
      tooComplexThere: total.tooComplexThere + round.tooComplexThere,
      unsound: [...total.unsound, ...round.unsound],
      tooStrict: [...total.tooStrict, ...round.tooStrict],
    };
  }
  oracle.stop();
  console.log(renderComparison(total));
  process.exitCode = total.unsound.length > 0 ? 1 : 0;
}
