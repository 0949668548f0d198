/**
 * The desktop application's life: one instance, one window, one engine. Takes Electron as a parameter, so
 * that a test can watch what is asked of it.
 */
import type * as ElectronModule from 'electron';
import { isAbsolute, join } from 'node:path';

import { bundleArgument } from './bundle-argument.ts';
import { EngineProcess } from './engine-process.ts';
import { hardenContents, hardenSession } from './hardening.ts';
import { menuTemplate } from './menu.ts';
import { PagePorts } from './page-ports.ts';
import { registerScheme, serveScheme } from './scheme.ts';
import { openWindow } from './window.ts';

export type ElectronApi = Pick<
  typeof ElectronModule,
  | 'app'
  | 'BrowserWindow'
  | 'dialog'
  | 'ipcMain'
  | 'Menu'
  | 'MessageChannelMain'
  | 'protocol'
  | 'session'
  | 'utilityProcess'
>;

export interface ApplicationPlace {
  readonly argv: readonly string[];
  readonly platform: NodeJS.Platform;
  readonly workingFolder: string;
  /** Of main.js, preload.cjs and engine.js. */
  readonly bundleFolder: string;
  readonly pageFolder: string;
}

/** To be called while the entry is loaded: a scheme is registered before the app is ready, or never. */
export function startApplication(electron: ElectronApi, place: ApplicationPlace): void {
  const { app } = electron;
  const bundlePath = bundleArgument(place.argv, app.isPackaged, place.workingFolder);
  // By data of our own: Chromium reorders the second instance's command line.
  if (!app.requestSingleInstanceLock({ bundlePath })) {
    app.quit();
    return;
  }
  registerScheme(electron.protocol);
  hardenContents(app);
  const application = new Application(electron, place, bundlePath);
  app.on('second-instance', (_event, _argv, _folder, data) => application.openAgain(bundlePathOf(data)));
  // macOS names files this way, before the app is ready too.
  app.on('open-file', (event, path) => {
    event.preventDefault();
    application.openAgain(path);
  });
  app.on('activate', () => application.openAgain(undefined));
  app.on('window-all-closed', () => {
    if (place.platform !== 'darwin') app.quit();
  });
  app.on('will-quit', (event) => application.endFirst(event));
  void app.whenReady().then(() => application.begin());
}

/** Another process of this user sent it: any value may be in it. */
function bundlePathOf(data: unknown): string | undefined {
  const path = (data as { bundlePath?: unknown } | null | undefined)?.bundlePath;
  return typeof path === 'string' && isAbsolute(path) ? path : undefined;
}

/**
 * Of programs/ and traces/: the project's, two folders above the bundle. Packed, they are unpacked beside
 * the archive: Electron's reading of folders inside one is not Node's.
 */
function dataFolder(bundleFolder: string): string {
  return join(bundleFolder, '..', '..').replace(/\.asar$/, '.asar.unpacked');
}

class Application {
  readonly #electron: ElectronApi;
  readonly #place: ApplicationPlace;
  #startupPath: string | undefined;
  #engine: EngineProcess | undefined;
  #window: ElectronModule.BrowserWindow | undefined;
  #isEnding = false;

  constructor(electron: ElectronApi, place: ApplicationPlace, startupPath: string | undefined) {
    this.#electron = electron;
    this.#place = place;
    this.#startupPath = startupPath;
  }

  begin(): void {
    const { app, ipcMain, Menu, protocol, session } = this.#electron;
    hardenSession(session.defaultSession);
    serveScheme(protocol, this.#place.pageFolder);
    const template = menuTemplate({
      platform: this.#place.platform,
      locale: app.getLocale(),
      onOpen: () => void this.#chooseBundle(),
    });
    Menu.setApplicationMenu(Menu.buildFromTemplate(template));
    const engine = this.#startEngine(() => ports.reconnect());
    const ports = new PagePorts(ipcMain, () => engine.connect());
    this.#engine = engine;
    this.#showWindow();
  }

  /** Brings the window to the front, with another bundle where one is named. */
  openAgain(bundlePath: string | undefined): void {
    const engine = this.#engine;
    // Not ready yet: what begins then begins with this bundle.
    if (engine === undefined) {
      this.#startupPath = bundlePath ?? this.#startupPath;
      return;
    }
    if (bundlePath !== undefined) engine.open(bundlePath);
    const isThere = this.#window !== undefined;
    this.#showWindow();
    // The page says hello anew, and hears what to open.
    if (isThere && bundlePath !== undefined) this.#window?.webContents.reload();
  }

  /** Holds the end until the engine has tidied up. */
  endFirst(event: { preventDefault(): void }): void {
    const engine = this.#engine;
    if (engine === undefined || this.#isEnding) return;
    this.#isEnding = true;
    event.preventDefault();
    void engine.stop().then(() => this.#electron.app.quit());
  }

  #startEngine(onRestart: () => void): EngineProcess {
    const { app, dialog, MessageChannelMain, utilityProcess } = this.#electron;
    const folder = dataFolder(this.#place.bundleFolder);
    const options = {
      door: 'electron',
      startupPath: this.#startupPath,
      programsFolder: join(folder, 'programs'),
      tracesFolder: join(folder, 'traces'),
      cacheFolder: join(app.getPath('userData'), 'recordings'),
    } as const;
    return new EngineProcess(options, {
      fork: () =>
        utilityProcess.fork(join(this.#place.bundleFolder, 'engine.js'), [], {
          serviceName: 'Retroprobe engine',
        }),
      makeChannel: () => new MessageChannelMain(),
      onRestart,
      onGiveUp: (exitCode) =>
        dialog.showErrorBox(
          'Retroprobe',
          `The engine keeps ending (code ${exitCode}). Start Retroprobe again.`,
        ),
    });
  }

  #showWindow(): void {
    const window = this.#window;
    if (window === undefined) {
      const opened = openWindow(this.#electron.BrowserWindow, join(this.#place.bundleFolder, 'preload.cjs'));
      opened.once('closed', () => (this.#window = undefined));
      this.#window = opened;
      return;
    }
    if (window.isMinimized()) window.restore();
    window.focus();
  }

  async #chooseBundle(): Promise<void> {
    const { filePaths } = await this.#electron.dialog.showOpenDialog({ properties: ['openFile'] });
    const [path] = filePaths;
    if (path !== undefined) this.openAgain(path);
  }
}
