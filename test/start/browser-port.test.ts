import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { rememberedPort, rememberPort } from '../../electron/start/browser-port.ts';

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-port-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('remembers a port', () => {
  const folder = temporaryFolder();
  expect(rememberedPort(folder)).toBe(0);
  rememberPort(folder, 45_123);
  expect(rememberedPort(folder)).toBe(45_123);
});

test.each(['', 'port', '-1', '80', '65536', '1e9', '45123.5'])('takes no port from a file of %o', (text) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'browser-port'), text);
  expect(rememberedPort(folder)).toBe(0);
});
