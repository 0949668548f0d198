import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { helperPage } from '../../build/build-helper-page.ts';
import { helperNotes } from '../../build/helper-notes.ts';
import { kernelFunctions } from '../../electron/bpf/helpers/kernel-functions.ts';
import { helperPrototypes } from '../../electron/bpf/helpers/prototypes.ts';

const names = [...helperPrototypes, ...kernelFunctions].map(({ name }) => name);

/** Names that have a row, of helpers and functions. */
function namesIn(page: string): readonly string[] {
  return [...page.matchAll(/^\|.*?`(\w+)`/gm)].map(([, name = '']) => name);
}

it('the page of helpers has a row for each helper and kernel function', async () => {
  expect(namesIn(await helperPage()).toSorted()).toEqual(names.toSorted());
});

// That every cell is what the tables say is asked by `npm run build:helpers -- --check`.
it('the committed page has a row for each helper, and for no function that there is not', () => {
  const rows = namesIn(readFileSync('docs/helpers.md', 'utf8'));
  expect(helperPrototypes.filter(({ name }) => !rows.includes(name))).toEqual([]);
  expect(rows.filter((name) => !names.includes(name))).toEqual([]);
});

it('notes are of helpers that there are', () => {
  expect(Object.keys(helperNotes).filter((name) => !names.includes(name))).toEqual([]);
});
