/** A workload of ours: on CPU 0 alone, waiting at its start until it is let go. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { WorkloadFacts } from './case.ts';
import { interrupt, start } from './child.ts';
import { Unavailable } from './unavailable.ts';
import { until } from './wait.ts';

const folder = join(import.meta.dirname, 'workloads');

export interface Workload extends WorkloadFacts {
  /** Lets it go, and waits for its end. */
  run(): Promise<void>;
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
  return {
    pid: child.pid,
    facts,
    async run() {
      child.process.stdin?.write('g');
      const end = await child.ended;
      if (end !== '0') throw new Error(`workload ${name} ended with ${end}: ${child.errors()}`);
    },
    abandon: () => interrupt(child),
  };
}

/** Gives its path. Throws Unavailable where there is no compiler. */
export function buildProgram(source: string, scratch: string): string {
  if (!existsSync(source)) throw new Error(`no program ${source}`);
  const program = join(scratch, basename(source, '.c'));
  try {
    execFileSync('cc', ['-O1', '-Wall', '-Werror', '-pthread', '-o', program, source], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isMissing) throw new Unavailable('no C compiler (cc)');
    throw error;
  }
  return program;
}
