import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

import { browserArguments, findBrowser, writeLauncher } from '../../electron/start/browser.ts';

function machine(platform: NodeJS.Platform, env: NodeJS.ProcessEnv, ...paths: string[]) {
  return { platform, env, exists: (path: string) => paths.includes(path) };
}

test('takes the first Chromium on PATH, before a Chrome in an earlier folder', () => {
  const env = { PATH: '/usr/local/bin:/usr/bin' };
  const found = findBrowser(machine('linux', env, '/usr/local/bin/google-chrome', '/usr/bin/chromium'));
  expect(found).toEqual({ name: 'Chromium', path: '/usr/bin/chromium' });
});

test('takes an Edge where there is nothing else', () => {
  const found = findBrowser(machine('linux', { PATH: '/opt/bin' }, '/opt/bin/microsoft-edge'));
  expect(found).toEqual({ name: 'Edge', path: '/opt/bin/microsoft-edge' });
});

test('never runs a browser from a folder that PATH names relatively', () => {
  expect(
    findBrowser(machine('linux', { PATH: ':.:bin' }, 'chromium', 'bin/chromium', './chromium')),
  ).toBeUndefined();
});

test("finds a Mac's applications, the user's own too", () => {
  const chrome = 'Applications/Google Chrome.app/Contents/MacOS/Google Chrome';
  const env = { HOME: '/Users/ada' };
  expect(findBrowser(machine('darwin', env, `/${chrome}`))?.name).toBe('Chrome');
  expect(findBrowser(machine('darwin', env, `/Users/ada/${chrome}`))?.path).toBe(`/Users/ada/${chrome}`);
});

test('finds none where none is, on any system', () => {
  for (const platform of ['linux', 'darwin', 'win32'] as const) {
    expect(findBrowser(machine(platform, {}))).toBeUndefined();
  }
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-start-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("keeps the token off the browser's command line", () => {
  const folder = temporaryFolder();
  const address = 'http://127.0.0.1:4000/#token=abcdef0123456789';
  const launcher = writeLauncher(folder, address);
  const args = browserArguments(launcher, join(folder, 'profile'));
  expect(args[0]).toBe(`--app=${pathToFileURL(launcher).href}`);
  expect(args.join(' ')).not.toContain('token');
  expect(readFileSync(launcher, 'utf8')).toContain(`location.replace("${address}")`);
});

test.skipIf(process.platform === 'win32')(
  'writes the token where only this user reads it, never through a link',
  () => {
    const folder = temporaryFolder();
    const elsewhere = join(folder, 'elsewhere');
    writeFileSync(elsewhere, 'kept', { mode: 0o644 });
    symlinkSync(elsewhere, join(folder, 'open.html'));
    const launcher = writeLauncher(folder, 'http://127.0.0.1:4000/#token=ab');
    expect(statSync(launcher).mode & 0o777).toBe(0o600);
    expect(readFileSync(elsewhere, 'utf8')).toBe('kept');
  },
);

test('gives the window a profile of its own, and no reason to call out', () => {
  const args = browserArguments('/cache/open.html', '/cache/profile');
  expect(args).toContain('--user-data-dir=/cache/profile');
  expect(args).toEqual(
    expect.arrayContaining(['--disable-background-networking', '--disable-sync', '--no-first-run']),
  );
});
