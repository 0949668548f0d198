import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { FileBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import type { Source } from '../../../../electron/trace/event.ts';
import { openSources } from '../../../../electron/trace/formats/registry.ts';
import { needTraceCmd, ourEvents, peerEvents, printed, unpadded } from '../../peer.ts';

const TRACING = '/sys/kernel/tracing';
const NAME = `retroprobe-test-${process.pid}`;
const INSTANCE = join(TRACING, 'instances', NAME);

/** Where tracefs refuses, every test here says so. */
let refusal = '';

beforeAll(() => {
  if (!existsSync(join(TRACING, 'instances'))) refusal = 'tracefs is not mounted, or not for this user';
});

/** Records switches in an instance of this test's own, whose buffer is far too small. */
function recordOverrun(): { path: string; lost: number } {
  mkdirSync(INSTANCE);
  // trace-cmd removes it once it was read; if it did not get there, the test does.
  onTestFinished(() => {
    if (existsSync(INSTANCE)) rmdirSync(INSTANCE);
  });
  const write = (file: string, text: string) => writeFileSync(join(INSTANCE, file), text);
  write('buffer_size_kb', '8');
  write('events/sched/sched_switch/enable', '1');
  for (let run = 0; run < 60; run++) spawnSync('/bin/sh', ['-c', '/bin/true | /bin/true | /bin/true']);
  write('tracing_on', '0');
  write('events/enable', '0');
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'trace.dat');
  const { stdout, stderr } = spawnSync('trace-cmd', ['extract', '-B', NAME, '-o', path], {
    encoding: 'latin1',
  });
  // The peer's own account: `CPU 0: 120 events lost`.
  const lines = [...`${stdout}${stderr}`.matchAll(/^CPU \d+: (\d+) events lost/gm)];
  return { path, lost: lines.reduce((sum, [, count]) => sum + Number(count), 0) };
}

function openInstance(path: string): Source {
  const file = new FileBytes(path, 'trace.dat');
  onTestFinished(() => file.close());
  const source = openSources(file)?.at(-1);
  if (source === undefined) throw new Error('it was not recognised');
  return source;
}

test('a live recording that overran its buffer is read, in versions 7 and 6, and what it lost is counted', async (context) => {
  needTraceCmd(context);
  if (refusal !== '') context.skip(refusal);
  const { path, lost } = recordOverrun();
  if (!existsSync(path)) context.skip('trace-cmd extract wrote nothing');
  const peer = peerEvents(path);
  expect(lost).toBeGreaterThan(0);

  const older = `${path}.v6`;
  spawnSync('trace-cmd', ['convert', '-i', path, '-o', older, '--file-version', '6'], { stdio: 'ignore' });
  for (const [file, detail] of [
    [path, 'v7 zstd'],
    [older, 'v6'],
  ] as const) {
    if (!existsSync(file)) continue; // an older trace-cmd does not convert
    const source = openInstance(file);
    const ours = await ourEvents(source);
    expect(source).toMatchObject({
      formatDetail: detail,
      clock: 'local',
      name: `trace.dat (instance ${NAME})`,
    });
    expect(ours.map((event) => `${event.timeNs} ${event.cpu} ${printed(event)}`)).toEqual(
      peer.map((event) => `${event.timeNs} ${event.cpu} ${unpadded(event.fields)}`),
    );
    expect(source.ledger).toMatchObject({ read: peer.length, dropped: lost, unparsed: 0, unsupported: 0 });
  }
});
