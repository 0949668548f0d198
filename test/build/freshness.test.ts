import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { isStale, markBuilt } from '../../build/freshness.ts';

const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

/** A project of two sources, saved at second 10; folders too. */
function makeProject(): string {
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-freshness-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'renderer', 'stores'), { recursive: true });
  writeFileSync(join(folder, 'renderer', 'stores', 'case.ts'), '');
  writeFileSync(join(folder, 'renderer', 'main.ts'), '');
  for (const path of ['stores/case.ts', 'main.ts', 'stores', '.']) save(folder, path, 10);
  return folder;
}

function save(folder: string, path: string, second: number): void {
  utimesSync(join(folder, 'renderer', path), at(second), at(second));
}

test('is stale until it was built', () => {
  const folder = makeProject();
  expect(isStale('page', folder)).toBe(true);
  markBuilt('page', at(20), folder);
  expect(isStale('page', folder)).toBe(false);
  expect(isStale('electron', folder)).toBe(true);
});

test('is stale after a source below was saved, also while the build ran', () => {
  const folder = makeProject();
  markBuilt('page', at(20), folder);
  save(folder, 'stores/case.ts', 21);
  expect(isStale('page', folder)).toBe(true);
});

test('is stale after a source was removed', () => {
  const folder = makeProject();
  markBuilt('page', at(20), folder);
  rmSync(join(folder, 'renderer', 'stores', 'case.ts'));
  expect(isStale('page', folder)).toBe(true);
});
