import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type TestContext } from 'vitest';

import { linkObject } from '../../../electron/bpf/object/link.ts';
import { openObject } from '../../../electron/bpf/object/open.ts';
import { renderType } from '../../../electron/bpf/object/render-type.ts';
import { Failure } from '../../../electron/failure.ts';
import { attachObject } from '../../../electron/replay/attach.ts';
import { pathOf } from './sample.ts';

const CLANG = 'clang-19';

function built(ctx: TestContext, source: string, target: 'bpfel' | 'bpfeb'): Uint8Array {
  if (spawnSync(CLANG, ['--version']).status !== 0) ctx.skip(`${CLANG} is not installed`);
  const folder = mkdtempSync(join(tmpdir(), 'byte-order-'));
  try {
    const object = join(folder, 'object.o');
    const flags = ['-O2', '-g', '-target', target, '-mcpu=v3', '-c', pathOf(source), '-o', object];
    execFileSync(CLANG, flags, { stdio: 'pipe' });
    return new Uint8Array(readFileSync(object));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('reads a big-endian object as the same programs, maps and types as the little-endian one', (ctx) => {
  for (const source of ['test/programs/counter.bpf.c', 'test/programs/calls.bpf.c']) {
    const [little, big] = (['bpfel', 'bpfeb'] as const).map((target) =>
      linkObject(openObject(built(ctx, source, target), source)),
    );
    expect(little?.isBigEndian).toBe(false);
    expect(big?.isBigEndian).toBe(true);
    expect(big?.programs).toEqual(little?.programs);
    expect(big?.maps.map(({ name, valueSizeBytes }) => [name, valueSizeBytes])).toEqual(
      little?.maps.map(({ name, valueSizeBytes }) => [name, valueSizeBytes]),
    );
    const declared = (object: typeof little): string[] =>
      object?.maps.map(({ valueTypeId }) => renderType(object.btf as never, valueTypeId)) ?? [];
    expect(declared(big)).toEqual(declared(little));
  }
});

test('reads old map definitions of a big-endian object', (ctx) => {
  const bytes = built(ctx, 'test/programs/legacy.bpf.c', 'bpfeb');
  expect(openObject(bytes, 'legacy.o').maps[0]?.definition).toMatchObject({ type: 'hash', maxEntries: 64 });
});

test('does not run big-endian programs', async (ctx) => {
  const object = openObject(built(ctx, 'test/programs/counter.bpf.c', 'bpfeb'), 'counter.o');
  await expect(attachObject(object, [])).rejects.toThrow(/big-endian machine/);
});

test('opens or refuses a damaged big-endian object, and never fails otherwise', (ctx) => {
  const whole = built(ctx, 'test/programs/counter.bpf.c', 'bpfeb');
  for (let at = 0; at < whole.length; at += 3) {
    const flipped = whole.slice();
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    for (const bytes of [flipped, whole.subarray(0, at)]) {
      try {
        linkObject(openObject(bytes, 'damaged.o'));
      } catch (error) {
        expect(error, `byte ${at}`).toBeInstanceOf(Failure);
      }
    }
  }
});
