/** `retroprobe verify FILE...`: a verdict on every program, a table for people or a line of JSON each. */
import { modelledKernel, readTargetKernel } from '../host/target-kernel.ts';
import { verifyFiles, type ProgramVerdict, type VerifyAnswer } from '../host/verify-objects.ts';
import { Failure } from '../failure.ts';
import { printable } from '../report/format.ts';
import { readArguments } from './arguments.ts';
import { failureLine } from './failure-line.ts';
import { readAttachTargets, readSettings, userOptions } from './settings.ts';

const EXIT_REJECTED = 1;

/** Sets the exit code to 1 where any program was rejected or any file could not be opened. */
export async function verify(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { names: paths, values } = readArguments(
    args,
    { required: ['FILE'], isRepeated: true },
    {
      btf: { type: 'string', multiple: true },
      ...userOptions,
      unprivileged: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'log-level': { type: 'string' },
    },
  );
  const request = {
    target: values.btf === undefined ? modelledKernel() : readTargetKernel(values.btf),
    settings: readSettings(values.set),
    attachTargets: readAttachTargets(values.attach),
    isPrivileged: !values.unprivileged,
    logLevel: logLevelOf(values['log-level']),
    signal,
  };
  for await (const answer of verifyFiles(paths, request)) {
    if (answer.kind === 'failed' || answer.verdict.verdict === 'rejected') process.exitCode = EXIT_REJECTED;
    if (answer.kind === 'failed') process.stderr.write(failureLine(answer.failure));
    if (values.json) process.stdout.write(`${jsonLine(answer)}\n`);
    else if (answer.kind === 'verdict') process.stdout.write(textLines(answer.verdict));
  }
}

/** The fields of every line of JSON, in this order: null where nothing is known. */
const UNKNOWN = {
  file: null,
  section: null,
  program: null,
  type: null,
  verdict: 'rejected',
  reason: null,
  source: null,
  instructions: null,
  processed: null,
  ms: null,
} as const;

function jsonLine(answer: VerifyAnswer): string {
  if (answer.kind === 'failed') {
    const { file, failure } = answer;
    return JSON.stringify({ ...UNKNOWN, file, reason: failure.message });
  }
  const { explanation: _explanation, ...shown } = answer.verdict;
  return JSON.stringify({ ...UNKNOWN, ...shown });
}

function textLines(verdict: ProgramVerdict): string {
  const { file, program, type, instructions, processed, ms, explanation, log } = verdict;
  const facts = `${instructions} instructions, ${processed} processed, ${ms.toFixed(1)} ms`;
  const line = `${verdict.verdict}  ${file}  ${program} (${type})  ${facts}`;
  const lines = [line, ...[log, explanation].flatMap(indented)];
  return lines.map((each) => `${printable(each.replaceAll('\t', ' '))}\n`).join('');
}

function indented(text: string | undefined): string[] {
  return text?.split('\n').map((line) => `    ${line}`) ?? [];
}

function logLevelOf(text: string | undefined): 1 | 2 | 4 | undefined {
  if (text === undefined) return undefined;
  const level = Number(text);
  if (level !== 1 && level !== 2 && level !== 4) {
    throw new Failure('usage', 'bad-option', '--log-level is 1, 2 or 4');
  }
  return level;
}
