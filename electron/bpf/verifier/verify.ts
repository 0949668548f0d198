/**
 * Proves a program safe, or says why not: the door of verifier/. What is accepted here Linux 6.18
 * accepts; what Linux accepts and this does not is refused in plain words, never guessed.
 */
import type { LinkedProgram, MapDefinition, VerifiedProgram } from '../program.ts';
import { checkAdmission, checkKernelCalls, checkUnprivilegedFlow } from './admission.ts';
import { attachTargetOf } from './attach-target.ts';
import { controlFlowOf } from './cfg.ts';
import { withoutNonsense } from './dead-code.ts';
import { Explorer, type Decision } from './explore.ts';
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
import { Refusal, Walk, type VerifyOptions } from './walk.ts';

export type { Rejection } from './rejection.ts';
export { rejectionFailure, renderRejection } from './rejection.ts';
export type { VerifyOptions } from './walk.ts';

export type Verdict =
  | {
      readonly verdict: 'accepted';
      readonly verified: VerifiedProgram;
      readonly processed: number;
      /** Lines of Linux's log, where VerifyOptions.logLevel asks for it. */
      readonly log?: readonly string[] | undefined;
    }
  | {
      readonly verdict: 'rejected';
      readonly reason: Rejection;
      readonly log?: readonly string[] | undefined;
    };

/** Walks every path of the program. Throws only signal.reason, when aborted. */
export function verifyProgram(
  program: LinkedProgram,
  maps: readonly MapDefinition[],
  options: VerifyOptions,
): Verdict {
  const entry = new Frame(0, -1, 0);
  entry.registers[1] = pointerRegister('ctx');
  const walk = new Walk(program, maps, options, new State([entry]));
  let explorer: Explorer | undefined;
  try {
    checkAdmission(program, walk);
    walk.attach = attachTargetOf(program, options.kernelBtf, options.license);
    const flow = controlFlowOf(program);
    checkKernelCalls(program, options.license);
    if (!walk.isBpfCapable) checkUnprivilegedFlow(program, flow);
    walk.functionStarts = flow.functionStarts;
    walk.stackDepths.length = 0;
    walk.stackDepths.push(...flow.functionStarts.map(() => 0));
    explorer = new Explorer(walk, flow);
    explorer.run();
    const stackDepthBytes = stackDepthOf(walk);
    return {
      verdict: 'accepted',
      verified: verifiedProgram(walk, stackDepthBytes),
      processed: explorer.processed,
      ...logOf(walk, explorer, undefined),
    };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return {
      verdict: 'rejected',
      reason: rejectionOf(walk, error, explorer),
      ...logOf(walk, explorer, error.message),
    };
  }
}

function logOf(
  walk: Walk,
  explorer: Explorer | undefined,
  refusal: string | undefined,
): { log?: readonly string[] } {
  const limit = walk.options.instructionsMax ?? PROCESSED_MAX;
  return walk.log === undefined ? {} : { log: walk.log.end(explorer?.processed ?? 0, limit, refusal) };
}

function verifiedProgram(walk: Walk, stackDepthBytes: number): VerifiedProgram {
  const facts = {
    program: withoutNonsense(walk.program),
    maps: walk.maps,
    contextAccesses: [...walk.contextAccesses.values()].sort(
      (a, b) => a.offsetBytes - b.offsetBytes || a.sizeBytes - b.sizeBytes,
    ),
    helpers: [...walk.helpers].sort((a, b) => a - b),
    probedLoads: [...walk.probedLoads].sort((a, b) => a - b),
    stackDepthBytes,
  };
  // The brand exists in types only, and this is the one place that gives it.
  return facts as unknown as VerifiedProgram;
}

function rejectionOf(walk: Walk, refusal: Refusal, explorer: Explorer | undefined): Rejection {
  return {
    code: refusal.code,
    instruction: refusal.instruction,
    source: sourceLineOf(walk.program, refusal.instruction),
    text: refusal.message.replaceAll('\n', ': '),
    registers: explorer === undefined ? [] : describeRegisters(walk.frame.registers),
    path: lastDecisions(walk.program, explorer?.decision),
    processed: explorer?.processed ?? 0,
  };
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
