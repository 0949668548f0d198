/**
 * What values of maps and objects of programs hold beside bytes, where they begin and where they end: a count begins
 * at one; what lists, trees and pointers own ends with them. After bpf_obj_init() and bpf_obj_free_fields() of Linux.
 */
import { LIST_HEAD, REFCOUNT, TREE_ROOT } from '../object/graph-fields.ts';
import { OWNED_PERCPU_POINTER, OWNED_POINTER, type SpecialField } from '../program.ts';
import { takeFirst } from './linked-list.ts';
import type { Address, LinearMemory } from './memory.ts';
import { takeAll } from './red-black-tree.ts';

/** What lets go of objects: ObjectPool. */
export interface ObjectOwner {
  drop(at: Address): boolean;
  objectOf(node: Address): Address | undefined;
}

/** Of an object that is zeroed. */
export function beginFields({ view }: LinearMemory, at: Address, fields: readonly SpecialField[]): void {
  for (const { name, offsetBytes } of fields)
    if (name === REFCOUNT) view.setUint32(at + offsetBytes, 1, true);
}

/** Of a value or object that is there no more. */
export function endFields(
  memory: LinearMemory,
  owner: ObjectOwner,
  at: Address,
  fields: readonly SpecialField[],
): void {
  for (const { name, offsetBytes } of fields) {
    const field = at + offsetBytes;
    switch (name) {
      case OWNED_POINTER:
      case OWNED_PERCPU_POINTER: {
        const owned = memory.view.getBigUint64(field, true);
        memory.view.setBigUint64(field, 0n, true);
        if (owned !== 0n) owner.drop(Number(owned));
        break;
      }
      case LIST_HEAD:
        for (let node = takeFirst(memory, field); node !== 0; node = takeFirst(memory, field))
          dropNode(owner, node);
        break;
      case TREE_ROOT:
        for (const node of takeAll(memory, field)) dropNode(owner, node);
        break;
    }
  }
}

/** Drops the object that the node lies in, which nobody has as an owner any more. */
export function dropNode(owner: ObjectOwner, node: Address): void {
  const object = owner.objectOf(node);
  if (object !== undefined) owner.drop(object);
}
