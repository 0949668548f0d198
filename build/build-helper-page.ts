/**
 * Writes docs/helpers.md from the tables that verifier, interpreter and JIT share.
 *
 *   npm run build:helpers              write the page
 *   npm run build:helpers -- --check   exit 1 where the committed page is not what the tables say
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { format } from 'prettier';

import {
  isDescribedFunction,
  kernelFunctions,
  type KernelPrototype,
} from '../electron/bpf/helpers/kernel-functions.ts';
import { helperFacts, type HelperFacts } from '../electron/host/helper-facts.ts';
import { helperNotes } from './helper-notes.ts';

const PAGE = fileURLToPath(new URL('../docs/helpers.md', import.meta.url));
/** Sets of program types longer than this are named by how many they are. */
const TYPES_SHOWN_MAX = 6;

const INTRODUCTION = `# Helpers and kernel functions

What a program may call, and how far this machine goes with it. Written by \`npm run build:helpers\`
from the tables that verifier, interpreter and JIT share; \`retroprobe helpers\` prints the first.

- **runs**: calls are verified, and carried out.
- **verified**: calls are verified; a program that calls it is refused at load, by name.
- **named**: known by name alone; a program that calls it is rejected.

Without a note, what a call answers is what the kernel answers. Effects on the world outside are recorded and
never carried out.
`;

/** The page, in Markdown. */
export async function helperPage(): Promise<string> {
  const helpers = [
    '| id | name | state | license | arguments | returns | programs | here |',
    '|---|---|---|---|---|---|---|---|',
    ...helperFacts().map(helperRow),
  ];
  const functions = [
    '| name | state | arguments | returns | programs | here |',
    '|---|---|---|---|---|---|',
    ...[...kernelFunctions].sort((a, b) => (a.name < b.name ? -1 : 1)).map(functionRow),
  ];
  const text = [INTRODUCTION, '## Helpers', '', ...helpers, '', '## Kernel functions', '', ...functions, ''];
  return format(text.join('\n'), { parser: 'markdown' });
}

function helperRow(facts: HelperFacts): string {
  return row([
    String(facts.id),
    `\`${facts.name}\``,
    facts.state,
    facts.isGplOnly ? 'GPL' : '',
    facts.state === 'named' ? '' : listed(facts.arguments),
    facts.returns,
    programs(facts.programTypes),
    helperNotes[facts.name] ?? '',
  ]);
}

function functionRow(fn: KernelPrototype): string {
  const isDescribed = isDescribedFunction(fn);
  return row([
    `\`${fn.name}\``,
    isDescribed ? (fn.run === undefined ? 'verified' : 'runs') : 'named',
    isDescribed ? listed(fn.arguments) : '',
    isDescribed ? fn.returns : '',
    isDescribed ? programs(fn.programTypes === undefined ? 'all' : [...fn.programTypes]) : '',
    helperNotes[fn.name] ?? '',
  ]);
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((each) => each.replaceAll('|', '\\|')).join(' | ')} |`;
}

function listed(kinds: readonly string[]): string {
  return kinds.length === 0 ? 'none' : kinds.join(', ');
}

function programs(types: 'all' | readonly string[]): string {
  if (types === 'all') return 'all';
  if (types.length === 0) return 'none';
  if (types.length <= TYPES_SHOWN_MAX) return types.join(', ');
  return `${types.slice(0, TYPES_SHOWN_MAX - 1).join(', ')} and ${types.length - TYPES_SHOWN_MAX + 1} more`;
}

async function main(isCheck: boolean): Promise<number> {
  const page = await helperPage();
  if (!isCheck) {
    writeFileSync(PAGE, page);
    return 0;
  }
  if (readFileSync(PAGE, 'utf8') === page) return 0;
  console.error('docs/helpers.md: not what the tables say; write it with npm run build:helpers');
  return 1;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await main(process.argv.includes('--check'));
}
