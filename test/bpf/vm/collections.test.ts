import { expect, it } from 'vitest';
import { endFields } from '../../../electron/bpf/vm/object-fields.ts';
import { LinearMemory } from '../../../electron/bpf/vm/memory.ts';
import * as lists from '../../../electron/bpf/vm/linked-list.ts';
import { ObjectPool } from '../../../electron/bpf/vm/object-pool.ts';
import * as trees from '../../../electron/bpf/vm/red-black-tree.ts';
import type { ObjectLayout, SpecialField } from '../../../electron/bpf/program.ts';

const NODE = 8;
const STEPS = 4000;
const KEYS = 200;
const contains = { typeId: 1, nodeOffsetBytes: NODE };
const listHead: SpecialField = { name: 'struct bpf_list_head', offsetBytes: 0, sizeBytes: 16, contains };
const treeRoot: SpecialField = { name: 'struct bpf_rb_root', offsetBytes: 0, sizeBytes: 16, contains };
const placed: ObjectLayout = {
  typeId: 1,
  sizeBytes: 40,
  fields: [{ name: 'struct bpf_rb_node', offsetBytes: NODE, sizeBytes: 32 }],
};
const listed: ObjectLayout = {
  typeId: 1,
  sizeBytes: 32,
  fields: [{ name: 'struct bpf_list_node', offsetBytes: NODE, sizeBytes: 24 }],
};
/** Has a list of its own behind its node. */
const nesting: ObjectLayout = {
  typeId: 2,
  sizeBytes: 48,
  fields: [...listed.fields, { ...listHead, offsetBytes: 32 }],
};

function bench() {
  const memory = new LinearMemory();
  return { memory, pool: new ObjectPool(memory), root: memory.allocate(16) };
}

/** xorshift32. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const BLACK = 1;

/** Keys in order; throws where the tree is not one that is red and black. */
function keysOf(memory: LinearMemory, root: number): number[] {
  const { view } = memory;
  const word = (at: number): number => view.getUint32(at, true);
  const keys: number[] = [];
  const walk = (node: number, parent: number, isParentBlack: boolean): number => {
    if (node === 0) return 1;
    const above = word(node);
    const isBlack = (above & BLACK) !== 0;
    if ((above & ~BLACK) !== parent) throw new Error('a child of another');
    if (!isBlack && !isParentBlack) throw new Error('red below red');
    const left = walk(word(node + 16), node, isBlack);
    keys.push(Number(view.getBigInt64(node - NODE, true)));
    const right = walk(word(node + 8), node, isBlack);
    if (left !== right) throw new Error('not as many black ones on both sides');
    return left + (isBlack ? 1 : 0);
  };
  walk(trees.top(memory, root), 0, false);
  return keys;
}

it('a tree is in order and in balance, whatever goes in and out', () => {
  const { memory, pool, root } = bench();
  const below = numbers(1);
  const model = new Map<number, number>();
  const keyOf = (node: number): number => Number(memory.view.getBigInt64(node - NODE, true));
  for (let step = 0; step < STEPS; step += 1) {
    const key = below(KEYS);
    const known = model.get(key);
    if (known === undefined) {
      const node = pool.make(placed) + NODE;
      memory.view.setBigInt64(node - NODE, BigInt(key), true);
      expect(trees.insert(memory, root, node, (one, other) => keyOf(one) < keyOf(other))).toBe(true);
      model.set(key, node);
    } else {
      expect(trees.remove(memory, root, known)).toBe(true);
      expect(trees.remove(memory, root, known)).toBe(false);
      pool.drop(known - NODE);
      model.delete(key);
    }
    const keys = [...model.keys()].sort((a, b) => a - b);
    expect(keysOf(memory, root)).toEqual(keys);
    expect(trees.leftmost(memory, root)).toBe(model.get(keys[0] ?? -1) ?? 0);
  }
});

it('a node is in one tree at a time', () => {
  const { memory, pool, root } = bench();
  const other = memory.allocate(16);
  const node = pool.make(placed) + NODE;
  expect(trees.insert(memory, root, node, () => true)).toBe(true);
  expect(trees.insert(memory, other, node, () => true)).toBe(false);
  expect(trees.remove(memory, other, node)).toBe(false);
  expect(trees.child(memory, other, node, true)).toBe(0);
});

it('a value that ends drops what its list and its tree hold', () => {
  const { memory, pool, root } = bench();
  for (let count = 0; count < 50; count += 1)
    trees.insert(memory, root, pool.make(placed) + NODE, () => count % 3 === 0);
  const head = memory.allocate(16);
  for (let count = 0; count < 50; count += 1) lists.insert(memory, head, pool.make(listed) + NODE, true);
  expect(pool.count).toBe(100);
  endFields(memory, pool, root, [treeRoot]);
  expect(pool.count).toBe(50);
  endFields(memory, pool, head, [listHead]);
  expect(pool.count).toBe(0);
  expect([trees.top(memory, root), trees.leftmost(memory, root), lists.first(memory, head)]).toEqual([
    0, 0, 0,
  ]);
});

it('an object that ends drops what its list holds, which drops what theirs do', () => {
  const { memory, pool, root } = bench();
  for (let count = 0; count < 20; count += 1) {
    const object = pool.make(nesting);
    lists.insert(memory, root, object + NODE, true);
    for (let inner = 0; inner < 5; inner += 1)
      lists.insert(memory, object + 32, pool.make(listed) + NODE, false);
  }
  expect(pool.count).toBe(120);
  endFields(memory, pool, root, [listHead]);
  expect(pool.count).toBe(0);
});

it('a list gives from both ends what was put to them', () => {
  const { memory, pool, root } = bench();
  const nodes = Array.from({ length: 4 }, () => pool.make(listed) + NODE);
  const [a = 0, b = 0, c = 0, d = 0] = nodes;
  expect([lists.first(memory, root), lists.takeLast(memory, root)]).toEqual([0, 0]);
  lists.insert(memory, root, a, true);
  lists.insert(memory, root, b, true);
  lists.insert(memory, root, c, false);
  expect(lists.insert(memory, root, b, false)).toBe(false);
  lists.insert(memory, root, d, false);
  const taken = [lists.takeLast, lists.takeFirst, lists.takeLast, lists.takeFirst, lists.takeFirst];
  expect(taken.map((take) => take(memory, root))).toEqual([b, d, a, c, 0]);
});
