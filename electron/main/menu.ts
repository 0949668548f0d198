/** The menu: opening a recording, and what the system's own roles bring. */
import type { MenuItemConstructorOptions } from 'electron';

export interface MenuFacts {
  readonly platform: NodeJS.Platform;
  /** As app.getLocale() says: `en-GB`, `zh-CN`. */
  readonly locale: string;
  readonly onOpen: () => void;
}

export function menuTemplate({ platform, locale, onOpen }: MenuFacts): MenuItemConstructorOptions[] {
  const isChinese = locale.startsWith('zh');
  const isMac = platform === 'darwin';
  return [
    ...(isMac ? [{ role: 'appMenu' } as const] : []),
    {
      label: isChinese ? '文件' : 'File',
      submenu: [
        {
          label: isChinese ? '打开记录…' : 'Open Recording…',
          accelerator: 'CmdOrCtrl+O',
          click: onOpen,
        },
        { type: 'separator' },
        { role: isMac ? 'close' : 'quit' },
      ],
    },
    { role: 'editMenu' },
    { role: 'viewMenu' },
    { role: 'windowMenu' },
  ];
}
