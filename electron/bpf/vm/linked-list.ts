/**
 * Lists of objects, linked in both directions and round through their head, in linear memory: struct bpf_list_head is
 * the address of the first and the last node, struct bpf_list_node those of its neighbours, and of the head of the list
 * it is in. A head of zeros is an empty list. All are 64-bit words.
 */
import type { Address, LinearMemory } from './memory.ts';

const NEXT = 0;
const PREVIOUS = 8;
const OWNER = 16;

function word({ view }: LinearMemory, at: Address): Address {
  return view.getUint32(at, true);
}

function setWord({ view }: LinearMemory, at: Address, value: Address): void {
  view.setUint32(at, value, true);
  view.setUint32(at + 4, 0, true);
}

/** Makes a head of zeros an empty list. */
function begin(memory: LinearMemory, head: Address): void {
  if (word(memory, head + NEXT) !== 0) return;
  setWord(memory, head + NEXT, head);
  setWord(memory, head + PREVIOUS, head);
}

/** Puts the node to the end of the list or before its start; false where it is in a list already. */
export function insert(memory: LinearMemory, head: Address, node: Address, isLast: boolean): boolean {
  begin(memory, head);
  if (word(memory, node + OWNER) !== 0) return false;
  const before = isLast ? word(memory, head + PREVIOUS) : head;
  const after = word(memory, before + NEXT);
  setWord(memory, node + NEXT, after);
  setWord(memory, node + PREVIOUS, before);
  setWord(memory, before + NEXT, node);
  setWord(memory, after + PREVIOUS, node);
  setWord(memory, node + OWNER, head);
  return true;
}

/** 0 where the list is empty. */
export function first(memory: LinearMemory, head: Address): Address {
  return nodeAt(memory, head, NEXT);
}

/** 0 where the list is empty. */
export function last(memory: LinearMemory, head: Address): Address {
  return nodeAt(memory, head, PREVIOUS);
}

function nodeAt(memory: LinearMemory, head: Address, end: number): Address {
  const node = word(memory, head + end);
  return node === head ? 0 : node;
}

/** As first(), taken out. */
export function takeFirst(memory: LinearMemory, head: Address): Address {
  return takeOut(memory, first(memory, head));
}

/** As last(), taken out. */
export function takeLast(memory: LinearMemory, head: Address): Address {
  return takeOut(memory, last(memory, head));
}

function takeOut(memory: LinearMemory, node: Address): Address {
  if (node === 0) return 0;
  const next = word(memory, node + NEXT);
  const previous = word(memory, node + PREVIOUS);
  setWord(memory, previous + NEXT, next);
  setWord(memory, next + PREVIOUS, previous);
  setWord(memory, node + OWNER, 0);
  return node;
}
