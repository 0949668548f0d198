/** What the page asks of a run beside its program, as a job takes it. */
import { basename } from 'node:path';

import { Failure } from '../failure.ts';
import { readToolOptions } from '../packs/tool-options.ts';
import { readTool } from '../packs/tool-table.ts';
import type { IteratorChoices, RunLimits, RunResult } from './contract.ts';
import type { RunJob } from './jobs/protocol.ts';
import { isTime } from './jobs/seconds.ts';
import { readLimits, TIME_MEANT } from './limits.ts';
import { OWN_PROGRAM, type LibraryProgram } from './program-library.ts';

/** Throws Failure `bad-setting` for arguments that the tool does not take, or where the object is of none. */
export function toolAsked(program: LibraryProgram, text = ''): RunJob['tool'] {
  const { toolPath, objectPath } = program;
  const given = wordsOf(text);
  const refusal = (reason: string): Failure =>
    new Failure('host', 'bad-setting', reason, { file: basename(objectPath), at: 'arguments' });
  if (toolPath === undefined) {
    if (given.length === 0) return undefined;
    throw refusal('it is no tool that is known here: it takes no arguments of its own');
  }
  try {
    readToolOptions(readTool(toolPath), given);
  } catch (error) {
    throw error instanceof Failure ? refusal(error.reason) : error;
  }
  return { path: toolPath, arguments: given };
}

/** Throws Failure `bad-setting` with `limits.cpu` as its place. */
export function limitsAsked(limits: RunLimits = {}): RunJob['limits'] {
  const asked = Object.entries(limits).filter(([, text]) => text.trim() !== '');
  const { comm, ...others }: RunLimits = Object.fromEntries(asked.map(([name, text]) => [name, text.trim()]));
  return readLimits(
    { ...others, comm: comm === undefined ? undefined : namesOf(comm) },
    (name, text, reason) =>
      new Failure('host', 'bad-setting', `${text}: ${reason}`, { at: `limits.${name}` }),
  );
}

/** Throws Failure `bad-setting`. */
export function iteratorsAsked({ at = '', maps }: IteratorChoices = {}): RunJob['iterators'] {
  const time = at.trim();
  if (time !== '' && !isTime(time))
    throw new Failure('host', 'bad-setting', `${time}: ${TIME_MEANT}`, { at: 'iterators.at' });
  if (time === '' && maps === undefined) return undefined;
  return { at: time === '' ? undefined : time, maps };
}

/** The words of the command line that makes the report of a run again; an object of the user's own is named by its file. */
export function reportCommand(bundle: string, objectFile: string, run: RunResult): readonly string[] {
  const { programId, settings = {}, limits = {}, toolArguments = '', symbolFiles = [] } = run;
  const { at = '', maps = {} } = run.iterators ?? {};
  const isOwn = programId.startsWith(OWN_PROGRAM);
  const given = wordsOf(toolArguments);
  return [
    ...['retroprobe', 'report', bundle, '--program', isOwn ? objectFile : programId, '--out', 'report.html'],
    ...Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
    ...(at.trim() === '' ? [] : ['--at', at.trim()]),
    ...Object.entries(maps).flatMap(([program, map]) => ['--iter-map', `${program}=${map}`]),
    ...symbolFiles.flatMap(({ name }) => ['--symbols', name]),
    ...Object.entries(limits).flatMap(([name, value]) =>
      (name === 'comm' ? namesOf(value) : [value.trim()]).flatMap((each) => [`--${name}`, each]),
    ),
    ...(given.length === 0 ? [] : ['--', ...given]),
  ];
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((each) => each !== '');
}

/** Apart by commas. */
function namesOf(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}
