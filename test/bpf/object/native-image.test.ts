/** nm and readelf are the oracle for the symbols of a program that is built here; damaged files give a Failure. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest';
import { Failure } from '../../../electron/failure.ts';
import { isNativeElf, readNativeImage } from '../../../electron/bpf/object/native-image.ts';

const SOURCE = `
__attribute__((noinline)) int inner(int x) { return x * 3; }
int outer(int x) { return inner(x) + 1; }
int same(int x) __attribute__((alias("outer")));
int _weak(int x) __attribute__((weak, alias("outer")));
static __attribute__((noinline, used)) int hidden(int x) { return x ^ 5; }
int main(int count, char **texts) { return outer(count) + hidden(count); }
`;
let folder = '';
let program: string | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'native-image-'));
  writeFileSync(join(folder, 'program.c'), SOURCE);
  try {
    execFileSync('cc', [
      '-O1',
      '-g',
      '-Wl,--build-id',
      '-o',
      join(folder, 'program'),
      join(folder, 'program.c'),
    ]);
    program = join(folder, 'program');
  } catch {
    program = undefined;
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function built(ctx: TestContext): string {
  if (program === undefined) ctx.skip('no C compiler (cc)');
  return program;
}

test('every function has the name, the start and the size that nm prints', (ctx) => {
  const path = built(ctx);
  const functions = readNativeImage(readFileSync(path), 'program').functions();
  const lines = execFileSync('nm', ['-S', '--defined-only', path], { encoding: 'utf8' }).split('\n');
  const named = new Map<bigint, Set<string>>();
  const sizes = new Map<bigint, number>();
  for (const line of lines) {
    const [, address, size, name] = /^([0-9a-f]{16}) ([0-9a-f]{16}) [tTwW] (\S+)$/.exec(line) ?? [];
    if (address === undefined || size === undefined || name === undefined) continue;
    const at = BigInt(`0x${address}`);
    named.set(at, (named.get(at) ?? new Set()).add(name));
    sizes.set(at, Number.parseInt(size, 16));
  }
  expect([...named.values()].flatMap((names) => [...names])).toEqual(
    expect.arrayContaining(['main', 'inner', 'outer', 'same', 'hidden', '_weak']),
  );
  for (const [start, names] of named) {
    const size = sizes.get(start) ?? 0;
    const last = functions.at(start + BigInt(size - 1));
    expect(names).toContain(functions.at(start)?.name);
    expect(last).toEqual({ name: functions.at(start)?.name, offset: size - 1 });
    expect(functions.at(start + BigInt(size))?.name).not.toBe(last?.name);
  }
});

test('of names at one address the strong global one without underscores and the longer is kept', (ctx) => {
  const path = built(ctx);
  const functions = readNativeImage(readFileSync(path), 'program').functions();
  const line = execFileSync('nm', [path], { encoding: 'utf8' })
    .split('\n')
    .find((each) => each.endsWith(' same'));
  expect(functions.at(BigInt(`0x${line?.split(' ')[0] ?? ''}`))?.name).toBe('outer');
});

test('build id and segments are those that readelf prints', (ctx) => {
  const path = built(ctx);
  const image = readNativeImage(readFileSync(path), 'program');
  const text = execFileSync('readelf', ['-nlW', path], { encoding: 'utf8' });
  expect(image.buildId).toBe(/Build ID: ([0-9a-f]+)/.exec(text)?.[1]);
  const loads = [...text.matchAll(/LOAD +0x(\w+) 0x(\w+) 0x\w+ 0x(\w+) 0x(\w+) (.{3})/g)];
  expect(image.segments).toEqual(
    loads.map(([, offset, address, inFile, inMemory, flags]) => ({
      fileOffset: BigInt(`0x${offset}`),
      address: BigInt(`0x${address}`),
      fileBytes: BigInt(`0x${inFile}`),
      memoryBytes: BigInt(`0x${inMemory}`),
      isExecutable: flags?.includes('E') === true,
    })),
  );
});

test('a file cut anywhere, or with any byte of its head changed, is read or refused with a Failure', (ctx) => {
  const bytes = readFileSync(built(ctx));
  const attempt = (damaged: Uint8Array): void => {
    try {
      if (isNativeElf(damaged)) readNativeImage(damaged, 'damaged').functions().at(0x1139n);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  };
  for (let length = 0; length < bytes.length; length += 97) attempt(bytes.subarray(0, length));
  const sectionsAt = Number(bytes.readBigUInt64LE(40));
  const places = [
    ...Array(64).keys(),
    ...Array.from({ length: bytes.length - sectionsAt }, (_, at) => sectionsAt + at),
  ];
  for (const at of places) {
    for (const value of [0, 0x7f, 0xff]) {
      const damaged = Buffer.from(bytes);
      damaged[at] = value;
      attempt(damaged);
    }
  }
});
