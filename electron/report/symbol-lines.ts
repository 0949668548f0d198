/** What the stacks that are shown lack, and what would name them. */
import type { SymbolFacts } from '../host/contract.ts';
import { formatCount, printable } from './format.ts';

const LINES_MAX = 12;

/** What has no names with its remedy below it; what was taken on trust after them. */
export function symbolLines(symbols: SymbolFacts | undefined): string[] {
  if (symbols === undefined) return [];
  const { unnamed, byPath, refused } = symbols;
  const shown = unnamed.slice(0, LINES_MAX);
  const rest = unnamed.slice(LINES_MAX);
  const addresses = rest.reduce((sum, { count }) => sum + count, 0);
  return [
    ...shown.flatMap((each) => [
      `${printable(each.what)}: ${formatCount(each.count)} ${each.count === 1 ? 'address' : 'addresses'}`,
      `  ${remedyOf(each)}`,
    ]),
    ...(rest.length > 0
      ? [`and ${formatCount(addresses)} addresses in ${formatCount(rest.length)} more; --json has all`]
      : []),
    ...byPath.flatMap(({ path, files }) => [
      `${printable(path)}: named by its path alone, no build id was recorded`,
      ...files.map((file) => `  ${printable(file)}`),
    ]),
    ...refused.slice(0, LINES_MAX).map(({ name, reason }) => `${printable(name)}: ${printable(reason)}`),
  ];
}

function remedyOf({ reason, buildId, debugLink }: SymbolFacts['unnamed'][number]): string {
  const build = buildId === undefined ? '' : ` of build id ${printable(buildId)}`;
  switch (reason) {
    case 'no-kernel-symbols':
      return 'add /proc/kallsyms of that boot, read as root, to the bundle';
    case 'no-mappings':
      return 'what it had mapped is not recorded: perf record does, or add its /proc/PID/maps as proc/PID/maps';
    case 'not-mapped':
      return 'nothing that is known was mapped there: the stack may be broken';
    case 'no-file':
      return 'no file is mapped there';
    case 'no-symbols':
      return `add the file${build}: --symbols FILE`;
    case 'other-build':
      return `the file that was added is another build; the one that ran is${build || ' not told'}`;
    case 'no-function':
      return `no function there in its symbols; add its debug information${debugLink === undefined ? '' : ` (${printable(debugLink)})`}${build}`;
  }
}
