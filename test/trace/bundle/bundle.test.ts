import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import { openBundle } from '../../../electron/trace/bundle/bundle.ts';
import { MEMBERS_MAX, MEMORY_MEMBER_BYTES_MAX } from '../../../electron/trace/bundle/limits.ts';
import { makeZip } from './make-zip.ts';
import { countEvents, file, folder, open, RECORDING } from './on-disk.ts';

const CASE = Buffer.from(
  'title: Late frames\nwhat: |\n  It stutters.\nwhere: a board\nkernel: 6.12\nhow: ftrace\nmore: [1]\n',
);

test.each([true, false])('opens a zip with a case file and a recording (stored: %s)', async (isStored) => {
  const zip = makeZip([
    { name: 'case.yaml', bytes: CASE, isStored },
    { name: 'logs/trace', bytes: RECORDING, isStored },
    { name: 'logs/notes.txt', bytes: Buffer.from('hello'), isStored },
    { name: 'logs/nothing', bytes: new Uint8Array(0), isStored },
  ]);
  const bundle = await open(file('case.zip', zip));
  expect(bundle).toMatchObject({
    name: 'case.zip',
    sizeBytes: zip.length,
    sha256: createHash('sha256').update(zip).digest('hex'),
    caseFile: { title: 'Late frames', what: 'It stutters.', where: 'a board', kernel: '6.12', how: 'ftrace' },
  });
  expect(bundle.sources.map(({ name, format }) => [name, format])).toEqual([['logs/trace', 'trace.dat']]);
  expect(bundle.unread.map(({ name }) => name)).toEqual(['logs/notes.txt', 'logs/nothing']);
  expect(await countEvents(bundle)).toEqual([1]);
});

test('opens a folder, and gives the same hash whatever order its files were made in', async () => {
  const hashes: string[] = [];
  for (const names of [
    ['a', 'b'],
    ['b', 'a'],
  ]) {
    const path = folder();
    mkdirSync(join(path, 'deep'));
    for (const name of names) writeFileSync(join(path, 'deep', name), RECORDING);
    symlinkSync('/etc/passwd', join(path, 'link'));
    const bundle = await open(path);
    hashes.push(bundle.sha256);
    expect(bundle.sizeBytes).toBe(RECORDING.length * 2);
    expect(bundle.sources.map(({ name }) => name)).toEqual(['deep/a', 'deep/b']);
    expect(bundle.unread).toEqual([{ name: 'link', reason: 'a link or a device, not a file' }]);
  }
  expect(hashes[0]).toBe(hashes[1]);
});

test('opens a single recording by its bytes, whatever its name', async () => {
  const bundle = await open(file('something.txt', RECORDING));
  expect(bundle.caseFile).toBeUndefined();
  expect(await countEvents(bundle)).toEqual([1]);
});

test('reports progress up to 1, and never back', async () => {
  const seen: number[] = [];
  await open(file('case.zip', makeZip([{ name: 'trace', bytes: RECORDING }])), {
    onProgress: (part) => seen.push(part),
  });
  expect(seen.at(-1)).toBe(1);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
});

test('stops with the reason when it is aborted', async () => {
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  await expect(
    openBundle(file('case.zip', makeZip([{ name: 'trace', bytes: RECORDING }])), { signal }),
  ).rejects.toBe(reason);
});

const ZIP = makeZip([{ name: 'trace', bytes: RECORDING }]);

test.each([
  ['an empty file', 'case.zip', '', 'empty', 'byte 0'],
  ['a text named as a zip', 'case.zip', 'hello\n', 'not-a-bundle', 'byte 0'],
  ['a zip that is cut short', 'case.zip', ZIP.subarray(0, 100), 'truncated', 'byte 100'],
  [
    'a zip with no recording in it',
    'case.zip',
    makeZip([{ name: 'a.txt', bytes: CASE }]),
    'no-recording',
    undefined,
  ],
  ['a zip of nothing', 'case.zip', makeZip([]), 'no-recording', undefined],
  ['a recording cut within its header', 'trace.dat', RECORDING.subarray(0, 300), 'truncated', 'byte 300'],
] as const)('refuses %s, naming the file and the place', async (_what, name, bytes, code, at) => {
  await expect(openBundle(file(name, bytes))).rejects.toMatchObject({
    name: 'Failure',
    code,
    place: at === undefined ? { file: name } : { file: name, at },
  });
});

test('refuses a cut recording within a zip, naming the member', async () => {
  const zip = makeZip([{ name: 'trace', bytes: RECORDING.subarray(0, 300) }]);
  await expect(openBundle(file('case.zip', zip))).rejects.toMatchObject({
    code: 'truncated',
    place: { file: 'case.zip: trace', at: 'byte 300' },
  });
});

test('keeps the whole recording beside a cut one, which it lists as unread with the reason', async () => {
  const zip = makeZip([
    { name: 'cut', bytes: RECORDING.subarray(0, 300) },
    { name: 'whole', bytes: RECORDING },
  ]);
  const bundle = await open(file('case.zip', zip));
  expect(bundle.sources.map(({ name }) => name)).toEqual(['whole']);
  expect(bundle.unread).toEqual([{ name: 'cut', reason: expect.stringContaining('byte 300') }]);
});

test('refuses a path where nothing is', async () => {
  await expect(openBundle('/nowhere/case.zip')).rejects.toMatchObject({
    code: 'missing',
    place: { file: 'case.zip' },
  });
});

/** What opening `path` says to a user who is not root: root may read everything. */
function openAsNobody(path: string, context: TestContext): string {
  const uid = process.getuid?.() === 0 ? 65_534 : undefined;
  const child = spawnSync(process.execPath, ['test/trace/bundle/try-open.ts', path], {
    encoding: 'utf8',
    uid,
  });
  if (child.error !== undefined || child.stdout === '')
    context.skip(`another user cannot run this: ${child.stderr}`);
  return child.stdout;
}

test('refuses a file it may not read', (context) => {
  const path = file('case.zip', ZIP);
  chmodSync(path, 0);
  chmodSync(dirname(path), 0o755);
  expect(openAsNobody(path, context)).toBe('no-permission case.zip: it may not be read: permission denied\n');
});

test('names the file and the folder within a folder that it may not read', (context) => {
  const path = file('trace', RECORDING);
  const folder = dirname(path);
  chmodSync(folder, 0o755);
  chmodSync(path, 0);
  expect(openAsNobody(folder, context)).toBe('no-permission trace: it may not be read: permission denied\n');
  mkdirSync(join(folder, 'inner'), { mode: 0 });
  expect(openAsNobody(folder, context)).toBe('no-permission inner: it may not be read: permission denied\n');
});

test('refuses a path below a file, and a name longer than the file system takes, by name', async () => {
  await expect(openBundle(join(file('case.zip', ZIP), 'trace'))).rejects.toMatchObject({
    code: 'missing',
    place: { file: 'trace' },
  });
  await expect(openBundle('a'.repeat(5000))).rejects.toMatchObject({ code: 'unreadable' });
});

test('refuses a case file that is not YAML, naming the line', async () => {
  const zip = makeZip([
    { name: 'case.yaml', bytes: Buffer.from('title: fine\nwhat: "not closed\n') },
    { name: 'trace', bytes: RECORDING },
  ]);
  await expect(openBundle(file('case.zip', zip))).rejects.toMatchObject({
    code: 'bad-case-file',
    place: { file: 'case.zip: case.yaml', at: expect.stringMatching(/^line [23]$/) },
  });
});

test.each(['../trace', '/trace', 'a/../../trace', 'C:/trace'])(
  'refuses an archive with the path %s',
  async (name) => {
    await expect(openBundle(file('case.zip', makeZip([{ name, bytes: RECORDING }])))).rejects.toMatchObject({
      name: 'Failure',
      code: 'unsafe-path',
    });
  },
);

test('refuses members whose checksum or size is not what the archive says', async () => {
  for (const isStored of [true, false]) {
    const zip = makeZip([{ name: 'trace', bytes: RECORDING, isStored, lies: { crc32: 1 } }]);
    await expect(openBundle(file('case.zip', zip))).rejects.toMatchObject({
      code: 'corrupt',
      place: { file: 'case.zip: trace' },
    });
  }
  for (const sizeBytes of [RECORDING.length - 1, RECORDING.length + 1]) {
    const zip = makeZip([{ name: 'trace', bytes: RECORDING, lies: { sizeBytes } }]);
    await expect(openBundle(file('case.zip', zip))).rejects.toMatchObject({ code: 'corrupt' });
  }
});

test('lists encrypted members, unknown methods and absurd ratios as unread, without unpacking them', async () => {
  const zip = makeZip([
    { name: 'trace', bytes: RECORDING },
    { name: 'locked', bytes: RECORDING, lies: { flags: 1 } },
    { name: 'odd', bytes: RECORDING, lies: { method: 99 } },
    { name: 'bomb', bytes: RECORDING, lies: { sizeBytes: 2_000_000_000 } },
    { name: 'nested.zip', bytes: ZIP },
  ]);
  const { sources, unread } = await open(file('case.zip', zip));
  expect(sources.map(({ name }) => name)).toEqual(['trace', 'nested.zip/trace']);
  expect(unread.map(({ name }) => name)).toEqual(['bomb', 'locked', 'odd']);
});

test('refuses an archive of more entries than the limit', async () => {
  const bytes = new Uint8Array(0);
  const zip = makeZip(
    Array.from({ length: MEMBERS_MAX + 1 }, (_, index) => ({ name: `${index}`, bytes, isStored: true })),
  );
  await expect(openBundle(file('case.zip', zip))).rejects.toMatchObject({ code: 'limit' });
});

test(
  'unpacks a large member to the cache folder, and removes it when closed',
  { timeout: 60_000 },
  async () => {
    const large = Buffer.concat([RECORDING, Buffer.alloc(MEMORY_MEMBER_BYTES_MAX)]);
    // Something that does not compress beyond the allowed ratio.
    for (let at = RECORDING.length; at < large.length; at += 97) large[at] = (at * 31) & 0xff;
    const cacheFolder = join(folder(), 'cache');
    const bundle = await open(file('case.zip', makeZip([{ name: 'trace', bytes: large }])), { cacheFolder });
    expect(readdirSync(cacheFolder)).toHaveLength(1);
    expect(await countEvents(bundle)).toEqual([1]);
    bundle.close();
    expect(readdirSync(cacheFolder)).toEqual([]);
  },
);

test(
  'a zip cut anywhere, or with any byte flipped, opens or ends in a Failure',
  { timeout: 60_000 },
  async () => {
    const zip = makeZip([
      { name: 'case.yaml', bytes: CASE },
      { name: 'trace', bytes: RECORDING },
    ]);
    const path = file('case.zip', zip);
    const tryOpen = async (bytes: Uint8Array) => {
      writeFileSync(path, bytes);
      try {
        (await openBundle(path)).close();
      } catch (error) {
        expect(error).toMatchObject({ name: 'Failure' });
      }
    };
    for (let size = 0; size < zip.length; size += 17) await tryOpen(zip.subarray(0, size));
    for (let at = 0; at < zip.length; at += 3) {
      const damaged = Buffer.from(zip);
      damaged[at] = (damaged[at] ?? 0) ^ 0x41;
      await tryOpen(damaged);
    }
  },
);
