// @vitest-environment node
/// <reference types="node" />
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { fakeBundle } from './fake-case.ts';
import { buildPage, servePage, type PageServer } from './page-server.ts';

const CHROMIUM = '/usr/bin/chromium';
const TIMEOUT_MS = 60_000;
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

// The page as it is shipped, under its policy, in a real browser: what happy-dom cannot tell.
describe('the built page in Chromium', { timeout: TIMEOUT_MS }, () => {
  let built: ReturnType<typeof buildPage>;
  let browser: Browser;
  let server: PageServer;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    if (!existsSync(CHROMIUM)) return;
    built = buildPage();
    const args = ['--disable-gpu', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
    browser = await chromium.launch({ executablePath: CHROMIUM, args });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await browser?.close();
    built?.remove();
  }, TIMEOUT_MS);

  beforeEach(async (test) => {
    test.skip(!existsSync(CHROMIUM), `no browser at ${CHROMIUM}`);
    server = await servePage(built.folder);
    context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
    context.setDefaultTimeout(10_000);
    page = await context.newPage();
    complaints = [];
    page.on('console', (message) => {
      // A refused connection is what two of these tests are about.
      if (['error', 'warning'].includes(message.type()) && !message.text().includes('WebSocket'))
        complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
  });
  afterEach(async () => {
    await context?.close();
    await server?.close();
  });

  async function openCase(): Promise<void> {
    await page.goto(server.address);
    await page.getByRole('row', { name: /modem-rx 412/ }).waitFor();
    await page.getByRole('img', { name: /^(Heatmap|.*热力图)/ }).waitFor();
  }

  async function violations(): Promise<string[]> {
    // By the debugger, which the page's policy does not bind.
    await page.evaluate(axeSource);
    const result = (await page.evaluate('axe.run()')) as AxeResult;
    return result.violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ''}`),
    );
  }

  it('works under its content security policy without a complaint, and hides its token', async () => {
    await openCase();
    expect(page.url()).not.toContain('token');
    expect(complaints).toEqual([]);
  });

  it.each([
    ['Light', 'EN'],
    ['Dark', '中文'],
  ])('has nothing axe finds fault with, in %s and %s', async (theme, language) => {
    await openCase();
    await page.getByRole('radio', { name: theme }).click();
    await page.getByRole('radio', { name: language, exact: true }).click();
    await page.getByRole('row', { name: /modem-rx 412/ }).click();
    await page.getByText(language === '中文' ? '显示全部' : 'Show all').waitFor();
    expect(await violations()).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it.each([
    ['Light', 'EN', 'Events', 'Logs'],
    ['Dark', '中文', '事件', '日志'],
  ])('has no fault in its lists of events and logs, in %s and %s', async (theme, language, events, logs) => {
    await server.close();
    const { sources } = fakeBundle();
    const [trace] = sources;
    if (trace === undefined) throw new Error('the fake bundle has a source');
    const log = {
      ...trace,
      name: 'dmesg.txt',
      format: 'kernel log',
      types: [{ name: 'log:line', events: 4 }],
    };
    server = await servePage(built.folder, { bundle: { sources: [trace, log] } });
    await openCase();
    await page.getByRole('radio', { name: theme }).click();
    await page.getByRole('radio', { name: language, exact: true }).click();
    await page.getByRole('radio', { name: events, exact: true }).click();
    await page.getByRole('cell', { name: /usb 1-1/ }).waitFor();
    expect(await violations()).toEqual([]);
    await page.getByRole('radio', { name: logs, exact: true }).click();
    await page.locator('main .ask button').click();
    await page.locator('main td button').first().click();
    await page.locator('main td.matches', { hasText: '2' }).waitFor();
    expect(await violations()).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('has nothing axe finds fault with where nothing is open and the engine is away', async () => {
    server.setAnswering(false);
    await page.goto(server.address);
    await page.getByRole('status').getByText('Engine disconnected').waitFor();
    expect(await violations()).toEqual([]);
  });

  it('shows the case again after a reload while the engine is away, and takes it up when it is back', async () => {
    await openCase();
    await page.getByRole('row', { name: /modem-rx 412/ }).click();
    await page.getByRole('button', { name: /Only modem-rx 412/ }).waitFor();
    server.setAnswering(false);
    await page.reload();
    await page.locator('[role="row"][aria-selected="true"]', { hasText: 'modem-rx 412' }).waitFor();
    await page.getByRole('status').getByText('Engine disconnected').waitFor();
    server.setAnswering(true);
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.locator('.link-state[data-state="connected"]').waitFor();
    // This engine is a new one: it ran the program again, and the selection is where it was.
    await page.locator('[role="row"][aria-selected="true"]', { hasText: 'modem-rx 412' }).waitFor();
    await page.locator('.job').waitFor({ state: 'detached' });
    expect(await page.getByRole('alert').allTextContents()).toEqual([]);
  });

  it('is walked with the keyboard alone', async () => {
    await openCase();
    await page.getByRole('grid').focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
    await page.getByRole('button', { name: /Only ksoftirqd\/1 23/ }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /^Only/ }).waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    await page.keyboard.type('mqtt');
    await page.getByText('1 of 140').waitFor();
  });

  it('saves the report under the name the engine gives it', async () => {
    await openCase();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export report' }).click();
    expect((await download).suggestedFilename()).toBe('report.html');
  });

  it('uploads the chosen file and opens it', async () => {
    await openCase();
    await page
      .locator('input[type="file"]')
      .setInputFiles({ name: 'mine.zip', mimeType: 'application/zip', buffer: Buffer.alloc(9_000_000) });
    await page.locator('[data-test="case-name"]', { hasText: 'mine.zip' }).waitFor();
    await page.getByRole('row', { name: /modem-rx 412/ }).waitFor();
  });

  it.each([
    [1024, 700],
    [1440, 900],
  ])(
    'fits a window of %i by %i: nothing is pushed out of the bar, no chart is without height',
    async (width, height) => {
      await page.setViewportSize({ width, height });
      await openCase();
      await page.getByRole('row', { name: /modem-rx 412/ }).click();
      const title = await page.getByRole('heading', { name: 'Run queue latency' }).boundingBox();
      const chip = await page.getByRole('button', { name: /^Only modem-rx/ }).boundingBox();
      expect(chip?.x ?? 0).toBeGreaterThan((title?.x ?? 0) + (title?.width ?? 0));
      const isWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
      expect(isWide).toBe(false);
      for (const part of await page.locator('header.bar > *:visible').all()) {
        const box = await part.boundingBox();
        expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
      }
      for (const chart of await page.locator('canvas').all()) {
        expect((await chart.boundingBox())?.height ?? 0).toBeGreaterThan(150);
      }
    },
  );

  it('keeps each chart inside its card when the window shrinks', async () => {
    await openCase();
    await page.setViewportSize({ width: 1024, height: 640 });
    for (const name of ['Histogram', 'Over time']) {
      const card = page.getByRole('region', { name });
      const overflow = async (): Promise<number> => {
        const [outer, inner] = await Promise.all([
          card.boundingBox(),
          card.locator('canvas').first().boundingBox(),
        ]);
        const below = (box: typeof outer): number => (box?.y ?? 0) + (box?.height ?? 0);
        return below(inner) - below(outer);
      };
      await expect.poll(overflow).toBeLessThanOrEqual(0);
    }
  });

  it('draws the charts with the colours of the theme it is switched to', async () => {
    await openCase();
    const pixels = (): Promise<string> =>
      page
        .locator('canvas')
        .first()
        .screenshot()
        .then((image) => image.toString('base64'));
    await page.getByRole('radio', { name: 'Light' }).click();
    const light = await pixels();
    await page.getByRole('radio', { name: 'Dark' }).click();
    await expect.poll(pixels).not.toBe(light);
  });
});
