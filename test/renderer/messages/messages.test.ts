import { describe, expect, it } from 'vitest';

import { LEDGER_KINDS } from '../../../renderer/analysis/ledger-rows.ts';
import { en } from '../../../renderer/messages/en.ts';
import { createMessages } from '../../../renderer/messages/i18n.ts';
import { zh } from '../../../renderer/messages/zh.ts';

type Tree = { readonly [key: string]: string | Tree };

function leaves(tree: Tree, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] => {
    const here = path === '' ? key : `${path}.${key}`;
    return typeof value === 'string' ? [[here, value]] : leaves(value, here);
  });
}

const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').sort();
const english = leaves(en);
const chinese = new Map(leaves(zh));

describe('message files', () => {
  it('have the same keys in both languages', () => {
    expect([...chinese.keys()].sort()).toEqual(english.map(([key]) => key).sort());
  });

  it('fill in the same facts in both languages', () => {
    for (const [key, text] of english)
      expect(placeholders(chinese.get(key) ?? ''), key).toEqual(placeholders(text));
  });

  it('are compiled without error and leave no placeholder open', () => {
    const { global } = createMessages('zh');
    for (const [key, text] of english) {
      const facts = Object.fromEntries(placeholders(text).map((name) => [name, 'X']));
      for (const locale of ['en', 'zh'] as const)
        expect(global.t(key, facts, { locale }), key).not.toMatch(/[{}]/);
    }
  });

  it('name every kind of the ledger', () => {
    for (const kind of LEDGER_KINDS) expect(en.ledger[kind]).not.toBe('');
  });

  it('keep the field’s terms', () => {
    expect(zh.run.histogram).toBe('直方图');
    expect(zh.empty.detail).toContain('trace.dat');
  });
});
