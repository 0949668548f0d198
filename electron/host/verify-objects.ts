/**
 * Verdicts on every program of object files, each alone: its own maps as declared, all its subprograms.
 * One file that cannot be opened does not stop the rest.
 */
import { basename } from 'node:path';

import { openClassic } from '../bpf/classic/open.ts';
import { embeddedObjects } from '../bpf/object/embedded.ts';
import { openObject } from '../bpf/object/open.ts';
import type { LinkedObject, LinkedProgram } from '../bpf/program.ts';
import { renderRejection, verifyInTurns, type Rejection } from '../bpf/verifier/verify.ts';
import { Failure } from '../failure.ts';
import { readObject } from './jobs/read-object.ts';
import { linkOnto, type TargetKernel, type UserSettings } from './target-kernel.ts';

export interface VerifyRequest extends UserSettings {
  /** The kernel to load onto. */
  readonly target: TargetKernel;
  readonly isPrivileged: boolean;
  /** As Linux's log_level: 1 the path that was refused, 2 every path, 4 statistics; no log where undefined. */
  readonly logLevel?: 1 | 2 | 4 | undefined;
  readonly signal?: AbortSignal;
}

export interface ProgramVerdict {
  readonly file: string;
  readonly section: string;
  readonly program: string;
  readonly type: string;
  readonly verdict: 'accepted' | 'rejected';
  /** Why it was rejected, one line; '' for an accepted program. */
  readonly reason: string;
  /** `file.c:12:3` of the rejected instruction, '' where unknown. */
  readonly source: string;
  readonly instructions: number;
  readonly processed: number;
  readonly ms: number;
  /** The rejection as several lines: reason, place, causal path, suggestion; undefined where accepted. */
  readonly explanation: string | undefined;
  /** Linux's verifier log, where a level was asked for. */
  readonly log: string | undefined;
}

export type VerifyAnswer =
  | { readonly kind: 'verdict'; readonly verdict: ProgramVerdict }
  /** The file, or one of the objects in it, could not be opened. */
  | { readonly kind: 'failed'; readonly file: string; readonly failure: Failure };

export async function* verifyFiles(
  paths: readonly string[],
  request: VerifyRequest,
): AsyncGenerator<VerifyAnswer, void, void> {
  for (const path of paths) {
    const file = basename(path);
    try {
      const bytes = readObject(path);
      const embedded = embeddedObjects(bytes, file);
      const objects = embedded.length > 1 ? embedded : [bytes];
      for (const object of objects) yield* verifyObject(object, file, request);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      yield { kind: 'failed', file, failure: error };
    }
  }
}

/** What tcpdump -ddd or -dd prints begins with a number or a brace; an object with 0x7f. */
function isClassicText(bytes: Uint8Array): boolean {
  return /^\s*[\d{]/.test(Buffer.from(bytes.subarray(0, 64)).toString('latin1'));
}

async function* verifyObject(
  bytes: Uint8Array,
  file: string,
  request: VerifyRequest,
): AsyncGenerator<VerifyAnswer, void, void> {
  const linked = isClassicText(bytes)
    ? openClassic(bytes, file)
    : linkOnto(request.target, request, openObject(bytes, file));
  for (const program of linked.programs) {
    request.signal?.throwIfAborted();
    // One that its user space would not load is not asked about; one that loads only when asked for is.
    if (isLeftOut(request, program.name)) continue;
    yield { kind: 'verdict', verdict: await verifyOne(program, linked, file, request) };
  }
}

function isLeftOut({ settings = {} }: UserSettings, program: string): boolean {
  return ['false', '0', 0, 0n, false].some((no) => settings[`${program}.autoload`] === no);
}

async function verifyOne(
  program: LinkedProgram,
  linked: LinkedObject,
  file: string,
  request: VerifyRequest,
): Promise<ProgramVerdict> {
  const startedAt = performance.now();
  const verdict = await verifyInTurns(program, linked.maps, {
    license: linked.license,
    ...(linked.btf === undefined ? {} : { btf: linked.btf }),
    ...(request.logLevel === undefined ? {} : { logLevel: request.logLevel }),
    kernelBtf: request.target.types,
    privileged: request.isPrivileged,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  });
  const ms = Math.round((performance.now() - startedAt) * 1000) / 1000;
  const { name, section, type, instructions } = program;
  const log = verdict.log?.join('\n');
  const facts = { file, section, program: name, type, instructions: instructions.length, ms, log };
  const problem = structProblem(program, linked);
  if (problem !== undefined) {
    const { processed } = verdict.verdict === 'accepted' ? verdict : verdict.reason;
    return { ...facts, verdict: 'rejected', reason: problem, source: '', processed, explanation: problem };
  }
  if (verdict.verdict === 'accepted') {
    const { processed } = verdict;
    return { ...facts, verdict: 'accepted', reason: '', source: '', processed, explanation: undefined };
  }
  const { reason } = verdict;
  return {
    ...facts,
    verdict: 'rejected',
    reason: reasonOf(reason, program, linked),
    source:
      reason.source === undefined
        ? ''
        : `${reason.source.file}:${reason.source.line}:${reason.source.column}`,
    processed: reason.processed,
    explanation: renderRejection(reason),
  };
}

/** Of a program that stands for a member of a struct: why the kernel would not take the struct. */
function structProblem({ name }: LinkedProgram, { maps }: LinkedObject): string | undefined {
  for (const { name: map, structOps } of maps) {
    const isItsOwn = structOps !== undefined && [...structOps.programs.values()].includes(name);
    if (isItsOwn && structOps.problem !== undefined) return `${map}: ${structOps.problem}`;
  }
  return undefined;
}

/** An instruction that was poisoned says what it could not read, not what it was poisoned with. */
function reasonOf(reason: Rejection, program: LinkedProgram, linked: LinkedObject): string {
  const unresolved = linked.unresolved.find(
    (each) => each.program === program.name && each.instruction === reason.instruction,
  );
  return unresolved === undefined
    ? reason.text
    : `the target lacks ${unresolved.access} (${unresolved.reason})`;
}
