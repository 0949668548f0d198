/**
 * Reducible control flow as nested blocks and loops, after Norman Ramsey, "Beyond Relooper" (ICFP
 * 2022): every block is written inside its dominator; one that several paths lead to is written
 * behind the WebAssembly block those paths break out of.
 */
import type { Ending, Flow } from './flow.ts';
import { EMPTY, op } from './wasm.ts';
import type { Writer } from './writer.ts';

/** What surrounds the place being written, innermost first: what `br n` goes to. */
type Enclosing =
  | { readonly kind: 'loop'; readonly head: number }
  | { readonly kind: 'block'; readonly follower: number }
  | { readonly kind: 'if' };

type Context = readonly Enclosing[];

export interface BlockEmitter {
  /** The instructions of a block, without what ends it. */
  body(block: number): void;
  /** Leaves an i32 that is not zero where the branch at this slot is taken. */
  condition(at: number): void;
  /** Returns from the function. */
  leave(): void;
}

/** Writes the function's blocks; what follows the last `end` is never reached. */
export function writeStructured(flow: Flow, writer: Writer, emitter: BlockEmitter): void {
  const children: number[][] = flow.blocks.map(() => []);
  for (let block = 1; block < flow.blocks.length; block += 1) {
    if (flow.isMerge[block]) children[flow.dominator[block] as number]?.push(block);
  }
  new StructureWriter(flow, writer, emitter, children).tree(0, []);
}

class StructureWriter {
  readonly #flow: Flow;
  readonly #writer: Writer;
  readonly #emitter: BlockEmitter;
  /** Merge blocks by their dominator, in order. */
  readonly #mergesOf: readonly (readonly number[])[];

  constructor(flow: Flow, writer: Writer, emitter: BlockEmitter, mergesOf: readonly (readonly number[])[]) {
    this.#flow = flow;
    this.#writer = writer;
    this.#emitter = emitter;
    this.#mergesOf = mergesOf;
  }

  /** The block and all it dominates. */
  tree(block: number, context: Context): void {
    const merges = this.#mergesOf[block] ?? [];
    if (!this.#flow.isLoopHead[block]) {
      this.#within(block, merges, context);
      return;
    }
    this.#writer.byte(op.loop, EMPTY);
    this.#within(block, merges, [{ kind: 'loop', head: block }, ...context]);
    this.#writer.byte(op.end);
  }

  /** The block, inside a WebAssembly block for each of `merges`, the last of them outermost. */
  #within(block: number, merges: readonly number[], context: Context): void {
    const follower = merges.at(-1);
    if (follower === undefined) {
      this.#emitter.body(block);
      this.#ending(block, this.#flow.blocks[block]?.ending ?? { kind: 'exit' }, context);
      return;
    }
    this.#writer.byte(op.block, EMPTY);
    this.#within(block, merges.slice(0, -1), [{ kind: 'block', follower }, ...context]);
    this.#writer.byte(op.end);
    this.tree(follower, context);
  }

  #ending(block: number, ending: Ending, context: Context): void {
    switch (ending.kind) {
      case 'exit':
        this.#emitter.leave();
        return;
      case 'jump':
        this.#branch(block, ending.to, context);
        return;
      case 'branch': {
        this.#emitter.condition(ending.at);
        const inside: Context = [{ kind: 'if' }, ...context];
        this.#writer.byte(op.if, EMPTY);
        this.#branch(block, ending.taken, inside);
        this.#writer.byte(op.else);
        this.#branch(block, ending.next, inside);
        this.#writer.byte(op.end);
      }
    }
  }

  #branch(from: number, to: number, context: Context): void {
    if (to <= from) this.#writer.br(depthOf(context, (each) => each.kind === 'loop' && each.head === to));
    else if (this.#flow.isMerge[to]) {
      this.#writer.br(depthOf(context, (each) => each.kind === 'block' && each.follower === to));
    } else this.tree(to, context);
  }
}

function depthOf(context: Context, isTarget: (each: Enclosing) => boolean): number {
  const depth = context.findIndex(isTarget);
  if (depth < 0) throw new Error('a branch of reducible flow leads to an enclosing block');
  return depth;
}
