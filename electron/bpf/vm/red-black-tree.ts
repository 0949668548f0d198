/**
 * Red-black trees of objects in linear memory: struct bpf_rb_root is the address of the top node and of the leftmost
 * one, struct bpf_rb_node those of its parent (with its colour), its children and the root of the tree it is in. All
 * are 64-bit words. Programs can walk a tree, so it is balanced as lib/rbtree.c of Linux does, which follows the
 * textbook: Cormen, Leiserson, Rivest, Stein, "Introduction to Algorithms", 13.
 */
import type { Address, LinearMemory } from './memory.ts';

/** The parent's address, and BLACK in the lowest bit. */
const PARENT = 0;
const RIGHT = 8;
const LEFT = 16;
const OWNER = 24;
const BLACK = 1;
/** Of a root. */
const TOP = 0;
const LEFTMOST = 8;

type Side = typeof LEFT | typeof RIGHT;

function word({ view }: LinearMemory, at: Address): Address {
  return view.getUint32(at, true);
}

function setWord({ view }: LinearMemory, at: Address, value: Address): void {
  view.setUint32(at, value, true);
  view.setUint32(at + 4, 0, true);
}

function parentOf(memory: LinearMemory, node: Address): Address {
  return word(memory, node + PARENT) & ~BLACK;
}

/** What is not there is black. */
function isBlack(memory: LinearMemory, node: Address): boolean {
  return node === 0 || (word(memory, node + PARENT) & BLACK) !== 0;
}

function setParent(memory: LinearMemory, node: Address, parent: Address): void {
  setWord(memory, node + PARENT, parent | (word(memory, node + PARENT) & BLACK));
}

function setBlack(memory: LinearMemory, node: Address, is: boolean): void {
  setWord(memory, node + PARENT, parentOf(memory, node) | (is ? BLACK : 0));
}

function other(side: Side): Side {
  return side === LEFT ? RIGHT : LEFT;
}

export function top(memory: LinearMemory, root: Address): Address {
  return word(memory, root + TOP);
}

/** 0 where the tree is empty. */
export function leftmost(memory: LinearMemory, root: Address): Address {
  return word(memory, root + LEFTMOST);
}

/** A child of the node; 0 where it has none, or is not in the tree. */
export function child(memory: LinearMemory, root: Address, node: Address, isLeft: boolean): Address {
  return isIn(memory, root, node) ? word(memory, node + (isLeft ? LEFT : RIGHT)) : 0;
}

export function isIn(memory: LinearMemory, root: Address, node: Address): boolean {
  return word(memory, node + OWNER) === root;
}

/** Puts the node where `isLess` of it and those on the way leads; false where it is in a tree already. */
export function insert(
  memory: LinearMemory,
  root: Address,
  node: Address,
  isLess: (node: Address, other: Address) => boolean,
): boolean {
  if (word(memory, node + OWNER) !== 0) return false;
  let parent = 0;
  let place = root + TOP;
  let isLeftmost = true;
  while (word(memory, place) !== 0) {
    parent = word(memory, place);
    const isLeft = isLess(node, parent);
    place = parent + (isLeft ? LEFT : RIGHT);
    isLeftmost &&= isLeft;
  }
  setWord(memory, node + PARENT, parent);
  setWord(memory, node + LEFT, 0);
  setWord(memory, node + RIGHT, 0);
  setWord(memory, place, node);
  setWord(memory, node + OWNER, root);
  if (isLeftmost) setWord(memory, root + LEFTMOST, node);
  balanceInserted(memory, root, node);
  return true;
}

/** A red node must not have a red parent. */
function balanceInserted(memory: LinearMemory, root: Address, inserted: Address): void {
  let node = inserted;
  for (;;) {
    let parent = parentOf(memory, node);
    if (isBlack(memory, parent)) break;
    const grandparent = parentOf(memory, parent);
    const side: Side = word(memory, grandparent + LEFT) === parent ? LEFT : RIGHT;
    const uncle = word(memory, grandparent + other(side));
    if (!isBlack(memory, uncle)) {
      setBlack(memory, parent, true);
      setBlack(memory, uncle, true);
      setBlack(memory, grandparent, false);
      node = grandparent;
      continue;
    }
    if (word(memory, parent + other(side)) === node) {
      rotate(memory, root, parent, side);
      parent = node;
    }
    setBlack(memory, parent, true);
    setBlack(memory, grandparent, false);
    rotate(memory, root, grandparent, other(side));
    break;
  }
  setBlack(memory, top(memory, root), true);
}

/** The node goes down to the side, and its child of the other side takes its place. */
function rotate(memory: LinearMemory, root: Address, node: Address, side: Side): void {
  const rising = word(memory, node + other(side));
  const inner = word(memory, rising + side);
  setWord(memory, node + other(side), inner);
  if (inner !== 0) setParent(memory, inner, node);
  replace(memory, root, node, rising);
  setWord(memory, rising + side, node);
  setParent(memory, node, rising);
}

/** `by` (0 for none) hangs where `node` did. */
function replace(memory: LinearMemory, root: Address, node: Address, by: Address): void {
  const parent = parentOf(memory, node);
  if (parent === 0) setWord(memory, root + TOP, by);
  else if (word(memory, parent + LEFT) === node) setWord(memory, parent + LEFT, by);
  else setWord(memory, parent + RIGHT, by);
  if (by !== 0) setParent(memory, by, parent);
}

/** Takes the node out of the tree; false where it is not in it. */
export function remove(memory: LinearMemory, root: Address, node: Address): boolean {
  if (!isIn(memory, root, node)) return false;
  if (leftmost(memory, root) === node) setWord(memory, root + LEFTMOST, nextOf(memory, node));
  const left = word(memory, node + LEFT);
  const right = word(memory, node + RIGHT);
  let wasBlack = isBlack(memory, node);
  let moved: Address;
  let parent: Address;
  if (left === 0 || right === 0) {
    moved = left === 0 ? right : left;
    parent = parentOf(memory, node);
    replace(memory, root, node, moved);
  } else {
    const successor = lowest(memory, right);
    wasBlack = isBlack(memory, successor);
    moved = word(memory, successor + RIGHT);
    parent = successor;
    if (successor !== right) {
      parent = parentOf(memory, successor);
      replace(memory, root, successor, moved);
      setWord(memory, successor + RIGHT, right);
      setParent(memory, right, successor);
    }
    replace(memory, root, node, successor);
    setWord(memory, successor + LEFT, left);
    setParent(memory, left, successor);
    setBlack(memory, successor, isBlack(memory, node));
  }
  if (wasBlack) balanceRemoved(memory, root, moved, parent);
  setWord(memory, node + OWNER, 0);
  return true;
}

/** The way down through `node`, below `parent`, has one black node less than its sister's. */
function balanceRemoved(memory: LinearMemory, root: Address, node: Address, parent: Address): void {
  let short = node;
  let above = parent;
  while (above !== 0 && isBlack(memory, short)) {
    const side: Side = word(memory, above + LEFT) === short ? LEFT : RIGHT;
    let sister = word(memory, above + other(side));
    if (!isBlack(memory, sister)) {
      setBlack(memory, sister, true);
      setBlack(memory, above, false);
      rotate(memory, root, above, side);
      sister = word(memory, above + other(side));
    }
    const outer = word(memory, sister + other(side));
    const inner = word(memory, sister + side);
    if (isBlack(memory, outer) && isBlack(memory, inner)) {
      setBlack(memory, sister, false);
      short = above;
      above = parentOf(memory, short);
      continue;
    }
    if (isBlack(memory, outer)) {
      setBlack(memory, inner, true);
      setBlack(memory, sister, false);
      rotate(memory, root, sister, other(side));
      sister = inner;
    }
    setBlack(memory, sister, isBlack(memory, above));
    setBlack(memory, above, true);
    setBlack(memory, word(memory, sister + other(side)), true);
    rotate(memory, root, above, side);
    return;
  }
  if (short !== 0) setBlack(memory, short, true);
}

function lowest(memory: LinearMemory, from: Address): Address {
  let node = from;
  for (let left = word(memory, node + LEFT); left !== 0; left = word(memory, node + LEFT)) node = left;
  return node;
}

/** The next in order; 0 after the last. */
function nextOf(memory: LinearMemory, node: Address): Address {
  const right = word(memory, node + RIGHT);
  if (right !== 0) return lowest(memory, right);
  let below = node;
  let parent = parentOf(memory, below);
  while (parent !== 0 && word(memory, parent + RIGHT) === below) {
    below = parent;
    parent = parentOf(memory, below);
  }
  return parent;
}

/** Empties the tree, and gives what was in it, children before their parents. */
export function takeAll(memory: LinearMemory, root: Address): readonly Address[] {
  const found: Address[] = [];
  const waiting = [top(memory, root)];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node === 0) continue;
    found.push(node);
    waiting.push(word(memory, node + LEFT), word(memory, node + RIGHT));
  }
  for (const node of found) setWord(memory, node + OWNER, 0);
  setWord(memory, root + TOP, 0);
  setWord(memory, root + LEFTMOST, 0);
  return found.reverse();
}
