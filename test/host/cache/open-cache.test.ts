import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { codeIdentity } from '../../../electron/host/cache/code-identity.ts';
import { SUMMARIES_BYTES_MAX, SUMMARY_BYTES_MAX } from '../../../electron/host/cache/limits.ts';
import { SummaryCache } from '../../../electron/host/cache/summary-cache.ts';
import { performOpen } from '../../../electron/host/jobs/perform.ts';
import type { OpenJob } from '../../../electron/host/jobs/protocol.ts';
import { file, folder, folderOf, RECORDING } from '../../trace/bundle/on-disk.ts';
import { bundleFixture, runFixture } from '../../report/fixture.ts';

/** Long enough ago that nobody writes to it within the same tick. */
const SETTLED = 1_600_000_000;

function settled(path: string): string {
  utimesSync(path, SETTLED, SETTLED);
  return path;
}

function job(path: string, summaryFolder: string, more: Partial<OpenJob> = {}): OpenJob {
  return { kind: 'open', bundleId: 'b', path, cacheFolder: undefined, summaryFolder, ...more };
}

/** Phases that a job goes through: one that is answered at once reads nothing. */
async function phasesOf(
  each: OpenJob,
): Promise<{ info: Awaited<ReturnType<typeof performOpen>>; reads: number }> {
  let reads = 0;
  const info = await performOpen(each, { onProgress: (phase) => (reads += phase === 'read' ? 1 : 0) });
  return { info, reads };
}

test('opening the same bytes again reads no event and tells the same, whatever the file is called', async () => {
  const cache = folder();
  const path = settled(file('trace.dat', RECORDING));
  const first = await phasesOf(job(path, cache));
  expect(first.reads).toBeGreaterThan(0);
  expect(await phasesOf(job(path, cache))).toEqual({ info: first.info, reads: 0 });
  const other = settled(file('other.dat', RECORDING));
  const again = await phasesOf(job(other, cache, { bundleId: 'c' }));
  expect(again.reads).toBe(0);
  expect(again.info).toMatchObject({ name: 'other.dat', bundleId: 'c', sha256: first.info.sha256 });
});

test('other bytes, other clocks and another time of the file are read anew', async () => {
  const cache = folder();
  const path = settled(folderOf({ 'trace.dat': RECORDING }));
  settled(join(path, 'trace.dat'));
  await performOpen(job(path, cache));
  const clocks = { 'trace.dat': '+1s' };
  const moved = await phasesOf(job(path, cache, { clocks }));
  expect(moved.reads).toBeGreaterThan(0);
  expect(moved.info.sources[0]?.placement?.offsetNs).toBe(1_000_000_000n);
  writeFileSync(join(path, 'notes.txt'), 'notes');
  expect((await phasesOf(job(path, cache))).info.unread).toHaveLength(1);
  writeFileSync(join(path, 'notes.txt'), 'nodes');
  const changed = await phasesOf(job(path, cache));
  expect(changed.reads).toBeGreaterThan(0);
});

test('a change that keeps size and time of a file is seen', async () => {
  const cache = folder();
  const path = settled(folderOf({ 'trace.dat': RECORDING, 'a.txt': 'one' }));
  for (const name of ['trace.dat', 'a.txt']) settled(join(path, name));
  const before = await performOpen(job(path, cache));
  writeFileSync(join(path, 'a.txt'), 'two');
  settled(join(path, 'a.txt'));
  const after = await performOpen(job(path, cache));
  expect(after.sha256).not.toBe(before.sha256);
});

test('what lies in the cache may be cut, replaced or deleted at any time', async () => {
  const cache = folder();
  const path = settled(file('trace.dat', RECORDING));
  const { info } = await phasesOf(job(path, cache));
  const summaries = join(cache, 'summaries');
  for (const damage of [
    (name: string) => writeFileSync(name, readFileSync(name).subarray(0, 20)),
    (name: string) => writeFileSync(name, 'null'),
    (name: string) => rmSync(name),
  ]) {
    for (const name of readdirSync(summaries)) damage(join(summaries, name));
    expect(await phasesOf(job(path, cache))).toMatchObject({ info });
  }
  rmSync(cache, { recursive: true });
  expect((await phasesOf(job(path, cache))).info).toEqual(info);
  // A file where the folder should be: there is no cache then.
  expect((await phasesOf(job(path, file('cache', '')))).info).toEqual(info);
});

test('keeps the lately used within its size, and nothing too large', () => {
  const path = join(folder(), 'summaries');
  const cache = new SummaryCache(path);
  const bundle = bundleFixture(runFixture(1));
  const key = (sha256: string) => ({ sha256, modifiedAtMs: 0, clocks: {} });
  const info = (sha256: string, bytes: number) => ({
    ...bundle,
    sha256,
    unread: [{ name: 'x'.repeat(bytes), reason: '' }],
  });
  cache.put(key('large'), info('large', SUMMARY_BYTES_MAX));
  expect(readdirSync(path)).toEqual([]);
  const size = SUMMARY_BYTES_MAX - 10_000;
  const kept = Math.floor(SUMMARIES_BYTES_MAX / size);
  for (let index = 0; index < kept + 2; index += 1) {
    cache.put(key(`${index}`), info(`${index}`, size));
    const newest = readdirSync(path)
      .map((name) => join(path, name))
      .filter((name) => statSync(name).mtimeMs > (SETTLED + 1000) * 1000);
    for (const name of newest) utimesSync(name, SETTLED + index, SETTLED + index);
    // The first is asked for all the time.
    if (index > 0) {
      expect(cache.get(key('0'))?.sha256).toBe('0');
      const [used] = readdirSync(path).filter(
        (name) => statSync(join(path, name)).mtimeMs > (SETTLED + 1000) * 1000,
      );
      utimesSync(join(path, used ?? ''), SETTLED + index + 0.5, SETTLED + index + 0.5);
    }
  }
  expect(readdirSync(path).length).toBeLessThanOrEqual(kept + 1);
  expect(cache.get(key('0'))?.sha256).toBe('0');
  expect(cache.get(key('1'))).toBe(undefined);
});

test('the identity of the code stays the same while it runs', () => {
  expect(codeIdentity()).toMatch(/^[0-9a-f]{64}$/);
  expect(codeIdentity()).toBe(codeIdentity());
});
