/**
 * The built engine as Electron's main process runs it, without Electron: a worker thread whose
 * `process.parentPort` behaves as a utilityProcess has it (messages and ports inside an event).
 */
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { MessageChannel, Worker, type MessagePort, type Transferable } from 'node:worker_threads';

import { EngineProcess } from '../../electron/main/engine-process.ts';
import type { HostOptions } from '../../electron/host/host.ts';
import { hostCalls } from '../../renderer/host/host-calls.ts';
import type { HostApi, Progress } from '../../electron/host/contract.ts';

const enginePath = resolve(import.meta.dirname, '..', '..', 'dist', 'electron', 'engine.js');

const UTILITY_PROCESS = `
  import { pathToFileURL } from 'node:url';
  import { parentPort, workerData } from 'node:worker_threads';
  const asMain = (port) => ({
    postMessage: (message) => port.postMessage(message),
    on: (name, listener) => port.on(name, name === 'message' ? (data) => listener({ data, ports: [] }) : listener),
    start: () => port.start(),
    close: () => port.close(),
  });
  process.parentPort = {
    on: (name, listener) =>
      parentPort.on(name, ({ data, ports }) => listener({ data, ports: ports.map(asMain) })),
  };
  await import(pathToFileURL(workerData.enginePath).href);
`;

class WorkerAsUtilityProcess extends EventEmitter {
  readonly worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(UTILITY_PROCESS)}`), {
    workerData: { enginePath },
  });

  constructor() {
    super();
    this.worker.on('exit', (code) => this.emit('exit', code));
  }

  postMessage(data: unknown, ports: readonly Transferable[] = []): void {
    this.worker.postMessage({ data, ports }, ports);
  }

  kill(): boolean {
    void this.worker.terminate();
    return true;
  }
}

export interface Shell {
  readonly engine: EngineProcess;
  /** Ends the engine that runs now from outside; resolves when another was started. */
  crash(): Promise<void>;
  /** What a page has after it was handed its port. */
  openPage(): {
    readonly api: HostApi;
    readonly progress: readonly Progress[];
    readonly closed: Promise<void>;
  };
}

export function startShell(options: HostOptions): Shell {
  const restarts = new EventEmitter();
  const processes: WorkerAsUtilityProcess[] = [];
  const engine = new EngineProcess(options, {
    fork: () => {
      const started = new WorkerAsUtilityProcess();
      processes.push(started);
      return started as unknown as Electron.UtilityProcess;
    },
    makeChannel: () => new MessageChannel() as unknown as Electron.MessageChannelMain,
    onRestart: () => restarts.emit('restart'),
    onGiveUp: (code) => restarts.emit('error', new Error(`gave up after code ${code}`)),
  });
  return {
    engine,
    async crash() {
      const restarted = once(restarts, 'restart');
      processes.at(-1)?.kill();
      await restarted;
    },
    openPage() {
      const port = engine.connect() as unknown as MessagePort;
      const closed = new Promise<void>((done) => port.once('close', () => done()));
      const progress: Progress[] = [];
      const channel = {
        post: (bytes: Uint8Array) => port.postMessage(bytes),
        onMessage: (listener: (bytes: Uint8Array) => void) => void port.on('message', listener),
        onClose: (listener: () => void) => void closed.then(listener),
        close: () => port.close(),
      };
      const api = hostCalls(channel, {
        onProgress: (each) => void progress.push(each),
        onOutline: () => undefined,
      });
      return { api, progress, closed };
    },
  };
}

/** For a whole file's tests: `remove` it when they are done. */
export function fileFolder(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-test-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function projectPath(...parts: readonly string[]): string {
  return join(import.meta.dirname, '..', '..', ...parts);
}
