import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';

import { findElectron, obtainElectron } from '../../electron/start/electron-binary.ts';

/** A package folder whose installer is `script`, and a cache folder. */
function makePackage(script: string): { packageFolder: string; cacheFolder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-electron-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  vi.stubEnv('ELECTRON_OVERRIDE_DIST_PATH', undefined);
  onTestFinished(() => void vi.unstubAllEnvs());
  writeFileSync(join(folder, 'install.js'), script);
  return { packageFolder: folder, cacheFolder: join(folder, 'cache') };
}

const installs = `
  const fs = require('node:fs');
  fs.mkdirSync(__dirname + '/dist');
  fs.writeFileSync(__dirname + '/dist/electron', '');
  fs.writeFileSync(__dirname + '/path.txt', 'electron');
`;
const fails = "require('node:fs').appendFileSync(__dirname + '/attempts', '1'); process.exit(1);";

test('finds the binary that path.txt names', () => {
  const { packageFolder } = makePackage('');
  expect(findElectron(packageFolder)).toEqual({ missing: 'it was not downloaded' });
  writeFileSync(join(packageFolder, 'path.txt'), 'electron\n');
  expect(findElectron(packageFolder)).toEqual({ missing: 'its folder is incomplete' });
  mkdirSync(join(packageFolder, 'dist'));
  writeFileSync(join(packageFolder, 'dist', 'electron'), '');
  expect(findElectron(packageFolder)).toEqual({ path: join(packageFolder, 'dist', 'electron') });
});

test('finds the binary in the folder that the environment names instead', () => {
  const { packageFolder } = makePackage('');
  const other = join(packageFolder, 'other');
  mkdirSync(other);
  writeFileSync(join(other, 'electron'), '');
  vi.stubEnv('ELECTRON_OVERRIDE_DIST_PATH', other);
  expect(findElectron(packageFolder)).toEqual({ path: join(other, 'electron') });
});

test("has the package's own installer bring it, saying so", async () => {
  const { packageFolder, cacheFolder } = makePackage(installs);
  const say = vi.fn();
  const found = await obtainElectron(cacheFolder, say, packageFolder);
  expect(found).toEqual({ path: join(packageFolder, 'dist', 'electron') });
  expect(say).toHaveBeenCalledOnce();
  expect(await obtainElectron(cacheFolder, say, packageFolder)).toEqual(found);
  expect(say).toHaveBeenCalledOnce();
});

test('tries once a day', async () => {
  const { packageFolder, cacheFolder } = makePackage(fails);
  const attempts = join(packageFolder, 'attempts');
  const obtain = () => obtainElectron(cacheFolder, () => undefined, packageFolder);
  expect(await obtain()).toEqual({ missing: 'its download failed' });
  expect(existsSync(attempts)).toBe(true);
  rmSync(attempts);
  expect(await obtain()).toEqual({ missing: 'its download failed within the last day' });
  expect(existsSync(attempts)).toBe(false);
  const yesterday = new Date(Date.now() - 25 * 60 * 60 * 1000);
  utimesSync(join(cacheFolder, 'electron-download-tried'), yesterday, yesterday);
  await obtain();
  expect(existsSync(attempts)).toBe(true);
});
