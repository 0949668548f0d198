/** Programs on lists and trees of their own objects, in a few words: the types they need, and calls with what goes before them. */
import { PSEUDO_FUNC } from '../../electron/bpf/isa/opcodes.ts';
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { XCHG } from './kptr-vectors.ts';
import { Types } from './types.ts';

export type Code = readonly (Instruction | readonly Instruction[])[];

/** Places in a value of `graphs`. */
export const NUMBER = 0;
export const LOCK = 8;
export const LIST = 16;
export const TREE = 32;
export const BOTH_LIST = 48;
export const BOTH_TREE = 64;
export const OWNED_BOTH = 80;
export const OWNED_NEST = 88;
export const VALUE_BYTES = 96;
/** Of objects: their key lies first, then their node; of those in lists and trees both, a count between. */
export const KEY = 0;
export const NODE = 8;
export const COUNT = 8;
export const BOTH_LIST_NODE = 16;
export const BOTH_TREE_NODE = 40;
/** Of one that has a lock and a list of its own. */
export const NEST_LOCK = 8;
export const NEST_LIST = 16;

export interface GraphTypes {
  readonly listed: number;
  readonly placed: number;
  readonly both: number;
  readonly nest: number;
  readonly value: number;
  /** struct bpf_list_head. */
  readonly head: number;
}

/** struct { key; [count;] node... } and what holds them. */
export function graphTypes(types: Types): GraphTypes {
  const { long, int, builder } = types;
  const opaque = (name: string, words: number): number =>
    types.struct(
      name,
      Array.from({ length: words }, (_, index) => [`w${index}`, long, 8] as const),
    );
  const lock = types.spinLock();
  const head = opaque('bpf_list_head', 2);
  const listNode = opaque('bpf_list_node', 3);
  const root = opaque('bpf_rb_root', 2);
  const treeNode = opaque('bpf_rb_node', 4);
  const count = types.struct('bpf_refcount', [['w', int, 4]]);
  const listed = types.struct('listed', [
    ['key', long, 8],
    ['node', listNode, 24],
  ]);
  const placed = types.struct('placed', [
    ['key', long, 8],
    ['node', treeNode, 32],
  ]);
  const both = types.struct('both', [
    ['key', long, 8],
    ['count', count, 4],
    ['gap', int, 4],
    ['in_list', listNode, 24],
    ['in_tree', treeNode, 32],
  ]);
  const nest = types.struct('nest', [
    ['key', long, 8],
    ['lock', lock, 4],
    ['gap', int, 4],
    ['list', head, 16],
  ]);
  builder.addDeclarationTag('contains:listed:node', nest, 3);
  const owned = (to: number): number => types.pointer(builder.addTypeTag('kptr', to));
  const value = types.struct('graphs', [
    ['number', long, 8],
    ['lock', lock, 4],
    ['gap', int, 4],
    ['list', head, 16],
    ['tree', root, 16],
    ['both_list', head, 16],
    ['both_tree', root, 16],
    ['owned_both', owned(both), 8],
    ['owned_nest', owned(nest), 8],
  ]);
  ['listed:node', 'placed:node', 'both:in_list', 'both:in_tree'].forEach((what, index) =>
    builder.addDeclarationTag(`contains:${what}`, value, 3 + index),
  );
  return { listed, placed, both, nest, value, head };
}

/** Ids are the same in every program: types come first. */
export const ids = graphTypes(new Types());

/** The address of function `index` of those put behind a program. */
export function functionAt(register: number, index: number): Instruction[] {
  return asm.loadFunction(register, index);
}

/** The program with functions behind it. */
export function assembled(main: Code, functions: readonly Code[]): Instruction[] {
  const code = main.flat();
  const starts: number[] = [];
  let end = code.length;
  for (const each of functions) {
    starts.push(end);
    end += each.flat().length;
  }
  const placed = code.map((each, slot) => {
    const isReference = each.opcode === 0x18 && each.src === PSEUDO_FUNC;
    return isReference ? { ...each, imm: (starts[each.imm] ?? end) - slot - 1 } : each;
  });
  return [...placed, ...functions.flatMap((each) => each.flat())];
}

const at = (register: number, base: number, offset: number): Instruction[] => [
  asm.mov64(register, r(base)),
  asm.alu64('add', register, offset),
];
export const takeLock = (base = 6, offset = LOCK): Instruction[] => [...at(1, base, offset), asm.call(93)];
export const giveLock = (base = 6, offset = LOCK): Instruction[] => [...at(1, base, offset), asm.call(94)];
/** r0 what the function gives for the collection at `offset` of `base`. */
export const ask = (name: string, offset: number, base = 6): Instruction[] => [
  ...at(1, base, offset),
  asm.callKernel(`bpf_${name}`),
];
/** Puts the node at `node` of what `register` holds into the list. */
export const push = (
  register: number,
  offset = LIST,
  node = NODE,
  end: 'front' | 'back' = 'front',
  base = 6,
): Instruction[] => [
  ...at(1, base, offset),
  ...at(2, register, node),
  asm.mov64(3, 0),
  asm.mov64(4, 0),
  asm.callKernel(`bpf_list_push_${end}_impl`),
];
/** Puts the node into the tree, where function `less` says. */
export const add = (register: number, offset = TREE, node = NODE, less = 0, base = 6): Instruction[] => [
  ...at(1, base, offset),
  ...at(2, register, node),
  ...functionAt(3, less),
  asm.mov64(4, 0),
  asm.mov64(5, 0),
  asm.callKernel('bpf_rbtree_add_impl'),
];
/** r0 what the function gives for the tree and the node at `node` of what `register` holds. */
export const askNode = (
  name: string,
  register: number,
  offset = TREE,
  node = NODE,
  base = 6,
): Instruction[] => [...at(1, base, offset), ...at(2, register, node), asm.callKernel(`bpf_rbtree_${name}`)];
/** `register` a new object, or null. */
export const make = (type: number, register = 7): Instruction[] => [
  asm.mov64(1, type),
  asm.mov64(2, 0),
  asm.callKernel('bpf_obj_new_impl'),
  asm.mov64(register, r(0)),
];
export const drop = (register = 7): Instruction[] => [
  asm.mov64(1, r(register)),
  asm.mov64(2, 0),
  asm.callKernel('bpf_obj_drop_impl'),
];
/** r0 one more hold. */
export const holdOnceMore = (register = 7): Instruction[] => [
  asm.mov64(1, r(register)),
  asm.mov64(2, 0),
  asm.callKernel('bpf_refcount_acquire_impl'),
];
/** `to` the object whose node, at `node` of it, r0 points to. */
export const objectOf = (to: number, node = NODE): Instruction[] => [
  asm.mov64(to, r(0)),
  asm.alu64('add', to, -node),
];
export const unless = (register: number, code: Code): Instruction[] => {
  const flat = code.flat();
  return [asm.jump64('jeq', register, 0, flat.length), ...flat];
};
/** r0 what was at `offset` of r6, where now is what `register` holds. */
export const exchange = (register: number, offset: number): Instruction[] => [
  ...at(1, 6, offset),
  asm.mov64(2, r(register)),
  asm.call(XCHG),
];
/** Tells whether the key of the first comes first: both point to nodes at `node`. */
export const byKey = (node = NODE): Instruction[] => [
  asm.load(8, 3, 1, KEY - node),
  asm.load(8, 4, 2, KEY - node),
  asm.mov64(0, 0),
  asm.jump64('jge', 3, r(4), 1),
  asm.mov64(0, 1),
  asm.exit,
];
