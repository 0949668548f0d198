/**
 * Compares verdicts and results with the kernel for as long as asked, kind after kind:
 * `fuzz.ts --minutes 5 --seed 1 [--kind NAME]`. Prints a line a kind. Exits 1 where a program was accepted
 * here that the kernel refuses, or computed something else, and prints its seed.
 */
import { parseArgs } from 'node:util';
import { compareVerdicts, renderComparison, sumOf, type Comparison } from './compare.ts';
import { kinds, type Kind } from './kinds.ts';
import { unexplained } from './too-strict.ts';
import { startOracle, type Oracle, type Privilege } from './oracle.ts';

const PROGRAMS_A_ROUND = 25;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    kind: { type: 'string' },
  },
});
const chosen = kinds.filter(({ name }) => values.kind === undefined || name === values.kind);
if (chosen.length === 0) throw new Error(`there is no kind ${values.kind}`);
const oracles = new Map<Privilege, Oracle>();
const asked: Kind[] = [];
for (const kind of chosen) {
  const oracle = oracles.get(kind.privilege) ?? (await startOracle(kind.privilege));
  if ('unavailable' in oracle) console.error(`${kind.name}: ${oracle.unavailable}`);
  else {
    oracles.set(kind.privilege, oracle);
    asked.push(kind);
  }
}
const totals = new Map<Kind, Comparison>();
const until = Date.now() + 60_000 * Number(values.minutes);
for (let seed = Number(values.seed); asked.length > 0 && Date.now() < until; seed += PROGRAMS_A_ROUND) {
  for (const kind of asked) {
    const oracle = oracles.get(kind.privilege);
    if (oracle === undefined || Date.now() >= until) continue;
    const round = await compareVerdicts(oracle, seed, PROGRAMS_A_ROUND, kind);
    const before = totals.get(kind);
    totals.set(kind, before === undefined ? round : sumOf(before, round));
  }
}
for (const oracle of oracles.values()) oracle.stop();
for (const [kind, total] of totals) console.log(`${kind.name}: ${renderComparison(total)}`);
const strict = [...totals.values()].flatMap(({ tooStrict }) => tooStrict.map(({ reason }) => reason));
for (const reason of unexplained(strict)) console.log(`not in too-strict.md: ${reason}`);
const isWrong = [...totals.values()].some(({ unsound, different }) => unsound.length + different.length > 0);
process.exitCode = isWrong ? 1 : asked.length === 0 ? 2 : 0;
