/** Runs the command line as a user does, and other programs beside it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const sampleBundle = 'traces/runqueue-contention.zip';
export const runqlatObject = 'programs/scheduling/runqlat.bpf.o';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const OUTPUT_BYTES_MAX = 512 * 1024 * 1024;

export function run(command: string, args: readonly string[], input?: string): Ran {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: OUTPUT_BYTES_MAX,
    ...(input === undefined ? {} : { input }),
  });
  if (error !== undefined) throw error;
  return { code: status ?? -1, stdout, stderr };
}

export function retroprobe(...args: string[]): Ran {
  return run(process.execPath, ['electron/cli.ts', ...args]);
}

export function hasCommand(name: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
