/**
 * The control flow of a program: its functions, the basic blocks of each in reverse postorder, and
 * who dominates whom (Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm). In columns, and
 * every step linear: a program is compiled while someone waits, and may have a hundred thousand blocks.
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

/** In a column of blocks: there is none. */
export const NO_BLOCK = -1;

/** Columns have a row a block, in reverse postorder; the entry is block 0. */
export interface Flow {
  /** Slot of the function's first instruction. */
  readonly start: number;
  readonly blockCount: number;
  readonly firstSlot: Int32Array;
  /** Slot of the jump or exit that ends the block, or the first slot of the block it falls into. */
  readonly endSlot: Int32Array;
  /** Block that a block goes on with; NO_BLOCK where it ends with exit. */
  readonly next: Int32Array;
  /** Block that the conditional jump or may_goto at `endSlot` leads to; NO_BLOCK where there is none. */
  readonly taken: Int32Array;
  /** Immediate dominator of each block; the entry's is itself. */
  readonly dominator: Int32Array;
  /** 1 for blocks that more than one forward edge leads to. */
  readonly isMerge: Uint8Array;
  /** 1 for blocks that an edge leads back to. */
  readonly isLoopHead: Uint8Array;
  /** Every loop has one way in: control flow can be written as nested blocks and loops. */
  readonly isReducible: boolean;
}

/** A number a slot, zero between two calls of flowOf(): a program of many functions needs but one. */
export function flowScratch(code: Code): Int32Array {
  return new Int32Array(code.length);
}

/** Throws Failure `bad-instruction` where the function runs past the program's end. */
export function flowOf(code: Code, start: number, scratch = flowScratch(code)): Flow {
  const found = blocksOf(code, start, scratch);
  const order = reversePostorder(found);
  const blockCount = found.firstSlot.length;
  const firstSlot = new Int32Array(blockCount);
  const endSlot = new Int32Array(blockCount);
  const next = new Int32Array(blockCount);
  const taken = new Int32Array(blockCount);
  for (let each = 0; each < blockCount; each += 1) {
    const block = order[each] as number;
    firstSlot[block] = found.firstSlot[each] as number;
    endSlot[block] = found.endSlot[each] as number;
    next[block] = renumbered(order, found.next[each] as number);
    taken[block] = renumbered(order, found.taken[each] as number);
  }
  const forwardInto = new Int32Array(blockCount);
  const isLoopHead = new Uint8Array(blockCount);
  const into = edgesInto(blockCount, next, taken);
  for (let to = 0; to < blockCount; to += 1) {
    for (let edge = into.first[to] as number; edge < (into.first[to + 1] as number); edge += 1) {
      if (to > (into.from[edge] as number)) forwardInto[to] = (forwardInto[to] as number) + 1;
      else isLoopHead[to] = 1;
    }
  }
  const dominator = dominators(blockCount, into);
  return {
    start,
    blockCount,
    firstSlot,
    endSlot,
    next,
    taken,
    dominator,
    isMerge: Uint8Array.from(forwardInto, (count) => (count > 1 ? 1 : 0)),
    isLoopHead,
    isReducible: isReducible(dominator, isLoopHead, into),
  };
}

function renumbered(order: Int32Array, block: number): number {
  return block === NO_BLOCK ? NO_BLOCK : (order[block] as number);
}

/** What an opcode does to the flow: the first two nothing, but that they take as many slots and one more. */
const ONE_SLOT = 0;
const TWO_SLOTS = 1;
const JUMP = 2;
const BRANCH = 3;
const EXIT = 4;

const KINDS = Uint8Array.from({ length: 256 }, (_, opcode) => {
  const instructionClass = opcode & CLASS_MASK;
  if (opcode === OPCODE_LDIMM64) return TWO_SLOTS;
  if (instructionClass !== CLASS_JMP && instructionClass !== CLASS_JMP32) return ONE_SLOT;
  if (opcode === OPCODE_CALL) return ONE_SLOT;
  if (opcode === OPCODE_EXIT) return EXIT;
  return opcode === OPCODE_JA || opcode === OPCODE_JA32 ? JUMP : BRANCH;
});

/** Slots an instruction takes. */
export function slotsOf(code: Code, slot: number): number {
  return code.opcode[slot] === OPCODE_LDIMM64 ? 2 : 1;
}

/** Blocks in the order they were found; the entry first. */
interface FoundBlocks {
  readonly firstSlot: readonly number[];
  readonly endSlot: readonly number[];
  readonly next: readonly number[];
  readonly taken: readonly number[];
}

/** In the scratch: an instruction some block holds. A block's first slot has the block's number, from 1. */
const INSIDE = -1;

function blocksOf(code: Code, start: number, scratch: Int32Array): FoundBlocks {
  const firstSlot = leadersOf(code, start, scratch);
  const opcodes = code.opcode;
  const endSlot: number[] = [];
  const next: number[] = [];
  const taken: number[] = [];
  const blockAt = (slot: number): number => (scratch[slot] as number) - 1;
  for (const first of firstSlot) {
    let slot = first;
    let kind = KINDS[opcodes[slot] as number] as number;
    while (kind <= TWO_SLOTS) {
      slot += 1 + kind;
      if ((scratch[slot] as number) > 0) break;
      kind = KINDS[opcodes[slot] as number] as number;
    }
    endSlot.push(slot);
    if (kind <= TWO_SLOTS) {
      next.push(blockAt(slot));
      taken.push(NO_BLOCK);
    } else if (kind === EXIT) {
      next.push(NO_BLOCK);
      taken.push(NO_BLOCK);
    } else {
      const target = code.target[slot] as number;
      const isBranch = kind === BRANCH && target !== slot + 1;
      next.push(blockAt(isBranch ? slot + 1 : target));
      taken.push(isBranch ? blockAt(target) : NO_BLOCK);
    }
  }
  for (let block = 0; block < endSlot.length; block += 1) {
    scratch.fill(0, firstSlot[block], (endSlot[block] as number) + 1);
  }
  return { firstSlot, endSlot, next, taken };
}

/** Slots where blocks of the function begin, every slot a jump leads to or passes by, numbered in the scratch. */
function leadersOf(code: Code, start: number, scratch: Int32Array): readonly number[] {
  const leaders: number[] = [];
  const waiting: number[] = [];
  const lead = (slot: number): void => {
    const before = scratch[slot] as number;
    if (before > 0) return;
    leaders.push(slot);
    scratch[slot] = leaders.length;
    if (before === 0) waiting.push(slot);
  };
  lead(start);
  const opcodes = code.opcode;
  for (let from = waiting.pop(); from !== undefined; from = waiting.pop()) {
    let slot = from;
    let kind = KINDS[opcodes[slot] as number] as number;
    while (kind <= TWO_SLOTS) {
      slot += 1 + kind;
      if (slot >= code.length) throw broken(code.name, from, 'the program runs past its end');
      if (scratch[slot] !== 0) break;
      scratch[slot] = INSIDE;
      kind = KINDS[opcodes[slot] as number] as number;
    }
    if (kind <= TWO_SLOTS || kind === EXIT) continue;
    lead(code.target[slot] as number);
    if (kind !== BRANCH) continue;
    if (slot + 1 >= code.length) throw broken(code.name, from, 'the program runs past its end');
    lead(slot + 1);
  }
  return leaders;
}

/** Place of each found block in reverse postorder. What a jump leads to comes behind what it passes by. */
function reversePostorder({ next, taken }: FoundBlocks): Int32Array {
  const count = next.length;
  const order = new Int32Array(count);
  const path = new Int32Array(count);
  /** Ways out of a block that were gone already; one more than that, as 0 is a block not seen. */
  const gone = new Uint8Array(count);
  let depth = 1;
  let place = count;
  gone[0] = 1;
  while (depth > 0) {
    const block = path[depth - 1] as number;
    const way = gone[block] as number;
    if (way > 2) {
      place -= 1;
      order[block] = place;
      depth -= 1;
      continue;
    }
    gone[block] = way + 1;
    const to = (way === 1 ? taken[block] : next[block]) as number;
    if (to === NO_BLOCK || gone[to] !== 0) continue;
    gone[to] = 1;
    path[depth] = to;
    depth += 1;
  }
  return order;
}

/** Edges by the block they lead to: those into block b are `from[first[b]]` up to `from[first[b + 1]]`. */
interface Edges {
  readonly first: Int32Array;
  /** Descending for every block. */
  readonly from: Int32Array;
}

function edgesInto(blockCount: number, next: Int32Array, taken: Int32Array): Edges {
  const first = new Int32Array(blockCount + 2);
  const ways = [next, taken];
  for (const way of ways) {
    for (let from = 0; from < blockCount; from += 1) {
      const to = way[from] as number;
      if (to !== NO_BLOCK) first[to + 2] = (first[to + 2] as number) + 1;
    }
  }
  for (let to = 1; to < first.length; to += 1) {
    first[to] = (first[to] as number) + (first[to - 1] as number);
  }
  const edges = new Int32Array(first[blockCount + 1] as number);
  for (let from = blockCount - 1; from >= 0; from -= 1) {
    for (const way of ways) {
      const to = way[from] as number;
      if (to === NO_BLOCK) continue;
      const at = first[to + 1] as number;
      edges[at] = from;
      first[to + 1] = at + 1;
    }
  }
  return { first: first.subarray(0, blockCount + 1), from: edges };
}

function dominators(blockCount: number, { first, from }: Edges): Int32Array {
  const dominator = new Int32Array(blockCount).fill(NO_BLOCK);
  dominator[0] = 0;
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    for (let block = 1; block < blockCount; block += 1) {
      let nearest = NO_BLOCK;
      for (let edge = first[block] as number; edge < (first[block + 1] as number); edge += 1) {
        const before = from[edge] as number;
        if (dominator[before] === NO_BLOCK) continue;
        nearest = nearest === NO_BLOCK ? before : commonDominator(dominator, nearest, before);
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

function isReducible(dominator: Int32Array, isLoopHead: Uint8Array, { first, from }: Edges): boolean {
  for (let head = 0; head < isLoopHead.length; head += 1) {
    if (isLoopHead[head] === 0) continue;
    for (let edge = first[head] as number; edge < (first[head + 1] as number); edge += 1) {
      const before = from[edge] as number;
      if (before >= head && !dominates(dominator, head, before)) return false;
    }
  }
  return true;
}

function dominates(dominator: Int32Array, above: number, below: number): boolean {
  let block = below;
  while (block > above) block = dominator[block] as number;
  return block === above;
}
