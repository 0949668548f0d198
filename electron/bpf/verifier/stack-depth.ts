/** Stack of the deepest chain of calls: check_max_stack_depth() of Linux 6.18. */
import { STACK_BYTES_MAX } from './limits.ts';
import { Refusal, type Walk } from './walk.ts';

/** A function's stack is rounded up so, where the kernel's JIT compiles it. */
const GRANULE_BYTES = 16;

/** Bytes of the deepest chain; throws Refusal `stack-too-deep`. */
export function stackDepthOf(walk: Walk): number {
  const depths = new Map<number, number>();
  const open = new Set<number>();
  const depthFrom = (subprogram: number): number => {
    const known = depths.get(subprogram);
    if (known !== undefined) return known;
    if (open.has(subprogram))
      throw new Refusal('too-deep', 'a function calls itself: the call stack has no limit', 0);
    open.add(subprogram);
    const own = Math.ceil((walk.stackDepths[subprogram] ?? 0) / GRANULE_BYTES) * GRANULE_BYTES;
    const below = [...(walk.calls.get(subprogram) ?? [])].map(depthFrom);
    const depth = own + Math.max(0, ...below);
    open.delete(subprogram);
    depths.set(subprogram, depth);
    return depth;
  };
  const depth = depthFrom(0);
  if (depth > STACK_BYTES_MAX) {
    throw new Refusal('stack-too-deep', `combined stack size of calls is ${depth}. Too large`, 0);
  }
  return depth;
}
