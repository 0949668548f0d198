/** What `retroprobe attach` prints. */
import type { AttachAnswer, ExplainedProgram } from '../host/contract.ts';
import { formatCount, printable } from './format.ts';
import { COLUMNS, page, section, table } from './text-page.ts';

export interface AttachPage {
  /** With what programs are called for, and what they ask for in vain. */
  readonly isExplained: boolean;
}

/** A line a program, or a block each where it is explained; ends with a newline. */
export function renderAttach(answer: AttachAnswer, { isExplained }: AttachPage): string {
  const title = `${printable(answer.object)} on ${printable(answer.bundle)}`;
  if (isExplained) return page([[title], ...answer.programs.map(explanationOf)]);
  const rows = answer.programs.map((each) => [
    each.program,
    each.hook ?? each.section,
    stateOf(each),
    ...(each.isAutoloaded ? [] : ['only by name']),
  ]);
  return page([[title], table(rows)]);
}

function stateOf(program: ExplainedProgram): string {
  if (program.refusal !== undefined) return `refused: ${program.refusal.code}`;
  if (program.hook === undefined) return 'called by others';
  return `${formatCount(totalOf(program))} ${totalOf(program) === 1 ? 'event' : 'events'}`;
}

function totalOf({ events }: ExplainedProgram): number {
  return events.reduce((sum, each) => sum + each.events, 0);
}

function explanationOf(program: ExplainedProgram): string[] {
  const { section: name, type, isAutoloaded, hook, events, refusal, lacks, doesWithout } = program;
  const kind = type === name ? type : `${type}, section ${name}`;
  const how = isAutoloaded ? '' : '; attached only where it is asked for by name (--program)';
  return section(`${program.program}: ${stateOf(program)}`, [
    ...wrapped(`${kind}${how}`),
    ...(hook === undefined ? [] : wrapped(`attached to ${hook}`)),
    ...table(
      events.map((each) => [formatCount(each.events), each.type, each.source]),
      [0],
    ),
    ...(refusal === undefined ? [] : wrapped(`cannot be attached: ${refusal.reason}`)),
    ...(lacks.length === 0 ? [] : ['not in this bundle:']),
    ...lacks.flatMap(({ what, remedy }) =>
      wrapped(`${what}: ${remedy ?? 'no recording holds it yet'}`).map((line) => `  ${line}`),
    ),
    ...(doesWithout.length === 0 ? [] : wrapped(`does without ${doesWithout.join(', ')}`)),
  ]);
}

/** Broken at words where it is wider than the page with its indents. */
function wrapped(text: string): string[] {
  const lines = [''];
  for (const word of printable(text.replace(/\s+/g, ' ').trim()).split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > COLUMNS - 4) lines.push(`  ${word}`);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

/** As the answer is, without what it does not know. */
export function toAttachJson({ bundle, object, programs }: AttachAnswer): unknown {
  return {
    bundle,
    object,
    programs: programs.map(({ hook, refusal, lacks, ...program }) => ({
      ...program,
      hook: hook ?? null,
      refusal: refusal === undefined ? null : { code: refusal.code, reason: refusal.reason, at: refusal.at },
      lacks: lacks.map(({ what, remedy }) => ({ what, remedy: remedy ?? null })),
    })),
  };
}
