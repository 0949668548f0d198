import { expect, test } from 'vitest';

import { linuxVersionCode } from '../../electron/replay/kernel/kernel-version.ts';

test.each([
  ['6.18.44-fc', 0x06122c],
  ['5.4', 0x050400],
  ['4.14.336', 0x040eff],
  ['Linux', undefined],
  [undefined, undefined],
])('reads the version of %s', (release, code) => {
  expect(linuxVersionCode(release)).toBe(code);
});
