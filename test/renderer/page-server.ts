/// <reference types="node" />
/** The built page on loopback, with the headers the product sends, over a made engine. */
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';

import { serveHost } from '../../electron/host/connection.ts';
import { Failure, type FailureLayer } from '../../electron/failure.ts';
import type { HostApi } from '../../electron/host/contract.ts';
import { readPageFile } from '../../electron/page-files.ts';
import { securityHeaders } from '../../electron/security-headers.ts';
import { failureOf } from '../../renderer/host/host-error.ts';
import { fakeHost, type FakeHostOptions } from './fake-host.ts';

export interface PageServer {
  /** With a token, as the product prints it. */
  readonly address: string;
  /** While false, pages are refused and those connected are let go. */
  setAnswering(isAnswering: boolean): void;
  close(): Promise<void>;
}

/** A page built by the project's own configuration; remove the folder when done. */
export function buildPage(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-page-'));
  const vite = join('node_modules', 'vite', 'bin', 'vite.js');
  execFileSync(process.execPath, [vite, 'build', '--outDir', folder, '--logLevel', 'error'], {
    // As it is shipped: under the test runner's NODE_ENV Vue would be built for development.
    env: { ...process.env, NODE_ENV: 'production' },
  });
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

export async function servePage(folder: string, options: FakeHostOptions = {}): Promise<PageServer> {
  let isAnswering = true;
  const server = createServer((request, response) => {
    const pathname = request.url?.split(/[?#]/, 1)[0] ?? '/';
    void readPageFile(folder, pathname).then((file) => {
      response.writeHead(file === undefined ? 404 : 200, {
        ...securityHeaders,
        'Content-Type': file?.mediaType ?? 'text/plain',
      });
      response.end(file?.bytes);
    });
  });
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'retroprobe' });
  server.on('upgrade', (request, socket, head) => {
    if (!isAnswering) return void socket.destroy();
    sockets.handleUpgrade(request, socket, head, (client) => serveFake(client, options));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/#token=${'ab'.repeat(32)}`,
    setAnswering(answers) {
      isAnswering = answers;
      if (!answers) for (const client of sockets.clients) client.terminate();
    },
    async close() {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** The made engine throws as the page's link would; an engine's own code throws Failure. */
function throwingFailures(api: HostApi): HostApi {
  const wrapped = Object.entries(api).map(([method, call]) => [
    method,
    async (argument: never) => {
      try {
        return await (call as (argument: never) => Promise<unknown>)(argument);
      } catch (error) {
        const { layer, code, reason, file, at } = failureOf(error);
        throw new Failure(layer as FailureLayer, code, reason, { file, at });
      }
    },
  ]);
  return Object.fromEntries(wrapped) as HostApi;
}

function serveFake(client: WebSocket, options: FakeHostOptions): void {
  serveHost(
    {
      post: (bytes) => client.send(bytes),
      onMessage: (listener) => client.on('message', (data) => listener(new Uint8Array(data as Buffer))),
      onClose: (listener) => client.on('close', () => listener()),
      close: () => client.close(),
    },
    {
      connect: (page) => throwingFailures(fakeHost(options, page).api),
      open: () => undefined,
      disconnect: () => undefined,
      close: async () => undefined,
    },
  );
}
