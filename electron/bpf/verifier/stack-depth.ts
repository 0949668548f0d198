/**
 * Stack of the deepest chain of calls, and how deep calls go: check_max_stack_depth() of Linux 6.18. It
 * follows calls as they are written, those that no path reaches included.
 */
import { FRAMES_MAX, STACK_BYTES_MAX, TAIL_CALL_STACK_MAX } from './limits.ts';
import type { SubprogramFacts } from './subprograms.ts';
import { Refusal, type Walk } from './walk.ts';

/** A function's stack is rounded up so, where the kernel's JIT compiles it. */
const GRANULE_BYTES = 16;
/** BPF_PRIV_STACK_MIN_SIZE: a function that takes less stays on the kernel's stack. */
const PRIVATE_STACK_MIN = 64;
/** Calls that may be followed: functions that call each other often enough have more chains than can be. */
const CALLS_FOLLOWED_MAX = 1_000_000;

/** Bytes of the deepest chain; throws Refusal `stack-too-deep`, `too-deep` or `tail-call`. */
export function stackDepthOf(walk: Walk): number {
  const onKernelStack = new Set<number>();
  let deepest = 0;
  // What a timer calls comes first: what it calls in turn has no stack of its own.
  for (let number = walk.subprograms.length - 1; number >= 0; number -= 1) {
    if (number !== 0 && !walk.asynchronous.has(number)) continue;
    const hasPrivate = number === 0 && hasPrivateStacks(walk);
    const chain = new Chain(walk, onKernelStack, hasPrivate);
    chain.follow(number);
    deepest = Math.max(deepest, chain.deepestBytes);
  }
  return deepest;
}

/**
 * Whether functions of the program may have a stack each, apart from the kernel's: on x86-64, in programs
 * that may interrupt each other. As bpf_enable_priv_stack().
 */
function hasPrivateStacks({ program, subprograms, attach }: Walk): boolean {
  if (subprograms.some(({ hasTailCall }) => hasTailCall)) return false;
  switch (program.type) {
    case 'kprobe':
    case 'tracepoint':
    case 'perf_event':
    case 'raw_tracepoint':
      return true;
    case 'tracing':
      return attach !== undefined && attach.kind !== 'iter';
    default:
      return false;
  }
}

class Chain {
  deepestBytes = 0;
  readonly #walk: Walk;
  /** Functions that cannot have a stack of their own. */
  readonly #onKernelStack: Set<number>;
  readonly #hasPrivate: boolean;
  #followed = 0;

  constructor(walk: Walk, onKernelStack: Set<number>, hasPrivate: boolean) {
    this.#walk = walk;
    this.#onKernelStack = onKernelStack;
    this.#hasPrivate = hasPrivate;
  }

  /** `used` is the stack of all callers, `depth` how many those are. */
  follow(number: number, used = 0, depth = 0): void {
    const facts = this.#walk.subprogram(number);
    this.#followed += 1;
    if (depth >= FRAMES_MAX)
      throw new Refusal('too-deep', `the call stack of ${depth} frames is too deep !`, facts.start);
    if (this.#followed > CALLS_FOLLOWED_MAX)
      throw new Refusal('too-complex', 'functions call each other in too many ways', facts.start);
    if (number !== 0 && facts.hasTailCall && used >= TAIL_CALL_STACK_MAX) {
      throw new Refusal(
        'tail-call',
        `tail_calls are not allowed when call stack of previous frames is ${used} bytes. Too large`,
        facts.start,
      );
    }
    if (!this.#hasPrivate) this.#onKernelStack.add(number);
    const own = ownBytes(this.#walk, number);
    const isPrivate = this.#hasPrivate && own >= PRIVATE_STACK_MIN && !this.#onKernelStack.has(number);
    const total = used + (isPrivate ? 0 : own);
    if (total > STACK_BYTES_MAX || own > STACK_BYTES_MAX) {
      const text = `combined stack size of ${depth + 1} calls is ${total}. Too large`;
      throw new Refusal('stack-too-deep', text, facts.start);
    }
    this.deepestBytes = Math.max(this.deepestBytes, total, own);
    this.#followReferences(facts, total, depth + 1);
  }

  #followReferences({ references }: SubprogramFacts, used: number, depth: number): void {
    for (const { callee, isCall, slot } of references) {
      if (this.#walk.asynchronous.has(callee)) {
        if (this.#walk.subprogram(callee).hasTailCall)
          throw new Refusal('tail-call', 'a function that a timer calls may not tail call', slot);
        if (!isCall) continue;
      }
      this.follow(callee, used, depth);
    }
  }
}

function ownBytes(walk: Walk, subprogram: number): number {
  return Math.ceil((walk.stackDepths[subprogram] ?? 0) / GRANULE_BYTES) * GRANULE_BYTES;
}
