import { createBirpc } from 'birpc';
import fc from 'fast-check';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';

import { Failure } from '../../electron/failure.ts';
import { callSchemas } from '../../electron/host/call-schemas.ts';
import { decodeMessage, encodeMessage } from '../../electron/host/codec.ts';
import { serveHost, type Channel } from '../../electron/host/connection.ts';
import type { WireResult } from '../../electron/host/contract.ts';
import {
  UPLOAD_PIECE_BYTES_MAX,
  type HostApi,
  type PageApi,
  type Progress,
} from '../../electron/host/contract.ts';
import type { Host } from '../../electron/host/host.ts';

/** Two ends that hand each other copies, as a port or a socket does. */
function channelPair(): [Channel, Channel] {
  const ends = [0, 1].map(() => ({
    listeners: [] as ((bytes: Uint8Array) => void)[],
    closers: [] as (() => void)[],
  }));
  let isOpen = true;
  const end = (mine: number): Channel => ({
    post: (bytes) => {
      const copy = bytes.slice();
      queueMicrotask(() => isOpen && ends[1 - mine]?.listeners.forEach((listener) => listener(copy)));
    },
    onMessage: (listener) => void ends[mine]?.listeners.push(listener),
    onClose: (listener) => void ends[mine]?.closers.push(listener),
    close: () => {
      if (!isOpen) return;
      isOpen = false;
      ends.forEach(({ closers }) => closers.forEach((closer) => closer()));
    },
  });
  return [end(0), end(1)];
}

type Call = (call?: unknown) => Promise<WireResult>;

interface Served {
  readonly page: Channel;
  readonly calls: Record<string, Call>;
  readonly progress: Progress[];
  /** The host's way to the page. */
  readonly pageApi: () => PageApi;
}

/** A host whose calls are `api`, served to a page that may call anything. */
function serve(api: Partial<HostApi>): Served {
  const [page, engine] = channelPair();
  let pageApi: PageApi | undefined;
  const host: Host = {
    connect: (given) => {
      pageApi = given;
      return api as HostApi;
    },
    disconnect: () => undefined,
    open: () => undefined,
    close: async () => undefined,
  };
  serveHost(engine, host);
  const progress: Progress[] = [];
  const calls = createBirpc<Record<string, Call>, PageApi>(
    { onProgress: (each) => void progress.push(each), onOutline: () => undefined },
    {
      post: (bytes: Uint8Array) => page.post(bytes),
      on: (listener) => page.onMessage(listener),
      serialize: encodeMessage,
      deserialize: decodeMessage,
      timeout: 2_000,
    },
  );
  onTestFinished(() => page.close());
  const called = (): PageApi => pageApi ?? expect.fail('the host was not connected');
  return { page, calls: calls as unknown as Record<string, Call>, progress, pageApi: called };
}

afterEach(() => vi.restoreAllMocks());

test('hands a call that keeps the contract to the host, with its columns', async () => {
  const appendUpload = vi.fn(async () => ({ receivedBytes: 3 }));
  const { calls } = serve({ appendUpload });
  const call = { uploadId: 'u1', bytes: Uint8Array.of(1, 2, 3) };
  expect(await calls['appendUpload']?.(call)).toEqual({ ok: true, value: { receivedBytes: 3 } });
  expect(appendUpload).toHaveBeenCalledExactlyOnceWith(call);
});

test.each([
  ['no argument', 'openBundle', undefined],
  ['an argument of another kind', 'openBundle', 'sample'],
  ['a missing field', 'openBundle', { jobId: 'j' }],
  ['a field that the contract does not have', 'cancel', { jobId: 'j', force: true }],
  ['an empty id', 'cancel', { jobId: '' }],
  ['an id of 201 characters', 'cancel', { jobId: 'x'.repeat(201) }],
  ['a size that is no integer', 'beginUpload', { name: 'a.zip', sizeBytes: 1.5 }],
  ['a size below nothing', 'beginUpload', { name: 'a.zip', sizeBytes: -1 }],
  ['a size that is not a number', 'beginUpload', { name: 'a.zip', sizeBytes: NaN }],
  ['a name of 256 characters', 'beginUpload', { name: 'x'.repeat(256), sizeBytes: 1 }],
  ['bytes that are a list', 'appendUpload', { uploadId: 'u', bytes: [1, 2] }],
  [
    'a piece past the limit',
    'appendUpload',
    { uploadId: 'u', bytes: new Uint8Array(UPLOAD_PIECE_BYTES_MAX + 1) },
  ],
  ['a language that there is none', 'report', { jobId: 'j', runId: 'r', locale: 'xx' }],
  ['an argument where none is taken', 'hello', { name: 'x' }],
])('refuses %s before the host hears of it', async (_what, name, argument) => {
  const body = vi.fn(async () => undefined);
  const { calls } = serve(Object.fromEntries(Object.keys(callSchemas).map((each) => [each, body])));
  const result = await calls[name]?.(argument);
  expect(result).toMatchObject({ ok: false, failure: { layer: 'host', code: 'bad-call', file: name } });
  expect(body).not.toHaveBeenCalled();
});

test.each(['shutdown', 'constructor', '__proto__', 'toString', 'close', '$close'])(
  'answers that there is no call %s',
  async (name) => {
    const [page, engine] = channelPair();
    serveHost(engine, {
      connect: () => ({}) as HostApi,
      disconnect: () => undefined,
      open: () => undefined,
      close: async () => undefined,
    });
    const answered = new Promise((resolve) => page.onMessage((bytes) => resolve(decodeMessage(bytes))));
    page.post(encodeMessage({ t: 'q', i: '1', m: name, a: [] }));
    expect(await answered).toMatchObject({ r: { ok: false, failure: { code: 'bad-call', file: name } } });
  },
);

test("gives the host's failure to the page as data", async () => {
  const place = { file: 'case.zip', at: 'byte 4096' };
  const { calls } = serve({
    openBundle: async () => {
      throw new Failure('bundle', 'truncated', 'the archive ends inside an entry', place);
    },
  });
  expect(await calls['openBundle']?.({ jobId: 'j', bundleId: 'b' })).toEqual({
    ok: false,
    failure: {
      layer: 'bundle',
      code: 'truncated',
      ...place,
      reason: 'the archive ends inside an entry',
      message: 'case.zip: byte 4096: the archive ends inside an entry',
    },
  });
});

test('lives on after a bug in the host, and says what it was on standard error', async () => {
  const errors = vi.spyOn(console, 'error').mockReturnValue(undefined);
  const { calls } = serve({
    hello: async () => {
      throw new TypeError('x is not a function');
    },
    cancel: async () => true,
  });
  const result = await calls['hello']?.();
  expect(result).toMatchObject({ ok: false, failure: { code: 'internal' } });
  expect(JSON.stringify(result)).toContain('x is not a function');
  expect(errors).toHaveBeenCalledOnce();
  expect(await calls['cancel']?.({ jobId: 'j' })).toEqual({ ok: true, value: true });
});

test('closes the channel where the host returns what cannot travel', async () => {
  const { calls, page } = serve({ hello: async () => ({ when: new Date(0) }) as never });
  const closed = new Promise<void>((resolve) => page.onClose(resolve));
  calls['hello']?.().catch(() => undefined);
  await closed;
});

test('tells the page of progress while a call runs', async () => {
  const progress: Progress = { jobId: 'j', phase: 'replay', fraction: 0.5, events: 1000 };
  const served = serve({
    cancel: async () => {
      served.pageApi().onProgress(progress);
      return true;
    },
  });
  await served.calls['cancel']?.({ jobId: 'j' });
  expect(served.progress).toEqual([progress]);
});

test('keeps quiet about progress to a page that is gone', async () => {
  const served = serve({});
  served.page.close();
  served.pageApi().onProgress({ jobId: 'j', phase: 'read', fraction: 0, events: 0 });
});

test('tells the host which page went away', () => {
  const [page, engine] = channelPair();
  const [connect, disconnect] = [vi.fn((_: PageApi) => ({}) as HostApi), vi.fn()];
  serveHost(engine, { connect, disconnect, open: () => undefined, close: async () => undefined });
  expect(disconnect).not.toHaveBeenCalled();
  page.close();
  expect(disconnect.mock.calls).toEqual([connect.mock.calls[0]]);
});

/** A host whose every call is `body`, and the bare channel to it. */
function serveBare(body: () => Promise<unknown>): Channel {
  const [page, engine] = channelPair();
  const api = Object.fromEntries(Object.keys(callSchemas).map((each) => [each, body]));
  serveHost(engine, {
    connect: () => api as unknown as HostApi,
    disconnect: () => undefined,
    open: () => undefined,
    close: async () => undefined,
  });
  onTestFinished(() => page.close());
  return page;
}

const unreadable = {
  'what is no message': Uint8Array.of(255, 255, 255, 255, 0),
  'no value': encodeMessage(undefined),
  null: encodeMessage(null),
  'a name that cannot be a string': encodeMessage({ t: 'q', i: '1', m: { toString: 1 }, a: [] }),
  'arguments that are no list': encodeMessage({ t: 'q', i: '1', m: 'hello', a: 1 }),
  'two arguments': encodeMessage({ t: 'q', i: '1', m: 'cancel', a: [{ jobId: 'j' }, 1] }),
  'an answer to nothing': encodeMessage({ t: 's', i: '1', r: 1 }),
};

test.each(Object.entries(unreadable))('closes the channel of a page that sends %s', async (_what, bytes) => {
  const body = vi.fn(async () => undefined);
  const page = serveBare(body);
  const closed = new Promise<void>((resolve) => page.onClose(resolve));
  page.post(bytes);
  await closed;
  expect(body).not.toHaveBeenCalled();
});

test('keeps serving a page while another is cut off', async () => {
  const { calls } = serve({ cancel: async () => true });
  const page = serveBare(async () => undefined);
  page.post(unreadable.null);
  expect(await calls['cancel']?.({ jobId: 'j' })).toEqual({ ok: true, value: true });
});

test('never lets a message that is no call reach the host or end it', async () => {
  const body = vi.fn(async () => undefined);
  const field = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.constantFrom(null, undefined, true),
    fc.array(fc.string()),
    fc.object(),
  );
  const envelope = fc.dictionary(fc.constantFrom('t', 'i', 'm', 'a', 'o', 'r', 'e'), field);
  const nearly = fc.record(
    { t: fc.constant('q'), i: field, m: field, a: fc.array(field), o: field },
    { requiredKeys: ['t'] },
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(envelope, nearly, field), async (value) => {
      const page = serveBare(body);
      page.post(encodeMessage(value));
      // Behind every microtask that the message could start.
      await new Promise((resolve) => setImmediate(resolve));
      page.close();
    }),
    { numRuns: 500 },
  );
  expect(body).not.toHaveBeenCalled();
});
