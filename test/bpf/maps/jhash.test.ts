import { describe, expect, it } from 'vitest';
import { jhashWords } from '../../../electron/bpf/maps/jhash.ts';

/** Stacks with the ids Linux 6.18 gave them in a stack trace map of 1024 entries. */
const RECORDED: readonly (readonly [id: number, stack: readonly bigint[]])[] = [
  [
    123,
    [
      0xffffffffc0025cadn,
      0xffffffff814b896cn,
      0xffffffff821f8b58n,
      0xffffffff821f94c3n,
      0xffffffff82200647n,
      0xffffffff815d22d1n,
      0xffffffff81389be8n,
      0xffffffff8130a631n,
      0xffffffff81248fean,
    ],
  ],
  [
    278,
    [
      0xffffffffc0025cadn,
      0xffffffff814b896cn,
      0xffffffff821f8b58n,
      0xffffffff821f94c3n,
      0xffffffff82200647n,
      0xffffffff816a0fdfn,
      0xffffffff81389be8n,
      0xffffffff8130a631n,
      0xffffffff81248fean,
    ],
  ],
  [
    321,
    [
      0xffffffffc0025cadn,
      0xffffffff814b896cn,
      0xffffffff821f8b58n,
      0xffffffff821f972en,
      0xffffffff813c3ca5n,
      0xffffffff821f55acn,
      0xffffffff8378423dn,
      0xffffffff837907c0n,
      0xffffffff83790921n,
      0xffffffff812faf53n,
    ],
  ],
];

describe('jhash2', () => {
  it.each(RECORDED)('gives a recorded stack the id %i the kernel gave it', (id, stack) => {
    const words = new Uint32Array(BigUint64Array.from(stack).buffer);
    expect(jhashWords(words, 0) & 1023).toBe(id);
  });
});
