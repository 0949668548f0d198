import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { parseManifest } from '../../electron/packs/manifest.ts';

test('reads the bundled manifest', () => {
  const text = readFileSync('programs/scheduling/runqlat.json', 'utf8');
  expect(parseManifest(text, 'runqlat.json').views[0]?.map).toBe('hists');
});

test.each([
  ['text that is no JSON', '{', 'm.json: '],
  [
    'a missing member',
    '{"id":"a","title":{"en":"","zh":""},"summary":{"en":"","zh":""},"views":[]}',
    'm.json: object: ',
  ],
  ['an unknown unit', JSON.stringify({ id: 'a', views: [{ unit: 'parsec' }] }), 'm.json: '],
])('refuses %s, naming file and place', (_what, text, start) => {
  expect(() => parseManifest(text, 'm.json')).toThrow(
    expect.objectContaining({ message: expect.stringContaining(start) }),
  );
});
