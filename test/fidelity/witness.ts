/**
 * Beside a live tool that counts what the whole machine does: in which threads programs are called at all. Some
 * machines call none in some of their own threads, which recorders see; no tool counts what happens there.
 */
import { join } from 'node:path';

import { buildProgram } from './workload.ts';
import { interrupt, start } from './child.ts';
import { Unavailable } from './unavailable.ts';
import { until } from './wait.ts';

export interface Witness {
  /** Ends it, and gives the threads that programs were called in. */
  stop(): Promise<ReadonlySet<number>>;
  abandon(): Promise<void>;
}

/** Begun before the tool and ended after it. Throws Unavailable with what it says where it cannot attach. */
export async function startWitness(tracepoints: readonly string[], scratch: string): Promise<Witness> {
  const child = start(buildProgram(join(import.meta.dirname, 'witness.c'), scratch), tracepoints);
  await until('the witness to attach', () => child.isOver() || child.output().startsWith('ready\n'));
  if (child.isOver()) throw new Unavailable(`witness: ${child.errors().trim()}`);
  return {
    async stop() {
      await interrupt(child);
      return new Set(child.output().trim().split('\n').slice(1).map(Number));
    },
    abandon: () => interrupt(child),
  };
}
