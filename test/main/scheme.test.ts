import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startFake } from './fake-electron.ts';

describe('retroprobe://', () => {
  let folder: string;
  let answer: (request: Request) => Promise<Response>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'retroprobe-test-'));
    mkdirSync(join(folder, 'page', 'assets'), { recursive: true });
    writeFileSync(join(folder, 'page', 'index.html'), '<!doctype html>');
    writeFileSync(join(folder, 'page', 'assets', 'main.js'), 'export {};');
    writeFileSync(join(folder, 'secret.json'), '{}');
    const { protocol, becomeReady } = startFake({ pageFolder: join(folder, 'page') });
    await becomeReady();
    answer = protocol.handle.mock.calls[0]?.[1];
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['retroprobe://app/', 'text/html; charset=utf-8', '<!doctype html>'],
    ['retroprobe://app/index.html?x#y', 'text/html; charset=utf-8', '<!doctype html>'],
    ['retroprobe://app/assets/main.js', 'text/javascript; charset=utf-8', 'export {};'],
  ])('serves %s', async (url, mediaType, text) => {
    const response = await answer(new Request(url));
    expect([response.status, response.headers.get('content-type')]).toEqual([200, mediaType]);
    await expect(response.text()).resolves.toBe(text);
  });

  it.each([
    ['retroprobe://app/missing.html', 404],
    ['retroprobe://app/..%2fsecret.json', 404],
    ['retroprobe://app/assets/..%2f..%2fsecret.json', 404],
    ['retroprobe://app/%00', 404],
    ['retroprobe://app/%zz', 404],
    ['retroprobe://other/index.html', 403],
  ])('refuses %s with %i', async (url, status) => {
    const response = await answer(new Request(url));
    expect(response.status).toBe(status);
  });

  it('answers GET and HEAD only', async () => {
    const post = await answer(new Request('retroprobe://app/', { method: 'POST', body: 'x' }));
    expect(post.status).toBe(405);
    const head = await answer(new Request('retroprobe://app/', { method: 'HEAD' }));
    await expect(head.text()).resolves.toBe('');
  });

  it('carries the policy with every answer, refusals too', async () => {
    for (const url of ['retroprobe://app/', 'retroprobe://app/missing', 'retroprobe://other/']) {
      const { headers } = await answer(new Request(url));
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });
});
