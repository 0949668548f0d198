/**
 * Proves a program safe, or says why not: the door of verifier/. What is accepted here Linux 6.18
 * accepts; what Linux accepts and this does not is refused in plain words, never guessed.
 */
import { Failure } from '../../failure.ts';
import { helperPrototypeById } from '../helpers/prototypes.ts';
import { instructionProblem } from '../isa/decode.ts';
import { disassemble } from '../isa/disassemble.ts';
import { opcodeTable } from '../isa/opcodes.ts';
import type { LinkedProgram, MapDefinition, VerifiedProgram } from '../program.ts';
import { checkAdmission, checkKernelCalls, checkUnprivilegedFlow } from './admission.ts';
import { attachTargetOf } from './attach-target.ts';
import { controlFlowOf } from './cfg.ts';
import { withoutNonsense } from './dead-code.ts';
import { checkThrowingCallbacks } from './exception.ts';
import { Explorer, type Decision } from './explore.ts';
import { explain } from './explanation.ts';
import { checkKernelSymbols } from './kernel-symbol.ts';
import type { KeptPaths } from './kept-paths.ts';
import { PROCESSED_MAX } from './limits.ts';
import { pointerRegister } from './register.ts';
import {
  describeRegisters,
  PATH_SHOWN_MAX,
  sourceLineOf,
  type BranchDecision,
  type Rejection,
} from './rejection.ts';
import { stackDepthOf } from './stack-depth.ts';
import { Frame, State } from './state.ts';
import { subprogramsOf } from './subprograms.ts';
import { touched } from './touched.ts';
import { Refusal, Walk, type VerifyOptions } from './walk.ts';

export type { Rejection } from './rejection.ts';
export { rejectionFailure, renderRejection } from './rejection.ts';
export type { KeptFrame, KeptPath, KeptPaths, KeptStep, PathEnd } from './kept-paths.ts';
export type { VerifyOptions } from './walk.ts';

export type Verdict =
  | {
      readonly verdict: 'accepted';
      readonly verified: VerifiedProgram;
      readonly processed: number;
      /** Lines of Linux's log, where VerifyOptions.logLevel asks for it. */
      readonly log?: readonly string[] | undefined;
      /** Where VerifyOptions.keepsPaths asks for them. */
      readonly paths?: KeptPaths | undefined;
    }
  | {
      readonly verdict: 'rejected';
      readonly reason: Rejection;
      readonly log?: readonly string[] | undefined;
      readonly paths?: KeptPaths | undefined;
    };

/** Instructions walked at a time: some tens of milliseconds, in which nothing else happens on the thread. */
const TURN = 16_384;

/** Walks every path of the program. Throws only signal.reason, when aborted. */
export function verifyProgram(
  program: LinkedProgram,
  maps: readonly MapDefinition[],
  options: VerifyOptions,
): Verdict {
  const turns = verification(program, maps, options);
  for (;;) {
    const { done, value } = turns.next();
    if (done === true) return value;
  }
}

/**
 * As verifyProgram(), with time for others on the thread in between: so that a signal aborted there, by a
 * key pressed or a page closed, ends a long verification.
 */
export async function verifyInTurns(
  program: LinkedProgram,
  maps: readonly MapDefinition[],
  options: VerifyOptions,
): Promise<Verdict> {
  const turns = verification(program, maps, options);
  for (;;) {
    const { done, value } = turns.next();
    if (done === true) return value;
    await new Promise((resolve) => setImmediate(resolve));
    options.signal?.throwIfAborted();
  }
}

function* verification(
  program: LinkedProgram,
  maps: readonly MapDefinition[],
  options: VerifyOptions,
): Generator<void, Verdict, void> {
  const entry = new Frame(0, -1, 0);
  entry.registers[1] = pointerRegister('ctx');
  const walk = new Walk(program, maps, options, new State([entry]));
  let explorer: Explorer | undefined;
  try {
    checkAdmission(program, walk);
    checkKernelSymbols(program, options.kernelBtf);
    walk.attach = attachTargetOf(program, options.kernelBtf, options.license);
    const flow = controlFlowOf(program);
    checkKernelCalls(program, options.license);
    if (!walk.isBpfCapable) checkUnprivilegedFlow(program, flow);
    walk.subprograms = subprogramsOf(program, flow.functionStarts, options.btf);
    walk.stackDepths.length = 0;
    walk.stackDepths.push(...flow.functionStarts.map(() => 0));
    explorer = new Explorer(walk, flow);
    yield* explorer.run(TURN);
    checkThrowingCallbacks(walk);
    const stackDepthBytes = stackDepthOf(walk);
    return {
      verdict: 'accepted',
      verified: verifiedProgram(walk, stackDepthBytes),
      processed: explorer.processed,
      ...keptOf(walk, explorer, undefined),
    };
  } catch (error) {
    const refusal = refusalOf(error, walk);
    if (refusal === undefined) throw error;
    return {
      verdict: 'rejected',
      reason: rejectionOf(walk, refusal, explorer),
      ...keptOf(walk, explorer, refusal.message),
    };
  }
}

/** BTF is read where it is needed first, so that what is wrong with it shows here only. */
function refusalOf(error: unknown, walk: Walk): Refusal | undefined {
  if (error instanceof Refusal) return error;
  return error instanceof Failure ? new Refusal('bad-btf', error.message, walk.pc) : undefined;
}

/** The log and the paths, where they were asked for. */
function keptOf(
  walk: Walk,
  explorer: Explorer | undefined,
  refusal: string | undefined,
): { log?: readonly string[]; paths?: KeptPaths } {
  const limit = walk.options.instructionsMax ?? PROCESSED_MAX;
  if (refusal !== undefined) walk.keeper?.end('refused');
  return {
    ...(walk.log === undefined ? {} : { log: walk.log.end(explorer?.processed ?? 0, limit, refusal) }),
    ...(walk.keeper === undefined ? {} : { paths: walk.keeper }),
  };
}

function verifiedProgram(walk: Walk, stackDepthBytes: number): VerifiedProgram {
  const facts = {
    program: withoutNonsense(walk.program),
    maps: walk.maps,
    contextAccesses: [...walk.contextAccesses.values()].sort(
      (a, b) => a.offsetBytes - b.offsetBytes || a.sizeBytes - b.sizeBytes,
    ),
    tracepointBufferBytes: walk.tracepointBufferBytes,
    helpers: [...walk.helpers].sort((a, b) => a - b),
    probedLoads: [...walk.probedLoads].sort((a, b) => a - b),
    objectLayouts: walk.objectLayouts,
    bufferBytes: walk.bufferBytes,
    stackDepthBytes,
  };
  // The brand exists in types only, and this is the one place that gives it.
  return facts as unknown as VerifiedProgram;
}

function rejectionOf(walk: Walk, refusal: Refusal, explorer: Explorer | undefined): Rejection {
  const { code, instruction } = refusal;
  const text = refusal.message.replaceAll('\n', ': ');
  const at = walk.program.instructions[instruction];
  const instructionText = at === undefined ? '' : instructionTextOf(walk.program, instruction);
  const isThere = at !== undefined && instruction === walk.pc;
  const involved = !isThere || opcodeTable[at.opcode] === undefined ? 0 : touched(at).read;
  const registers = explorer === undefined ? [] : describeRegisters(walk.frame.registers, involved);
  const problem = at === undefined ? undefined : instructionProblem(at);
  const describe = (slot: number): string => described(walk.program, slot);
  const refused = { code, text, registers, instructionText };
  return {
    ...refused,
    ...explain({ ...refused, called: calledAt(instructionText), problem, describe }),
    instruction,
    source: sourceLineOf(walk.program, instruction),
    path: lastDecisions(walk.program, explorer?.decision),
    processed: explorer?.processed ?? 0,
  };
}

/** `bpf_map_lookup_elem()`; undefined for what calls no helper. */
function calledAt(instructionText: string): string | undefined {
  const name = /^call (bpf_\w+)/.exec(instructionText)?.[1];
  return name === undefined ? undefined : `${name}()`;
}

function described(program: LinkedProgram, slot: number): string {
  const source = sourceLineOf(program, slot);
  const what = calledAt(instructionTextOf(program, slot)) ?? `instruction ${slot}`;
  return source === undefined ? what : `${what} at ${source.file}:${source.line}:${source.column}`;
}

function instructionTextOf({ instructions }: LinkedProgram, slot: number): string {
  const instruction = instructions[slot];
  const names = { helper: (id: number) => helperPrototypeById(id)?.name };
  return instruction === undefined ? '' : disassemble(instruction, instructions[slot + 1], names);
}

function lastDecisions(program: LinkedProgram, last: Decision | undefined): BranchDecision[] {
  const path: BranchDecision[] = [];
  for (
    let decision = last;
    decision !== undefined && path.length < PATH_SHOWN_MAX;
    decision = decision.before
  ) {
    const { instruction, isTaken } = decision;
    path.unshift({ instruction, isTaken, source: sourceLineOf(program, instruction) });
  }
  return path;
}
