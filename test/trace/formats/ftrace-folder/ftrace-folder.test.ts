import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
} from 'node:fs';
import { mkdtempSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openBundle } from '../../../../electron/trace/bundle/bundle.ts';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import {
  cpuOfMember,
  openFtraceFolder,
} from '../../../../electron/trace/formats/ftrace-folder/ftrace-folder.ts';
import { ftraceText } from '../../../../electron/trace/formats/ftrace-text/ftrace-text.ts';
import { NO_SURROUNDINGS } from '../../../../electron/trace/surroundings.ts';
import { allEvents, differences } from '../ftrace-text/compare.ts';

const TRACING = '/sys/kernel/tracing';
const INSTANCE = join(TRACING, `instances/retroprobe-folder-${process.pid}`);

function rawPages(path: string): Uint8Array {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const parts: Uint8Array[] = [];
  try {
    for (;;) {
      const page = new Uint8Array(4096);
      const count = readSync(file, page);
      if (count === 0) break;
      parts.push(page);
    }
  } catch (error) {
    // Nothing more is there.
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
  } finally {
    closeSync(file);
  }
  return Buffer.concat(parts);
}

function formats(systems: readonly string[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const system of systems) {
    for (const name of readdirSync(join(TRACING, 'events', system))) {
      const path = join(TRACING, 'events', system, name, 'format');
      if (existsSync(path)) texts.set(`${system}:${name}`, readFileSync(path, 'latin1'));
    }
  }
  return texts;
}

test('pages copied out of tracefs give the events that its text has', async (context) => {
  if (!existsSync(join(TRACING, 'instances'))) context.skip('tracefs is not mounted, or not for this user');
  mkdirSync(INSTANCE);
  onTestFinished(() => rmdirSync(INSTANCE));
  const write = (file: string, text: string): void => writeFileSync(join(INSTANCE, file), text);
  write('trace_clock', 'mono');
  write('events/sched/enable', '1');
  write('events/raw_syscalls/enable', '1');
  spawnSync('/bin/sh', ['-c', '/bin/true | /bin/true; ls / | cat']);
  write('tracing_on', '0');
  const text = readFileSync(join(INSTANCE, 'trace'));
  const cpus = readdirSync(join(INSTANCE, 'per_cpu')).map((folder) => {
    const path = `per_cpu/${folder}/trace_pipe_raw`;
    return { cpu: cpuOfMember(path) ?? -1, file: new MemoryBytes(rawPages(join(INSTANCE, path)), path) };
  });
  const all = formats(['sched', 'raw_syscalls', 'ftrace']);
  const source = openFtraceFolder({
    name: 'tracefs',
    cpus,
    headerPage: readFileSync(join(TRACING, 'events/header_page'), 'latin1'),
    eventFormats: all,
    clock: 'mono',
  });
  const events = await allEvents(source);
  expect(source).toMatchObject({
    format: 'ftrace-folder',
    clock: 'mono',
    formatDetail: `pages of ${cpus.length} CPUs`,
  });
  expect(source.ledger).toMatchObject({ read: events.length, unparsed: 0, unsupported: 0 });
  const [printed] = ftraceText.open(new MemoryBytes(text, 'trace'), NO_SURROUNDINGS);
  if (printed === undefined) throw new Error('no source');
  const lines = await allEvents(printed);
  expect(lines.length).toBeGreaterThan(100);
  expect(differences(lines, events, true)).toEqual([]);

  // The same members in a folder are found by a bundle.
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const put = (path: string, content: string | Uint8Array): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  for (const { file } of cpus) put(`tracing/${file.name}`, file.read(0, file.sizeBytes));
  put('tracing/per_cpu/cpu0/stats', readFileSync(join(INSTANCE, 'per_cpu/cpu0/stats')));
  put('tracing/trace_clock', readFileSync(join(INSTANCE, 'trace_clock')));
  for (const [name, format] of all) put(`tracing/events/${name.replace(':', '/')}/format`, format);
  put('tracing/events/header_page', readFileSync(join(TRACING, 'events/header_page')));
  const bundle = await openBundle(folder);
  onTestFinished(() => bundle.close());
  expect(bundle.sources.map(({ name, format, clock }) => [name, format, clock])).toEqual([
    ['tracing', 'ftrace-folder', 'mono'],
  ]);
  expect(bundle.unread.filter(({ reason }) => reason !== 'it is empty')).toEqual([]);
  const [found] = bundle.sources;
  if (found === undefined) throw new Error('no source');
  expect(await allEvents(found)).toEqual(events);
});

test('a member is of a CPU by its path', () => {
  expect(cpuOfMember('trace/per_cpu/cpu12/trace_pipe_raw')).toBe(12);
  expect(cpuOfMember('per_cpu/cpu0/stats')).toBeUndefined();
  expect(cpuOfMember('cpu0/trace_pipe_raw')).toBeUndefined();
});

test('a folder without formats is refused, and a page cut short is counted where it lies', async () => {
  const file = (sizeBytes: number): MemoryBytes =>
    new MemoryBytes(new Uint8Array(sizeBytes), 'per_cpu/cpu1/trace_pipe_raw');
  const folder = { name: 'tracefs', headerPage: undefined, eventFormats: new Map<string, string>() };
  expect(() => openFtraceFolder({ ...folder, cpus: [] })).toThrow('no format file');
  const format =
    'name: e\nID: 5\nformat:\n\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n' +
    '\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n';
  const source = openFtraceFolder({
    ...folder,
    cpus: [
      { cpu: 0, file: new MemoryBytes(new Uint8Array(4096), 'per_cpu/cpu0/trace_pipe_raw') },
      { cpu: 1, file: file(4196) },
    ],
    eventFormats: new Map([['s:e', format]]),
    statistics: new Map([[1, 'entries: 0\noverrun: 5\ncommit overrun: 0\ndropped events: 2\n']]),
  });
  expect(await allEvents(source)).toEqual([]);
  expect(source.ledger).toMatchObject({ read: 0, unparsed: 1, dropped: 7 });
  expect(source.ledger.places).toMatchObject([{ file: 'per_cpu/cpu1/trace_pipe_raw', at: 4096 }]);
});
