import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { afterAll, beforeEach, expect, test } from 'vitest';

import { buildElectron, buildPage } from '../../build/build.ts';
import { findElectron } from '../../electron/start/electron-binary.ts';
import { hasDisplay } from '../../electron/start/door.ts';
import { fileFolder, projectPath } from './electron-shell.ts';

// Electron itself, where its binary was downloaded and there is a display to show it on.
const profile = fileFolder();
let application: ElectronApplication | undefined;
let page: Page;

beforeEach(async (context) => {
  if (application !== undefined) return;
  const electron = findElectron();
  if ('missing' in electron) context.skip(`Electron's binary is not here: ${electron.missing}`);
  if (!hasDisplay(process.env, process.platform)) context.skip('there is no display');
  await buildPage();
  await buildElectron();
  application = await _electron.launch({
    ...('path' in electron ? { executablePath: electron.path } : {}),
    args: [
      projectPath('dist', 'electron', 'main.js'),
      `--user-data-dir=${profile.folder}`,
      ...(process.platform === 'linux' && process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  });
  page = await application.firstWindow();
});
afterAll(async () => {
  await application?.close();
  profile.remove();
});

test('opens the bundled sample analysed, from its own origin', async () => {
  await page.getByRole('row', { name: /^rq-latency / }).waitFor();
  expect(page.url()).toMatch(/^retroprobe:\/\/app\//);
});

test('gives the page neither Node nor Electron', async () => {
  const names = ['process', 'require', 'module', 'Buffer', 'ipcRenderer', 'electron'];
  await expect(page.evaluate((each) => each.filter((name) => name in globalThis), names)).resolves.toEqual(
    [],
  );
});

test('keeps the page where it is, and alone', async () => {
  await page.evaluate(() => void window.open('https://example.org/'));
  await page.evaluate(() => void (location.href = 'https://example.org/'));
  await page.getByRole('row', { name: /^rq-latency / }).waitFor();
  expect(page.url()).toMatch(/^retroprobe:\/\/app\//);
  expect(application?.windows()).toHaveLength(1);
});
