/**
 * `npm run fidelity [-- TOOL...]`: runs each tool live and over a recording of the same, and prints whether both
 * say the same. Ends with 1 where any differs. `--keep FOLDER` leaves the bundles there.
 */
import { parseArgs } from 'node:util';

import { cases } from './cases.ts';
import { runCase } from './run-case.ts';
import { Unavailable } from './unavailable.ts';

interface Row {
  readonly tool: string;
  readonly live: string;
  readonly replay: string;
  readonly verdict: string;
}

const { values, positionals } = parseArgs({ options: { keep: { type: 'string' } }, allowPositionals: true });
const unknown = positionals.find((name) => !cases.some(({ tool }) => tool === name));
if (unknown !== undefined) {
  process.stderr.write(`no comparison of ${unknown}; there is ${cases.map(({ tool }) => tool).join(', ')}\n`);
  process.exit(2);
}
const chosen = positionals.length === 0 ? cases : cases.filter(({ tool }) => positionals.includes(tool));
let isAnyDifferent = false;
print({ tool: 'tool', live: 'live', replay: 'replay', verdict: 'verdict' });
for (const each of chosen) {
  try {
    const { live, replay, differences, notes } = await runCase(each, values.keep);
    const isEqual = differences.length === 0;
    isAnyDifferent ||= !isEqual;
    const noted = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
    print({ tool: each.tool, live, replay, verdict: `${isEqual ? 'equal' : 'DIFFERS'}${noted}` });
    for (const difference of differences) process.stdout.write(`    ${difference}\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const cannot = error instanceof Unavailable;
    isAnyDifferent ||= !cannot;
    print({ tool: each.tool, live: '', replay: '', verdict: `${cannot ? 'not here' : 'FAILED'}: ${reason}` });
  }
}
process.exitCode = isAnyDifferent ? 1 : 0;

function print({ tool, live, replay, verdict }: Row): void {
  process.stdout.write(`${tool.padEnd(12)}${live.padEnd(24)}${replay.padEnd(24)}${verdict}\n`);
}
