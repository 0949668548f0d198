import { createHash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import { zstd } from '../../../../electron/trace/bundle/compressed/zstd.ts';
import { toolOutput } from '../on-disk.ts';

const SKIPPABLE = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);

async function unpack(bytes: Uint8Array): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of zstd.pieces(new MemoryBytes(bytes, 'a.zst'))) pieces.push(piece.slice());
  return Buffer.concat(pieces);
}

test('reads every frame, not only the first, and skips those that are to be skipped', async () => {
  const a = zstdCompressSync(Buffer.from('first '));
  const b = zstdCompressSync(Buffer.from('second'));
  const bytes = Buffer.concat([SKIPPABLE, a, SKIPPABLE, b, SKIPPABLE]);
  expect(zstd.detect(bytes)).toBe(true);
  expect((await unpack(bytes)).toString()).toBe('first second');
});

test.for(['-1', '-19', '--no-check', '--rsyncable', '--long=27'])(
  'gives what zstd %s was given',
  async (option, context) => {
    const raw = Buffer.from(
      Array.from({ length: 60_000 }, (_, n) =>
        createHash('md5')
          .update(`${n >> 3}`)
          .digest('hex'),
      ).join('\n'),
    );
    const packed = toolOutput(context, 'zstd', ['-c', option], raw);
    expect((await unpack(packed)).equals(raw)).toBe(true);
  },
);

test('refuses a cut frame, a window beyond the limit, and bytes behind a frame that are none', async () => {
  const packed = zstdCompressSync(Buffer.from('bytes '.repeat(10_000)));
  await expect(unpack(packed.subarray(0, -3))).rejects.toMatchObject({ code: 'truncated' });
  await expect(unpack(Buffer.concat([packed, Buffer.from('junk')]))).rejects.toMatchObject({
    code: 'corrupt',
    place: { at: `byte ${packed.length}` },
  });
  const wide = Buffer.from(packed);
  // A window descriptor of 2^31 bytes, in a frame without the size of its content.
  wide[4] = 0;
  wide[5] = 21 << 3;
  await expect(unpack(wide)).rejects.toMatchObject({ name: 'Failure' });
});
