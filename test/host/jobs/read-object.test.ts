import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';

import { readObject } from '../../../electron/host/jobs/read-object.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'retroprobe-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

test('gives the bytes of a file', () => {
  const path = join(folder, 'a.o');
  writeFileSync(path, Uint8Array.of(1, 2, 3));
  expect([...readObject(path)]).toEqual([1, 2, 3]);
});

test('refuses a device that never ends, and a folder, by name', () => {
  const message = (name: string) => expect.objectContaining({ message: `${name}: it is not a file` });
  expect(() => readObject('/dev/zero')).toThrow(message('zero'));
  expect(() => readObject('/proc/self')).toThrow(message('self'));
});

test('refuses a file larger than any object, without reading it', () => {
  const path = join(folder, 'large.o');
  writeFileSync(path, '');
  truncateSync(path, 3 * 1024 ** 3);
  expect(() => readObject(path)).toThrow(expect.objectContaining({ code: 'too-large' }));
});
