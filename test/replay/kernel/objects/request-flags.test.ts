import { expect, it } from 'vitest';
import { requestFlags } from '../../../../electron/replay/kernel/objects/request-flags.ts';

const [SYNC, META, FUA, PREFLUSH, RAHEAD] = [11, 12, 17, 18, 19].map((bit) => 1 << bit) as [
  number,
  number,
  number,
  number,
  number,
];

it.each([
  ['R', 0],
  ['RA', RAHEAD],
  ['WSM', 1 | SYNC | META],
  ['FWFS', 1 | PREFLUSH | FUA | SYNC],
  ['FF', 2 | PREFLUSH],
  ['F', 2],
  ['D', 3],
  ['DES', 5 | SYNC],
  ['N', undefined],
  ['', undefined],
])('reads %s', (letters, flags) => {
  expect(requestFlags(letters)).toBe(flags);
});
