import { expect, test } from 'vitest';

import { BtfBuilder } from '../../../electron/bpf/object/btf-builder.ts';
import { kconfigBytes } from '../../../electron/bpf/object/kconfig-value.ts';

const builder = new BtfBuilder();
const int = builder.addInteger('int', 4, true);
const char = builder.addInteger('char', 1, true);
const text = builder.addArray(char, int, 6);
const btf = builder.build();

test('numbers are written at the width of the extern, and refused where they do not fit', () => {
  expect(kconfigBytes(btf, int, 4, '250')).toEqual(Uint8Array.of(250, 0, 0, 0));
  expect(kconfigBytes(btf, int, 4, '-0x2')).toEqual(Uint8Array.of(0xfe, 0xff, 0xff, 0xff));
  expect(kconfigBytes(btf, int, 4, '0x80000000')).toBeUndefined();
  expect(kconfigBytes(btf, int, 4, 'y')).toBeUndefined();
  expect(kconfigBytes(btf, int, 4, '250Hz')).toBeUndefined();
});

test('y, n and m are letters to a char', () => {
  expect(kconfigBytes(btf, char, 1, 'm')).toEqual(Uint8Array.of('m'.charCodeAt(0)));
});

test('texts lose their quotes, and what does not fit before the NUL', () => {
  expect(kconfigBytes(btf, text, 6, '"none"')).toEqual(Uint8Array.of(110, 111, 110, 101, 0, 0));
  expect(kconfigBytes(btf, text, 6, '"schedutil"')).toEqual(Uint8Array.of(115, 99, 104, 101, 100, 0));
  expect(kconfigBytes(btf, text, 6, 'none')).toBeUndefined();
});
