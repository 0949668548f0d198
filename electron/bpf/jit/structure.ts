/**
 * Reducible control flow as nested blocks and loops, after Norman Ramsey, "Beyond Relooper" (ICFP
 * 2022): every block is written inside its dominator; one that several paths lead to is written
 * behind the WebAssembly block those paths break out of. What cannot be said so: dispatch.ts.
 */
import { NO_BLOCK, type Flow } from './flow.ts';
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
  return new StructureWriter(flow, writer, emitter).tree(0, 0);
}

const NONE: readonly number[] = [];

class StructureWriter {
  readonly #flow: Flow;
  readonly #writer: Writer;
  readonly #emitter: BlockEmitter;
  /** Merge blocks by their immediate dominator, in order; undefined for none. */
  readonly #mergesOf: readonly (number[] | undefined)[];
  /** WebAssembly blocks, loops and ifs that are open. */
  #level = 0;
  /** Level at which the loop of a head, and the block a merge block follows, were opened. */
  readonly #loopLevel: Int32Array;
  readonly #blockLevel: Int32Array;

  constructor(flow: Flow, writer: Writer, emitter: BlockEmitter) {
    this.#flow = flow;
    this.#writer = writer;
    this.#emitter = emitter;
    this.#mergesOf = mergesByDominator(flow);
    this.#loopLevel = new Int32Array(flow.blockCount);
    this.#blockLevel = new Int32Array(flow.blockCount);
  }

  /** The block and all it dominates. Nothing it writes falls through. */
  tree(first: number, nesting: number): boolean {
    if (nesting > NESTING_MAX) return false;
    const levelBefore = this.#level;
    let block = first;
    while (block !== NO_BLOCK) {
      if (this.#flow.isLoopHead[block] === 1) this.#loopLevel[block] = this.#open(op.loop);
      const merges = this.#mergesOf[block] ?? NONE;
      for (let last = merges.length - 1; last >= 0; last -= 1) {
        this.#blockLevel[merges[last] as number] = this.#open(op.block);
      }
      let next = this.#straight(block, nesting);
      for (const merge of merges) {
        // What the block goes on with lies inside all of its merges' blocks.
        if (next === TOO_DEEP || (next !== NO_BLOCK && !this.tree(next, nesting + 1))) return false;
        this.#close();
        next = merge;
      }
      if (next === TOO_DEEP) return false;
      block = next;
    }
    while (this.#level > levelBefore) this.#close();
    return true;
  }

  /** The block itself and how it ends; gives the block that must be written right behind it, or NO_BLOCK. */
  #straight(block: number, nesting: number): number {
    this.#emitter.body(block);
    const next = this.#flow.next[block] as number;
    const taken = this.#flow.taken[block] as number;
    if (next === NO_BLOCK) {
      this.#emitter.leave();
      return NO_BLOCK;
    }
    if (taken === NO_BLOCK) return this.#goOn(block, next);
    this.#emitter.condition(this.#flow.endSlot[block] as number);
    if (this.#isReached(block, taken)) {
      this.#branch(op.brIf, block, taken);
      return this.#goOn(block, next);
    }
    if (this.#isReached(block, next)) {
      this.#writer.byte(op.i32Eqz);
      this.#branch(op.brIf, block, next);
      return taken;
    }
    this.#open(op.if);
    if (!this.tree(taken, nesting + 1)) return TOO_DEEP;
    this.#close();
    return next;
  }

  #goOn(from: number, to: number): number {
    if (!this.#isReached(from, to)) return to;
    this.#branch(op.br, from, to);
    return NO_BLOCK;
  }

  /** Whether `to` is written elsewhere, and reached by leaving or repeating what is open. */
  #isReached(from: number, to: number): boolean {
    return to <= from || this.#flow.isMerge[to] === 1;
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

function mergesByDominator({ blockCount, isMerge, dominator }: Flow): (number[] | undefined)[] {
  const mergesOf = new Array<number[] | undefined>(blockCount).fill(undefined);
  for (let block = 1; block < blockCount; block += 1) {
    if (isMerge[block] === 0) continue;
    const above = dominator[block] as number;
    const known = mergesOf[above];
    if (known === undefined) mergesOf[above] = [block];
    else known.push(block);
  }
  return mergesOf;
}

/** No block: what was to be written nests too deep. */
const TOO_DEEP = -2;
