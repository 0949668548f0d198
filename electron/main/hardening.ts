/** What no page of this app may do, ours included: leave, open windows, embed, ask for devices, call out. */
import type { App, Session, WebContents } from 'electron';

import { isPageAddress } from './names.ts';

/** Of every WebContents there will be. */
export function hardenContents(app: Pick<App, 'on'>): void {
  app.on('web-contents-created', (_event, contents: WebContents) => {
    contents.on('will-navigate', (event) => event.preventDefault());
    contents.on('will-frame-navigate', (event) => event.preventDefault());
    contents.on('will-redirect', (event) => event.preventDefault());
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  });
}

/** Schemes of what a page makes itself (a report to save) and of Chromium's developer tools. */
const localProtocols: ReadonlySet<string> = new Set(['blob:', 'data:', 'devtools:']);

export function hardenSession(
  session: Pick<
    Session,
    'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler' | 'webRequest'
  >,
): void {
  session.setPermissionRequestHandler((_contents, _permission, callback) => callback(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  // Behind the page's own policy, which allows its origin only.
  session.webRequest.onBeforeRequest(({ url }, callback) => callback({ cancel: !isLocal(url) }));
}

function isLocal(address: string): boolean {
  // A blob's address carries the origin that made it.
  return isPageAddress(address) || (URL.canParse(address) && localProtocols.has(new URL(address).protocol));
}
