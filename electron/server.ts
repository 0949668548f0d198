/**
 * The browser's door: the page over HTTP and the host over WebSocket, on loopback only.
 *
 * Any program and any web page on this machine can reach a loopback port, so: the Host header must be
 * ours (a name that was rebound to 127.0.0.1 is refused), a WebSocket must come from our own origin and
 * carry the token, and nothing but GET and HEAD is answered. The engine runs in a worker thread.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { WebSocketServer, type WebSocket } from 'ws';

import { Failure } from './failure.ts';
import type { HostOptions } from './host/host.ts';
import { readPageFile } from './page-files.ts';
import { securityHeaders } from './security-headers.ts';

/** An upload piece is 4 MiB and a header; nothing the page sends is larger. */
const MESSAGE_BYTES_MAX = 8 * 1024 * 1024;
const PROTOCOL = 'retroprobe';
const TOKEN_BYTES = 32;
/** An engine that is still tidying up by then is ended. */
const STOP_MS_MAX = 3_000;
/** Windows of one user; more is a program that opens sockets. */
const SOCKETS_MAX = 32;

export interface ServerOptions {
  readonly host: HostOptions;
  /** 0 lets the system choose. */
  readonly port?: number;
  /** Folder of the built page. */
  readonly pageFolder?: string;
}

export interface Server {
  /** What to open: `http://127.0.0.1:PORT/#token=HEX`. */
  readonly address: string;
  readonly port: number;
  readonly token: string;
  close(): Promise<void>;
}

/** Throws Failure `port-taken` where the port is in use. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const token = randomBytes(TOKEN_BYTES).toString('hex');
  const pageFolder = options.pageFolder ?? join(import.meta.dirname, '..', 'dist', 'page');
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_BYTES_MAX,
    handleProtocols: () => PROTOCOL,
  });
  const server = createServer((request, response) => void answer(request, response, pageFolder));
  const port = await listen(server, options.port ?? 0);
  const engine = new Engine(options.host);
  server.on('upgrade', (request, socket, head) => {
    const refusal = refusalOf(request, token);
    if (refusal !== undefined) return refuse(socket, refusal);
    if (sockets.clients.size >= SOCKETS_MAX) return refuse(socket, '503 Service Unavailable');
    sockets.handleUpgrade(request, socket, head, (webSocket) => engine.serve(webSocket));
  });
  return {
    address: `http://127.0.0.1:${port}/#token=${token}`,
    port,
    token,
    async close() {
      for (const client of sockets.clients) client.terminate();
      sockets.close();
      await engine.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** The worker thread with the host; started anew, with what it held gone, when it crashes. */
class Engine {
  readonly #options: HostOptions;
  readonly #clients = new Set<WebSocket>();
  #worker: Worker | undefined;
  #isClosing = false;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#worker = this.#start();
  }

  serve(client: WebSocket): void {
    const { port1, port2 } = new MessageChannel();
    this.#worker ??= this.#start();
    this.#worker.postMessage({ kind: 'page', port: port2 }, [port2]);
    this.#clients.add(client);
    connect(client, port1);
    client.on('close', () => this.#clients.delete(client));
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = new Promise((done) => worker.once('exit', done));
    worker.postMessage({ kind: 'stop' });
    const timer = setTimeout(() => void worker.terminate(), STOP_MS_MAX);
    await ended;
    clearTimeout(timer);
  }

  #start(): Worker {
    const worker = new Worker(engineUrl());
    worker.postMessage({ kind: 'start', options: this.#options });
    worker.on('error', (error) => console.error('the engine crashed:', error));
    worker.on('exit', () => {
      this.#worker = undefined;
      // A page connects again by itself, and is served by a new engine.
      for (const client of this.#clients) client.close(1011, 'engine ended');
      if (!this.#isClosing) console.error('the engine ended; it starts again with the next page');
    });
    return worker;
  }
}

function connect(client: WebSocket, port: MessagePort): void {
  client.on('message', (data, isBinary) => {
    if (!isBinary || !(data instanceof Buffer)) return client.close(1003, 'binary only');
    // A copy of its own: the socket's buffers are shared, and the codec reads aligned.
    const bytes = new Uint8Array(data);
    port.postMessage(bytes, [bytes.buffer]);
  });
  client.on('close', () => port.close());
  client.on('error', () => client.terminate());
  port.on('message', (bytes: Uint8Array) => client.send(bytes));
  port.on('close', () => client.close(1011, 'engine closed the connection'));
}

async function answer(request: IncomingMessage, response: ServerResponse, pageFolder: string): Promise<void> {
  const send = (status: number, text: string): void => {
    response.writeHead(status, { ...securityHeaders, 'Content-Type': 'text/plain; charset=utf-8' });
    response.end(`${text}\n`);
  };
  if (!isOurHost(request)) return send(403, 'This address is not served here.');
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(405, 'Only GET and HEAD.');
  const pathname = (request.url ?? '/').split(/[?#]/, 1)[0] ?? '/';
  const file = await readPageFile(pageFolder, pathname).catch(() => undefined);
  if (file === undefined) return send(404, 'No such file.');
  response.writeHead(200, {
    ...securityHeaders,
    'Content-Type': file.mediaType,
    'Content-Length': file.bytes.length,
  });
  response.end(request.method === 'HEAD' ? undefined : file.bytes);
}

/** Status and reason where a WebSocket is not to be opened. */
function refusalOf(request: IncomingMessage, token: string): string | undefined {
  if (!isOurHost(request)) return '403 Forbidden';
  if (request.headers.origin !== `http://${request.headers.host}`) return '403 Forbidden';
  if (request.url !== '/host') return '404 Not Found';
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
  if (!offered.includes(PROTOCOL)) return '400 Bad Request';
  const given = offered.find((each) => each.startsWith('token.'))?.slice('token.'.length) ?? '';
  return isSameToken(given, token) ? undefined : '401 Unauthorized';
}

function isSameToken(given: string, token: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(token);
  return a.length === b.length && timingSafeEqual(a, b);
}

function isOurHost(request: IncomingMessage): boolean {
  const { localPort } = request.socket;
  return (
    request.headers.host === `127.0.0.1:${localPort}` || request.headers.host === `localhost:${localPort}`
  );
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', (error: NodeJS.ErrnoException) => {
    reject(new Failure('host', 'port-taken', `port ${port} cannot be had (${error.code ?? error.message})`));
  });
  server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  return promise;
}

function engineUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './engine.ts' : './engine.js', import.meta.url);
}
