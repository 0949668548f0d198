/** A bundle of texts: what was mapped, the program itself and what its runtime made name the stacks of a recording beside them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { listEvents } from '../../electron/host/jobs/list-events.ts';
import { openBundle } from '../../electron/trace/bundle/bundle.ts';

const SOURCE =
  'int twice(int x) { return x * 2; }\nint main(int count, char **texts) { return twice(count); }\n';
const START = 0x5555_5555_0000n;

test('mappings, programs and maps of runtimes that lie in a bundle name its stacks', async (ctx) => {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const bundlePath = join(folder, 'bundle');
  mkdirSync(join(bundlePath, 'proc/42'), { recursive: true });
  mkdirSync(join(bundlePath, 'files/opt'), { recursive: true });
  const program = join(bundlePath, 'files/opt/program');
  writeFileSync(join(folder, 'program.c'), SOURCE);
  try {
    execFileSync('cc', ['-O0', '-pie', '-fPIE', '-o', program, join(folder, 'program.c')]);
  } catch {
    ctx.skip('no C compiler (cc)');
  }
  const [, address = ''] =
    /^([0-9a-f]+) T twice$/m.exec(execFileSync('nm', [program], { encoding: 'utf8' })) ?? [];
  const [, offset = '', at = '', size = ''] =
    /LOAD +0x(\w+) 0x(\w+) 0x\w+ 0x(\w+) 0x\w+ R E/.exec(
      execFileSync('readelf', ['-lW', program], { encoding: 'utf8' }),
    ) ?? [];
  const hex = (value: bigint): string => value.toString(16).padStart(12, '0');
  const [fileOffset, segment] = [BigInt(`0x${offset}`), BigInt(`0x${at}`)];
  const place = START + BigInt(`0x${address}`) - segment;
  writeFileSync(
    join(bundlePath, 'proc/42/maps'),
    `${hex(START)}-${hex(START + BigInt(`0x${size}`) + 4096n)} r-xp ${hex(fileOffset).slice(4)} 08:01 77  /opt/program\n` +
      `7f0000000000-7f0000010000 rwxp 00000000 00:00 0  [anon:code]\n`,
  );
  writeFileSync(
    join(bundlePath, 'perf-42.map'),
    '7f0000000100 20 LazyCompile:~first app.js:1\n7f0000000100 40 JS:*second app.js:9\n',
  );
  writeFileSync(
    join(bundlePath, 'stacks.txt'),
    [
      'program    42/42    [000]   100.000001000: sched:sched_wakeup: comm=x pid=7 prio=120 target_cpu=000',
      `\t${hex(place + 4n)} [unknown] (/opt/program)`,
      `\t${hex(0x7f00_0000_0130n)} [unknown] (//anon)`,
      `\t${hex(0x7f00_0000_0180n)} [unknown] (//anon)`,
      '',
      '',
    ].join('\n'),
  );
  const bundle = await openBundle(bundlePath);
  try {
    expect(bundle.unread).toEqual([]);
    expect(bundle.context.map(({ name, kind }) => [name, kind])).toEqual([
      ['files/opt/program', 'program or library'],
      ['perf-42.map', 'functions made at run time'],
      ['proc/42/maps', 'mappings of a process'],
    ]);
    const options = { types: [], from: undefined, to: undefined, clocks: undefined, symbolFiles: [] };
    const frames: string[] = [];
    for await (const event of listEvents(bundle, options, {})) frames.push(...(event.frames ?? []));
    expect(frames).toEqual([
      `0x${(place + 4n).toString(16)} twice+0x4 (program)`,
      '0x7f0000000130 JS:*second app.js:9+0x30',
      '0x7f0000000180 [unknown] ([anon:code])',
    ]);
  } finally {
    bundle.close();
  }
});
