import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import type { SymbolFacts } from '../../../electron/host/contract.ts';
import { mountPage, type MountedPage } from '../mount-page.ts';

// Every test mounts the whole page, on a machine that may be busy.
vi.setConfig({ testTimeout: 20_000 });

let mounted: MountedPage | undefined;
beforeEach(() => sessionStorage.clear());
afterEach(() => mounted?.page.unmount());

/** Presses the button, and chooses in the dialog that opens. */
async function choose({ page }: MountedPage, ...names: readonly string[]): Promise<void> {
  const files = names.map((name) => new File([new Uint8Array(8)], name));
  const opened = vi.spyOn(HTMLInputElement.prototype, 'click').mockImplementation(function (
    this: HTMLInputElement,
  ) {
    Object.defineProperty(this, 'files', { value: files });
    this.dispatchEvent(new Event('change'));
  });
  const button = page.findAll('.symbols button').find((each) => each.text() === 'Add files…');
  await button?.trigger('click');
  opened.mockRestore();
  await flushPromises();
}

const lastRun = ({ host }: MountedPage): unknown =>
  host.calls.findLast(({ method }) => method === 'run')?.argument;

const listed = ({ page }: MountedPage): string[] =>
  page.findAll('.symbols li').map((each) => each.text().replaceAll(/\s+/g, ' '));

it('takes files for their symbols, runs again with all of them, and without one that is removed', async () => {
  const now = (mounted = await mountPage());
  expect(now.page.get('.symbols').text()).toContain('None but those of the bundle.');
  await choose(now, 'libc.so.6', 'vmlinux');
  await expect.poll(() => listed(now)).toEqual(['libc.so.6 ×', 'vmlinux ×']);
  const [libc, vmlinux] = ['libc.so.6', 'vmlinux'].map((name) => ({ fileId: `symbols-${name}`, name }));
  expect(lastRun(now)).toMatchObject({ symbolFiles: [libc, vmlinux] });
  await now.page.get('[aria-label="Remove libc.so.6"]').trigger('click');
  await flushPromises();
  expect(lastRun(now)).toMatchObject({ symbolFiles: [vmlinux] });
  // Chosen again it takes the place of itself.
  await choose(now, 'vmlinux');
  await expect.poll(() => listed(now)).toEqual(['vmlinux ×']);
});

it('keeps them over a reload, and says beside one why it was not read', async () => {
  const reason = 'the engine does not hold it any more: add it again';
  const symbols: SymbolFacts = { unnamed: [], byPath: [], refused: [{ name: 'libc.so.6', reason }] };
  const before = (mounted = await mountPage({ run: { symbols } }));
  await choose(before, 'libc.so.6');
  await expect.poll(() => listed(before)).toEqual([`libc.so.6 × ${reason}`]);
  const { database } = before;
  before.page.unmount();
  const now = (mounted = await mountPage({ database }));
  expect(listed(now)[0]).toContain('libc.so.6');
});

it('tells of a file without symbols, and keeps the others', async () => {
  const now = (mounted = await mountPage());
  now.host.fail('finishSymbols', { code: 'not-symbols', file: 'notes.txt', reason: 'it has no symbols' });
  await choose(now, 'notes.txt');
  await expect.poll(() => now.page.text()).toContain('it has no symbols');
  expect(listed(now)).toEqual([]);
  now.host.heal('finishSymbols');
  await choose(now, 'libc.so.6');
  await expect.poll(() => listed(now)).toEqual(['libc.so.6 ×']);
});
