/**
 * What functions were called with, remembered until they return: a stack a thread, as function_graph keeps it. Calls
 * whose return no event tells stay below, and go when there are too many.
 */

/** Calls of one function within each other in one thread; recursion in the kernel is shallow. */
const DEPTH_MAX = 64;
/** Threads that are in the function at once. */
const THREADS_MAX = 100_000;

export class CallStacks {
  readonly #words: number;
  readonly #stacks = new Map<number, Uint32Array[]>();

  /** `words`: 32-bit words that are kept of a call. */
  constructor(words: number) {
    this.#words = words;
  }

  /** The words of a new call, to be filled. */
  push(thread: number): Uint32Array {
    let stack = this.#stacks.get(thread);
    if (stack === undefined) {
      stack = [];
      const [oldest] = this.#stacks.size >= THREADS_MAX ? this.#stacks.keys() : [];
      if (oldest !== undefined) this.#stacks.delete(oldest);
      this.#stacks.set(thread, stack);
    }
    if (stack.length >= DEPTH_MAX) stack.shift();
    const frame = new Uint32Array(this.#words);
    stack.push(frame);
    return frame;
  }

  /** Of the call that returns; undefined where it began unseen. */
  pop(thread: number): Uint32Array | undefined {
    const stack = this.#stacks.get(thread);
    const frame = stack?.pop();
    if (stack?.length === 0) this.#stacks.delete(thread);
    return frame;
  }
}

/** A number for the thread; the idle tasks, one a CPU, all have tid 0. */
export function threadOf(tid: number, cpu: number): number {
  return tid === 0 ? -2 - cpu : tid;
}
