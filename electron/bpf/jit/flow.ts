/**
 * The control flow of a program: its functions, the basic blocks of each in reverse postorder, and
 * who dominates whom (Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm).
 */
import {
  CLASS_JMP,
  CLASS_JMP32,
  OPCODE_CALL,
  OPCODE_EXIT,
  OPCODE_JA,
  OPCODE_JA32,
  OPCODE_LDIMM64,
} from '../isa/opcodes.ts';
import { broken, type Code } from '../vm/code.ts';
import { CLASS_MASK } from '../vm/operations.ts';

/** How a block ends. Blocks are named by their index in Flow.blocks. */
export type Ending =
  | { readonly kind: 'exit' }
  | { readonly kind: 'jump'; readonly to: number }
  /** A conditional jump or may_goto at slot `at`. */
  | { readonly kind: 'branch'; readonly at: number; readonly taken: number; readonly next: number };

export interface Block {
  /** First slot. */
  readonly start: number;
  /** Slot of the jump or exit that ends it, or the first slot of the block it falls into. */
  readonly end: number;
  readonly ending: Ending;
}

export interface Flow {
  /** Slot of the function's first instruction. */
  readonly start: number;
  /** In reverse postorder; the entry is block 0. */
  readonly blocks: readonly Block[];
  /** Immediate dominator of each block; the entry's is itself. */
  readonly dominator: Int32Array;
  /** Blocks that more than one forward edge leads to. */
  readonly isMerge: readonly boolean[];
  readonly isLoopHead: readonly boolean[];
  /** Every loop has one way in: control flow can be written as nested blocks and loops. */
  readonly isReducible: boolean;
}

/** Throws Failure `bad-instruction` where the function runs past the program's end. */
export function flowOf(code: Code, start: number): Flow {
  const order = reversePostorder(code, start, leadersOf(code, start));
  const indexOf = new Map(order.map((block, index) => [block.start, index]));
  const blocks = order.map((block): Block => ({ ...block, ending: renumber(block.ending, indexOf) }));
  const edges = blocks.flatMap((block, from) => successors(block.ending).map((to) => ({ from, to })));
  const forwardInto = new Int32Array(blocks.length);
  const isLoopHead = blocks.map(() => false);
  for (const { from, to } of edges) {
    if (to > from) forwardInto[to] = (forwardInto[to] as number) + 1;
    else isLoopHead[to] = true;
  }
  const dominator = dominators(blocks.length, edges);
  return {
    start,
    blocks,
    dominator,
    isMerge: Array.from(forwardInto, (count) => count > 1),
    isLoopHead,
    isReducible: edges.every(({ from, to }) => to > from || dominates(dominator, to, from)),
  };
}

export function successors(ending: Ending): readonly number[] {
  switch (ending.kind) {
    case 'exit':
      return [];
    case 'jump':
      return [ending.to];
    case 'branch':
      return ending.taken === ending.next ? [ending.next] : [ending.taken, ending.next];
  }
}

function renumber(ending: Ending, indexOf: ReadonlyMap<number, number>): Ending {
  const block = (slot: number): number => indexOf.get(slot) as number;
  switch (ending.kind) {
    case 'exit':
      return ending;
    case 'jump':
      return { kind: 'jump', to: block(ending.to) };
    case 'branch':
      return { kind: 'branch', at: ending.at, taken: block(ending.taken), next: block(ending.next) };
  }
}

function isJump(opcode: number): boolean {
  const instructionClass = opcode & CLASS_MASK;
  return (instructionClass === CLASS_JMP || instructionClass === CLASS_JMP32) && opcode !== OPCODE_CALL;
}

function isConditional(opcode: number): boolean {
  return isJump(opcode) && opcode !== OPCODE_JA && opcode !== OPCODE_JA32 && opcode !== OPCODE_EXIT;
}

/** Slots an instruction takes. */
export function slotsOf(code: Code, slot: number): 1 | 2 {
  return code.opcode[slot] === OPCODE_LDIMM64 ? 2 : 1;
}

/** Slots where blocks of the function begin: every slot a jump leads to or passes by. */
function leadersOf(code: Code, start: number): ReadonlySet<number> {
  const leaders = new Set([start]);
  const waiting = [start];
  for (let from = waiting.pop(); from !== undefined; from = waiting.pop()) {
    let slot = from;
    while (slot < code.length && !isJump(code.opcode[slot] as number)) slot += slotsOf(code, slot);
    const opcode = code.opcode[slot];
    if (opcode === undefined) throw broken(code.name, from, 'the program runs past its end');
    const targets: number[] = [];
    if (opcode !== OPCODE_EXIT) targets.push(code.target[slot] as number);
    if (isConditional(opcode)) targets.push(slot + 1);
    for (const target of targets) {
      if (leaders.has(target)) continue;
      leaders.add(target);
      waiting.push(target);
    }
  }
  return leaders;
}

/** The block that begins at `start`; its ending still names slots. */
function blockAt(code: Code, start: number, leaders: ReadonlySet<number>): Block {
  let slot = start;
  for (;;) {
    const opcode = code.opcode[slot] as number;
    if (opcode === OPCODE_EXIT) return { start, end: slot, ending: { kind: 'exit' } };
    if (isJump(opcode)) {
      const taken = code.target[slot] as number;
      const ending: Ending =
        isConditional(opcode) && taken !== slot + 1
          ? { kind: 'branch', at: slot, taken, next: slot + 1 }
          : { kind: 'jump', to: taken };
      return { start, end: slot, ending };
    }
    slot += slotsOf(code, slot);
    if (leaders.has(slot)) return { start, end: slot, ending: { kind: 'jump', to: slot } };
  }
}

function reversePostorder(code: Code, start: number, leaders: ReadonlySet<number>): readonly Block[] {
  const finished: Block[] = [];
  const seen = new Set([start]);
  const first = blockAt(code, start, leaders);
  const path = [{ block: first, left: [...successors(first.ending)] }];
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const next = top.left.shift();
    if (next === undefined) {
      finished.push(top.block);
      path.pop();
    } else if (!seen.has(next)) {
      seen.add(next);
      const block = blockAt(code, next, leaders);
      path.push({ block, left: [...successors(block.ending)] });
    }
  }
  return finished.reverse();
}

function dominators(
  count: number,
  edges: readonly { readonly from: number; readonly to: number }[],
): Int32Array {
  const into: number[][] = Array.from({ length: count }, () => []);
  for (const { from, to } of edges) into[to]?.push(from);
  const dominator = new Int32Array(count).fill(-1);
  dominator[0] = 0;
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    for (let block = 1; block < count; block += 1) {
      let nearest = -1;
      for (const from of into[block] ?? []) {
        if (dominator[from] === -1) continue;
        nearest = nearest === -1 ? from : commonDominator(dominator, nearest, from);
      }
      if (dominator[block] !== nearest) {
        dominator[block] = nearest;
        isChanged = true;
      }
    }
  }
  return dominator;
}

function commonDominator(dominator: Int32Array, first: number, second: number): number {
  let a = first;
  let b = second;
  while (a !== b) {
    while (a > b) a = dominator[a] as number;
    while (b > a) b = dominator[b] as number;
  }
  return a;
}

function dominates(dominator: Int32Array, above: number, below: number): boolean {
  let block = below;
  while (block > above) block = dominator[block] as number;
  return block === above;
}
