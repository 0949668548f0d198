import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { retroprobe, temporaryFolder } from './cli.ts';

const LOG = [
  '12-30 03:04:05.000  10  11 I Camera: front open took 12ms',
  '12-30 03:04:06.000  10  11 W Camera: back open took 340ms',
  '12-30 03:04:07.500  10  12 I gc: freed 5 objects',
  'what is this',
  '',
].join('\n');
const PROBES = "probes:\n  - { name: camera, pattern: '{id:str} open took {ms:u64}ms' }\n";

function bundle(): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'logcat.txt'), LOG);
  return folder;
}

test('logs tells severities, tags, and templates that serve as probes', () => {
  const folder = bundle();
  const { code, stdout } = retroprobe('logs', folder, '--templates');
  expect(code).toBe(0);
  expect(stdout).toContain('3 entries, 2.5 s');
  expect(stdout).toContain('1 not understood; info says where');
  expect(stdout).toMatch(/^By severity\n {2}1 {2}warning\n {2}2 {2}info$/m);
  expect(stdout).toMatch(/^By tag\n {2}2 {2}Camera\n {2}1 {2}gc$/m);
  const pattern = '{s1} open took {n1:u64}ms';
  expect(stdout).toContain(`2  ${pattern}`);
  writeFileSync(join(folder, 'probes.yaml'), `probes:\n  - { name: camera, pattern: '${pattern}' }\n`);
  const { stdout: json } = retroprobe('logs', folder, '--json');
  const [source] = (JSON.parse(json) as { sources: unknown[] }).sources;
  expect(source).toMatchObject({ format: 'logcat', lines: 3, probes: [{ name: 'log:camera', events: 2 }] });
});

test('logs takes probes from a file beside the bundle, and says what is wrong with one', () => {
  const folder = bundle();
  const file = join(temporaryFolder(), 'mine.yaml');
  writeFileSync(file, PROBES);
  expect(retroprobe('logs', folder, '--probes', file).stdout).toMatch(/^Log probes\n {2}2 {2}log:camera$/m);
  writeFileSync(file, PROBES.replace('u64', 'float'));
  const { code, stderr } = retroprobe('logs', folder, '--probes', file);
  expect(code).toBe(1);
  expect(stderr).toContain(
    "mine.yaml: line 2: 'camera': character 20: 'float' is no type; there are int, s32",
  );
});

test('events prints what a probe captured, with its types', () => {
  const folder = bundle();
  writeFileSync(join(folder, 'probes.yaml'), PROBES);
  const { stdout } = retroprobe('events', folder, '--type', 'log:camera');
  expect(stdout).toContain('level=6 tag=Camera id=front ms=12');
  expect(stdout).toContain('level=4 tag=Camera id=back ms=340');
});
