import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBirpc } from 'birpc';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';

import { Failure } from '../../electron/failure.ts';
import { decodeMessage, encodeMessage, type WireCalls } from '../../electron/host/contract.ts';
import { startServer, type Server } from '../../electron/server.ts';

let folder = '';
let server: Server;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'retroprobe-server-'));
  const page = join(folder, 'page');
  mkdirSync(join(page, 'assets'), { recursive: true });
  writeFileSync(join(page, 'index.html'), '<!doctype html><title>page</title>');
  writeFileSync(join(page, 'assets', 'app.js'), 'export {};');
  writeFileSync(join(page, 'notes.secret'), 'of a kind that is not served');
  writeFileSync(join(folder, 'outside.js'), 'beside the page');
  server = await startServer({
    host: { door: 'browser', cacheFolder: join(folder, 'cache') },
    pageFolder: page,
  });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Byte for byte what is written here: a client would mend paths and set headers of its own. */
async function raw(lines: readonly string[], port = server.port): Promise<Answer> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  const [head = '', body = ''] = Buffer.concat(chunks).toString().split('\r\n\r\n', 2);
  const [statusLine = '', ...headers] = head.split('\r\n');
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: new Map(
      headers.map((line) => [line.split(': ', 1)[0]?.toLowerCase() ?? '', line.replace(/^[^:]*: /, '')]),
    ),
    body,
  };
}

const get = (path: string, host = `127.0.0.1:${server.port}`): Promise<Answer> =>
  raw([`GET ${path} HTTP/1.1`, `Host: ${host}`]);

test('serves the page with every header that holds it', async () => {
  const { status, headers, body } = await get('/');
  expect(status).toBe(200);
  expect(body).toContain('<title>page</title>');
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
  const policy = headers.get('content-security-policy')?.split('; ');
  expect(policy).toEqual(
    expect.arrayContaining([
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "frame-ancestors 'none'",
    ]),
  );
  expect(headers.has('access-control-allow-origin')).toBe(false);
});

test('answers HEAD with the headers alone', async () => {
  const { status, headers, body } = await raw([
    'HEAD /assets/app.js HTTP/1.1',
    `Host: 127.0.0.1:${server.port}`,
  ]);
  expect([status, headers.get('content-length'), body]).toEqual([200, '10', '']);
});

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'])('refuses %s', async (method) => {
  const { status, headers } = await raw([`${method} / HTTP/1.1`, `Host: 127.0.0.1:${server.port}`]);
  expect(status).toBe(405);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
});

test('refuses CONNECT', async () => {
  const { status } = await raw(['CONNECT example.org:443 HTTP/1.1', `Host: 127.0.0.1:${server.port}`]);
  expect(status).not.toBe(200);
});

test.each([
  '/../outside.js',
  '/assets/../../outside.js',
  '/%2e%2e/outside.js',
  '/..%2foutside.js',
  '/assets/%2e%2e%2f%2e%2e%2foutside.js',
  '/..%5coutside.js',
  '//outside.js',
  '/assets/app.js%00.html',
  '/%',
  '/%ff',
  '/assets',
  '/assets/',
  '/notes.secret',
  '/missing.js',
  '/host',
])('has no file at %s', async (path) => {
  const { status, body } = await get(path);
  expect(status).toBe(404);
  expect(body).not.toContain('beside the page');
});

test('takes a whole address for a path that is not below the page', async () => {
  expect((await get(`http://127.0.0.1:${server.port}/assets/app.js`)).status).toBe(404);
});

test.each([
  ['another name, as after DNS rebinding', () => `attacker.example:${server.port}`],
  ['our address without its port', () => '127.0.0.1'],
  ['another port', () => `127.0.0.1:${server.port + 1}`],
  ['a name that begins like ours', () => `127.0.0.1:${server.port}.attacker.example`],
  ['the unspecified address', () => `0.0.0.0:${server.port}`],
  ['nothing', () => ''],
])('refuses a Host of %s', async (_what, host) => {
  expect((await get('/', host())).status).toBe(403);
});

test('serves localhost by name', async () => {
  expect((await get('/', `localhost:${server.port}`)).status).toBe(200);
});

test('listens on loopback alone', async (context) => {
  const outer = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4');
  if (outer === undefined) return context.skip('this machine has no address but loopback');
  const socket = connect(server.port, outer.address);
  onTestFinished(() => void socket.destroy());
  const code = await new Promise((resolve) => {
    socket.once('connect', () => resolve('connected'));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
  });
  expect(code).toBe('ECONNREFUSED');
});

test('names its address with a token of 32 bytes, another each time', async () => {
  expect(server.address).toBe(`http://127.0.0.1:${server.port}/#token=${server.token}`);
  expect(server.token).toMatch(/^[0-9a-f]{64}$/);
  const other = await startServer({ host: { door: 'browser', cacheFolder: join(folder, 'other') } });
  onTestFinished(() => other.close());
  expect(other.token).not.toBe(server.token);
});

test('says so where the port is taken', async () => {
  const taken = startServer({
    host: { door: 'browser', cacheFolder: join(folder, 'taken') },
    port: server.port,
  });
  await expect(taken).rejects.toSatisfy((error) => error instanceof Failure && error.code === 'port-taken');
});

/** Resolves to the open socket, or to the status that refused it. */
async function openSocket(
  {
    token = server.token,
    path = '/host',
    protocols = ['retroprobe', `token.${token}`],
  }: {
    token?: string;
    path?: string;
    protocols?: string[];
  } = {},
  options: ClientOptions = { origin: `http://127.0.0.1:${server.port}` },
): Promise<WebSocket | number> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, protocols, options);
  onTestFinished(() => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.once('error', reject);
  });
}

test('refuses a WebSocket without the token, or with another', async () => {
  expect(await openSocket({ protocols: ['retroprobe'] })).toBe(401);
  expect(await openSocket({ token: 'a'.repeat(64) })).toBe(401);
  expect(await openSocket({ token: server.token.slice(1) })).toBe(401);
  expect(await openSocket({ token: server.token.toUpperCase() })).toBe(401);
  expect(await openSocket({ protocols: [`token.${server.token}`] })).toBe(400);
});

test('takes no token from the address of a WebSocket', async () => {
  expect(await openSocket({ path: `/host?token=${server.token}`, protocols: ['retroprobe'] })).toBe(404);
});

test.each([
  ['none', undefined],
  ['null, as a sandboxed frame or a file has', 'null'],
  ['another site', 'https://attacker.example'],
  ['our port under TLS', 'https'],
  ['another port of this machine', 'http://127.0.0.1:1'],
  ['localhost, for a page of 127.0.0.1', 'localhost'],
])('refuses a WebSocket whose Origin is %s', async (_what, origin) => {
  const spelled = { https: `https://127.0.0.1:${server.port}`, localhost: `http://localhost:${server.port}` };
  const sent = spelled[origin as keyof typeof spelled] ?? origin;
  expect(await openSocket({}, sent === undefined ? {} : { origin: sent })).toBe(403);
});

test('refuses a WebSocket to another name, token or not', async () => {
  const host = `attacker.example:${server.port}`;
  expect(await openSocket({}, { origin: `http://${host}`, headers: { Host: host } })).toBe(403);
});

test('refuses an upgrade to anything but a WebSocket', async () => {
  const { status } = await raw([
    'GET /host HTTP/1.1',
    `Host: 127.0.0.1:${server.port}`,
    `Origin: http://127.0.0.1:${server.port}`,
    `Sec-WebSocket-Protocol: retroprobe, token.${server.token}`,
    'Upgrade: h2c',
  ]);
  expect(status).toBeGreaterThanOrEqual(400);
});

async function opened(): Promise<WebSocket> {
  const socket = await openSocket();
  return typeof socket === 'number' ? expect.fail(`refused with ${socket}`) : socket;
}

function callsOver(socket: WebSocket): WireCalls {
  return createBirpc<WireCalls>(
    { onProgress: () => undefined, onOutline: () => undefined },
    {
      post: (bytes: Uint8Array) => socket.send(bytes),
      on: (listener) => socket.on('message', (data: Buffer) => listener(new Uint8Array(data))),
      serialize: encodeMessage,
      deserialize: decodeMessage,
      timeout: 20_000,
    },
  );
}

function closeCode(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.once('close', resolve));
}

test('serves the host to the page that holds the token, without giving the token back', async () => {
  const socket = await opened();
  expect(socket.protocol).toBe('retroprobe');
  const hello = await callsOver(socket).hello();
  expect(hello).toMatchObject({ ok: true, value: { door: 'browser', contractVersion: 1 } });
});

test('closes a WebSocket that sends text', async () => {
  const socket = await opened();
  socket.send('hello');
  expect(await closeCode(socket)).toBe(1003);
});

test('closes a WebSocket that sends more than a message holds', async () => {
  const socket = await opened();
  socket.send(new Uint8Array(8 * 1024 * 1024 + 1));
  expect(await closeCode(socket)).toBe(1009);
});

test('closes a WebSocket that sends bytes that are no message, and serves the next', async () => {
  const socket = await opened();
  socket.send(Uint8Array.of(255, 255, 255, 255));
  expect(await closeCode(socket)).toBe(1011);
  expect(await callsOver(await opened()).hello()).toMatchObject({ ok: true });
});

test('takes a piece of an upload as large as the contract allows', async () => {
  const host = callsOver(await opened());
  const begun = await host.beginUpload({ name: 'a.zip', sizeBytes: 4 * 1024 * 1024 });
  const { uploadId } = (begun as { value: { uploadId: string } }).value;
  const received = await host.appendUpload({ uploadId, bytes: new Uint8Array(4 * 1024 * 1024) });
  expect(received).toEqual({ ok: true, value: { receivedBytes: 4 * 1024 * 1024 } });
});

test('opens 32 WebSockets and no more', async () => {
  const sockets = [];
  for (let count = 0; count < 40; count += 1) sockets.push(await openSocket());
  const refused = sockets.filter((socket) => typeof socket === 'number');
  expect(new Set(refused)).toEqual(new Set([503]));
  expect(sockets.length - refused.length).toBeLessThanOrEqual(32);
});

test('ends its pages when it is closed', async () => {
  const other = await startServer({ host: { door: 'browser', cacheFolder: join(folder, 'ending') } });
  const socket = new WebSocket(`ws://127.0.0.1:${other.port}/host`, ['retroprobe', `token.${other.token}`], {
    origin: `http://127.0.0.1:${other.port}`,
  });
  await new Promise((resolve) => socket.once('open', resolve));
  const closed = closeCode(socket);
  await other.close();
  await closed;
  await expect(raw(['GET / HTTP/1.1', 'Host: x'], other.port)).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
});

test('closes the WebSocket of an engine that ended, and goes on serving', async () => {
  const errors = vi.spyOn(console, 'error').mockReturnValue(undefined);
  onTestFinished(() => errors.mockRestore());
  // A cache folder that is a file: the engine ends as it starts.
  const cacheFolder = join(folder, 'page', 'index.html');
  const broken = await startServer({
    host: { door: 'browser', cacheFolder },
    pageFolder: join(folder, 'page'),
  });
  onTestFinished(() => broken.close());
  const protocols = ['retroprobe', `token.${broken.token}`];
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const socket = new WebSocket(`ws://127.0.0.1:${broken.port}/host`, protocols, {
      origin: `http://127.0.0.1:${broken.port}`,
    });
    expect(await closeCode(socket)).toBe(1011);
  }
  expect((await raw(['GET / HTTP/1.1', `Host: 127.0.0.1:${broken.port}`], broken.port)).status).toBe(200);
});
