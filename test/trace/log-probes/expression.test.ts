import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Matcher } from '../../../electron/trace/log-probes/expression/matcher.ts';

/** Start and end of the groups, or undefined. */
function ours(pattern: string, line: string): (number[] | undefined)[] | undefined {
  const matcher = new Matcher(pattern);
  if (!matcher.find(line)) return undefined;
  return matcher.names.map((_, index) => {
    const [start = -1, end = -1] = matcher.captures.subarray(2 * index, 2 * index + 2);
    return start < 0 ? undefined : [start, end];
  });
}

function theirs(pattern: string, line: string): (number[] | undefined)[] | undefined {
  const match = new RegExp(pattern, 'd').exec(line);
  return match?.indices?.slice(1).map((each) => (each === undefined ? undefined : [...each]));
}

const atom = fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', '\\d', '\\w', '\\s', '1', ' ', '\\.', 'é');
const quantifier = fc.constantFrom('', '*', '+', '?', '*?', '+?', '??', '{2}', '{1,3}', '{0,2}?', '{2,}');
const piece = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(atom, quantifier).map(([part, times]) => (part === 'é' ? part : part + times)),
  },
  { weight: 1, arbitrary: fc.constantFrom('^', '$', '\\b', '\\B') },
);
const run = fc.array(piece, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
const choice = fc.array(run, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|'));
const pattern = fc
  .array(
    fc.oneof(
      run,
      choice.map((parts) => `(${parts})`),
      choice.map((parts) => `(?:${parts})`),
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((parts) => parts.join(''));
const line = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', ' ', '.', '_'), maxLength: 12 });

test('finds what RegExp finds, group by group', () => {
  fc.assert(
    fc.property(pattern, line, (expression, text) => {
      expect(ours(expression, text)).toEqual(theirs(expression, text));
    }),
    { numRuns: 5_000 },
  );
});

test.each([
  ['(?<pid>\\d+) camera', '12 camera', [[0, 2]]],
  ['(?i)ERROR: (.*)$', 'an error: x', [[10, 11]]],
  [
    '^(a|ab)(c|bcd)$',
    'abcd',
    [
      [0, 1],
      [1, 4],
    ],
  ],
  [
    '(a{2,3})(a*)',
    'aaaa',
    [
      [0, 3],
      [3, 4],
    ],
  ],
  ['\\x41([-x]+)', 'A-x-', [[1, 4]]],
  ['([^]x]+)', 'ab]', [[0, 2]]],
])('finds %s in %s', (expression, text, groups) => {
  expect(ours(expression, text)).toEqual(groups);
});

test('knows the bytes of characters beyond ASCII', () => {
  const text = Buffer.from('für 3 µs').toString('latin1');
  expect(ours('(\\d+) (µ?s)', text)).toEqual([
    [5, 6],
    [7, 10],
  ]);
  expect(ours('fü+r', text)).toEqual([]);
});

test.each([
  ['(a)\\1', 'character 4: a back-reference takes more than one pass over a line'],
  ['a(?=b)', 'character 3: looking ahead or behind takes more than one pass over a line'],
  ['(?<!a)b', 'character 2: looking ahead or behind takes more than one pass over a line'],
  ['(a', 'character 1: a ( that is not closed'],
  ['a)', 'character 2: a ) that closes nothing'],
  ['[a', 'character 1: a [ that is not closed'],
  ['*a', 'character 1: nothing stands before it that could be repeated'],
  ['a**', 'character 3: a repeat of a repeat'],
  ['(?:a{1000}){2}', 'character 1: repeated as it says it has more than 1000 parts'],
  ['a{1001}', 'character 2: more than 1000 repeats'],
  ['\\pL', 'character 1: \\p is not known'],
  ['[ä]', 'character 2: a class holds characters of ASCII; write (?:é|ü) for others'],
  ['('.repeat(50), 'character 17: more than 16 groups that capture'],
  ['(?:'.repeat(50), 'character 121: groups nest more than 40 deep'],
  ['a'.repeat(3000), 'character 1: it is longer than 2000 characters'],
])('refuses %s', (expression, message) => {
  expect(() => new Matcher(expression)).toThrow(message);
});

test.each(['(a+)+[bd]', '(a|aa)+[bd]', '(.*)*[xy]', '(a*)*(a*)*[bd]'])(
  'takes time in proportion to the line for %s',
  (expression) => {
    const start = performance.now();
    expect(new Matcher(expression).find(`${'a'.repeat(16_000)}c`)).toBe(false);
    // A matcher that tries one way after the other takes years.
    expect(performance.now() - start).toBeLessThan(5_000);
  },
);
