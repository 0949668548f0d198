/**
 * Opens the workbench: in Electron where its binary is to be had, else in a browser's window, else at an
 * address that is printed. `npm start`, `retroprobe open` and `retroprobe serve` are this.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { isStale } from '../build/freshness.ts';
import { failureLine } from './cli/failure-line.ts';
import { Failure } from './failure.ts';
import { startServer, type Server } from './server.ts';
import { browserArguments, findBrowser, writeLauncher, type Browser } from './start/browser.ts';
import { rememberedPort, rememberPort } from './start/browser-port.ts';
import { makeUserCacheFolder } from './start/cache-folder.ts';
import { rootFlags, runChild, type ChildEnd } from './start/child.ts';
import { chooseDoor, hasDisplay } from './start/door.ts';
import { obtainElectron } from './start/electron-binary.ts';
import { aborted, abortOnInterrupt } from './start/interrupt.ts';
import { checkedBundlePath } from './start/startup-path.ts';

export interface OpenOptions {
  /** Bundle to open first, as the user named it. */
  readonly startupPath?: string | undefined;
  /** Ends it, as Ctrl-C or a closed window does. */
  readonly signal: AbortSignal;
}

export interface ServeOptions extends OpenOptions {
  /** 0 or undefined lets the system choose. */
  readonly port?: number | undefined;
}

/** Failing by then, it showed no window: a library or a sandbox that it needs is missing. */
const START_MS_MAX = 5_000;
const REASON_CHARS_MAX = 160;

/** Resolves when the window is closed, or the signal came. Throws Failure for a bundle that is not there. */
export async function openWorkbench(options: OpenOptions): Promise<void> {
  checkedBundlePath(options.startupPath);
  const cacheFolder = makeUserCacheFolder();
  const isShown = hasDisplay(process.env, process.platform);
  const electron = isShown ? await obtainElectron(cacheFolder, say) : { missing: 'not looked for' };
  const machine = { hasDisplay: isShown, browser: findBrowser() };
  let door = chooseDoor({ ...machine, electron });
  if (door.kind === 'electron') {
    const trouble = await openInElectron(door.path, options);
    if (trouble === undefined) return;
    door = chooseDoor({ ...machine, electron: { missing: trouble } });
  }
  if (door.kind === 'browser') {
    say(`${door.because}; opening in ${door.browser.name}`);
    return openInBrowser(door.browser, cacheFolder, options);
  }
  if (door.kind === 'address') say(door.because);
  return serveWorkbench(options);
}

/** Serves until the signal comes. */
export async function serveWorkbench(options: ServeOptions): Promise<void> {
  const server = await startBuiltServer(options, makeUserCacheFolder(), options.port ?? 0);
  say(`serving ${server.address}`);
  say('Ctrl-C ends it');
  await aborted(options.signal);
  await server.close();
}

/** Resolves when its window is closed; to why there was none, where Electron does not start here. */
async function openInElectron(
  binary: string,
  { startupPath, signal }: OpenOptions,
): Promise<string | undefined> {
  await buildWhereStale('page');
  await buildWhereStale('electron');
  const main = join(import.meta.dirname, '..', 'dist', 'electron', 'main.js');
  const bundle = checkedBundlePath(startupPath);
  const args = [main, ...rootFlags(), ...(bundle === undefined ? [] : [bundle])];
  const end = await runChild(binary, args, signal);
  if (end.code !== 0 && end.aliveMs < START_MS_MAX && !signal.aborted) {
    return `it does not start: ${lastLineOf(end)}`;
  }
  throwIfFailed('Electron', end, signal);
  return undefined;
}

async function openInBrowser(browser: Browser, cacheFolder: string, options: OpenOptions): Promise<void> {
  const { server, isUsual } = await startUsualServer(options, cacheFolder);
  const profile = isUsual ? join(cacheFolder, 'browser') : mkdtempSync(join(cacheFolder, 'browser-'));
  mkdirSync(profile, { recursive: true, mode: 0o700 });
  const launcher = writeLauncher(profile, server.address);
  try {
    const end = await runChild(browser.path, browserArguments(launcher, profile), options.signal);
    throwIfFailed(browser.name, end, options.signal);
  } finally {
    await server.close();
    rmSync(launcher, { force: true });
    if (!isUsual) rmSync(profile, { recursive: true, force: true });
  }
}

/** At the port of the last time; at any other where that is taken, by another window or by anyone. */
async function startUsualServer(
  options: OpenOptions,
  cacheFolder: string,
): Promise<{ readonly server: Server; readonly isUsual: boolean }> {
  try {
    const server = await startBuiltServer(options, cacheFolder, rememberedPort(cacheFolder));
    rememberPort(cacheFolder, server.port);
    return { server, isUsual: true };
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'port-taken') throw error;
    return { server: await startBuiltServer(options, cacheFolder, 0), isUsual: false };
  }
}

async function startBuiltServer(options: OpenOptions, cacheFolder: string, port: number): Promise<Server> {
  const startupPath = checkedBundlePath(options.startupPath);
  await buildWhereStale('page');
  return startServer({ host: { door: 'browser', startupPath, cacheFolder }, port });
}

function throwIfFailed(name: string, end: ChildEnd, signal: AbortSignal): void {
  if (end.code === 0 || signal.aborted) return;
  throw new Failure('host', 'window-failed', `the window ended early: ${lastLineOf(end)}`, { file: name });
}

function lastLineOf({ code, stderr }: ChildEnd): string {
  const line = stderr.trim().split('\n').at(-1) ?? '';
  return line === '' ? `code ${code ?? 'unknown'}` : line.slice(0, REASON_CHARS_MAX);
}

/** The builders are loaded where something is to be built: a command line that serves need not wait for them. */
async function buildWhereStale(part: 'page' | 'electron'): Promise<void> {
  if (!isStale(part)) return;
  say(part === 'page' ? 'building the page' : "building Electron's processes");
  const { buildElectron, buildPage } = await import('../build/build.ts');
  await (part === 'page' ? buildPage() : buildElectron());
}

function say(text: string): void {
  process.stdout.write(`Retroprobe: ${text}\n`);
}

if (import.meta.main) {
  try {
    await openWorkbench({ startupPath: process.argv[2], signal: abortOnInterrupt() });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(failureLine(error));
    process.exitCode = 1;
  }
}
