/** One run without a host: an object or a bundled program over one bundle. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';

import { Failure } from '../failure.ts';
import type { RunResult } from '../host/contract.ts';
import { performRun } from '../host/jobs/perform.ts';
import type { RunAnswer, RunJob } from '../host/jobs/protocol.ts';
import { manifestBeside, readProgramLibrary } from '../host/program-library.ts';
import { runResult } from '../host/results.ts';
import { terminalProgress } from './progress.ts';

const programsFolder = join(import.meta.dirname, '..', '..', 'programs');

export interface OneRun {
  readonly answer: RunAnswer;
  readonly result: RunResult;
}

/** `object` is a file's path, or the id of a bundled program. */
export async function runOnce(
  object: string,
  bundlePath: string,
  signal: AbortSignal,
  how: Pick<
    RunJob,
    'programs' | 'settings' | 'attachTargets' | 'mapFiles' | 'pins' | 'otherPaths' | 'swaps' | 'clocks'
  > = {},
): Promise<OneRun> {
  const { objectPath, manifestPath, programId } = findProgram(object);
  const progress = terminalProgress(signal);
  const startedAt = performance.now();
  const answer = await performRun(
    {
      kind: 'run',
      path: bundlePath,
      cacheFolder: undefined,
      objectPath,
      manifestPath,
      ...how,
      spanNs: undefined,
    },
    progress.control,
  ).finally(progress.end);
  const elapsedMs = performance.now() - startedAt;
  return { answer, result: runResult(answer, { runId: 'cli', bundleId: '', programId, elapsedMs }) };
}

export function findProgram(object: string): {
  objectPath: string;
  manifestPath: string | undefined;
  programId: string;
} {
  if (existsSync(object))
    return { objectPath: object, manifestPath: manifestBeside(object), programId: basename(object) };
  const library = readProgramLibrary(programsFolder);
  const program = library.get(object);
  if (program === undefined) {
    const known = [...library.keys()].join(', ');
    throw new Failure('host', 'unknown-program', `no such file, and no bundled program (there is ${known})`, {
      file: object,
    });
  }
  return { ...program, programId: object };
}
