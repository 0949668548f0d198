import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openBundle } from '../../../electron/trace/bundle/bundle.ts';
import { RATIO_FREE_BYTES } from '../../../electron/trace/bundle/limits.ts';
import { makeZip } from './make-zip.ts';
import { countEvents, file, folderOf, open, RECORDING, toolOutput } from './on-disk.ts';

test.for([
  ['a.tar', []] as const,
  ['a.tar.gz', ['-z']] as const,
  ['a.tar.xz', ['-J']] as const,
  ['a.tar.zst', ['--zstd']] as const,
])('opens %s as the folder it was made of', async ([name, options], context) => {
  const files = { 'case/case.yaml': 'title: Late frames\n', 'case/trace.dat': RECORDING };
  const bytes = toolOutput(context, 'tar', ['-c', ...options, '-C', folderOf(files), 'case']);
  const bundle = await open(file(name, bytes));
  expect(bundle.caseFile?.title).toBe('Late frames');
  expect(bundle.sources.map((source) => source.name)).toEqual(['case/trace.dat']);
  expect(await countEvents(bundle)).toEqual([1]);
});

test('opens a recording that was packed by itself, alone and in a folder', async (context) => {
  const packed = {
    'a.dat.gz': gzipSync(RECORDING),
    'b.dat.zst': zstdCompressSync(RECORDING),
    'c.dat.xz': toolOutput(context, 'xz', ['-c'], RECORDING),
  };
  const bundle = await open(folderOf(packed));
  expect(bundle.sources.map((source) => source.name)).toEqual(Object.keys(packed));
  expect(await countEvents(bundle)).toEqual([1, 1, 1]);
  for (const [name, bytes] of Object.entries(packed))
    expect(await countEvents(await open(file(name, bytes)))).toEqual([1]);
});

test('opens an archive within an archive, and lists what lies deeper', async () => {
  const inner = makeZip([{ name: 'trace', bytes: RECORDING }]);
  const middle = makeZip([{ name: 'inner.zip', bytes: inner, isStored: true }]);
  const outer = makeZip([
    { name: 'a/inner.zip', bytes: inner },
    { name: 'middle.zip.gz', bytes: gzipSync(middle) },
  ]);
  const bundle = await open(file('outer.zip', outer));
  expect(bundle.sources.map((source) => source.name)).toEqual(['a/inner.zip/trace']);
  expect(bundle.unread).toEqual([
    {
      name: 'middle.zip.gz/inner.zip',
      reason: 'an archive within an archive within an archive is not opened',
    },
  ]);
  expect(await countEvents(bundle)).toEqual([1]);
});

test('goes on past a member that is damaged, and names it with the archive it is in', async () => {
  const cut = gzipSync(RECORDING).subarray(0, -20);
  const inner = makeZip([{ name: 'trace', bytes: RECORDING, lies: { crc32: 1 } }]);
  const bundle = await open(
    folderOf({ 'cut.gz': cut, 'inner.zip': inner, 'broken.zip': inner.subarray(0, 50), whole: RECORDING }),
  );
  expect(bundle.sources.map((source) => source.name)).toEqual(['whole']);
  expect(bundle.unread).toEqual([
    { name: 'broken.zip', reason: expect.stringMatching(/^byte 50: the archive is cut short/) },
    { name: 'cut.gz', reason: expect.stringMatching(/^byte \d+: the gzip data is cut short/) },
    { name: 'inner.zip/trace', reason: expect.stringMatching(/^its bytes do not match/) },
  ]);
});

test('of two entries with one name the last is opened, and the other listed', async () => {
  const bundle = await open(
    file(
      'case.zip',
      makeZip([
        { name: 'trace', bytes: Buffer.from('no recording') },
        { name: 'trace', bytes: RECORDING },
      ]),
    ),
  );
  expect(await countEvents(bundle)).toEqual([1]);
  expect(bundle.unread).toEqual([
    { name: 'trace', reason: 'another entry of the same name follows it in the archive' },
  ]);
});

test.for(['gzip', 'zstd', 'xz'])('does not unpack a bomb of %s', async (tool, context) => {
  const large = Buffer.concat([RECORDING, Buffer.alloc(4 * RATIO_FREE_BYTES)]);
  const path = folderOf({ 'whole.dat': RECORDING });
  writeFileSync(join(path, 'bomb'), toolOutput(context, tool, ['-c'], large));
  const { sources, unread } = await open(path);
  expect(sources).toHaveLength(1);
  expect(unread).toEqual([{ name: 'bomb', reason: expect.stringContaining('times its size') }]);
  await expect(openBundle(join(path, 'bomb'))).rejects.toMatchObject({
    code: 'limit',
    place: { file: 'bomb' },
  });
});
