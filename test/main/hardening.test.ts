import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';

import { hardenContents } from '../../electron/main/hardening.ts';
import { FakeContents, startFake } from './fake-electron.ts';

describe('any WebContents', () => {
  function hardened(): FakeContents {
    const app = new EventEmitter();
    hardenContents(app as unknown as Electron.App);
    const contents = new FakeContents();
    app.emit('web-contents-created', {}, contents);
    return contents;
  }

  it.each(['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview'])(
    'is kept from %s',
    (name) => {
      const preventDefault = vi.fn();
      hardened().emit(name, { preventDefault, url: 'https://example.org/' });
      expect(preventDefault).toHaveBeenCalledOnce();
    },
  );

  it('opens no window', () => {
    const [[handler]] = hardened().setWindowOpenHandler.mock.calls as [[() => { action: string }]];
    expect(handler()).toEqual({ action: 'deny' });
  });
});

describe('the session', () => {
  it('grants no permission and no device', async () => {
    const { defaultSession, becomeReady } = startFake();
    await becomeReady();
    const granted = vi.fn();
    defaultSession.setPermissionRequestHandler.mock.calls[0]?.[0](undefined, 'media', granted);
    expect(granted.mock.calls).toEqual([[false]]);
    expect(defaultSession.setPermissionCheckHandler.mock.calls[0]?.[0]()).toBe(false);
    expect(defaultSession.setDevicePermissionHandler.mock.calls[0]?.[0]()).toBe(false);
  });

  it.each([
    ['retroprobe://app/index.html', true],
    ['blob:retroprobe://app/5f0c', true],
    ['data:image/png;base64,AA==', true],
    ['devtools://devtools/bundled/inspector.html', true],
    ['https://example.org/', false],
    ['http://127.0.0.1:9222/json', false],
    ['ws://127.0.0.1:1/host', false],
    ['file:///etc/passwd', false],
    ['retroprobe://elsewhere/', false],
    ['retroprobe://user@app/', false],
    ['no address', false],
  ])('asked for %s answers %s', async (url, isAllowed) => {
    const { defaultSession, becomeReady } = startFake();
    await becomeReady();
    const callback = vi.fn();
    defaultSession.webRequest.onBeforeRequest.mock.calls[0]?.[0]({ url }, callback);
    expect(callback.mock.calls).toEqual([[{ cancel: !isAllowed }]]);
  });
});
