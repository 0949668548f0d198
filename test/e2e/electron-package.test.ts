/**
 * Packs the application for Linux around a stand-in for Electron's binary: what goes along, what does
 * not, and which fuses are set. The stand-in has a fuse wire, as the real one does.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { build, Platform } from 'app-builder-lib';
import { createBirpc } from 'birpc';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

import { buildElectron, buildPage } from '../../build/build.ts';
import { configuration } from '../../build/electron-builder.config.ts';
import type { WireResult } from '../../electron/host/contract.ts';
import { decodeMessage, encodeMessage, type HostInfo, type RunResult } from '../../electron/host/contract.ts';

/** What app-builder-lib itself packs with. */
const requireBuilder = createRequire(createRequire(import.meta.url).resolve('app-builder-lib/package.json'));
const asar = requireBuilder('@electron/asar') as {
  listPackage(archive: string): string[];
  extractAll(archive: string, folder: string): void;
  extractFile(archive: string, path: string): Buffer;
};
const { SENTINEL } = requireBuilder('@electron/fuses/dist/constants.js') as { SENTINEL: string };

const ON = '1'.charCodeAt(0);
const OFF = '0'.charCodeAt(0);

/** The fuse wire's order, and whether each is on in the binary as Electron delivers it. */
const fuses = [
  ['runAsNode', true],
  ['enableCookieEncryption', false],
  ['enableNodeOptionsEnvironmentVariable', true],
  ['enableNodeCliInspectArguments', true],
  ['enableEmbeddedAsarIntegrityValidation', false],
  ['onlyLoadAppFromAsar', false],
  ['loadBrowserProcessSpecificV8Snapshot', false],
  ['grantFileProtocolExtraPrivileges', true],
] as const;

const folders: string[] = [];

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-package-'));
  folders.push(folder);
  return folder;
}

function makeElectronStub(): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'locales'));
  mkdirSync(join(folder, 'resources'));
  const wire = [...SENTINEL].map((char) => char.charCodeAt(0));
  const states = fuses.map(([, isOn]) => (isOn ? ON : OFF));
  writeFileSync(join(folder, 'electron'), Buffer.from([0, ...wire, 1, states.length, ...states, 0]));
  for (const name of [
    'LICENSE',
    'LICENSES.chromium.html',
    'chrome-sandbox',
    'locales/en-US.pak',
    'locales/fr.pak',
  ])
    writeFileSync(join(folder, name), '');
  chmodSync(join(folder, 'electron'), 0o755);
  return folder;
}

/** Names of the fuses that are on. */
function fusesOn(binary: Buffer): string[] {
  // Behind the sentinel: the wire's version, its length, a character for each fuse.
  const at = binary.indexOf(SENTINEL) + SENTINEL.length + 2;
  return fuses.filter((_, index) => binary[at + index] === ON).map(([name]) => name);
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

let app = '';

beforeAll(async () => {
  await buildPage();
  await buildElectron();
  const output = temporaryFolder();
  await build({
    targets: Platform.LINUX.createTarget('dir'),
    publish: 'never',
    config: {
      ...configuration,
      directories: { ...configuration.directories, output },
      electronDist: makeElectronStub(),
    },
  });
  app = join(output, 'linux-unpacked');
});
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

test('packs what the app is made of into the archive, and nothing else of the project', () => {
  const archive = asar.listPackage(join(app, 'resources', 'app.asar'));
  const files = archive.map((path) => path.slice(1)).filter((path) => !path.startsWith('programs/'));
  const page = filesBelow('dist/page').filter((path) => path !== '.built');
  expect(files.filter((path) => /\.[a-z]+$|LICENSE/.test(path)).sort()).toEqual(
    [
      'LICENSE',
      'package.json',
      'dist/electron/engine.js',
      'dist/electron/job-worker.js',
      'dist/electron/main.js',
      'dist/electron/preload.cjs',
      ...page.map((path) => `dist/page/${path}`),
      ...readdirSync('traces')
        .filter((name) => name.endsWith('.zip'))
        .map((name) => `traces/${name}`),
    ].sort(),
  );
});

test('starts at the built entry, with no dependency to install', () => {
  const archive = join(app, 'resources', 'app.asar');
  const packed = JSON.parse(asar.extractFile(archive, 'package.json').toString()) as Record<string, unknown>;
  expect(packed).toMatchObject({ name: 'retroprobe', type: 'module', main: 'dist/electron/main.js' });
  expect(asar.listPackage(archive).filter((path) => path.includes('node_modules'))).toEqual([]);
});

test('unpacks programs, objects included, and samples as they are in the project', () => {
  const unpacked = join(app, 'resources', 'app.asar.unpacked');
  expect(filesBelow(join(unpacked, 'programs')).sort()).toEqual(filesBelow('programs').sort());
  const object = 'programs/scheduling/runqlat.bpf.o';
  expect(readFileSync(join(unpacked, object)).equals(readFileSync(object))).toBe(true);
  const sample = 'traces/runqueue-contention.zip';
  expect(readFileSync(join(unpacked, sample)).equals(readFileSync(sample))).toBe(true);
});

test('runs the sample from its bundled engine and job worker alone', async () => {
  const folder = temporaryFolder();
  asar.extractAll(join(app, 'resources', 'app.asar'), folder);
  const engine = new Worker(join(folder, 'dist/electron/engine.js'));
  onTestFinished(async () => void (await engine.terminate()));
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  engine.postMessage({ kind: 'start', options: { door: 'electron', cacheFolder: join(folder, 'cache') } });
  engine.postMessage({ kind: 'page', port: port2 }, [port2]);
  const host = createBirpc<Record<string, (call?: unknown) => Promise<WireResult>>>(
    { onProgress: () => undefined },
    {
      post: (bytes: Uint8Array) => port1.postMessage(bytes),
      on: (listener) => port1.on('message', listener),
      serialize: encodeMessage,
      deserialize: decodeMessage,
    },
  );
  const hello = valueOf(await host['hello']?.()) as HostInfo;
  const bundleId = hello.startupBundleId;
  expect(hello.bundles.map(({ name }) => name)).toContain('runqueue-contention.zip');
  await host['openBundle']?.({ jobId: 'open', bundleId });
  const run = valueOf(
    await host['run']?.({ jobId: 'run', bundleId, programId: hello.programs[0]?.programId }),
  );
  expect((run as RunResult).ledger.read).toBeGreaterThan(20_000);
  expect((run as RunResult).histograms).not.toEqual([]);
});

function valueOf(result: WireResult | undefined): unknown {
  if (result?.ok !== true) throw new Error(JSON.stringify(result));
  return result.value;
}

test('has a preload that needs nothing beside it but Electron', () => {
  const preload = asar
    .extractFile(join(app, 'resources', 'app.asar'), 'dist/electron/preload.cjs')
    .toString();
  const required = [...preload.matchAll(/require\(["']([^"']+)["']\)/g)].map(([, name]) => name);
  expect(required).toEqual(['electron']);
  expect(preload).not.toMatch(/^\s*(import|export)\b/m);
});

test('sets the fuses: no plain Node, no inspector, nothing but the archive, checked', () => {
  const binary = readFileSync(join(app, 'retroprobe-workbench'));
  expect(fusesOn(binary)).toEqual([
    'enableCookieEncryption',
    'enableEmbeddedAsarIntegrityValidation',
    'onlyLoadAppFromAsar',
  ]);
});

test('keeps the languages that the page speaks', () => {
  expect(readdirSync(join(app, 'locales'))).toEqual(['en-US.pak']);
});
