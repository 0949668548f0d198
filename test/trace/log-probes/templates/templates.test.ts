import fc from 'fast-check';
import { expect, test } from 'vitest';
import { captured, parseTemplate } from '../../../../electron/trace/log-probes/pattern.ts';
import { TemplateMiner } from '../../../../electron/trace/log-probes/templates/clusters.ts';
import { proposedTemplate } from '../../../../electron/trace/log-probes/templates/proposal.ts';

function mined(lines: readonly string[]): [string, number][] {
  const miner = new TemplateMiner();
  for (const line of lines) miner.add(line);
  return miner.templates().map((cluster) => [proposedTemplate(cluster), cluster.lines]);
}

test('tells a log in templates, with counts, whatever numbers and words its lines differ in', () => {
  const lines = [
    '12 camera front open took 12ms',
    'GC freed -5 objects, size=0x1f of {7}',
    '77 camera back open took 340ms',
    'Connection from 10.0.0.1:8080 closed',
    'GC freed 12 objects, size=0xff of {9}',
    '9 camera wide open took 3ms',
    'commit 3f2a77b0 done',
    'commit aa0b11c2 done',
    '',
  ];
  expect(mined(lines)).toEqual([
    ['{n1:u64} camera {s1} open took {n2:u64}ms', 3],
    ['GC freed {n1:s64} objects, size={size:hex} of {{{n2:u64}}}', 2],
    ['Connection from {s1} closed', 1],
    ['commit {s1} done', 2],
    ['', 1],
  ]);
});

const word = fc.constantFrom(
  'open',
  'close',
  'cam',
  'x=1',
  'x=22',
  '-7',
  '0xff',
  'a{b}',
  '3f2a-77b0ee',
  'é',
  '9'.repeat(25),
);
const line = fc
  .array(word, { minLength: 1, maxLength: 8 })
  .map((words) => Buffer.from(words.join(' ')).toString('latin1'));

test('proposes templates that match the line they were found in', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 30 }), (lines) => {
      const miner = new TemplateMiner();
      for (const each of lines) miner.add(each);
      expect(miner.templates().reduce((sum, cluster) => sum + cluster.lines, 0)).toBe(lines.length);
      for (const cluster of miner.templates()) {
        const text = Buffer.from(proposedTemplate(cluster), 'latin1').toString();
        const pattern = parseTemplate(text);
        expect(`${text}: ${pattern.matcher.find(cluster.example)}`).toBe(`${text}: true`);
        for (const capture of pattern.captures)
          expect(
            capture.type.read?.(captured(pattern, cluster.example, capture) ?? '') ?? 0n,
          ).not.toBeUndefined();
      }
    }),
    { numRuns: 500 },
  );
});

test('keeps no more templates than it may, and counts the lines beyond', () => {
  const miner = new TemplateMiner();
  const letters = (index: number): string =>
    [...String(index)].map((digit) => 'abcdefghij'.charAt(Number(digit))).join('');
  for (let index = 0; index < 5_000; index++)
    miner.add(`${letters(index)} ${letters(index * 7)} ${letters(index * 13)}`);
  expect(miner.templates().length).toBeLessThanOrEqual(2_000);
  expect(miner.templates().reduce((sum, { lines }) => sum + lines, 0) + miner.otherLines).toBe(5_000);
});

test('goes by lines of many tokens and of long ones', () => {
  const [found] = mined(['a '.repeat(200), 'a '.repeat(300)]);
  expect(found).toEqual([`${'a '.repeat(48)}{rest1:text}`, 2]);
  expect(mined(['y'.repeat(500)])).toEqual([['{s1}', 1]]);
});
