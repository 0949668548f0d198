/** Stack of the deepest chain of calls: check_max_stack_depth() of Linux 6.18. */
import { STACK_BYTES_MAX, TAIL_CALL_STACK_MAX } from './limits.ts';
import { Refusal, type Walk } from './walk.ts';

/** A function's stack is rounded up so, where the kernel's JIT compiles it. */
const GRANULE_BYTES = 16;

/** Bytes of the deepest chain; throws Refusal `stack-too-deep` or `tail-call`. */
export function stackDepthOf(walk: Walk): number {
  const depths = new Map<number, number>();
  const open = new Set<number>();
  /** Functions, every one after those it calls. */
  const order: number[] = [];
  const depthFrom = (subprogram: number): number => {
    const known = depths.get(subprogram);
    if (known !== undefined) return known;
    if (open.has(subprogram))
      throw new Refusal('too-deep', 'a function calls itself: the call stack has no limit', 0);
    open.add(subprogram);
    const below = [...(walk.calls.get(subprogram) ?? [])].map(depthFrom);
    const depth = ownBytes(walk, subprogram) + Math.max(0, ...below);
    open.delete(subprogram);
    depths.set(subprogram, depth);
    order.push(subprogram);
    return depth;
  };
  const depth = depthFrom(0);
  if (depth > STACK_BYTES_MAX) {
    throw new Refusal('stack-too-deep', `combined stack size of calls is ${depth}. Too large`, 0);
  }
  checkTailCallers(walk, order.toReversed());
  return depth;
}

function ownBytes(walk: Walk, subprogram: number): number {
  return Math.ceil((walk.stackDepths[subprogram] ?? 0) / GRANULE_BYTES) * GRANULE_BYTES;
}

/** `order` has every function before those it calls. */
function checkTailCallers(walk: Walk, order: readonly number[]): void {
  const above = new Map<number, number>();
  for (const caller of order) {
    const used = above.get(caller) ?? 0;
    if (caller !== 0 && walk.tailCallers.has(caller) && used >= TAIL_CALL_STACK_MAX) {
      throw new Refusal(
        'tail-call',
        `tail_calls are not allowed when call stack of previous frames is ${used} bytes. Too large`,
        walk.functionStarts[caller] ?? 0,
      );
    }
    for (const callee of walk.calls.get(caller) ?? [])
      above.set(callee, Math.max(above.get(callee) ?? 0, used + ownBytes(walk, caller)));
  }
}
