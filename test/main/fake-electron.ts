/**
 * Electron's API as far as electron/main/ uses it, recording what is asked of it. Events are emitted by the
 * test; nothing happens by itself. What Chromium does with it is not shown here.
 */
import { EventEmitter } from 'node:events';
import { vi } from 'vitest';

import { startApplication, type ElectronApi } from '../../electron/main/application.ts';
import { PAGE_ORIGIN } from '../../electron/main/names.ts';

export class FakeContents extends EventEmitter {
  url = '';
  isGone = false;
  readonly setWindowOpenHandler = vi.fn<(handler: () => { action: string }) => void>();
  readonly postMessage = vi.fn<(channel: string, message: unknown, ports: unknown[]) => void>();
  readonly reload = vi.fn();
  readonly getURL = (): string => this.url;
  readonly isDestroyed = (): boolean => this.isGone;
}

export class FakeWindow extends EventEmitter {
  readonly options: Electron.BrowserWindowConstructorOptions;
  readonly webContents = new FakeContents();
  readonly show = vi.fn();
  readonly focus = vi.fn();
  readonly restore = vi.fn();
  readonly isMinimized = vi.fn(() => false);

  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super();
    this.options = options;
  }

  async loadURL(url: string): Promise<void> {
    this.webContents.url = url;
  }
}

export class FakeEngine extends EventEmitter {
  readonly postMessage = vi.fn<(message: { kind: string }, ports?: unknown[]) => void>();
  readonly kill = vi.fn(() => this.emit('exit', 0));

  /** Kinds of the messages it was sent, in order. */
  kinds(): string[] {
    return this.postMessage.mock.calls.map(([message]) => message.kind);
  }
}

export interface FakeOptions {
  readonly isFirstInstance?: boolean;
  readonly platform?: NodeJS.Platform;
  readonly argv?: readonly string[];
  readonly bundleFolder?: string;
  readonly pageFolder?: string;
}

export function startFake(options: FakeOptions = {}) {
  const windows: FakeWindow[] = [];
  const engines: FakeEngine[] = [];
  const readiness = Promise.withResolvers<void>();
  const app = Object.assign(new EventEmitter(), {
    isPackaged: false,
    requestSingleInstanceLock: vi.fn(() => options.isFirstInstance ?? true),
    quit: vi.fn(),
    whenReady: vi.fn(() => readiness.promise),
    getLocale: () => 'en-GB',
    getPath: (name: string) => `/data/${name}`,
  });
  const protocol = { registerSchemesAsPrivileged: vi.fn(), handle: vi.fn() };
  const ipcMain = new EventEmitter();
  const dialog = { showErrorBox: vi.fn(), showOpenDialog: vi.fn(async () => ({ filePaths: ['/menu.zip'] })) };
  const Menu = { buildFromTemplate: vi.fn((template: unknown) => template), setApplicationMenu: vi.fn() };
  const defaultSession = {
    setPermissionRequestHandler: vi.fn(),
    setPermissionCheckHandler: vi.fn(),
    setDevicePermissionHandler: vi.fn(),
    webRequest: { onBeforeRequest: vi.fn() },
  };
  const utilityProcess = {
    fork: vi.fn((_path: string) => {
      const engine = new FakeEngine();
      engines.push(engine);
      return engine;
    }),
  };
  let channels = 0;
  class MessageChannelMain {
    readonly port1 = `page end ${++channels}`;
    readonly port2 = `engine end ${channels}`;
  }
  class BrowserWindow extends FakeWindow {
    constructor(constructorOptions: Electron.BrowserWindowConstructorOptions) {
      super(constructorOptions);
      windows.push(this);
      app.emit('web-contents-created', {}, this.webContents);
    }
  }
  const api = {
    app,
    BrowserWindow,
    dialog,
    ipcMain,
    Menu,
    MessageChannelMain,
    protocol,
    session: { defaultSession },
    utilityProcess,
  };
  startApplication(api as unknown as ElectronApi, {
    argv: options.argv ?? ['electron', 'main.js'],
    platform: options.platform ?? 'linux',
    workingFolder: '/work-folder',
    bundleFolder: options.bundleFolder ?? '/app/dist/electron',
    pageFolder: options.pageFolder ?? '/page',
  });
  return {
    ...api,
    defaultSession,
    windows,
    engines,
    async becomeReady(): Promise<void> {
      readiness.resolve();
      await readiness.promise;
      // startApplication's own continuation runs after ours was queued.
      await Promise.resolve();
    },
  };
}

/** The window's page asks for its port, as the preload does. */
export function askForPort(ipcMain: EventEmitter, window: FakeWindow, frame: object = {}): void {
  const senderFrame = { parent: null, url: `${PAGE_ORIGIN}/index.html`, ...frame };
  ipcMain.emit('retroprobe-ask', { sender: window.webContents, senderFrame });
}

/** The first of a list that must not be empty. */
export function first<T>(items: readonly T[]): T {
  const [item] = items;
  if (item === undefined) throw new Error('there is none');
  return item;
}
