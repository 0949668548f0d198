/**
 * bpf_throw(), which ends the program wherever it is, and where it may be called. After check_kfunc_call() and
 * check_max_stack_depth() of Linux 6.18.
 */
import { isThrow } from '../helpers/kernel-functions.ts';
import { checkRange } from './call.ts';
import type { Relevance } from './liveness.ts';
import { mayDo } from './packet-movers.ts';
import { requireNothingLeft } from './references.ts';
import { returnRange, returnsNothing } from './return-range.ts';
import type { Walk } from './walk.ts';

/** Followed by the function's name, on the program's first function. */
const CALLBACK_TAG = 'exception_callback:';

/**
 * The call itself: what is in r1 becomes what the program returns. What is held anywhere on the way here would never be
 * given back.
 */
export function checkThrow(walk: Walk, relevance: Relevance): void {
  if (hasCallback(walk))
    walk.refuse('not-supported', 'programs with an exception callback of their own are not verified yet');
  requireNothingLeft(walk, 'bpf_throw');
  const cookie = walk.read(1);
  // A global function is verified by itself, and knows of no program.
  if (walk.state.frames[0]?.subprogram !== 0 || returnsNothing(walk)) return;
  checkRange(walk, cookie, relevance, returnRange(walk), 'At program exit', 1);
}

/** Once all paths are walked: nothing that is called back may throw, on no path and through no other function. */
export function checkThrowingCallbacks(walk: Walk): void {
  for (const number of new Set([...walk.calledBack, ...walk.asynchronous])) {
    if (!mayDo(walk, number, isThrow)) continue;
    const { start, name } = walk.subprogram(number);
    walk.refuse('callback', `bpf_throw() cannot be called from ${name}(), which is called back`, start);
  }
}

/** Whether the program names a function of its own that is called when it throws. */
function hasCallback({ program, options }: Walk): boolean {
  const typeId = program.subprograms.find(({ start }) => start === 0)?.typeId ?? 0;
  const { btf } = options;
  if (btf === undefined || typeId === 0) return false;
  for (let id = 1; id < btf.typeCount; id += 1) {
    const tag = btf.kindOf(id) === 'decl_tag' ? btf.typeById(id) : undefined;
    if (tag?.kind === 'decl_tag' && tag.typeId === typeId && tag.name.startsWith(CALLBACK_TAG)) return true;
  }
  return false;
}
