import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { makeZip } from '../trace/bundle/make-zip.ts';

import { retroprobe, run, runqlatObject, sampleBundle, temporaryFolder, type Ran } from './cli.ts';

/** One line on standard error that names the file, nothing on standard output, exit code 1. */
function expectRefused(ran: Ran, ...parts: (string | RegExp)[]): void {
  expect(ran.stdout).toBe('');
  expect(ran.stderr.trimEnd().split('\n')).toHaveLength(1);
  for (const part of parts) expect(ran.stderr).toMatch(part);
  expect(ran.code).toBe(1);
}

test('refuses a truncated bundle, naming it and the place', () => {
  const path = join(temporaryFolder(), 'cut.zip');
  const whole = readFileSync(sampleBundle);
  writeFileSync(path, whole.subarray(0, whole.length / 2));
  expectRefused(retroprobe('info', path), /^retroprobe: cut\.zip: /);
});

test('refuses a text file named .zip', () => {
  const path = join(temporaryFolder(), 'notes.zip');
  writeFileSync(path, 'These are notes, not an archive.\n');
  expectRefused(retroprobe('info', path), /^retroprobe: notes\.zip: /);
});

test('refuses an empty file, an empty folder, and a path that is not there', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'empty.dat'), '');
  mkdirSync(join(folder, 'nothing'));
  expectRefused(retroprobe('info', join(folder, 'empty.dat')), /empty\.dat/);
  expectRefused(retroprobe('info', join(folder, 'nothing')), /nothing/);
  expectRefused(retroprobe('info', join(folder, 'missing.zip')), /missing\.zip/);
});

test('names a file whose name holds a line break and colours in one plain line', () => {
  const path = join(temporaryFolder(), 'a\nb\u001b[31m.zip');
  expectRefused(retroprobe('info', path), /^retroprobe: a\\x0ab\\x1b\[31m\.zip: /);
});

test('says in one line that its output could not be written', (ctx) => {
  if (!existsSync('/dev/full')) ctx.skip('no /dev/full here');
  const ran = run('sh', ['-c', `"$0" electron/cli.ts info ${sampleBundle} >/dev/full`, process.execPath]);
  expectRefused(ran, /^retroprobe: standard output: cannot be written \(ENOSPC\)/);
});

test('refuses an object for another machine, naming the machine', () => {
  const path = join(temporaryFolder(), 'host.o');
  const object = Buffer.from(readFileSync(runqlatObject));
  object.writeUInt16LE(62, 18); // e_machine: EM_X86_64
  writeFileSync(path, object);
  expectRefused(retroprobe('run', path, sampleBundle), /^retroprobe: host\.o: byte 18: .*x86-64/);
});

test('refuses an object that is no ELF file', () => {
  const path = join(temporaryFolder(), 'text.o');
  writeFileSync(path, 'int main() {}\n');
  expectRefused(retroprobe('run', path, sampleBundle), /^retroprobe: text\.o: /);
});

test.each([
  [
    'reads through a map value that may be null',
    'null_map_value',
    /refused\.bpf\.c:\d+:\d+ \(instruction \d+\).*null/,
  ],
  ['writes beyond its stack', 'stack_out_of_bounds', /stack/],
  ['may never end', 'unbounded_loop', /loop/],
  ['reads a register that nothing wrote', 'uninitialised_register', /R\d/],
])('refuses a program that %s, naming the source line', (_what, program, reason) => {
  const ran = retroprobe('run', 'test/programs/refused.bpf.o', sampleBundle, '--program', program);
  expectRefused(ran, /^retroprobe: refused\.bpf\.o: /, /refused\.bpf\.c:\d+/, reason);
});

test('names the programs there are where one is asked for that is not', () => {
  const ran = retroprobe('run', runqlatObject, sampleBundle, '--program', 'none');
  expectRefused(ran, /on_switch/);
});

test('names the archive and the member where a recording inside is damaged', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'case.zip');
  const damaged = Buffer.from([0x17, 0x08, 0x44, ...Buffer.from('tracing'), ...Buffer.from('7\0')]);
  writeFileSync(path, makeZip([{ name: 'trace.dat', bytes: damaged }]));
  expectRefused(retroprobe('info', path), /^retroprobe: case\.zip: trace\.dat: /);
});

test('refuses usage that makes no sense with exit code 2', () => {
  expect(retroprobe('run').code).toBe(2);
  expect(retroprobe('run', 'a', 'b', 'c').code).toBe(2);
  expect(retroprobe('info', '--no-such-option').code).toBe(2);
  expect(retroprobe('no-such-command').code).toBe(2);
  expect(retroprobe('--help').code).toBe(0);
});

test('refuses a report that cannot be written, after naming where', () => {
  const ran = retroprobe('report', sampleBundle, '--out', '/no/such/folder/report.html');
  expectRefused(ran, /report\.html/);
});
