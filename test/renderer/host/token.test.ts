import { beforeEach, expect, it } from 'vitest';

import { takeToken } from '../../../renderer/host/token.ts';

const TOKEN = 'ab12'.repeat(16);

function pageAt(hash: string) {
  const shown: string[] = [];
  const location = { hash, pathname: '/', search: '' };
  const history = { replaceState: (_state: unknown, _title: string, address: string) => shown.push(address) };
  return { target: { location, history, sessionStorage } as unknown as Window, shown };
}

beforeEach(() => sessionStorage.clear());

it('takes the token out of the address and keeps it for the tab', () => {
  const { target, shown } = pageAt(`#token=${TOKEN}`);
  expect(takeToken(target)).toBe(TOKEN);
  expect(shown).toEqual(['/']);
  expect(takeToken(pageAt('').target)).toBe(TOKEN);
});

it('knows none where there is none, or what is there is no token', () => {
  expect(takeToken(pageAt('').target)).toBeUndefined();
  expect(takeToken(pageAt('#token=<script>').target)).toBeUndefined();
  expect(takeToken(pageAt('#results').target)).toBeUndefined();
});
