/**
 * Opens the workbench: in Electron where its binary is to be had, else in a browser's window, else at an
 * address that is printed. `npm start`, `retroprobe open` and `retroprobe serve` are this.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { buildElectron, buildPage, isStale } from '../build/build.ts';
import { Failure } from './failure.ts';
import { startServer, type Server } from './server.ts';
import { browserArguments, findBrowser, type Browser } from './start/browser.ts';
import { rememberedPort, rememberPort } from './start/browser-port.ts';
import { makeUserCacheFolder } from './start/cache-folder.ts';
import { chooseDoor, hasDisplay } from './start/door.ts';
import { obtainElectron } from './start/electron-binary.ts';

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

const isRoot = process.getuid?.() === 0;

/** Resolves when the window is closed, or the signal came. */
export async function openWorkbench(options: OpenOptions): Promise<void> {
  const cacheFolder = makeUserCacheFolder();
  const isShown = hasDisplay(process.env, process.platform);
  const door = chooseDoor({
    hasDisplay: isShown,
    electron: isShown ? await obtainElectron(cacheFolder) : { missing: 'not looked for' },
    browser: findBrowser(),
  });
  if (door.kind === 'electron') return openInElectron(door.path, options);
  if (door.kind === 'browser') {
    say(`${door.because}; opening in ${door.browser.name}`);
    return openInBrowser(door.browser, cacheFolder, options);
  }
  say(door.because);
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

async function openInElectron(binary: string, { startupPath, signal }: OpenOptions): Promise<void> {
  if (isStale('page')) await building('the page', buildPage);
  if (isStale('electron')) await building("Electron's processes", buildElectron);
  const main = join(import.meta.dirname, '..', 'dist', 'electron', 'main.js');
  const bundle = startupPath === undefined ? [] : [resolve(startupPath)];
  const code = await runUntilClosed(binary, [main, ...(isRoot ? ['--no-sandbox'] : []), ...bundle], signal);
  if (code !== 0 && !signal.aborted)
    throw new Failure('host', 'electron-ended', `Electron ended with code ${code}`);
}

async function openInBrowser(browser: Browser, cacheFolder: string, options: OpenOptions): Promise<void> {
  const { server, isUsual } = await startUsualServer(options, cacheFolder);
  const profile = isUsual ? join(cacheFolder, 'browser') : mkdtempSync(join(cacheFolder, 'browser-'));
  try {
    await runUntilClosed(browser.path, browserArguments(server.address, profile, isRoot), options.signal);
  } finally {
    await server.close();
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
  if (isStale('page')) await building('the page', buildPage);
  return startServer({ host: { door: 'browser', startupPath: options.startupPath, cacheFolder }, port });
}

/** The exit code; null where a signal ended it. */
async function runUntilClosed(
  command: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<number | null> {
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  // What browsers say on standard error is not for the user of this program.
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'ignore'] });
  const stop = (): void => void child.kill();
  signal.addEventListener('abort', stop, { once: true });
  child.on('error', reject);
  child.on('exit', resolve);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function building(what: string, build: () => Promise<void>): Promise<void> {
  say(`building ${what}`);
  await build();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done();
    // An abort signal alone does not keep Node running; the server does.
    signal.addEventListener('abort', () => done(), { once: true });
  });
}

function say(text: string): void {
  process.stdout.write(`Retroprobe: ${text}\n`);
}

if (import.meta.main) {
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupt.abort());
  try {
    await openWorkbench({ startupPath: process.argv[2], signal: interrupt.signal });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(`retroprobe: ${error.message}\n`);
    process.exitCode = 1;
  }
}
