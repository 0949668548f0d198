import { expect, test } from 'vitest';
import type { SymbolFacts } from '../../electron/host/contract.ts';
import { messagesOf } from '../../electron/report/messages.ts';
import { symbolLines, unnamedSentences } from '../../electron/report/symbol-lines.ts';

const facts: SymbolFacts = {
  unnamed: [
    { reason: 'no-symbols', what: '/usr/lib/libx.so', buildId: 'abc', debugLink: undefined, count: 1200 },
    { reason: 'no-function', what: '/bin/y', buildId: undefined, debugLink: 'y.debug', count: 1 },
  ],
  byPath: [{ path: '/bin/z', files: ['files/bin/z', 'debug/z.debug'] }],
  refused: [{ name: 'files/w', reason: 'the file ends too early' }],
};

test('every file without names is told with what would name it, and what was taken on trust', () => {
  expect(symbolLines(facts)).toEqual([
    '/usr/lib/libx.so: 1,200 addresses',
    '  add the file to the bundle, or with --symbols',
    '  build id abc',
    '/bin/y: 1 address',
    '  its symbols have no function there: add its debug information',
    '  y.debug',
    '/bin/z: named by its path alone: no build id says that it is',
    '  files/bin/z',
    '  debug/z.debug',
    'files/w: the file ends too early',
  ]);
  expect(symbolLines(undefined)).toEqual([]);
});

test('the report says the same in its language, and counts what it does not list', () => {
  expect(unnamedSentences(facts, messagesOf('en'))[0]).toBe(
    '/usr/lib/libx.so: 1,200 addresses; add the file to the bundle, or with --symbols (build id abc)',
  );
  const [first] = facts.unnamed;
  const many = Array.from({ length: 20 }, (_, index) => ({ ...first, what: `/bin/${index}` }));
  const sentences = unnamedSentences({ ...facts, unnamed: many as SymbolFacts['unnamed'] }, messagesOf('zh'));
  expect(sentences).toHaveLength(13);
  expect(sentences.at(-1)).toBe('另有 8 项未列出。');
});
