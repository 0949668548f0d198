import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { parseManifest, readManifest } from '../../electron/packs/manifest.ts';

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
  [
    'an object outside of its folder',
    '{"id":"a","title":{"en":"","zh":""},"summary":{"en":"","zh":""},"object":"../b.o","views":[]}',
    'm.json: object: ',
  ],
  ['an unknown unit', JSON.stringify({ id: 'a', views: [{ unit: 'parsec' }] }), 'm.json: '],
])('refuses %s, naming file and place', (_what, text, start) => {
  expect(() => parseManifest(text, 'm.json')).toThrow(
    expect.objectContaining({ message: expect.stringContaining(start) }),
  );
});

test('refuses a manifest that is a folder, is not there, or is too long to be one, before reading it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'm.json');
  const message = (text: string) => expect.objectContaining({ code: 'bad-manifest', message: text });
  expect(() => readManifest(path)).toThrow(message('m.json: cannot be read (ENOENT)'));
  mkdirSync(path);
  expect(() => readManifest(path)).toThrow(message('m.json: it is not a file'));
  rmSync(path, { recursive: true });
  writeFileSync(path, '{}');
  // Longer than any string may be: reading it would throw something else.
  truncateSync(path, 3 * 1024 ** 3);
  expect(() => readManifest(path)).toThrow(message('m.json: longer than 1048576 bytes'));
});
