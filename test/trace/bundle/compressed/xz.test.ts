import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { expect, test, type TestContext } from 'vitest';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import { xz } from '../../../../electron/trace/bundle/compressed/xz.ts';
import { toolOutput } from '../on-disk.ts';

const SHARED = '../shared/recordings/lisa-ftrace.txt';

function pack(context: TestContext, raw: Uint8Array, options: readonly string[]): Buffer {
  return toolOutput(context, 'xz', ['-c', ...options], raw);
}

async function unpack(bytes: Uint8Array): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of xz.pieces(new MemoryBytes(bytes, 'a.xz'))) pieces.push(piece.slice());
  return Buffer.concat(pieces);
}

/** Text, numbers and noise: literals, matches near and far, plain chunks. */
function mixture(): Buffer {
  const lines = Array.from({ length: 30_000 }, (_, index) => `${index * 7919} worker-${index % 13} ok\n`);
  const noise = randomBytes(300_000);
  return Buffer.concat([Buffer.from(lines.join('')), noise, Buffer.alloc(100_000), noise]);
}

test.for([
  ['-6'],
  ['-9e', '-C', 'sha256'],
  ['-0', '-C', 'none'],
  ['-6', '-T2', '--block-size=200000', '-C', 'crc32'],
  ['--lzma2=preset=6,lc=0,lp=4,pb=0,dict=4096'],
  ['--lzma2=preset=1,lc=4,lp=0,pb=4,dict=65536'],
])('gives what xz was given: %s', async (options, context) => {
  const raw = mixture();
  expect((await unpack(pack(context, raw, options))).equals(raw)).toBe(true);
});

test('gives what xz was given of a real recording', async (context) => {
  if (!existsSync(SHARED)) context.skip('the shared recordings are not there');
  const raw = readFileSync(SHARED);
  expect((await unpack(pack(context, raw, []))).equals(raw)).toBe(true);
});

test('reads streams one after another, with padding between and behind, and an empty one', async (context) => {
  const [a, b] = [Buffer.from('first '), Buffer.from('second')];
  const empty = pack(context, Buffer.alloc(0), []);
  const bytes = Buffer.concat([
    pack(context, a, []),
    Buffer.alloc(8),
    empty,
    pack(context, b, ['-9']),
    Buffer.alloc(4096),
  ]);
  expect((await unpack(bytes)).toString()).toBe('first second');
});

test('refuses filters made for executables, and dictionaries beyond the limit, saying so', async (context) => {
  const raw = Buffer.from('some bytes');
  await expect(unpack(pack(context, raw, ['--x86', '--lzma2']))).rejects.toMatchObject({
    code: 'unsupported',
    place: { file: 'a.xz', at: 'byte 12' },
  });
  await expect(unpack(pack(context, raw, ['--lzma2=dict=128MiB']))).rejects.toMatchObject({ code: 'limit' });
});

test('every bit that is turned and every cut is noticed', { timeout: 60_000 }, async (context) => {
  const raw = Buffer.from('0123456789 abcdefghijklmnopqrstuvwxyz '.repeat(40));
  const packed = pack(context, raw, ['-T1', '--block-size=700']);
  for (let at = 0; at < packed.length; at += 1) {
    const damaged = Buffer.from(packed);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
    await expect(unpack(damaged), `byte ${at}`).rejects.toMatchObject({ name: 'Failure' });
    if (at > 0)
      await expect(unpack(packed.subarray(0, at)), `cut at ${at}`).rejects.toMatchObject({ name: 'Failure' });
  }
});
