import { expect, it } from 'vitest';
import { KernelSymbols } from '../../../electron/replay/kernel/kernel-symbols.ts';

const TEXT = `ffffffff81000000 T _stext
ffffffff81000100 t helper
ffffffff81000200 T helper_long
ffffffff82000000 D jiffies
ffffffffc0000000 t helper\t[module]
0000000000000000 D hidden
`;

it('gives a symbol that is there once, and no other', () => {
  const symbols = new KernelSymbols([TEXT]);
  expect(symbols.addressOf('jiffies')).toBe(0xffff_ffff_8200_0000n);
  expect(symbols.addressOf('helper_long')).toBe(0xffff_ffff_8100_0200n);
  expect(symbols.addressOf('helper')).toBeUndefined();
  expect(symbols.addressOf('_long')).toBeUndefined();
  expect(symbols.addressOf('hidden')).toBeUndefined();
  expect(new KernelSymbols([]).addressOf('jiffies')).toBeUndefined();
});
