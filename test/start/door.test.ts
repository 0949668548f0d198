import { expect, test } from 'vitest';

import { chooseDoor, hasDisplay } from '../../electron/start/door.ts';

const electron = { path: '/opt/electron/electron' };
const noElectron = { missing: 'its download failed' };
const browser = { name: 'Chromium', path: '/usr/bin/chromium' };

test.each([
  [true, electron, browser, { kind: 'electron', path: electron.path }],
  [true, electron, undefined, { kind: 'electron', path: electron.path }],
  [true, noElectron, browser, { kind: 'browser', browser }],
  [true, noElectron, undefined, { kind: 'address' }],
  [false, electron, browser, { kind: 'address' }],
  [false, electron, undefined, { kind: 'address' }],
  [false, noElectron, browser, { kind: 'address' }],
  [false, noElectron, undefined, { kind: 'address' }],
] as const)('with a display: %s, Electron: %o, a browser: %o', (isShown, found, installed, expected) => {
  expect(chooseDoor({ hasDisplay: isShown, electron: found, browser: installed })).toMatchObject(expected);
});

test('says why it is not the door before, in the words of what failed', () => {
  const door = chooseDoor({ hasDisplay: true, electron: noElectron, browser });
  expect(door).toHaveProperty('because', "Electron's binary is not here (its download failed)");
});

test.each([
  ['linux', {}, false],
  ['linux', { DISPLAY: '' }, false],
  ['linux', { DISPLAY: ':0' }, true],
  ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
  ['freebsd', {}, false],
  ['darwin', {}, true],
  ['win32', {}, true],
] as const)('on %s with %o a display is there: %s', (platform, env, expected) => {
  expect(hasDisplay(env, platform)).toBe(expected);
});
