/** perf itself is the oracle: of a recording made here, `perf script` names the same addresses from the same files. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, type TestContext } from 'vitest';
import { listEvents } from '../../electron/host/jobs/list-events.ts';
import { symbolFilesAt } from '../../electron/host/jobs/symbol-files.ts';
import { Symboliser, type Frame } from '../../electron/symbols/symboliser.ts';
import { openBundle, type Bundle } from '../../electron/trace/bundle/bundle.ts';

/** Forks, and the child begins itself anew: three address spaces. */
const SOURCE = `
#include <unistd.h>
#include <sys/wait.h>
#define APART __attribute__((noinline, noclone))
APART int nap(int ms) { usleep(ms * 1000); return ms; }
APART int middle(int ms) { return nap(ms) + 1; }
static APART int hidden(int ms) { return middle(ms) + 1; }
int main(int count, char **texts) {
  if (count > 1) return hidden(2) == 0;
  if (fork() == 0) {
    hidden(2);
    execl(texts[0], texts[0], "again", (char *)0);
  }
  hidden(2);
  wait(0);
  return 0;
}`;

let folder = '';
let why: string | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'symboliser-'));
  const program = join(folder, 'napping');
  try {
    writeFileSync(`${program}.c`, SOURCE);
    execFileSync('cc', [
      '-O1',
      '-g',
      '-fno-omit-frame-pointer',
      '-fno-optimize-sibling-calls',
      '-o',
      program,
      `${program}.c`,
    ]);
  } catch {
    why = 'no C compiler (cc)';
    return;
  }
  const record = ['record', '-q', '-g', '-e', 'sched:sched_switch', '-o', join(folder, 'perf.data'), program];
  const { status, stderr } = spawnSync('perf', record, { encoding: 'utf8' });
  if (status !== 0) why = `perf: ${stderr ?? 'not installed'}`;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Line {
  readonly pid: number;
  readonly timeNs: bigint;
  readonly address: bigint;
  readonly name: string;
  /** undefined where nothing is mapped: a stack may be broken. */
  readonly path: string | undefined;
}

/** User frames as perf prints them. */
function perfScript(): Line[] {
  const text = execFileSync(
    'perf',
    ['script', '--ns', '-i', join(folder, 'perf.data'), '-F', 'pid,time,ip,sym,symoff,dso', '--no-inline'],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const lines: Line[] = [];
  let [pid, timeNs] = [0, 0n];
  for (const line of text.split('\n')) {
    const [, process, seconds, ns] = /^\s*(\d+)\s+(\d+)\.(\d{9}):/.exec(line) ?? [];
    if (process !== undefined)
      [pid, timeNs] = [Number(process), BigInt(seconds ?? 0) * 10n ** 9n + BigInt(ns ?? 0)];
    const [, address, name, path] = /^\s+([0-9a-f]+) (.*) \((.*)\)$/.exec(line) ?? [];
    if (address === undefined || name === undefined || path === undefined) continue;
    // A kernel's address.
    if (address.startsWith('ffff') && address.length === 16) continue;
    lines.push({
      pid,
      timeNs,
      address: BigInt(`0x${address}`),
      name,
      path: path === '[unknown]' ? undefined : path,
    });
  }
  return lines;
}

async function recorded(ctx: TestContext): Promise<Bundle> {
  if (why !== undefined) ctx.skip(why);
  const bundle = await openBundle(join(folder, 'perf.data'));
  for (const source of bundle.sources) {
    for await (const batch of source.batches()) if (batch.count === 0) break;
  }
  return bundle;
}

/** Every user address of every event, as it is named. */
async function framesOf(
  { sources }: Bundle,
  symbols: Symboliser,
): Promise<(Frame & { pid: number; timeNs: bigint; address: bigint })[]> {
  const frames: (Frame & { pid: number; timeNs: bigint; address: bigint })[] = [];
  for (const source of sources) {
    for await (const batch of source.batches()) {
      for (let row = 0; row < batch.count; row++) {
        const [tid, timeNs] = [batch.tid[row] ?? -1, batch.timeNs[row] ?? 0n];
        const pid = source.context.tgids.get(tid) ?? tid;
        for (const address of source.context.userCallchains?.[batch.stack[row] ?? -1] ?? [])
          frames.push({ pid, timeNs, address, ...symbols.frame(pid, address, timeNs) });
      }
    }
  }
  return frames;
}

test('every address of a program that forks and begins itself anew has the name that perf gives it', async (ctx) => {
  const bundle = await recorded(ctx);
  try {
    const expected = perfScript();
    const paths = [...new Set(expected.flatMap(({ path }) => (path?.startsWith('/') ? [path] : [])))];
    const symbols = await Symboliser.open(bundle.sources, symbolFilesAt(paths));
    const frames = await framesOf(bundle, symbols);
    expect(frames.map(({ pid, timeNs, path }) => ({ pid, timeNs, path }))).toEqual(
      expected.map(({ pid, timeNs, path }) => ({ pid, timeNs, path })),
    );
    let compared = 0;
    for (const [index, { name, offset, path }] of frames.entries()) {
      const theirs = expected[index];
      // perf finds what was stripped in the machine's own debug information, which is not added here.
      if (path !== join(folder, 'napping') && name === undefined) continue;
      if (path !== join(folder, 'napping') && !theirs?.name.startsWith(name ?? '')) continue;
      const ours = name === undefined ? '[unknown]' : `${name}+0x${offset.toString(16)}`;
      // The stubs that lead to other files have no symbols of their own: perf makes names for them.
      const named =
        theirs?.name.includes('@plt+') === true ? '[unknown]' : theirs?.name.replace(/@+[^+]*/, '');
      expect(ours).toBe(named);
      compared += 1;
    }
    const own = frames.filter(({ path }) => path === join(folder, 'napping'));
    expect(own.map(({ name }) => name)).toEqual(expect.arrayContaining(['middle', 'hidden', 'main']));
    expect(new Set(own.map(({ pid }) => pid)).size).toBe(2);
    expect(compared).toBeGreaterThan(10);
  } finally {
    bundle.close();
  }
});

test('without files, each mapped file is counted once with its build id or none', async (ctx) => {
  const bundle = await recorded(ctx);
  try {
    const symbols = await Symboliser.open(bundle.sources, []);
    const frames = await framesOf(bundle, symbols);
    expect(frames.every(({ name }) => name === undefined)).toBe(true);
    const { unnamed } = symbols.facts();
    expect(unnamed).toContainEqual({
      reason: 'no-symbols',
      what: join(folder, 'napping'),
      buildId: undefined,
      debugLink: undefined,
      count: frames.filter(({ path }) => path === join(folder, 'napping')).length,
    });
    expect(unnamed.reduce((sum, { count }) => sum + count, 0)).toBe(frames.length);
  } finally {
    bundle.close();
  }
});

test('a file of the same name and of another build is not used where the recording tells its build id', async (ctx) => {
  const bundle = await recorded(ctx);
  try {
    const path = join(folder, 'napping');
    const [source] = bundle.sources;
    if (source === undefined) throw new Error('no source');
    const told = { context: { ...source.context, buildIds: new Map([[path, 'ab'.repeat(20)]]) } };
    const symbols = await Symboliser.open([told], symbolFilesAt([path]));
    const [own] = (await framesOf(bundle, await Symboliser.open(bundle.sources, []))).filter(
      (each) => each.path === path,
    );
    expect(symbols.frame(own?.pid, own?.address ?? 0n)).toMatchObject({ name: undefined, path });
    expect(symbols.facts().unnamed).toMatchObject([
      { reason: 'other-build', buildId: 'ab'.repeat(20), count: 1 },
    ]);
  } finally {
    bundle.close();
  }
});

test('what was stripped is named from separate debug information of the same build', async (ctx) => {
  const bundle = await recorded(ctx);
  try {
    const path = join(folder, 'napping');
    const bare = join(folder, 'bare');
    execFileSync('mkdir', ['-p', bare]);
    const [stripped, debug] = [join(bare, 'napping'), join(bare, 'anything.debug')];
    execFileSync('objcopy', ['--only-keep-debug', path, debug]);
    execFileSync('objcopy', ['--strip-all', path, stripped]);
    const named = async (files: readonly string[]): Promise<(string | undefined)[]> => {
      const symbols = await Symboliser.open(bundle.sources, symbolFilesAt(files));
      return (await framesOf(bundle, symbols)).filter((each) => each.path === path).map(({ name }) => name);
    };
    const whole = await named([path]);
    expect(await named([stripped, debug])).toEqual(whole);
    expect(await named([stripped])).not.toContain('hidden');
    // By its name it is nobody's: alone it says by its build id whose it is only where the recording tells that.
    expect(await named([debug])).toEqual(whole.map(() => undefined));
    const alone = join(bare, 'napping.debug');
    execFileSync('cp', [debug, alone]);
    expect(await named([alone])).toEqual(whole);
  } finally {
    bundle.close();
  }
});

test('events are listed with their stacks, the process after the kernel', async (ctx) => {
  const bundle = await recorded(ctx);
  try {
    const path = join(folder, 'napping');
    const options = { types: [], from: undefined, to: undefined, clocks: undefined };
    const frames: string[] = [];
    for await (const event of listEvents(bundle, { ...options, symbolFiles: symbolFilesAt([path]) }, {}))
      frames.push(...(event.frames ?? []));
    expect(frames).toContainEqual(expect.stringMatching(/^0x[0-9a-f]+ main\+0x[0-9a-f]+ \(napping\)$/));
    expect(frames).toContainEqual(expect.stringMatching(/^0x[0-9a-f]+ \[unknown\] \(libc\.so\.6\)$/));
    expect(frames.findIndex((frame) => /^0xffffffff/.test(frame))).toBe(0);
    for await (const event of listEvents(bundle, options, {})) expect(event.frames).toBeUndefined();
  } finally {
    bundle.close();
  }
});

test('files of whatever name are found by the build ids that perf records', async (ctx) => {
  if (why !== undefined) ctx.skip(why);
  const path = join(folder, 'napping');
  const data = join(folder, 'ids.data');
  const record = ['record', '-q', '-g', '--buildid-mmap', '-e', 'sched:sched_switch', '-o', data, path];
  const { status, stderr } = spawnSync('perf', record, { encoding: 'utf8' });
  if (status !== 0) ctx.skip(`perf: ${stderr}`);
  const odd = join(folder, 'odd');
  execFileSync('cp', [path, odd]);
  const bundle = await openBundle(data);
  try {
    for (const source of bundle.sources)
      for await (const batch of source.batches()) expect(batch.count).toBeGreaterThan(0);
    const symbols = await Symboliser.open(bundle.sources, symbolFilesAt([odd]));
    const own = (await framesOf(bundle, symbols)).filter((each) => each.path === path);
    expect(own.map(({ name }) => name)).toEqual(expect.arrayContaining(['middle', 'hidden', 'main']));
    expect(symbols.facts().byPath).toEqual([]);
    const others = symbols.facts().unnamed.filter(({ reason }) => reason === 'no-symbols');
    expect(others.every(({ buildId }) => /^[0-9a-f]{40}$/.test(buildId ?? ''))).toBe(true);
  } finally {
    bundle.close();
  }
});

test('a damaged file is refused by name, and the others are read', async (ctx) => {
  const bundle = await recorded(ctx);
  try {
    const path = join(folder, 'napping');
    const damaged = join(folder, 'damaged');
    writeFileSync(damaged, readFileSync(path).subarray(0, 4000));
    const symbols = await Symboliser.open(
      bundle.sources,
      symbolFilesAt([damaged, path, join(folder, 'napping.c')]),
    );
    expect(symbols.facts().refused).toMatchObject([{ name: damaged }]);
    const own = (await framesOf(bundle, symbols)).filter((each) => each.path === path);
    expect(own.map(({ name }) => name)).toEqual(expect.arrayContaining(['middle', 'hidden', 'main']));
  } finally {
    bundle.close();
  }
});
