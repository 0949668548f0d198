import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { buildPage } from '../../build/build.ts';
import { startServer, type Server } from '../../electron/server.ts';
import { launchBrowser, watchedPage } from './browser.ts';
import { retroprobe, runqlatObject, sampleBundle, temporaryFolder } from './cli.ts';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let server: Server;
let browser: Browser | undefined;

beforeAll(async () => {
  await buildPage();
  server = await startServer({ host: { door: 'browser' } });
});
afterAll(async () => {
  await browser?.close();
  await server.close();
});
beforeEach(async (context) => {
  browser ??= await launchBrowser(context);
});

/** The row of a task in the table of all tasks. */
function taskRow(page: Page, task: string): Locator {
  return page.getByRole('grid').getByRole('row').filter({ hasText: task });
}

/** The page with the sample analysed. */
async function openSample(): Promise<{ page: Page; troubles: string[] }> {
  if (browser === undefined) throw new Error('beforeEach launches it');
  const { page, troubles } = await watchedPage(browser);
  await page.goto(server.address);
  await taskRow(page, 'rq-latency').waitFor();
  return { page, troubles };
}

function samplesByTask(): Map<string, number> {
  const { stdout } = retroprobe('run', runqlatObject, sampleBundle, '--json');
  const { maps } = JSON.parse(stdout) as {
    maps: { name: string; rows: { key: { pid: number }; value: { comm: string; slots: number[] } }[] }[];
  };
  const rows = maps.find((map) => map.name === 'hists')?.rows ?? [];
  return new Map(
    rows.map(({ key, value }) => [
      `${value.comm} ${key.pid}`,
      value.slots.reduce((sum, count) => sum + count, 0),
    ]),
  );
}

test('opens the bundled sample analysed, with the numbers the command line prints', async () => {
  const { page, troubles } = await openSample();
  const expected = samplesByTask();
  const total = [...expected.values()].reduce((sum, count) => sum + count, 0);
  await page.getByText(`${total.toLocaleString('en')} samples`).waitFor();
  for (const [task, samples] of [...expected].sort((a, b) => b[1] - a[1]).slice(0, 5)) {
    await expect(taskRow(page, task).innerText(), task).resolves.toContain(samples.toLocaleString('en'));
  }
  expect(troubles).toEqual([]);
  await page.close();
});

test('a click on a task shows its own histogram, Escape all again', async () => {
  const { page } = await openSample();
  const expected = samplesByTask();
  const [task, samples] = [...expected].find(([name]) => name.startsWith('rq-latency')) ?? ['', 0];
  const total = [...expected.values()].reduce((sum, count) => sum + count, 0);
  await taskRow(page, task).click();
  await page.getByText(`${samples.toLocaleString('en')} samples`).waitFor();
  await page.keyboard.press('Escape');
  await page.getByText(`${total.toLocaleString('en')} samples`).waitFor();
  await page.close();
});

test('the keyboard alone selects a task', async () => {
  const { page } = await openSample();
  const expected = [...samplesByTask().values()].sort((a, b) => b - a);
  await page.getByRole('grid').first().focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByText(`${expected[1]?.toLocaleString('en')} samples`).waitFor();
  await page.close();
});

test('speaks Chinese, and keeps language, theme and case after a reload', async () => {
  const { page, troubles } = await openSample();
  await page.getByText('中文').click();
  await page.getByText('运行队列延迟').first().waitFor();
  await page.reload();
  await page.getByText('运行队列延迟').first().waitFor();
  await taskRow(page, 'rq-latency').waitFor();
  expect(troubles).toEqual([]);
  await page.close();
});

test('refuses a wrong file in one banner, naming it, and keeps the case that was open', async () => {
  const { page } = await openSample();
  const path = join(temporaryFolder(), 'notes.zip');
  writeFileSync(path, 'These are notes.\n');
  await page.locator('input[type=file]').setInputFiles(path);
  const banner = page.getByRole('alert');
  await banner.waitFor();
  await expect(banner.innerText()).resolves.toContain('notes.zip');
  await taskRow(page, 'rq-latency').waitFor();
  await page.close();
});

test('opens an uploaded recording', async () => {
  const { page, troubles } = await openSample();
  const path = join(temporaryFolder(), 'mine.zip');
  writeFileSync(path, readFileSync(sampleBundle));
  await page.locator('input[type=file]').setInputFiles(path);
  await page.getByText('mine.zip').first().waitFor();
  await taskRow(page, 'rq-latency').waitFor();
  expect(troubles).toEqual([]);
  await page.close();
});

test('exports the report that the command line writes', async () => {
  const { page } = await openSample();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export report' }).click(),
  ]);
  const path = join(temporaryFolder(), 'report.html');
  await download.saveAs(path);
  const html = readFileSync(path, 'utf8');
  expect(html).toContain('<svg');
  expect(html).toContain('rq-latency');
  await page.close();
});

test.each(['light', 'dark'] as const)(
  'has nothing that axe objects to in the %s theme',
  async (colorScheme) => {
    const { page } = await openSample();
    await page.emulateMedia({ colorScheme });
    await page.evaluate(readFileSync(axePath, 'utf8'));
    const violations = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
      };
      return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
    });
    expect(violations).toEqual([]);
    await page.close();
  },
);
