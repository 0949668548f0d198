/** Hands pages their ports: to a page that asks, and again to every page after the engine was started anew. */
import type { IpcMain, IpcMainEvent, MessagePortMain, WebContents } from 'electron';

import { ASK_CHANNEL, isPageAddress, PORT_CHANNEL } from './names.ts';

export class PagePorts {
  readonly #connect: () => MessagePortMain | undefined;
  readonly #pages = new Set<WebContents>();

  constructor(ipcMain: Pick<IpcMain, 'on'>, connect: () => MessagePortMain | undefined) {
    this.#connect = connect;
    ipcMain.on(ASK_CHANNEL, (event) => {
      if (!isOurPage(event)) return;
      const page = event.sender;
      if (!this.#pages.has(page)) {
        this.#pages.add(page);
        page.once('destroyed', () => this.#pages.delete(page));
      }
      this.#send(page);
    });
  }

  reconnect(): void {
    for (const page of this.#pages) this.#send(page);
  }

  #send(page: WebContents): void {
    // What the page shows may have changed since it asked.
    if (page.isDestroyed() || !isPageAddress(page.getURL())) return;
    const port = this.#connect();
    if (port !== undefined) page.postMessage(PORT_CHANNEL, undefined, [port]);
  }
}

/** The window's own frame, showing our page: no subframe, nothing that was navigated elsewhere. */
function isOurPage({ senderFrame }: IpcMainEvent): boolean {
  return senderFrame !== null && senderFrame.parent === null && isPageAddress(senderFrame.url);
}
