import { expect, it } from 'vitest';

import { menuTemplate } from '../../electron/main/menu.ts';

function labelsAndRoles(platform: NodeJS.Platform, locale: string): (string | undefined)[] {
  return menuTemplate({ platform, locale, onOpen: () => undefined }).map(({ label, role }) => label ?? role);
}

it('has the standard roles, and the application menu on macOS only', () => {
  expect(labelsAndRoles('linux', 'en-GB')).toEqual(['File', 'editMenu', 'viewMenu', 'windowMenu']);
  expect(labelsAndRoles('darwin', 'en-GB')).toEqual([
    'appMenu',
    'File',
    'editMenu',
    'viewMenu',
    'windowMenu',
  ]);
});

it('speaks Chinese where the system does', () => {
  expect(labelsAndRoles('win32', 'zh-CN')[0]).toBe('文件');
});
