/**
 * Electron's binary: the package `electron` downloads it when it is first wanted. Here that is tried
 * once a day and given little time, so that a machine without the network starts as fast as any.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** About 110 MB; over a link slower than 15 Mbit/s, `npx install-electron` is the way. */
const DOWNLOAD_TIME_MS_MAX = 60_000;
const RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

export type ElectronBinary = { readonly path: string } | { readonly missing: string };

/** `packageFolder` is that of the npm package; undefined where it is not installed. */
export function findElectron(packageFolder = electronPackageFolder()): ElectronBinary {
  if (packageFolder === undefined) return { missing: 'the electron package is not installed' };
  const pathFile = join(packageFolder, 'path.txt');
  const overridden = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  if (!existsSync(pathFile) && overridden === undefined) return { missing: 'it was not downloaded' };
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : 'electron';
  const path = join(overridden ?? join(packageFolder, 'dist'), name);
  return existsSync(path) ? { path } : { missing: 'its folder is incomplete' };
}

/** Finds it, or downloads it if that is quickly done; `say` hears of the attempt. */
export async function obtainElectron(
  cacheFolder: string,
  say: (line: string) => void,
  packageFolder = electronPackageFolder(),
): Promise<ElectronBinary> {
  const found = findElectron(packageFolder);
  if ('path' in found || packageFolder === undefined) return found;
  const triedFile = join(cacheFolder, 'electron-download-tried');
  const tried = statSync(triedFile, { throwIfNoEntry: false });
  if (tried !== undefined && Date.now() - tried.mtimeMs < RETRY_AFTER_MS) {
    return { missing: 'its download failed within the last day' };
  }
  say('fetching Electron, which is tried once a day');
  const failure = await runInstaller(join(packageFolder, 'install.js'));
  if (failure === undefined) return findElectron(packageFolder);
  mkdirSync(cacheFolder, { recursive: true, mode: 0o700 });
  writeFileSync(triedFile, `${failure}\n`);
  return { missing: failure };
}

/** undefined where it succeeded. */
async function runInstaller(script: string): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const installer = spawn(process.execPath, [script], { stdio: 'ignore' });
  const timer = setTimeout(() => {
    installer.kill();
    resolve(`its download took longer than ${DOWNLOAD_TIME_MS_MAX / 1000} s`);
  }, DOWNLOAD_TIME_MS_MAX);
  installer.on('error', (error) => resolve(`its download did not start: ${error.message}`));
  installer.on('exit', (code) => resolve(code === 0 ? undefined : 'its download failed'));
  const failure = await promise;
  clearTimeout(timer);
  return failure;
}

function electronPackageFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  } catch {
    return undefined;
  }
}
