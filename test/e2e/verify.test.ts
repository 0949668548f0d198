import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { hasCommand, retroprobe, run, runqlatObject, temporaryFolder } from './cli.ts';

const refused = 'test/programs/refused.bpf.o';

interface VerdictJson {
  readonly file: string;
  readonly section: string;
  readonly program: string;
  readonly type: string;
  readonly verdict: 'accepted' | 'rejected';
  readonly reason: string;
  readonly source: string;
  readonly instructions: number;
  readonly processed: number;
  readonly ms: number;
}

function verdicts(stdout: string): VerdictJson[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as VerdictJson);
}

test('accepts every program of our own objects, one line of JSON each', () => {
  const { code, stdout, stderr } = retroprobe('verify', runqlatObject, '--json');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const rows = verdicts(stdout);
  expect(rows.map(({ program, verdict }) => `${program} ${verdict}`)).toEqual([
    'on_wakeup accepted',
    'on_wakeup_new accepted',
    'on_switch accepted',
  ]);
  for (const row of rows) {
    expect(Object.keys(row).sort()).toEqual(
      [
        'file',
        'instructions',
        'ms',
        'processed',
        'program',
        'reason',
        'section',
        'source',
        'type',
        'verdict',
      ].sort(),
    );
    expect(row.processed).toBeGreaterThan(0);
  }
});

test('rejects each program with its source line and exits with 1', () => {
  const { code, stdout } = retroprobe('verify', refused, '--json');
  expect(code).toBe(1);
  const rows = verdicts(stdout);
  expect(rows).toHaveLength(5);
  for (const row of rows) {
    expect(row.verdict, row.program).toBe('rejected');
    expect(row.source, row.program).toMatch(/refused\.bpf\.c:\d+:\d+$/);
  }
});

test('explains a rejection: reason, place, path, suggestion', () => {
  const { stdout } = retroprobe('verify', refused);
  for (const part of ['Verification failed:', 'Reason:', 'At:', 'Causal path:', 'Suggestion:']) {
    expect(stdout).toContain(part);
  }
});

test('goes on after a file that is no object, and exits with 1', () => {
  const path = join(temporaryFolder(), 'notes.o');
  writeFileSync(path, 'no object\n');
  const { code, stdout, stderr } = retroprobe('verify', path, runqlatObject);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^retroprobe: notes\.o: /);
  expect(stdout.match(/^accepted/gm)).toHaveLength(3);
});

test('verifies what tcpdump -ddd prints, as a socket filter', (context) => {
  if (!hasCommand('tcpdump')) context.skip('tcpdump is not installed');
  const path = join(temporaryFolder(), 'filter.txt');
  writeFileSync(path, run('tcpdump', ['-ddd', '-y', 'EN10MB', 'tcp port 22 and host 10.0.0.1']).stdout);
  const { code, stdout } = retroprobe('verify', path, '--json');
  expect(code).toBe(0);
  expect(verdicts(stdout)).toMatchObject([{ program: 'filter', type: 'socket_filter', verdict: 'accepted' }]);
});

test('prints the verifier log of Linux where a level is asked for, and refuses other levels', () => {
  const [row] = verdicts(
    retroprobe('verify', refused, '--json', '--log-level', '1').stdout,
  ) as (VerdictJson & {
    log?: string;
  })[];
  expect(row?.log).toMatch(/^\d+: \(85\) call bpf_map_lookup_elem#1/m);
  expect(row?.log).toContain('R0 invalid mem access');
  expect(retroprobe('verify', refused, '--log-level', '3').code).toBe(2);
});

test('writes a line with every field for a file that does not open, and goes on', () => {
  const folder = temporaryFolder();
  const empty = join(folder, 'empty.o');
  writeFileSync(empty, '');
  const missing = join(folder, 'missing.o');
  const paths = [missing, folder, empty, '/dev/zero', runqlatObject];
  const { code, stdout, stderr } = retroprobe('verify', ...paths, '--json');
  expect(code).toBe(1);
  const rows = verdicts(stdout);
  expect(rows).toHaveLength(4 + 3);
  const known = { file: 'missing.o', verdict: 'rejected', reason: 'missing.o: cannot be read (ENOENT)' };
  const unknown = { section: null, program: null, type: null, source: null };
  const uncounted = { instructions: null, processed: null, ms: null };
  expect(rows[0]).toEqual({ ...known, ...unknown, ...uncounted });
  const names = Object.keys(rows[6] ?? {});
  for (const row of rows) expect(Object.keys(row), row.reason).toEqual(names);
  expect(rows.slice(1, 4).map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/it is not a file$/),
    expect.stringMatching(/^empty\.o: /),
    'zero: it is not a file',
  ]);
  expect(stderr.split('\n').filter((line) => line !== '')).toHaveLength(4);
});

test('checks against the modelled kernel, or the one whose types are given', (ctx) => {
  const tool = '/usr/sbin/opensnoop';
  const vmlinux = '/sys/kernel/btf/vmlinux';
  if (!existsSync(tool)) ctx.skip(`${tool} is not installed (libbpf-tools)`);
  const modelled = verdicts(retroprobe('verify', tool, '--json').stdout);
  expect(modelled.map(({ program, verdict }) => `${program} ${verdict}`)).toContain(
    'tracepoint__syscalls__sys_enter_openat accepted',
  );
  if (!existsSync(vmlinux)) ctx.skip(`${vmlinux} is not there`);
  const running = verdicts(retroprobe('verify', tool, '--btf', vmlinux, '--json').stdout);
  expect(running.map(({ verdict }) => verdict)).toEqual(modelled.map(({ verdict }) => verdict));
});

test('sets variables and kernel configuration by name, and refuses names there are not', () => {
  const object = 'test/programs/externs.bpf.o';
  const vmlinux = '/sys/kernel/btf/vmlinux';
  if (existsSync(vmlinux)) {
    const [unknown] = verdicts(retroprobe('verify', object, '--btf', vmlinux, '--json').stdout);
    expect(unknown?.reason).toContain('LINUX_KERNEL_VERSION');
    const set = ['--set', 'LINUX_KERNEL_VERSION=0x61200', '--set', 'version=7'];
    const [known] = verdicts(retroprobe('verify', object, '--btf', vmlinux, ...set, '--json').stdout);
    expect(known?.verdict).toBe('accepted');
  }
  expect(verdicts(retroprobe('verify', object, '--json').stdout)[0]?.verdict).toBe('accepted');
  const { stderr, code } = retroprobe('verify', object, '--set', 'no_such=1');
  expect(code).toBe(1);
  expect(stderr).toContain('no_such: it is no variable');
  const notNumber = retroprobe('verify', object, '--set', 'version=seven');
  expect(notNumber.code).toBe(1);
  expect(notNumber.stderr).toContain('version: "seven" is no number');
  expect(retroprobe('verify', object, '--set', 'version').code).toBe(2);
});
