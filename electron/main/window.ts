/** The window: one page, no Node in it, shown when its first frame is there. */
import type { BrowserWindow, BrowserWindowConstructorOptions } from 'electron';

import { PAGE_ORIGIN } from './names.ts';
import { RestartBudget } from './restart-budget.ts';

/** A page that crashes more often than this is shown as crashed. */
const RELOADS_MAX = 3;
const RELOAD_WINDOW_MS = 60_000;

export function windowOptions(preloadPath: string): BrowserWindowConstructorOptions {
  return {
    title: 'Retroprobe',
    width: 1440,
    height: 900,
    minWidth: 800,
    minHeight: 560,
    show: false,
    webPreferences: {
      preload: preloadPath,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  };
}

export function openWindow(Window: typeof BrowserWindow, preloadPath: string): BrowserWindow {
  const window = new Window(windowOptions(preloadPath));
  const reloads = new RestartBudget(RELOADS_MAX, RELOAD_WINDOW_MS);
  window.once('ready-to-show', () => window.show());
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return;
    console.error(`the page ended: ${reason}`);
    if (reloads.take()) window.webContents.reload();
  });
  window.loadURL(`${PAGE_ORIGIN}/index.html`).catch((error: unknown) => console.error(error));
  return window;
}
