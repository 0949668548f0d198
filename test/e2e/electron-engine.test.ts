import { afterAll, beforeAll, expect, test } from 'vitest';

import { buildElectron } from '../../build/build.ts';
import { retroprobe, runqlatObject, sampleBundle } from './cli.ts';
import { fileFolder, startShell, type Shell } from './electron-shell.ts';

// The built engine.js and job-worker.js under the main process's own code; Electron is played.
const cache = fileFolder();
let shell: Shell | undefined;

function running(): Shell {
  if (shell === undefined) throw new Error('beforeAll starts it');
  return shell;
}

beforeAll(async () => {
  await buildElectron();
  shell = startShell({ door: 'electron', cacheFolder: cache.folder });
});
afterAll(async () => {
  await shell?.engine.stop();
  cache.remove();
});

test('the page reads and runs the sample over its port, with the numbers the command line prints', async () => {
  const { api, progress } = running().openPage();
  const { door, startupBundleId: bundleId = '', programs } = await api.hello();
  expect(door).toBe('electron');
  await api.openBundle({ jobId: 'open', bundleId });
  const programId = programs.find((program) => program.programId.includes('runqlat'))?.programId ?? '';
  const run = await api.run({ jobId: 'run', bundleId, programId });
  const { stdout } = retroprobe('run', runqlatObject, sampleBundle, '--json');
  const { maps } = JSON.parse(stdout) as { maps: typeof run.maps };
  const rowsOf = (each: typeof maps): unknown => each.find(({ name }) => name === 'hists')?.rows;
  expect(rowsOf(run.maps)).toEqual(rowsOf(maps));
  expect(rowsOf(maps)).not.toEqual([]);
  expect(run.histograms[0]?.groups[0]?.slots).toBeInstanceOf(Float64Array);
  expect(new Set(progress.map(({ jobId }) => jobId))).toEqual(new Set(['open', 'run']));
});

test('a wrong call is refused as data, and the engine answers the next', async () => {
  const { api } = running().openPage();
  const wrong = api.openBundle({ jobId: 'x', bundleId: 7 } as unknown as { jobId: string; bundleId: string });
  await expect(wrong).rejects.toMatchObject({ failure: { layer: 'host', code: 'bad-call' } });
  await expect(api.hello()).resolves.toMatchObject({ door: 'electron' });
});

test("a crash closes the page's port, fails what was under way, and a new port reaches a new engine", async () => {
  const page = running().openPage();
  const { startupBundleId: bundleId = '', programs } = await page.api.hello();
  // A replay starts a thread and reads the recording: it cannot have answered when the engine is gone.
  const programId = programs[0]?.programId ?? '';
  const underWay = page.api.run({ jobId: 'lost', bundleId, programId }).then(
    () => 'answered',
    () => 'failed',
  );
  await running().crash();
  await page.closed;
  await expect(underWay).resolves.toBe('failed');
  await expect(running().openPage().api.hello()).resolves.toMatchObject({ startupBundleId: bundleId });
});

test('a bundle that is named later is what pages open first, after a crash too', async () => {
  running().engine.open(sampleBundle);
  const named = await running().openPage().api.hello();
  const listing = named.bundles.find(({ bundleId }) => bundleId === named.startupBundleId);
  expect(listing).toMatchObject({ isSample: false });
  expect(sampleBundle.endsWith(listing?.name ?? '?')).toBe(true);
  await running().crash();
  await expect(running().openPage().api.hello()).resolves.toMatchObject({
    startupBundleId: named.startupBundleId,
  });
});
