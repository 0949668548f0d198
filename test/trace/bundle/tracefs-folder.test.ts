/** A folder of tracefs, recorded here, packed, and opened: its text and its pages hold the same. */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, existsSync, mkdirSync, openSync, readSync, rmdirSync } from 'node:fs';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, type TestContext } from 'vitest';
import { performOpen } from '../../../electron/host/jobs/perform.ts';
import { file, folderOf, toolOutput } from './on-disk.ts';

const TRACING = '/sys/kernel/tracing';
const INSTANCE = join(TRACING, `instances/retroprobe-bundle-${process.pid}`);

/** All pages that are there now: the file never ends by itself. */
function rawPages(path: string): Buffer {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const pages: Buffer[] = [];
  try {
    for (;;) {
      const page = Buffer.alloc(4096);
      if (readSync(descriptor, page) === 0) break;
      pages.push(page);
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
  } finally {
    closeSync(descriptor);
  }
  return Buffer.concat(pages);
}

function recordedFolder(context: TestContext): Record<string, Uint8Array> {
  if (!existsSync(join(TRACING, 'instances'))) context.skip('tracefs is not mounted, or not for this user');
  mkdirSync(INSTANCE);
  onTestFinished(() => rmdirSync(INSTANCE));
  const write = (name: string, text: string): void => writeFileSync(join(INSTANCE, name), text);
  write('trace_clock', 'boot');
  write('events/sched/enable', '1');
  spawnSync('/bin/sh', ['-c', '/bin/true | /bin/true; ls / | cat']);
  write('tracing_on', '0');
  const files: Record<string, Uint8Array> = {};
  const copy = (name: string, from = INSTANCE): void => {
    files[`tracing/${name}`] = readFileSync(join(from, name));
  };
  for (const name of ['trace', 'trace_clock']) copy(name);
  for (const name of ['events/header_page', 'saved_cmdlines']) copy(name, TRACING);
  for (const system of ['sched', 'ftrace'])
    for (const event of readdirSync(join(TRACING, 'events', system)))
      for (const leaf of ['format', 'enable']) {
        const name = `events/${system}/${event}/${leaf}`;
        if (existsSync(join(TRACING, name))) copy(name, TRACING);
      }
  for (const cpu of readdirSync(join(INSTANCE, 'per_cpu'))) {
    copy(`per_cpu/${cpu}/stats`);
    files[`tracing/per_cpu/${cpu}/trace_pipe_raw`] = rawPages(
      join(INSTANCE, 'per_cpu', cpu, 'trace_pipe_raw'),
    );
  }
  return files;
}

test('opens a packed folder of tracefs: pages and text are two sources with the same events', async (context) => {
  const path = folderOf(recordedFolder(context));
  const packed = toolOutput(context, 'tar', ['-cz', '-C', path, 'tracing']);
  const job = {
    kind: 'open',
    bundleId: '',
    path: file('tracing.tar.gz', packed),
    cacheFolder: undefined,
  } as const;
  const info = await performOpen(job);
  expect(info.sources.map(({ name, format, clock }) => [name, format, clock])).toEqual([
    ['tracing/trace', 'ftrace-text', 'boot'],
    ['tracing', 'ftrace-folder', 'boot'],
  ]);
  const [text, pages] = info.sources;
  expect(text?.ledger.read).toBeGreaterThan(20);
  expect(pages?.types).toEqual(text?.types);
  expect(pages?.ledger).toMatchObject({ read: text?.ledger.read, dropped: 0, unparsed: 0 });
  expect(info.context.map(({ kind }) => kind).sort()).toEqual(
    ['clock of the trace', 'event formats', 'names of threads', 'settings of events'].filter(
      (kind) => kind !== 'names of threads' || info.context.some((each) => each.kind === kind),
    ),
  );
  expect(info.unread.filter(({ reason }) => reason !== 'it is empty')).toEqual([]);
});

test('pages without the formats of their events are refused, naming what is missing', async (context) => {
  const files = recordedFolder(context);
  const bare = Object.fromEntries(
    Object.entries(files).filter(([name]) => !name.endsWith('/format') && !name.endsWith('/trace')),
  );
  await expect(
    performOpen({ kind: 'open', bundleId: '', path: folderOf(bare), cacheFolder: undefined }),
  ).rejects.toMatchObject({
    code: 'no-formats',
    place: { file: expect.stringContaining('tracing') },
  });
});
