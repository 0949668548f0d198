/**
 * Lists and trees of a program's own objects, and counts of who holds one: bpf_list_*(), bpf_rbtree_*(),
 * bpf_refcount_acquire(). After kernel/bpf/helpers.c of Linux 6.18; nobody waits for the lock they need. What the
 * collections are is in ../vm/linked-list.ts and ../vm/red-black-tree.ts.
 */
import { EINVAL } from '../maps/errno.ts';
import * as lists from '../vm/linked-list.ts';
import { dropNode } from '../vm/object-fields.ts';
import * as trees from '../vm/red-black-tree.ts';
import { int } from './call.ts';
import type { HelperContext, HelperFunction } from './helper.ts';

const push =
  (isLast: boolean): HelperFunction =>
  ({ memory, objects }, head, node) =>
    pushed(objects, node, lists.insert(memory, Number(head), Number(node), isLast));

/** One that is in a collection already is let go of. */
function pushed(objects: HelperContext['objects'], node: bigint, isDone: boolean): bigint {
  if (isDone) return 0n;
  dropNode(objects, Number(node));
  return int(-EINVAL);
}

export const graphFunctions: Readonly<Record<string, HelperFunction>> = {
  bpf_list_push_front_impl: push(false),
  bpf_list_push_back_impl: push(true),
  bpf_list_pop_front: ({ memory }, head) => BigInt(lists.takeFirst(memory, Number(head))),
  bpf_list_pop_back: ({ memory }, head) => BigInt(lists.takeLast(memory, Number(head))),
  bpf_list_front: ({ memory }, head) => BigInt(lists.first(memory, Number(head))),
  bpf_list_back: ({ memory }, head) => BigInt(lists.last(memory, Number(head))),

  bpf_rbtree_add_impl(context, root, node, less) {
    const isLess = (one: number, other: number): boolean =>
      context.callFunction(less, BigInt(one), BigInt(other), 0n, 0n, 0n) !== 0n;
    return pushed(context.objects, node, trees.insert(context.memory, Number(root), Number(node), isLess));
  },

  bpf_rbtree_remove: ({ memory }, root, node) =>
    trees.remove(memory, Number(root), Number(node)) ? node : 0n,
  bpf_rbtree_first: ({ memory }, root) => BigInt(trees.leftmost(memory, Number(root))),
  bpf_rbtree_root: ({ memory }, root) => BigInt(trees.top(memory, Number(root))),
  bpf_rbtree_left: ({ memory }, root, node) => BigInt(trees.child(memory, Number(root), Number(node), true)),
  bpf_rbtree_right: ({ memory }, root, node) =>
    BigInt(trees.child(memory, Number(root), Number(node), false)),

  /** The object itself; 0 where it is dropped already. */
  bpf_refcount_acquire_impl: ({ objects }, object) => (objects.hold(Number(object)) ? object : 0n),
};
