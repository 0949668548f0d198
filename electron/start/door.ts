/** Which door to open: Electron's window, a browser's window, or none but the address. */
import type { Browser } from './browser.ts';
import type { ElectronBinary } from './electron-binary.ts';

export type Door =
  | { readonly kind: 'electron'; readonly path: string }
  /** `because` says why not the door before it. */
  | { readonly kind: 'browser'; readonly browser: Browser; readonly because: string }
  | { readonly kind: 'address'; readonly because: string };

export interface DoorFacts {
  readonly hasDisplay: boolean;
  readonly electron: ElectronBinary;
  readonly browser: Browser | undefined;
}

export function chooseDoor({ hasDisplay, electron, browser }: DoorFacts): Door {
  if (!hasDisplay) return { kind: 'address', because: 'there is no display here' };
  if ('path' in electron) return { kind: 'electron', path: electron.path };
  const because = `Electron's binary is not here (${electron.missing})`;
  if (browser !== undefined) return { kind: 'browser', browser, because };
  return { kind: 'address', because: `${because}, nor is Chromium, Chrome or Edge` };
}

/** On Linux a window needs X or Wayland; elsewhere there is always somewhere to put it. */
export function hasDisplay(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  if (platform === 'win32' || platform === 'darwin') return true;
  return [env['DISPLAY'], env['WAYLAND_DISPLAY']].some((value) => value !== undefined && value !== '');
}
