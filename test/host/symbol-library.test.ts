import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { symbolUpload } from '../../electron/host/jobs/symbol-files.ts';
import { SymbolLibrary } from '../../electron/host/symbol-library.ts';

function nativeFile(name: string): { name: string; path: string; sha256: string } {
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  // EM_X86_64.
  header.writeUInt16LE(62, 18);
  writeFileSync(join(folder, name), header);
  return { name, path: join(folder, name), sha256: 'ab'.repeat(32) };
}

test('a file is found by its id under its own name, and of one content under two names each', async () => {
  const library = new SymbolLibrary();
  const [one, two] = [library.add(nativeFile('libc.so.6')), library.add(nativeFile('libc-2.41.so'))];
  expect(one.fileId).not.toBe(two.fileId);
  const candidate = symbolUpload(library.uploadOf(one));
  expect(candidate.name).toBe('libc.so.6');
  const file = await candidate.open();
  expect(file.sizeBytes).toBe(64);
  file.close();
});

test('a list of kernel symbols is taken, another text is not', () => {
  const { path } = nativeFile('text');
  const add = (name: string, text: string) => {
    writeFileSync(path, text);
    return new SymbolLibrary().add({ name, path, sha256: 'cd'.repeat(32) });
  };
  const list = '0000000000000000 A fixed_percpu_data\nffffffff81000000 T _text\n';
  expect(add('kallsyms', list).name).toBe('kallsyms');
  for (const text of ['', 'ffffffff81000000', list.replace('A', 'AA'), 'notes\n'])
    expect(() => add('notes.txt', text)).toThrow(expect.objectContaining({ code: 'not-symbols' }));
});

test('one that is not held any more says so when it is opened', async () => {
  const { name, open } = symbolUpload(new SymbolLibrary().uploadOf({ fileId: 'gone', name: 'vmlinux' }));
  expect(name).toBe('vmlinux');
  await expect(open()).rejects.toMatchObject({ code: 'not-held', place: { file: 'vmlinux' } });
});
