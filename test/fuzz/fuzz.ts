/**
 * Damages good inputs and gives them to the parsers, for as long as asked:
 * `fuzz.ts [--target NAME] [--minutes 1] [--seed 1] [--keep FOLDER]`. Prints a line a target. Exits 1 where one
 * did anything but read on or refuse with a Failure; the input is kept in FOLDER where one is given.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { targets } from './targets.ts';
import { fuzz, type Outcome } from './target.ts';

const INPUTS_A_ROUND = 50;

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'string' },
  },
});
const chosen = targets.filter(({ name }) => values.target === undefined || name === values.target);
if (chosen.length === 0)
  throw new Error(
    `there is no target ${values.target}; there is ${targets.map(({ name }) => name).join(', ')}`,
  );
const minutesEach = Number(values.minutes) / chosen.length;
for (const target of chosen) {
  const until = performance.now() + 60_000 * minutesEach;
  let total: Outcome = { inputs: 0, refused: 0, slowestMs: 0, findings: [] };
  for (let seed = Number(values.seed); performance.now() < until; seed += INPUTS_A_ROUND) {
    const round = await fuzz(target, seed, INPUTS_A_ROUND);
    total = {
      inputs: total.inputs + round.inputs,
      refused: total.refused + round.refused,
      slowestMs: Math.max(total.slowestMs, round.slowestMs),
      findings: [...total.findings, ...round.findings],
    };
  }
  const { inputs, refused, slowestMs, findings } = total;
  console.log(
    `${target.name.padEnd(16)} ${inputs} inputs, ${refused} refused, slowest ${slowestMs.toFixed(0)} ms, ${findings.length} findings`,
  );
  for (const { seed, problem, bytes } of findings.slice(0, 10)) {
    console.log(`  seed ${seed}: ${problem.split('\n').slice(0, 4).join(' | ')}`);
    if (values.keep === undefined) continue;
    mkdirSync(values.keep, { recursive: true });
    writeFileSync(join(values.keep, `${target.name}-${seed}`), bytes);
  }
  if (findings.length > 0) process.exitCode = 1;
}
