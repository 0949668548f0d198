/** A C program of the test's own, built where there is a compiler, and recorded by perf. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';

export interface Workload {
  readonly path: string;
  /** perf.data of one run with these events, and what the program printed. Skips where perf cannot. */
  record(events: readonly string[]): { readonly data: Uint8Array; readonly printed: string };
}

export function workload(context: TestContext, source: string): Workload {
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-workload-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [path, data] = [join(folder, 'workload'), join(folder, 'perf.data')];
  writeFileSync(`${path}.c`, source);
  if (spawnSync('cc', ['-O1', '-static-pie', '-o', path, `${path}.c`]).status !== 0)
    context.skip('no C compiler, or no C library to link to for good');
  return {
    path,
    record(events) {
      const chosen = events.flatMap((event) => ['-e', event]);
      const { status, stdout } = spawnSync('perf', ['record', '-o', data, ...chosen, path], {
        encoding: 'utf8',
      });
      if (status !== 0) context.skip('perf does not record these events here');
      return { data: readFileSync(data), printed: stdout };
    },
  };
}
