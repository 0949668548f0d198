import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { userCacheFolder } from '../../electron/start/cache-folder.ts';

test.each([
  ['linux', {}, join(homedir(), '.cache', 'retroprobe')],
  ['linux', { XDG_CACHE_HOME: '/var/cache/ada' }, '/var/cache/ada/retroprobe'],
  ['linux', { XDG_CACHE_HOME: 'relative' }, join(homedir(), '.cache', 'retroprobe')],
  ['darwin', {}, join(homedir(), 'Library', 'Caches', 'Retroprobe')],
  ['linux', { RETROPROBE_CACHE: '/scratch', XDG_CACHE_HOME: '/var/cache/ada' }, '/scratch'],
] as const)('on %s with %o is %s', (platform, env, expected) => {
  expect(userCacheFolder(env, platform)).toBe(expected);
});
