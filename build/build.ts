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
import { join, resolve } from 'node:path';
import { build as buildPageWithVite } from 'vite';

import { markBuilt } from './freshness.ts';

const projectFolder = resolve(import.meta.dirname, '..');
const distFolder = join(projectFolder, 'dist');

/** CommonJS packages inside an ES module ask for Node's own modules by `require`. */
const REQUIRE_BANNER =
  "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);";

export async function buildPage(): Promise<void> {
  const startedAt = new Date();
  await buildPageWithVite({
    root: join(projectFolder, 'renderer'),
    configFile: join(projectFolder, 'vite.config.ts'),
    logLevel: 'warn',
  });
  markBuilt('page', startedAt);
}

export async function buildElectron(): Promise<void> {
  const startedAt = new Date();
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
  markBuilt('electron', startedAt);
}

if (import.meta.main) {
  await buildPage();
  await buildElectron();
}
