import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { askForPort, first, startFake } from './fake-electron.ts';

beforeEach(() => {
  // A crash is told on standard error; here it is part of the play.
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('before the app is ready', () => {
  it('registers the scheme as standard and secure, and opens nothing', () => {
    const { protocol, windows, engines } = startFake();
    const [[schemes]] = protocol.registerSchemesAsPrivileged.mock.calls as [[Electron.CustomScheme[]]];
    expect(schemes).toEqual([
      { scheme: 'retroprobe', privileges: { standard: true, secure: true, supportFetchAPI: true } },
    ]);
    expect([windows, engines]).toEqual([[], []]);
  });

  it('keeps a file that macOS names then for the engine to open first', async () => {
    const { app, becomeReady, engines } = startFake({ platform: 'darwin' });
    const event = { preventDefault: vi.fn() };
    app.emit('open-file', event, '/finder.zip');
    await becomeReady();
    expect(event.preventDefault).toHaveBeenCalledOnce();
    expect(first(engines).postMessage.mock.calls[0]).toEqual([
      {
        kind: 'start',
        options: {
          door: 'electron',
          startupPath: '/finder.zip',
          programsFolder: '/app/programs',
          tracesFolder: '/app/traces',
          cacheFolder: '/data/userData/recordings',
        },
      },
    ]);
  });
});

describe('packed', () => {
  it('finds programs and samples unpacked beside the archive', async () => {
    const { becomeReady, engines } = startFake({ bundleFolder: '/opt/r/resources/app.asar/dist/electron' });
    await becomeReady();
    expect(first(engines).postMessage.mock.calls[0]).toMatchObject([
      {
        options: {
          programsFolder: '/opt/r/resources/app.asar.unpacked/programs',
          tracesFolder: '/opt/r/resources/app.asar.unpacked/traces',
        },
      },
    ]);
  });
});

describe('a second instance', () => {
  it('hands its bundle to the first one and quits without opening anything', async () => {
    const { app, protocol, becomeReady, windows, engines } = startFake({
      isFirstInstance: false,
      argv: ['electron', 'main.js', 'case.zip'],
    });
    await becomeReady();
    expect(app.requestSingleInstanceLock).toHaveBeenCalledWith({ bundlePath: '/work-folder/case.zip' });
    expect(app.quit).toHaveBeenCalledOnce();
    expect(protocol.registerSchemesAsPrivileged).not.toHaveBeenCalled();
    expect([windows, engines]).toEqual([[], []]);
  });

  it('has its bundle opened in the window that is there', async () => {
    const { app, becomeReady, windows, engines } = startFake();
    await becomeReady();
    app.emit('second-instance', {}, [], '/', { bundlePath: '/other.zip' });
    expect(first(engines).postMessage).toHaveBeenLastCalledWith({ kind: 'open', path: '/other.zip' });
    expect(windows).toHaveLength(1);
    expect(first(windows).webContents.reload).toHaveBeenCalledOnce();
    expect(first(windows).focus).toHaveBeenCalledOnce();
  });

  it.each([undefined, null, 'text', { bundlePath: 7 }, { bundlePath: 'relative.zip' }])(
    'only brings the window to the front where it sends %j',
    async (data) => {
      const { app, becomeReady, windows, engines } = startFake();
      await becomeReady();
      app.emit('second-instance', {}, [], '/', data);
      expect(first(engines).kinds()).toEqual(['start']);
      expect(first(windows).webContents.reload).not.toHaveBeenCalled();
      expect(first(windows).focus).toHaveBeenCalledOnce();
    },
  );
});

describe('the window', () => {
  it('has no Node, is isolated and sandboxed, and shows our page when it is drawn', async () => {
    const { becomeReady, windows } = startFake();
    await becomeReady();
    const window = first(windows);
    expect(window.options.webPreferences).toMatchObject({
      preload: '/app/dist/electron/preload.cjs',
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
    });
    expect(window.webContents.url).toBe('retroprobe://app/index.html');
    expect(window.show).not.toHaveBeenCalled();
    window.emit('ready-to-show');
    expect(window.show).toHaveBeenCalledOnce();
  });

  it('is loaded again after its page crashed, until that happens too often', async () => {
    const { becomeReady, windows } = startFake();
    await becomeReady();
    const { webContents } = first(windows);
    webContents.emit('render-process-gone', {}, { reason: 'clean-exit' });
    expect(webContents.reload).not.toHaveBeenCalled();
    for (let crash = 0; crash < 5; crash += 1)
      webContents.emit('render-process-gone', {}, { reason: 'crashed' });
    expect(webContents.reload).toHaveBeenCalledTimes(3);
  });

  it('opens again on macOS when the dock asks, with the same engine', async () => {
    const { app, becomeReady, windows, engines } = startFake({ platform: 'darwin' });
    await becomeReady();
    first(windows).emit('closed');
    app.emit('window-all-closed');
    expect(app.quit).not.toHaveBeenCalled();
    app.emit('activate');
    expect([windows.length, engines.length]).toEqual([2, 1]);
  });

  it('closed ends the app elsewhere', async () => {
    const { app, becomeReady } = startFake();
    await becomeReady();
    app.emit('window-all-closed');
    expect(app.quit).toHaveBeenCalledOnce();
  });

  it('opens what is chosen from the menu', async () => {
    const { Menu, becomeReady, engines } = startFake();
    await becomeReady();
    const template = Menu.buildFromTemplate.mock.calls[0]?.[0] as Electron.MenuItemConstructorOptions[];
    const items = template.flatMap(({ submenu }) => (submenu ?? []) as Electron.MenuItemConstructorOptions[]);
    const open = items.find(({ accelerator }) => accelerator === 'CmdOrCtrl+O');
    (open?.click as () => void)();
    await vi.waitFor(() => {
      expect(first(engines).postMessage).toHaveBeenLastCalledWith({ kind: 'open', path: '/menu.zip' });
    });
  });
});

describe('the ports', () => {
  it('join the page that asks and the engine', async () => {
    const { ipcMain, becomeReady, windows, engines } = startFake();
    await becomeReady();
    askForPort(ipcMain, first(windows));
    expect(first(engines).postMessage).toHaveBeenLastCalledWith({ kind: 'page' }, ['engine end 1']);
    expect(first(windows).webContents.postMessage.mock.calls).toEqual([
      ['retroprobe-port', undefined, ['page end 1']],
    ]);
  });

  it.each([
    ['a frame inside the page', { parent: {} }],
    ['another origin', { url: 'https://app/index.html' }],
    ['another host of our scheme', { url: 'retroprobe://other/index.html' }],
  ])('are not given to %s', async (_who, frame) => {
    const { ipcMain, becomeReady, windows, engines } = startFake();
    await becomeReady();
    askForPort(ipcMain, first(windows), frame);
    expect(first(engines).kinds()).toEqual(['start']);
    expect(first(windows).webContents.postMessage).not.toHaveBeenCalled();
  });

  it('are not given to a frame that is gone', async () => {
    const { ipcMain, becomeReady, windows, engines } = startFake();
    await becomeReady();
    ipcMain.emit('retroprobe-ask', { sender: first(windows).webContents, senderFrame: null });
    expect(first(engines).kinds()).toEqual(['start']);
  });
});

describe('the engine', () => {
  it('is started anew after a crash, with the bundle opened last, and joined to the page again', async () => {
    const { app, ipcMain, becomeReady, windows, engines, utilityProcess } = startFake();
    await becomeReady();
    askForPort(ipcMain, first(windows));
    app.emit('second-instance', {}, [], '/', { bundlePath: '/other.zip' });
    first(engines).emit('exit', 139);
    expect(utilityProcess.fork.mock.calls.map(([path]) => path)).toEqual([
      '/app/dist/electron/engine.js',
      '/app/dist/electron/engine.js',
    ]);
    const [start, page] = engines[1]?.postMessage.mock.calls ?? [];
    expect(start?.[0]).toMatchObject({ kind: 'start', options: { startupPath: '/other.zip' } });
    expect(page).toEqual([{ kind: 'page' }, ['engine end 2']]);
    expect(first(windows).webContents.postMessage).toHaveBeenLastCalledWith('retroprobe-port', undefined, [
      'page end 2',
    ]);
  });

  it('is not joined to a page that has gone, or that shows something else', async () => {
    const { ipcMain, becomeReady, windows, engines } = startFake();
    await becomeReady();
    const { webContents } = first(windows);
    askForPort(ipcMain, first(windows));
    webContents.url = 'about:blank';
    first(engines).emit('exit', 1);
    webContents.isGone = true;
    webContents.emit('destroyed');
    engines[1]?.emit('exit', 1);
    expect(engines.slice(1).map((engine) => engine.kinds())).toEqual([['start'], ['start']]);
  });

  it('that keeps crashing stays down, and the user is told', async () => {
    const { becomeReady, engines, dialog, ipcMain, windows } = startFake();
    await becomeReady();
    for (let crash = 0; crash < 6; crash += 1) engines.at(-1)?.emit('exit', 1);
    expect(engines).toHaveLength(6);
    expect(dialog.showErrorBox).toHaveBeenCalledOnce();
    askForPort(ipcMain, first(windows));
    expect(first(windows).webContents.postMessage).not.toHaveBeenCalled();
  });

  it('tidies up before the app ends', async () => {
    const { app, becomeReady, engines } = startFake();
    await becomeReady();
    const event = { preventDefault: vi.fn() };
    app.emit('will-quit', event);
    expect(event.preventDefault).toHaveBeenCalledOnce();
    expect(first(engines).kinds()).toEqual(['start', 'stop']);
    expect(app.quit).not.toHaveBeenCalled();
    first(engines).emit('exit', 0);
    await vi.waitFor(() => expect(app.quit).toHaveBeenCalledOnce());
    app.emit('will-quit', event);
    expect(event.preventDefault).toHaveBeenCalledOnce();
    expect(engines).toHaveLength(1);
  });

  it('that does not end is killed', async () => {
    vi.useFakeTimers();
    const { app, becomeReady, engines } = startFake();
    await becomeReady();
    app.emit('will-quit', { preventDefault: vi.fn() });
    await vi.advanceTimersByTimeAsync(2_900);
    expect(first(engines).kill).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(200);
    expect(first(engines).kill).toHaveBeenCalledOnce();
    expect(app.quit).toHaveBeenCalledOnce();
  });
});
