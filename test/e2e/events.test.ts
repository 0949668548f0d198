import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';

import { retroprobe, run, sampleBundle } from './cli.ts';

interface Info {
  readonly sources: readonly {
    readonly name: string;
    readonly format: string;
    readonly clock: string;
    readonly span: readonly [number, number];
    readonly ledger: Readonly<Record<string, number>>;
    readonly types: readonly { readonly name: string; readonly events: number }[];
  }[];
}

test('prints as many events of a type as info counts, within its span', () => {
  const info = JSON.parse(retroprobe('info', sampleBundle, '--json').stdout) as Info;
  const [source] = info.sources;
  const counted = source?.types.find(({ name }) => name === 'sched:sched_wakeup')?.events;
  const { stdout, code } = retroprobe('events', sampleBundle, '--type', 'sched_wakeup', '--json');
  const lines = stdout.trimEnd().split('\n');
  expect([code, lines.length]).toEqual([0, counted]);
  for (const line of lines) {
    const { timeNs } = JSON.parse(line) as { timeNs: number };
    expect(timeNs).toBeGreaterThanOrEqual(source?.span[0] ?? 0);
    expect(timeNs).toBeLessThanOrEqual(source?.span[1] ?? 0);
  }
  for (const kind of ['read', 'dropped', 'unparsed', 'unsupported', 'outOfOrder', 'withoutClock'])
    expect(source?.ledger[kind]).toBeTypeOf('number');
});

test('ends quietly where its reader has seen enough', () => {
  const command = `"${process.execPath}" electron/cli.ts events ${sampleBundle} | head -2`;
  const { stdout, stderr } = run('sh', ['-c', command]);
  expect(stdout.trimEnd().split('\n')).toHaveLength(2);
  expect(stderr).toBe('');
});

test('an interrupt ends it in the middle, with the code of one', async () => {
  const child = spawn(process.execPath, ['electron/cli.ts', 'events', sampleBundle, '--json']);
  child.stdout.once('data', () => child.kill('SIGINT'));
  let bytes = 0;
  child.stdout.on('data', (piece: Buffer) => (bytes += piece.length));
  const code = await new Promise((resolve) => child.once('close', resolve));
  const whole = retroprobe('events', sampleBundle, '--json').stdout.length;
  expect(code).toBe(130);
  expect(bytes).toBeLessThan(whole);
});

test('says what a mistaken type might have been', () => {
  const { code, stderr } = retroprobe('events', sampleBundle, '--type', 'sched_swich');
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^retroprobe: runqueue-contention\.zip: there is no event type sched_swich; there is /,
  );
});
