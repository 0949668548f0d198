import { linkSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import { tar } from '../../../../electron/trace/bundle/archives/tar.ts';
import type { MemberList } from '../../../../electron/trace/bundle/member.ts';
import { Unpacker } from '../../../../electron/trace/bundle/unpacker.ts';
import { folderOf, toolOutput } from '../on-disk.ts';

const LONG = `${'deep/'.repeat(30)}${'n'.repeat(120)}`;

function unpacker(): Unpacker {
  return new Unpacker(() => expect.fail('nothing is to be unpacked'), undefined);
}

async function list(bytes: Uint8Array): Promise<MemberList> {
  const file = new MemoryBytes(bytes, 'a.tar');
  expect(tar.detect(bytes.subarray(0, 4096))).toBe(true);
  return tar.list(file, '', unpacker());
}

async function contents({ members }: MemberList): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const member of members) {
    const bytes = await member.open();
    texts[member.name] = Buffer.from(bytes.read(0, bytes.sizeBytes)).toString();
  }
  return texts;
}

function pack(context: TestContext, path: string, ...options: readonly string[]): Buffer {
  return toolOutput(context, 'tar', ['-c', ...options, '-C', path, '.']);
}

test.for(['v7', 'ustar', 'gnu', 'pax'])('gives the files of a tar of format %s', async (format, context) => {
  const files = {
    'a.txt': 'first',
    empty: '',
    'folder/b': 'x'.repeat(1000),
    ...(format === 'v7' ? {} : { ['深/文件']: 'name in UTF-8' }),
    ...(format === 'gnu' || format === 'pax' ? { [LONG]: 'long name' } : {}),
  };
  const path = folderOf(files);
  utimesSync(join(path, 'a.txt'), 1_700_000_000, 1_700_000_000);
  const listed = await list(pack(context, path, `--format=${format}`));
  expect(await contents(listed)).toEqual(files);
  expect(listed.refused).toEqual([]);
  expect(listed.members.find(({ name }) => name === 'a.txt')?.modifiedAtMs).toBe(1_700_000_000_000);
});

test('lists links, devices and sparse files with the reason, and never follows a link', async (context) => {
  const path = folderOf({ a: 'first' });
  symlinkSync('/etc/passwd', join(path, 'symbolic'));
  linkSync(join(path, 'a'), join(path, 'z-hard'));
  toolOutput(context, 'mkfifo', [join(path, 'pipe')]);
  toolOutput(context, 'truncate', ['-s', '1M', join(path, 'sparse')]);
  for (const format of ['gnu', 'posix']) {
    const { members, refused } = await list(pack(context, path, '-S', `--format=${format}`, '--sort=name'));
    expect(members.map(({ name }) => name)).toEqual(['a']);
    const names = refused.map(({ name }) => name.replace(/.*\//, '')).sort();
    expect(names).toEqual(['pipe', 'sparse', 'symbolic', 'z-hard']);
  }
});

test('refuses paths that lead out of the archive', async (context) => {
  const path = folderOf({ a: 'first' });
  for (const to of ['/tmp/a', '../a', 'b/../../a']) {
    const bytes = toolOutput(context, 'tar', ['-cP', '-C', path, `--transform=s,^a$,${to},`, 'a']);
    await expect(list(bytes)).rejects.toMatchObject({ code: 'unsafe-path', place: { file: 'a.tar' } });
  }
});

test('keeps the files before a cut and says what is missing; refuses a header that is none', async (context) => {
  const path = folderOf({ a: 'first', b: 'x'.repeat(3000) });
  const whole = pack(context, path, '--sort=name');
  const bAt = whole.indexOf('./b\0');
  const { members, refused } = await list(whole.subarray(0, bAt + 512 + 1000));
  expect(members.map(({ name }) => name)).toEqual(['a']);
  expect(refused).toEqual([{ name: 'b', reason: expect.stringContaining('2000 bytes of it are missing') }]);
  const cut = await list(whole.subarray(0, bAt + 100));
  expect(cut.refused).toEqual([{ name: 'a.tar', reason: expect.stringContaining('cut short') }]);
  const damaged = Buffer.from(whole);
  damaged.write('9', bAt);
  await expect(list(damaged)).rejects.toMatchObject({ code: 'corrupt', place: { at: `byte ${bAt}` } });
});

test('reads sizes that octal digits cannot hold, as GNU writes them', async (context) => {
  const path = folderOf({ a: 'first' });
  const bytes = Buffer.from(toolOutput(context, 'tar', ['-c', '-C', path, 'a']));
  bytes.fill(0, 124, 136);
  bytes[124] = 0x80;
  bytes[131] = 3;
  const sum = bytes.subarray(0, 512).reduce((all, byte, at) => all + (at < 148 || at >= 156 ? byte : 32), 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const { refused } = await list(bytes);
  expect(refused[0]?.reason).toMatch(/^the archive is cut short: \d{11} bytes/);
});

test('finds the same files in the archive that tar itself lists', async (context) => {
  const names = toolOutput(context, 'tar', ['-c', '--sort=name', 'electron/trace']);
  const path = folderOf({});
  writeFileSync(join(path, 'a.tar'), names);
  const theirs = toolOutput(context, 'tar', ['-tf', join(path, 'a.tar')])
    .toString()
    .split('\n')
    .filter((name) => name !== '' && !name.endsWith('/'));
  const listed = await list(names);
  expect(listed.members.map(({ name }) => name)).toEqual(theirs);
  const texts = await contents(listed);
  expect(texts['electron/trace/event.ts']).toBe(readFileSync('electron/trace/event.ts', 'utf8'));
});
