/**
 * Reducible control flow as nested blocks and loops, after Norman Ramsey, "Beyond Relooper" (ICFP
 * 2022): every block is written inside its dominator; one that several paths lead to is written
 * behind the WebAssembly block those paths break out of.
 */
import type { Ending, Flow } from './flow.ts';
import { EMPTY, op } from './wasm.ts';
import type { Writer } from './writer.ts';

/** Subtrees inside subtrees: beyond it, the stack of this process is at stake. */
const NESTING_MAX = 500;

export interface BlockEmitter {
  /** The instructions of a block, without what ends it. */
  body(block: number): void;
  /** Leaves an i32 that is not zero where the branch at this slot is taken. */
  condition(at: number): void;
  /** Returns from the function. */
  leave(): void;
}

/**
 * Writes the function's blocks; what follows them is never reached. False where they nest too deep,
 * and what was written is of no use.
 */
export function writeStructured(flow: Flow, writer: Writer, emitter: BlockEmitter): boolean {
  const mergesOf: number[][] = flow.blocks.map(() => []);
  for (let block = 1; block < flow.blocks.length; block += 1) {
    if (flow.isMerge[block]) mergesOf[flow.dominator[block] as number]?.push(block);
  }
  return new StructureWriter(flow, writer, emitter, mergesOf).tree(0, 0);
}

class StructureWriter {
  readonly #flow: Flow;
  readonly #writer: Writer;
  readonly #emitter: BlockEmitter;
  /** Merge blocks by their immediate dominator, in order. */
  readonly #mergesOf: readonly (readonly number[])[];
  /** WebAssembly blocks, loops and ifs that are open. */
  #level = 0;
  /** Level at which the loop of a head, and the block a merge block follows, were opened. */
  readonly #loopLevel: Int32Array;
  readonly #blockLevel: Int32Array;

  constructor(flow: Flow, writer: Writer, emitter: BlockEmitter, mergesOf: readonly (readonly number[])[]) {
    this.#flow = flow;
    this.#writer = writer;
    this.#emitter = emitter;
    this.#mergesOf = mergesOf;
    this.#loopLevel = new Int32Array(flow.blocks.length);
    this.#blockLevel = new Int32Array(flow.blocks.length);
  }

  /** The block and all it dominates. Nothing it writes falls through. */
  tree(first: number, nesting: number): boolean {
    if (nesting > NESTING_MAX) return false;
    const levelBefore = this.#level;
    let block: number | undefined = first;
    while (block !== undefined) {
      if (this.#flow.isLoopHead[block]) this.#loopLevel[block] = this.#open(op.loop);
      const merges: readonly number[] = this.#mergesOf[block] ?? [];
      for (const merge of merges.toReversed()) this.#blockLevel[merge] = this.#open(op.block);
      let next = this.#straight(block, nesting);
      for (const merge of merges) {
        // What the block goes on with lies inside all of its merges' blocks.
        if (next !== undefined && (next === TOO_DEEP || !this.tree(next, nesting + 1))) return false;
        this.#close();
        next = merge;
      }
      if (next === TOO_DEEP) return false;
      block = next;
    }
    while (this.#level > levelBefore) this.#close();
    return true;
  }

  /** The block itself and how it ends; gives the block that must be written right behind it, if any. */
  #straight(block: number, nesting: number): number | undefined {
    this.#emitter.body(block);
    const ending: Ending = this.#flow.blocks[block]?.ending ?? { kind: 'exit' };
    switch (ending.kind) {
      case 'exit':
        this.#emitter.leave();
        return undefined;
      case 'jump':
        return this.#goOn(block, ending.to);
      case 'branch': {
        this.#emitter.condition(ending.at);
        if (this.#isReached(block, ending.taken)) {
          this.#branch(op.brIf, block, ending.taken);
          return this.#goOn(block, ending.next);
        }
        if (this.#isReached(block, ending.next)) {
          this.#writer.byte(op.i32Eqz);
          this.#branch(op.brIf, block, ending.next);
          return ending.taken;
        }
        this.#open(op.if);
        if (!this.tree(ending.taken, nesting + 1)) return TOO_DEEP;
        this.#close();
        return ending.next;
      }
    }
  }

  #goOn(from: number, to: number): number | undefined {
    if (!this.#isReached(from, to)) return to;
    this.#branch(op.br, from, to);
    return undefined;
  }

  /** Whether `to` is written elsewhere, and reached by leaving or repeating what is open. */
  #isReached(from: number, to: number): boolean {
    return to <= from || this.#flow.isMerge[to] === true;
  }

  #branch(opcode: number, from: number, to: number): void {
    const level = to <= from ? this.#loopLevel[to] : this.#blockLevel[to];
    this.#writer.byte(opcode).unsigned(this.#level - (level as number));
  }

  /** The level of what was opened, counted from 1. */
  #open(opcode: number): number {
    this.#writer.byte(opcode, EMPTY);
    this.#level += 1;
    return this.#level;
  }

  #close(): void {
    this.#writer.byte(op.end);
    this.#level -= 1;
  }
}

/** No block: what was to be written nests too deep. */
const TOO_DEEP = -1;
