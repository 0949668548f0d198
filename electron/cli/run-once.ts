/** One run without a host: an object or a bundled program over one bundle. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';

import { Failure } from '../failure.ts';
import type { RunResult } from '../host/contract.ts';
import { performRun } from '../host/jobs/perform.ts';
import type { RunAnswer, RunJob } from '../host/jobs/protocol.ts';
import { manifestBeside, readProgramLibrary, toolTableOf } from '../host/program-library.ts';
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
    | 'programs'
    | 'settings'
    | 'attachTargets'
    | 'mapFiles'
    | 'pins'
    | 'others'
    | 'swaps'
    | 'clocks'
    | 'packetsPath'
    | 'symbolPaths'
    | 'limits'
    | 'iterators'
  > & {
    /** What a libbpf tool would be given; undefined runs it as any object. */
    readonly toolArguments?: readonly string[] | undefined;
  } = {},
): Promise<OneRun> {
  const { objectPath, manifestPath, programId } = findProgram(object);
  const { toolArguments, ...jobOptions } = how;
  const progress = terminalProgress(signal);
  const startedAt = performance.now();
  const answer = await performRun(
    {
      kind: 'run',
      path: bundlePath,
      cacheFolder: undefined,
      objectPath,
      manifestPath,
      tool: findTool(objectPath, manifestPath, toolArguments),
      ...jobOptions,
      spanNs: undefined,
    },
    progress.control,
  ).finally(progress.end);
  const elapsedMs = performance.now() - startedAt;
  return { answer, result: runResult(answer, { runId: 'cli', bundleId: '', programId, elapsedMs }) };
}

/** Throws Failure `usage` where arguments are given to what is no tool that is known. */
export function findTool(
  objectPath: string,
  manifestPath: string | undefined,
  toolArguments: readonly string[] | undefined,
): RunJob['tool'] {
  const path = manifestPath === undefined ? toolTableOf(objectPath, programsFolder) : undefined;
  if (path !== undefined && toolArguments !== undefined) return { path, arguments: toolArguments };
  if (toolArguments === undefined || toolArguments.length === 0) return undefined;
  const reason = `it is no tool that is known here: it takes no arguments of its own`;
  throw new Failure('usage', 'bad-option', `${basename(objectPath)}: ${reason}`);
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
