/**
 * The engine's entry: the host, off the main process's thread. A worker thread of the server, a
 * utilityProcess of Electron; either way it is told `start` once and handed a port for every page.
 */
import { parentPort, type MessagePort } from 'node:worker_threads';

import { serveHost, type Channel } from './host/connection.ts';
import { createHost, type Host, type HostOptions } from './host/host.ts';

export type EngineMessage =
  | { readonly kind: 'start'; readonly options: HostOptions }
  /** With a port beside it. */
  | { readonly kind: 'page' }
  /** Pages that connect from now on open this bundle first. */
  | { readonly kind: 'open'; readonly path: string }
  /** Ends jobs, removes what was uploaded, exits. */
  | { readonly kind: 'stop' };

/** What Electron's MessagePortMain and a worker's MessagePort have in common here. */
interface PagePort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  start(): void;
  close(): void;
}

/** Electron's process.parentPort in a utilityProcess: messages come with ports beside them. */
interface UtilityPort {
  on(
    event: 'message',
    listener: (event: { readonly data: EngineMessage; readonly ports: readonly PagePort[] }) => void,
  ): void;
}

let host: Host | undefined;

function handle(
  message: EngineMessage,
  port: PagePort | undefined,
  unwrap: (message: unknown) => unknown,
): void {
  if (message.kind === 'start') host = createHost(message.options);
  else if (message.kind === 'open') host?.open(message.path);
  else if (message.kind === 'stop') void (host?.close() ?? Promise.resolve()).then(() => process.exit());
  else if (host !== undefined && port !== undefined) serveHost(channelOf(port, unwrap), host);
}

function channelOf(port: PagePort, unwrap: (message: unknown) => unknown): Channel {
  return {
    post: (bytes) => port.postMessage(bytes),
    onMessage: (listener) => {
      port.on('message', (message) => {
        const bytes = unwrap(message);
        if (bytes instanceof Uint8Array) listener(bytes);
      });
      port.start();
    },
    onClose: (listener) => void port.on('close', listener),
    close: () => port.close(),
  };
}

const utilityPort = (process as { parentPort?: UtilityPort }).parentPort;
if (utilityPort !== undefined) {
  const data = (event: unknown): unknown => (event as { data: unknown }).data;
  utilityPort.on('message', (event) => handle(event.data, event.ports[0], data));
} else if (parentPort !== null) {
  const same = (message: unknown): unknown => message;
  parentPort.on('message', ({ port, ...message }: EngineMessage & { port?: MessagePort }) =>
    handle(message, port, same),
  );
} else {
  throw new Error('engine.ts is the entry of a worker thread or an Electron utilityProcess');
}
