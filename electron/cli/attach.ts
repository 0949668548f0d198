/** `retroprobe attach OBJECT BUNDLE`: what attaching would come to, program by program, without a replay. */
import { performExplain } from '../host/jobs/explain.ts';
import { renderAttach, toAttachJson } from '../report/attach.ts';
import { readArguments } from './arguments.ts';
import { terminalProgress } from './progress.ts';
import { findProgram } from './run-once.ts';
import { bundleOptions, readAttachTargets, readClocks, readSettings, userOptions } from './settings.ts';

const EXIT_REFUSED = 1;

/** Sets the exit code to 1 where a program that attaches by itself is refused. */
export async function attach(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { names, values } = readArguments(
    args,
    { required: ['OBJECT', 'BUNDLE'] },
    { json: { type: 'boolean' }, explain: { type: 'boolean' }, ...userOptions, ...bundleOptions },
  );
  const [object = '', path = ''] = names;
  const program = findProgram(object);
  const progress = terminalProgress(signal);
  const answer = await performExplain(
    {
      kind: 'explain',
      path,
      cacheFolder: undefined,
      objectPath: program.objectPath,
      manifestPath: program.manifestPath,
      settings: readSettings(values.set),
      attachTargets: readAttachTargets(values.attach),
      clocks: readClocks(values.clock),
    },
    progress.control,
  ).finally(progress.end);
  if (answer.programs.some(({ isAutoloaded, refusal }) => isAutoloaded && refusal !== undefined))
    process.exitCode = EXIT_REFUSED;
  process.stdout.write(
    values.json
      ? `${JSON.stringify(toAttachJson(answer))}\n`
      : renderAttach(answer, { isExplained: values.explain === true }),
  );
}
