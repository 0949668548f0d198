import { build } from 'esbuild';
import { EventEmitter } from 'node:events';
import { join, resolve } from 'node:path';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it, vi } from 'vitest';

const projectFolder = resolve(import.meta.dirname, '..', '..');

// As a sandboxed preload runs: one CommonJS file, with a `require` that knows `electron` alone.
describe('the preload', () => {
  let code: string;

  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: [join(projectFolder, 'electron', 'preload.ts')],
      bundle: true,
      write: false,
      platform: 'node',
      format: 'cjs',
      external: ['electron'],
    });
    code = outputFiles[0]?.text ?? '';
  });

  function run(origin: string) {
    const ipcRenderer = Object.assign(new EventEmitter(), { send: vi.fn() });
    const window = { postMessage: vi.fn(), addEventListener: vi.fn() };
    const require = (name: string): unknown => {
      if (name !== 'electron') throw new Error(`a sandboxed preload has no ${name}`);
      return { ipcRenderer };
    };
    runInNewContext(code, { require, window, location: { origin }, module: { exports: {} } });
    return { ipcRenderer, window };
  }

  it('asks for a port when the page has loaded, and not before', () => {
    const { ipcRenderer, window } = run('retroprobe://app');
    expect(ipcRenderer.send).not.toHaveBeenCalled();
    const [[event, listener]] = window.addEventListener.mock.calls as [[string, () => void]];
    expect(event).toBe('load');
    listener();
    expect(ipcRenderer.send.mock.calls).toEqual([['retroprobe-ask']]);
  });

  it('hands every port to the page, under its own origin only', () => {
    const { ipcRenderer, window } = run('retroprobe://app');
    ipcRenderer.emit('retroprobe-port', { ports: ['port'] });
    expect(window.postMessage).toHaveBeenCalledOnce();
    const [message, origin, ports] = window.postMessage.mock.calls[0] ?? [];
    expect([message, origin, [...(ports as string[])]]).toEqual([
      'retroprobe-port',
      'retroprobe://app',
      ['port'],
    ]);
  });

  it.each(['https://example.org', 'null', 'retroprobe://other'])('does nothing in a page of %s', (origin) => {
    const { ipcRenderer, window } = run(origin);
    expect(ipcRenderer.eventNames()).toEqual([]);
    expect(window.addEventListener).not.toHaveBeenCalled();
  });
});
