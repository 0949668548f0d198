import { expect, it } from 'vitest';

import { bundleArgument } from '../../electron/main/bundle-argument.ts';

it.each([
  [['electron', 'main.js'], false, undefined],
  [['electron', 'main.js', 'case.zip'], false, '/here/case.zip'],
  [['electron', '--no-sandbox', 'main.js', '--inspect', '/there/case.zip'], false, '/there/case.zip'],
  [['retroprobe'], true, undefined],
  [['retroprobe', '--enable-logging', 'case.zip', 'more.zip'], true, '/here/case.zip'],
])('of %j, packaged %s, is %s', (argv, isPackaged, expected) => {
  expect(bundleArgument(argv, isPackaged, '/here')).toBe(expected);
});
