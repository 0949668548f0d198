import { describe, expect, it } from 'vitest';
import { add, constantTnum, multiply, type Tnum } from '../../../electron/bpf/verifier/tnum.ts';

const ALL = 0xffff_ffff_ffff_ffffn;

/** What holds for a value that is in `a` or in `b`. */
function union(a: Tnum, b: Tnum): Tnum {
  const mask = (a.value ^ b.value) | a.mask | b.mask;
  return { value: a.value & b.value & ~mask, mask };
}

/** tnum_mul() of Linux 6.18, in whole words. */
function reference(a: Tnum, b: Tnum): Tnum {
  if (a.mask === 0n && b.mask === 0n) return constantTnum(a.value * b.value);
  let sum = constantTnum(0n);
  for (let bit = 0n; bit < 64n; bit += 1n) {
    const added = { value: (b.value << bit) & ALL, mask: (b.mask << bit) & ALL };
    if (((a.value >> bit) & 1n) === 1n) sum = add(sum, added);
    else if (((a.mask >> bit) & 1n) === 1n) sum = union(sum, add(sum, added));
  }
  return sum;
}

let seed = 0x9e3779b97f4a7c15n;
function random(): bigint {
  seed ^= (seed << 13n) & ALL;
  seed ^= seed >> 7n;
  seed ^= (seed << 17n) & ALL;
  return seed;
}

/** Words of all widths, with runs of ones and zeros. */
function word(): bigint {
  const shape = random() % 4n;
  if (shape === 0n) return random() >> (random() % 64n);
  if (shape === 1n) return random() & random() & random();
  if (shape === 2n) return (ALL << (random() % 64n)) & ALL;
  return random();
}

function tnum(): Tnum {
  const mask = word();
  return { value: word() & ~mask & ALL, mask };
}

describe('the product of tristate numbers', () => {
  it('is that of the kernel, a bit at a time, whatever is known', () => {
    for (let round = 0; round < 3000; round += 1) {
      const [a, b] = [tnum(), tnum()];
      expect(multiply(a, b), `${a.value}/${a.mask} * ${b.value}/${b.mask}`).toEqual(reference(a, b));
    }
  });

  it('holds every product of values that the operands may have', () => {
    for (let round = 0; round < 2000; round += 1) {
      const [a, b] = [tnum(), tnum()];
      const { value, mask } = multiply(a, b);
      const one = ((a.value | (random() & a.mask)) * (b.value | (random() & b.mask))) & ALL & ~mask;
      expect(one).toBe(value);
    }
  });
});
