/** What the stacks that are shown lack, and what would name them. */
import type { SymbolFacts } from '../host/contract.ts';
import { formatCount, printable } from './format.ts';
import { messagesOf, phrase, type Messages } from './messages.ts';

const LINES_MAX = 12;
const words = messagesOf('en');

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
      `  ${words[`unnamed:${each.reason}`]}`,
      ...factsOf(each, words).map((fact) => `  ${printable(fact)}`),
    ]),
    ...(rest.length > 0
      ? [`and ${formatCount(addresses)} addresses in ${formatCount(rest.length)} more; --json has all`]
      : []),
    ...byPath.flatMap(({ path, files }) => [
      `${printable(path)}: named by its path alone: no build id says that it is`,
      ...files.map((file) => `  ${printable(file)}`),
    ]),
    ...refused.slice(0, LINES_MAX).map(({ name, reason }) => `${printable(name)}: ${printable(reason)}`),
  ];
}

/** A sentence each: what has no names, how many addresses, what would name them. */
export function unnamedSentences(symbols: SymbolFacts | undefined, words: Messages): string[] {
  const unnamed = symbols?.unnamed ?? [];
  const shown = unnamed.slice(0, LINES_MAX).map((each) =>
    phrase(words.unnamedItem, {
      what: each.what,
      count: formatCount(each.count),
      remedy: remedyOf(each, words),
    }),
  );
  const rest = unnamed.length - shown.length;
  return rest > 0 ? [...shown, phrase(words.unnamedMore, { count: formatCount(rest) })] : shown;
}

function remedyOf(each: SymbolFacts['unnamed'][number], words: Messages): string {
  const known = factsOf(each, words);
  const remedy = words[`unnamed:${each.reason}`];
  return known.length === 0 ? remedy : `${remedy} (${known.join(', ')})`;
}

/** By what the file is found. */
function factsOf({ buildId, debugLink }: SymbolFacts['unnamed'][number], words: Messages): string[] {
  const id = buildId === undefined ? [] : [phrase(words.buildId, { id: buildId })];
  return debugLink === undefined ? id : [debugLink, ...id];
}
