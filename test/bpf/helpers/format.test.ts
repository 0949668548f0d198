import { describe, expect, it } from 'vitest';
import { formatText } from '../../../electron/bpf/helpers/format.ts';
import { createBench } from '../vm/machine-fixture.ts';

const MINUS_ONE = 0xffff_ffff_ffff_ffffn;

describe('formats', () => {
  const { helperContext: context, memory } = createBench().machine;
  const at = memory.allocate(32);
  memory.bytes.set(new TextEncoder().encode('sleep\0'), at);
  const address = memory.allocate(16);
  memory.bytes.set([10, 0, 200, 1], address);

  it.each([
    ['plain', [], 'plain'],
    ['100%%', [], '100%'],
    ['%d', [MINUS_ONE], '-1'],
    ['%u', [MINUS_ONE], '4294967295'],
    ['%ld %lu', [MINUS_ONE, MINUS_ONE], '-1 18446744073709551615'],
    ['%lld', [MINUS_ONE], '-1'],
    ['%x %X %08lx', [255n, 255n, 255n], 'ff FF 000000ff'],
    ['[%5d] [%-5d] [%05d] [%+d]', [42n, 42n, -42n, 42n], '[   42] [42   ] [-0042] [+42]'],
    ['%c', [65n], 'A'],
    ['%s!', [BigInt(at)], 'sleep!'],
    ['%s!', [0n], '!'],
    ['%px', [0xabcn], '0000000000000abc'],
    ['%pI4 %pi4', [BigInt(address), BigInt(address)], '10.0.200.1 010.000.200.001'],
    ['%pks:%d', [BigInt(at), 1n], 'sleep:1'],
  ] as const)('%s prints as in Linux', (format, values, text) => {
    expect(String(formatText(context, format, values, 256))).toBe(text);
  });

  it.each([
    ['%d', []],
    ['%f', [1n]],
    ['%', []],
    ['%n', [1n]],
    ['bell\x07', []],
    ['%hd', [1n]],
  ] as const)('%j is refused', (format, values) => {
    expect(formatText(context, format, values, 256)).toBe(-22);
  });
});
