/** A workload of ours: on CPU 0 alone, waiting at its start until it is let go. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { WorkloadFacts } from './case.ts';
import { interrupt, start } from './child.ts';
import { Unavailable } from './unavailable.ts';
import { until } from './wait.ts';

/** Far longer than any takes. */
const WORKLOAD_MS = 120_000;

const folder = join(import.meta.dirname, 'workloads');

export interface Workload extends WorkloadFacts {
  /** Lets it go, and waits for its end, or until it stays to be looked at. */
  run(): Promise<void>;
  /** Where it stays: lets it end. */
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

/** Throws Unavailable where it cannot be built, or says itself why it cannot run. */
export async function startWorkload(name: string, scratch: string): Promise<Workload> {
  const child = start('taskset', ['-c', '0', buildProgram(join(folder, `${name}.c`), scratch)]);
  await until(`workload ${name}`, () => child.isOver() || /^ready.*\n/m.test(child.output()));
  if (child.isOver()) throw new Unavailable(`${name}: ${child.output()}${child.errors()}`.trim());
  const [, said = ''] = /^ready(.*)\n/m.exec(child.output()) ?? [];
  const facts = Object.fromEntries(
    [...said.matchAll(/(\w+)=(\S+)/g)].map(([, key = '', value = '']) => [key, value]),
  );
  const toItsEnd = async (): Promise<void> => {
    const end = await child.ended;
    if (end !== '0') throw new Error(`workload ${name} ended with ${end}: ${child.errors()}`);
  };
  return {
    pid: child.pid,
    facts,
    async run() {
      child.process.stdin?.write('g');
      const isDone = (): boolean => /^done\n/m.test(child.output());
      await until(`workload ${name} to be done`, () => child.isOver() || isDone(), WORKLOAD_MS);
      if (child.isOver()) await toItsEnd();
    },
    async finish() {
      if (!child.isOver()) child.process.stdin?.write('g');
      await toItsEnd();
    },
    abandon: () => interrupt(child),
  };
}

/** Gives its path. Throws Unavailable where there is no compiler. */
export function buildProgram(source: string, scratch: string): string {
  if (!existsSync(source)) throw new Error(`no program ${source}`);
  const program = join(scratch, basename(source, '.c'));
  try {
    execFileSync(
      'cc',
      [
        '-O1',
        '-fno-omit-frame-pointer',
        '-fno-optimize-sibling-calls',
        '-Wall',
        '-Werror',
        '-pthread',
        '-o',
        program,
        source,
      ],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isMissing) throw new Unavailable('no C compiler (cc)');
    throw error;
  }
  return program;
}
