/** The built page in Debian's Chromium, served by the real host. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { TestContext } from 'vitest';

const CHROMIUM = '/usr/bin/chromium';

// The flags keep Chromium from looking for services on the network.
const CHROMIUM_FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Far more than any step takes on a busy machine of two cores. */
const TIMEOUT_MS = 15_000;

export const VIEWPORT = { width: 1440, height: 900 } as const;

/** Skips the test, saying why, where there is no browser. */
export async function launchBrowser(context: Pick<TestContext, 'skip'>): Promise<Browser> {
  if (!existsSync(CHROMIUM)) context.skip(`there is no ${CHROMIUM}`);
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [...CHROMIUM_FLAGS, ...(isRoot ? ['--no-sandbox'] : [])],
  });
}

/** A page that keeps what went wrong in it: exceptions, console errors, refused resources. */
export async function watchedPage(browser: Browser): Promise<{ page: Page; troubles: string[] }> {
  const page = await browser.newPage({ viewport: VIEWPORT });
  page.setDefaultTimeout(TIMEOUT_MS);
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text());
  });
  return { page, troubles };
}
