/** A tool that brings each hook twice, as one that is installed does. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';

import { openObject } from '../../electron/bpf/object/open.ts';
import { performExplain } from '../../electron/host/jobs/explain.ts';
import { performRun } from '../../electron/host/jobs/perform.ts';
import { programSettings } from '../../electron/host/program-settings.ts';
import { leftOutByTool } from '../../electron/packs/variants.ts';

const VFSSTAT = '/usr/sbin/vfsstat';
const TEXT = `# tracer: nop
#
             cat-1001    [000] d..1.   100.000100: p_vfs_read_0: (vfs_read+0x0/0x1e0)
             cat-1001    [000] d..1.   100.000200: p_vfs_read_0: (vfs_read+0x0/0x1e0)
             cat-1001    [000] d..1.   100.000300: p_vfs_read_0: (vfs_read+0x0/0x1e0)
             cat-1001    [000] d..1.   100.000400: p_vfs_open_0: (vfs_open+0x0/0x1e0)
`;

function bundle(): string {
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'trace.txt'), TEXT);
  return join(folder, 'trace.txt');
}

beforeEach((ctx) => {
  if (!existsSync(VFSSTAT)) ctx.skip(`${VFSSTAT} is not installed`);
});

const job = (programs?: readonly string[]) => ({
  path: bundle(),
  cacheFolder: undefined,
  objectPath: VFSSTAT,
  manifestPath: undefined,
  spanNs: undefined,
  programs,
});

test('of programs that stand for each other a tool attaches the one or the other, and says which not', async () => {
  const { attached, inPlaceOf } = await performRun({ kind: 'run', ...job() });
  const eventsOf = new Map(attached.map(({ program, events }) => [program, events]));
  expect(eventsOf.get('fentry_vfs_read')).toBe(3);
  expect(eventsOf.get('fentry_vfs_open')).toBe(1);
  expect([...eventsOf.keys()].filter((name) => name.startsWith('kprobe'))).toEqual([]);
  expect(inPlaceOf?.length).toBe(5);
  const { programs } = await performExplain({
    kind: 'explain',
    path: bundle(),
    cacheFolder: undefined,
    objectPath: VFSSTAT,
    manifestPath: undefined,
  });
  expect(programs.filter(({ isAutoloaded }) => isAutoloaded).map(({ program }) => program)).toEqual(
    attached.map(({ program }) => program),
  );
});

test('whoever names programs has them all', async () => {
  const named = ['kprobe_vfs_read', 'fentry_vfs_read'];
  const { attached, inPlaceOf } = await performRun({ kind: 'run', ...job(named) });
  expect(attached.map(({ program, events }) => [program, events])).toEqual(named.map((name) => [name, 3]));
  expect(inPlaceOf).toBeUndefined();
});

test('whoever asks for one by its setting has it beside the others, and does without what is turned off', async () => {
  const settings = { 'kprobe_vfs_open.autoload': 'true', 'fentry_vfs_open.autoload': 'false' };
  const { attached, inPlaceOf } = await performRun({ kind: 'run', ...job(), settings });
  const names = attached.map(({ program }) => program);
  expect(names).toContain('kprobe_vfs_open');
  expect(names).not.toContain('fentry_vfs_open');
  expect(names).toHaveLength(5);
  expect(inPlaceOf).toHaveLength(4);
});

test('the page marks those that are attached unless told otherwise', () => {
  const listed = { objectPath: VFSSTAT } as Parameters<typeof programSettings>[0];
  const marked = programSettings(listed).programs.filter(({ isAutoloaded }) => isAutoloaded);
  expect(marked.map(({ name }) => name.replace(/_.*/, ''))).toEqual(Array<string>(5).fill('fentry'));
});

test('where one of the preferred cannot be attached the others are', async () => {
  const attachTargets = { fentry_vfs_read: 'no_such_function' };
  const { attached, inPlaceOf } = await performRun({ kind: 'run', ...job(), attachTargets });
  const names = attached.map(({ program }) => program);
  expect(names.length).toBe(5);
  expect(names.every((name) => name.startsWith('kprobe_'))).toBe(true);
  expect(inPlaceOf?.every((name) => name.startsWith('fentry_'))).toBe(true);
});

test('an object by itself attaches all that it has', () => {
  const tool = openObject(readFileSync(VFSSTAT), 'vfsstat');
  expect(leftOutByTool(tool).map((names) => names.length)).toEqual([5, 5]);
  expect(leftOutByTool({ ...tool, isOfTool: false })).toEqual([]);
});

test('a program beside those that stand for each other stays, whatever its section', () => {
  const { elf, functions, ...tool } = openObject(readFileSync(VFSSTAT), 'vfsstat');
  const index = functions.find(({ name }) => name === 'kprobe_vfs_open')?.sectionIndex ?? -1;
  const sections = elf.sections.map((each, at) => (at === index ? { ...each, name: 'perf_event' } : each));
  const [preferred] = leftOutByTool({ ...tool, functions, elf: { ...elf, sections } });
  expect(preferred).toHaveLength(4);
  expect(preferred).not.toContain('kprobe_vfs_open');
});
