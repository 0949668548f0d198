/**
 * The engine in a utilityProcess. A crash costs what it held: it is started again, and whoever has pages
 * hears of it and connects them anew (their old ports have closed by themselves).
 */
import type { MessageChannelMain, MessagePortMain, UtilityProcess } from 'electron';

import type { EngineMessage } from '../engine.ts';
import type { HostOptions } from '../host/host.ts';
import { RestartBudget } from './restart-budget.ts';

/** An engine that crashes more often than this is broken, not unlucky. */
const RESTARTS_MAX = 5;
const RESTART_WINDOW_MS = 60_000;
/** An engine that is still tidying up by then is killed. */
const STOP_MS_MAX = 3_000;

export interface EngineParts {
  readonly fork: () => UtilityProcess;
  readonly makeChannel: () => MessageChannelMain;
  /** A new engine runs: connect the pages again. */
  readonly onRestart: () => void;
  /** It crashed too often and stays down. */
  readonly onGiveUp: (exitCode: number) => void;
}

export class EngineProcess {
  readonly #parts: EngineParts;
  readonly #budget = new RestartBudget(RESTARTS_MAX, RESTART_WINDOW_MS);
  #options: HostOptions;
  #process: UtilityProcess | undefined;
  #isStopping = false;

  constructor(options: HostOptions, parts: EngineParts) {
    this.#options = options;
    this.#parts = parts;
    this.#process = this.#start();
  }

  /** The page's end of a new channel; undefined where the engine stays down. */
  connect(): MessagePortMain | undefined {
    if (this.#process === undefined) return undefined;
    const { port1, port2 } = this.#parts.makeChannel();
    this.#process.postMessage({ kind: 'page' } satisfies EngineMessage, [port2]);
    return port1;
  }

  /** Pages that connect from now on open this bundle first; so does an engine started after a crash. */
  open(path: string): void {
    this.#options = { ...this.#options, startupPath: path };
    this.#process?.postMessage({ kind: 'open', path } satisfies EngineMessage);
  }

  /** Resolves when the process has ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const engine = this.#process;
    if (engine === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    engine.once('exit', () => resolve());
    engine.postMessage({ kind: 'stop' } satisfies EngineMessage);
    const timer = setTimeout(() => engine.kill(), STOP_MS_MAX);
    await promise;
    clearTimeout(timer);
  }

  #start(): UtilityProcess {
    const engine = this.#parts.fork();
    engine.once('exit', (code) => this.#onExit(code));
    engine.postMessage({ kind: 'start', options: this.#options } satisfies EngineMessage);
    return engine;
  }

  #onExit(exitCode: number): void {
    this.#process = undefined;
    if (this.#isStopping) return;
    console.error(`the engine ended with code ${exitCode}`);
    if (!this.#budget.take()) return this.#parts.onGiveUp(exitCode);
    this.#process = this.#start();
    this.#parts.onRestart();
  }
}
