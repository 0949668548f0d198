/**
 * Builds what cannot run as it is: the page (vite) and Electron's processes (esbuild). Node's doors run
 * the sources themselves.
 *
 *   dist/page/                 the page, for every door
 *   dist/electron/main.js      Electron's main process, an ES module
 *   dist/electron/preload.cjs  one CommonJS file, as a sandboxed preload must be
 *   dist/electron/engine.js    the engine's process
 *   dist/electron/job-worker.js  the engine's worker threads
 */
import { build as bundle, type BuildOptions } from 'esbuild';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build as buildPageWithVite } from 'vite';

import { newestMtimeMs, oldestMtimeMs } from './freshness.ts';

const projectFolder = resolve(import.meta.dirname, '..');
const distFolder = join(projectFolder, 'dist');

/** CommonJS packages inside an ES module ask for Node's own modules by `require`. */
const REQUIRE_BANNER =
  "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);";

export async function buildPage(): Promise<void> {
  await buildPageWithVite({
    root: join(projectFolder, 'renderer'),
    configFile: join(projectFolder, 'vite.config.ts'),
    logLevel: 'warn',
  });
  stamp('page');
}

export async function buildElectron(): Promise<void> {
  const outdir = join(distFolder, 'electron');
  const shared: BuildOptions = {
    absWorkingDir: projectFolder,
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node24',
    external: ['electron'],
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
  };
  await bundle({
    ...shared,
    format: 'esm',
    banner: { js: REQUIRE_BANNER },
    entryPoints: {
      main: 'electron/main.ts',
      engine: 'electron/engine.ts',
      'job-worker': 'electron/host/jobs/worker.ts',
    },
  });
  await bundle({
    ...shared,
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    entryPoints: { preload: 'electron/preload.ts' },
  });
  stamp('electron');
}

type Part = 'page' | 'electron';

const inputs: Readonly<Record<Part, readonly string[]>> = {
  page: [
    'renderer',
    'electron/host/contract.ts',
    'electron/host/codec.ts',
    'vite.config.ts',
    'package-lock.json',
  ],
  electron: ['electron', 'build/build.ts', 'package.json', 'package-lock.json'],
};

/** Whether a source is newer than what was built of it, or nothing was. */
export function isStale(part: Part): boolean {
  const builtMs = oldestMtimeMs([join(distFolder, part, '.built')]);
  return (
    builtMs === undefined || newestMtimeMs(inputs[part].map((path) => join(projectFolder, path))) > builtMs
  );
}

/** When the build began to be true: written last, so that an interrupted build is stale. */
function stamp(part: Part): void {
  const folder = join(distFolder, part);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, '.built');
  writeFileSync(path, '');
  utimesSync(path, startedAt, startedAt);
}

/** A source saved while the build runs makes it stale again. */
const startedAt = new Date();

if (import.meta.main) {
  await buildPage();
  await buildElectron();
}
