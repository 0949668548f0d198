/** A kernel and a module of ours: where nm says that functions lie, moved to where a recording says that they were. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { symbolFilesAt } from '../../electron/host/jobs/symbol-files.ts';
import { Symboliser } from '../../electron/symbols/symboliser.ts';
import type { SourceContext, SourceMapping } from '../../electron/trace/event.ts';

const SOURCE = `
__asm__(".text\\n.globl _text\\n_text:\\n.skip 64\\n");
int schedule(int x) { return x * 3; }
int vfs_read(int x) { return x + 7; }
`;
const LINKED = 0xffff_ffff_8100_0000n;
const MOVED = 0xffff_ffff_9a20_0000n;
const MODULE = 0xffff_ffff_c012_0000n;

let folder = '';
let isBuilt = false;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kernel-files-'));
  mkdirSync(join(folder, 'modules'));
  writeFileSync(join(folder, 'kernel.c'), SOURCE);
  const options = ['-O1', '-ffreestanding', '-fno-pic', '-fno-asynchronous-unwind-tables'];
  try {
    execFileSync('cc', [...options, '-c', '-o', join(folder, 'modules/ours.ko'), join(folder, 'kernel.c')]);
    const place = [
      '-nostdlib',
      '-static',
      '-no-pie',
      `-Wl,-Ttext=0x${LINKED.toString(16)},-e,_text,--build-id`,
    ];
    execFileSync('cc', [...options, ...place, '-o', join(folder, 'vmlinux'), join(folder, 'kernel.c')]);
    isBuilt = true;
  } catch {
    isBuilt = false;
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function nm(file: string, name: string): bigint {
  const text = execFileSync('nm', [join(folder, file)], { encoding: 'utf8' });
  return BigInt(`0x${new RegExp(`^([0-9a-f]+) . ${name}$`, 'm').exec(text)?.[1] ?? ''}`);
}

function context(file: string, start: bigint, fileOffset: bigint, buildId?: string): SourceContext {
  const mapping: SourceMapping = {
    ...{ pid: -1, start, sizeBytes: 0x10_0000n, fileOffset, file },
    ...{ timeNs: undefined, buildId },
  };
  return {
    ...{ comms: new Map(), tgids: new Map(), callchains: [], mappings: [mapping] },
    ...{ kallsyms: undefined, kernelRelease: undefined, machine: undefined, cpuCount: 1 },
  };
}

test('addresses of a kernel that was moved are named from its vmlinux', async (ctx) => {
  if (!isBuilt) ctx.skip('no C compiler (cc) for this');
  const symbols = await Symboliser.open(
    [{ context: context('[kernel.kallsyms]_text', MOVED, MOVED) }],
    symbolFilesAt([join(folder, 'vmlinux')]),
  );
  const at = nm('vmlinux', 'vfs_read') - nm('vmlinux', '_text') + MOVED;
  expect(symbols.kernelFrame(at + 2n)).toMatchObject({ name: 'vfs_read', offset: 2 });
  expect(symbols.kernelFrame(nm('vmlinux', 'schedule')).name).toBeUndefined();
  expect(symbols.facts()).toMatchObject({
    unnamed: [{ reason: 'no-kernel-symbols', count: 1 }],
    byPath: [{ path: '[kernel.kallsyms]_text', files: [join(folder, 'vmlinux')] }],
  });
});

test('a vmlinux of another build is not used', async (ctx) => {
  if (!isBuilt) ctx.skip('no C compiler (cc) for this');
  const symbols = await Symboliser.open(
    [{ context: context('[kernel.kallsyms]_text', LINKED, LINKED, 'ab'.repeat(20)) }],
    symbolFilesAt([join(folder, 'vmlinux')]),
  );
  expect(symbols.kernelFrame(nm('vmlinux', 'schedule')).name).toBeUndefined();
});

test('addresses of a module are named from its file, counted from its text', async (ctx) => {
  if (!isBuilt) ctx.skip('no C compiler (cc) for this');
  for (const path of ['/lib/modules/6.18/kernel/fs/ours.ko', '[ours]']) {
    const symbols = await Symboliser.open(
      [{ context: context(path, MODULE, 0n) }],
      symbolFilesAt([join(folder, 'modules')]),
    );
    const at = MODULE + nm('modules/ours.ko', 'vfs_read');
    expect(symbols.kernelFrame(at + 1n)).toMatchObject({ name: 'vfs_read', offset: 1 });
  }
});

test('kallsyms of the recording go before files', async (ctx) => {
  if (!isBuilt) ctx.skip('no C compiler (cc) for this');
  const kallsyms = `${MOVED.toString(16)} T of_kallsyms\n`;
  const symbols = await Symboliser.open(
    [{ context: { ...context('[kernel.kallsyms]_text', MOVED, MOVED), kallsyms } }],
    symbolFilesAt([join(folder, 'vmlinux')]),
  );
  expect(symbols.kernelFrame(MOVED + 4n)).toMatchObject({ name: 'of_kallsyms', offset: 4 });
});

describe('a list of kernel symbols that was added', () => {
  const line = (address: bigint, name: string): string =>
    `${address.toString(16).padStart(16, '0')} ${name}\n`;
  const list = [
    line(0n, 'A fixed_percpu_data'),
    line(LINKED, 'T _text'),
    line(LINKED + 0x40n, 'T schedule'),
    line(LINKED + 0x80n, 't vfs_read'),
    line(MODULE, 't of_a_module\t[ours]'),
  ].join('');

  async function named(text: string, recorded: SourceContext): Promise<Symboliser> {
    const path = join(folder, 'System.map');
    writeFileSync(path, text);
    return await Symboliser.open([{ context: recorded }], symbolFilesAt([path]));
  }

  test('names addresses as it has them where the recording does not tell where the kernel was', async () => {
    const recorded = { ...context('/lib/libc.so.6', 0n, 0n), kallsyms: line(LINKED, 'T of_the_recording') };
    const symbols = await named(list, recorded);
    expect(symbols.kernelFrame(LINKED + 0x44n)).toMatchObject({ name: 'schedule', offset: 4 });
    expect(symbols.kernelFrame(MODULE + 1n)).toMatchObject({ name: 'of_a_module', offset: 1 });
  });

  test('is moved to where the recording says that the kernel was, without its modules', async () => {
    const symbols = await named(list, context('[kernel.kallsyms]_text', MOVED, MOVED));
    expect(symbols.kernelFrame(MOVED + 0x81n)).toMatchObject({ name: 'vfs_read', offset: 1 });
    expect(symbols.kernelFrame(MODULE + 1n).name).not.toBe('of_a_module');
  });

  test('names nothing where it has zeros for addresses', async () => {
    const zeros = list.replaceAll(/^[0-9a-f]{16}/gm, '0'.repeat(16));
    const symbols = await named(zeros, context('[kernel.kallsyms]_text', MOVED, MOVED));
    expect(symbols.kernelFrame(MOVED + 0x81n).name).toBeUndefined();
    expect(symbols.facts().unnamed).toMatchObject([{ reason: 'no-kernel-symbols' }]);
  });
});
