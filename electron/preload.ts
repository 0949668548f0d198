/** Hands the page its message port, and nothing else of Electron. */
import { ipcRenderer } from 'electron';

import { ASK_CHANNEL, PAGE_ORIGIN, PORT_CHANNEL } from './main/names.ts';

if (location.origin === PAGE_ORIGIN) {
  ipcRenderer.on(PORT_CHANNEL, ({ ports }) => window.postMessage(PORT_CHANNEL, PAGE_ORIGIN, [...ports]));
  // By then the page's module has run, and listens.
  window.addEventListener('load', () => ipcRenderer.send(ASK_CHANNEL), { once: true });
}
