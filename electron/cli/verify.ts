/** `retroprobe verify FILE...`: a verdict on every program, a table for people or a line of JSON each. */
import {
  readTargetBtf,
  verifyFiles,
  type ProgramVerdict,
  type VerifyAnswer,
} from '../host/verify-objects.ts';
import { printable } from '../report/format.ts';
import { readArguments } from './arguments.ts';
import { failureLine } from './failure-line.ts';

const EXIT_REJECTED = 1;

/** Sets the exit code to 1 where any program was rejected or any file could not be opened. */
export async function verify(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { names: paths, values } = readArguments(
    args,
    { required: ['FILE'], isRepeated: true },
    {
      btf: { type: 'string' },
      unprivileged: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  );
  const target = values.btf === undefined ? undefined : readTargetBtf(values.btf);
  for (const answer of verifyFiles(paths, { target, isPrivileged: !values.unprivileged, signal })) {
    if (answer.kind === 'failed' || answer.verdict.verdict === 'rejected') process.exitCode = EXIT_REJECTED;
    if (answer.kind === 'failed') process.stderr.write(failureLine(answer.failure));
    if (values.json) process.stdout.write(`${jsonLine(answer)}\n`);
    else if (answer.kind === 'verdict') process.stdout.write(textLines(answer.verdict));
  }
}

function jsonLine(answer: VerifyAnswer): string {
  if (answer.kind === 'failed') {
    const { file, failure } = answer;
    return JSON.stringify({ file, verdict: 'rejected', reason: failure.message });
  }
  const { explanation: _explanation, ...shown } = answer.verdict;
  return JSON.stringify(shown);
}

function textLines(verdict: ProgramVerdict): string {
  const { file, program, type, instructions, processed, ms, explanation } = verdict;
  const facts = `${instructions} instructions, ${processed} processed, ${ms.toFixed(1)} ms`;
  const line = `${verdict.verdict}  ${file}  ${program} (${type})  ${facts}`;
  const lines = [line, ...(explanation?.split('\n').map((each) => `    ${each}`) ?? [])];
  return lines.map((each) => `${printable(each.replaceAll('\t', ' '))}\n`).join('');
}
