/**
 * Control flow that nested blocks and loops cannot say, a loop with two ways in or branches that nest too
 * deep: all blocks of the function in a row inside one loop. A jump forward leaves the WebAssembly blocks
 * that end where it goes; a jump back names its block and goes to the loop's head, where a table leads on.
 */
import { NO_BLOCK, type Flow } from './flow.ts';
import { LOCAL_BLOCK } from './layout.ts';
import type { BlockEmitter } from './structure.ts';
import { EMPTY, op } from './wasm.ts';
import type { Writer } from './writer.ts';

/** V8 takes no longer table (kV8MaxWasmFunctionBrTableSize). */
export const DISPATCHED_MAX = 65_000;

/** Writes the function's blocks; what follows them is never reached. The entry is where LOCAL_BLOCK is 0. */
export function writeDispatched(flow: Flow, out: Writer, emitter: BlockEmitter): void {
  const { blockCount, next, taken, endSlot } = flow;
  out.byte(op.loop, EMPTY);
  for (let block = 0; block < blockCount; block += 1) out.byte(op.block, EMPTY);
  out.get(LOCAL_BLOCK).byte(op.brTable).unsigned(blockCount);
  for (let block = 0; block <= blockCount; block += 1) out.unsigned(Math.min(block, blockCount - 1));
  for (let block = 0; block < blockCount; block += 1) {
    out.byte(op.end);
    /** WebAssembly blocks that are open here, each ending before a later block, and the loop around them. */
    const open = blockCount - 1 - block;
    const isBack = (to: number): boolean => to <= block;
    emitter.body(block);
    const goesOn = next[block] as number;
    const leads = taken[block] as number;
    if (goesOn === NO_BLOCK) {
      emitter.leave();
      continue;
    }
    if (leads !== NO_BLOCK) {
      emitter.condition(endSlot[block] as number);
      if (isBack(leads)) {
        out
          .byte(op.if, EMPTY)
          .i32(leads)
          .set(LOCAL_BLOCK)
          .byte(op.br)
          .unsigned(open + 1)
          .byte(op.end);
      } else out.byte(op.brIf).unsigned(leads - block - 1);
    }
    if (isBack(goesOn)) out.i32(goesOn).set(LOCAL_BLOCK).byte(op.br).unsigned(open);
    else if (goesOn > block + 1) out.byte(op.br).unsigned(goesOn - block - 1);
  }
  out.byte(op.end);
}
