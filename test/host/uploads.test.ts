import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { Uploads } from '../../electron/host/uploads.ts';

let folder: string;
let uploads: Uploads;
const page = {};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'retroprobe-test-'));
  uploads = new Uploads(folder);
});
afterEach(() => {
  uploads.close();
  rmSync(folder, { recursive: true });
});

test('keeps the pieces in order under the name the user knows', () => {
  const id = uploads.begin('bundle.zip', 5, page);
  expect(uploads.append(id, Uint8Array.of(1, 2))).toBe(2);
  expect(uploads.append(id, Uint8Array.of(3, 4, 5))).toBe(5);
  const { path, sha256 } = uploads.finish(id);
  expect([...readFileSync(path)]).toEqual([1, 2, 3, 4, 5]);
  expect(basename(path)).toBe('bundle.zip');
  expect(sha256).toBe(
    createHash('sha256')
      .update(Uint8Array.of(1, 2, 3, 4, 5))
      .digest('hex'),
  );
});

test.each(['../../escape', '..', '.', 'a/b', 'a\\b'])(
  'never writes outside its folder for a file named %s',
  (name) => {
    const id = uploads.begin(name, 1, page);
    uploads.append(id, Uint8Array.of(1));
    const { path } = uploads.finish(id);
    expect(resolve(path).startsWith(`${folder}/`)).toBe(true);
    expect(existsSync(path)).toBe(true);
  },
);

test('refuses more bytes than were announced, and fewer', () => {
  const long = uploads.begin('long', 1, page);
  expect(() => uploads.append(long, Uint8Array.of(1, 2))).toThrow(
    'long: more arrived than the 1 bytes announced',
  );
  expect(() => uploads.append(long, Uint8Array.of(1))).toThrow('no such upload');
  const short = uploads.begin('short', 2, page);
  expect(() => uploads.finish(short)).toThrow('short: 0 of 2 bytes arrived');
});

test('leaves nothing behind when it closes', () => {
  uploads.append(uploads.begin('a', 1, page), Uint8Array.of(1));
  uploads.close();
  expect(readdirSync(folder)).toEqual([]);
});

test('keeps a file whose name is longer than the file system takes, its name cut', () => {
  const { name, path } = uploads.finish(uploads.begin('漢'.repeat(250), 0, page));
  expect(name).toBe('漢'.repeat(250));
  expect(basename(path)).toBe('漢'.repeat(85));
});

test('forgets what a page that went away had not finished, and nothing of another page', () => {
  const other = {};
  const kept = uploads.begin('kept', 1, other);
  for (let round = 0; round < 10; round += 1) {
    uploads.begin('left', 1, page);
    uploads.dropOf(page);
  }
  expect(uploads.append(kept, Uint8Array.of(1))).toBe(1);
});
