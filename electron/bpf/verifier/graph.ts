/**
 * Lists and trees of a program's own objects: which collection a call is given, whether its lock is held, what goes in
 * and what comes out. After __process_kf_arg_ptr_to_graph_root() and __process_kf_arg_ptr_to_graph_node() of Linux 6.18.
 */
import { LIST_HEAD, nodeOf, REFCOUNT, TREE_ROOT } from '../object/graph-fields.ts';
import type { Contained, SpecialField } from '../program.ts';
import { isInLess } from './graph-callback.ts';
import { fieldAt, recordOf } from './graph-record.ts';
import { isLocked } from './locks.ts';
import { flagsInCollection } from './non-owning.ts';
import { NON_OWNING, RCU } from './pointer-flags.ts';
import { acquire } from './references.ts';
import { isPointer, kindName, pointerRegister, type PointerRegister, type Register } from './register.ts';
import { constantOf } from './scalar.ts';
import type { Walk } from './walk.ts';

/** A collection that a call is given. */
export interface Collection {
  readonly name: string;
  readonly contains: Contained;
}

/** Checks the head of a list, or the root of a tree, in `register`. */
export function collectionAt(
  walk: Walk,
  kind: 'list_head' | 'tree_root',
  content: Register,
  register: number,
): Collection {
  const name = kind === 'list_head' ? LIST_HEAD : TREE_ROOT;
  const short = name.replace('struct ', '');
  const isOfMap = isPointer(content) && content.target === 'map-value';
  const isObject = isPointer(content) && content.target === 'object' && content.flags === 0;
  if (!(isOfMap || isObject) || content.isMaybeNull)
    walk.refuse(
      isPointer(content) && content.isMaybeNull ? 'maybe-null' : 'bad-argument',
      `arg#${register - 1} expected pointer to map value or allocated object, and R${register} is ${kindName(content)}`,
    );
  if (isObject && content.reference === 0)
    walk.refuse('not-a-reference', 'allocated object must be referenced');
  if (isObject) requireFixed(walk, content, register);
  if (constantOf(content.variable) === undefined)
    walk.refuse(
      'bad-argument',
      `R${register} doesn't have constant offset. ${short} has to be at the constant offset`,
    );
  const field = fieldAt(walk, content, name);
  if (field?.contains === undefined)
    return walk.refuse('bad-argument', `${short} not found at offset=${placeOf(content)}`);
  if (!isLocked(walk, content))
    walk.refuse(
      'locked',
      `bpf_spin_lock at off=${lockOffset(recordOf(walk, content))} must be held for ${short}`,
    );
  return { name, contains: field.contains };
}

function lockOffset(fields: readonly SpecialField[]): number {
  return fields.find(({ name }) => name.endsWith('spin_lock'))?.offsetBytes ?? 0;
}

function placeOf({ offset, variable }: PointerRegister): bigint {
  return BigInt(offset) + BigInt.asIntN(64, constantOf(variable) ?? 0n);
}

/** Checks the node of an object that goes into the collection; gives what the program held until then. */
export function pushedNode(walk: Walk, into: Collection, content: Register, register: number): number {
  const object = ownObject(walk, content, register);
  if (object.flags !== 0)
    walk.refuse('bad-argument', `arg#${register - 1} expected pointer to allocated object`);
  if (object.reference === 0) walk.refuse('not-a-reference', 'allocated object must be referenced');
  requireNodeOf(walk, into, object, register);
  return object.reference;
}

/** Checks a node that may be in the tree; `name` is that of the function. */
export function nodeIn(
  walk: Walk,
  tree: Collection,
  content: Register,
  register: number,
  name: string,
): void {
  const object = ownObject(walk, content, register);
  if ((object.flags & NON_OWNING) === 0 && object.reference === 0)
    walk.refuse('bad-argument', `${name} can only take non-owning or refcounted bpf_rb_node pointer`);
  if (isInLess(walk)) walk.refuse('callback', `${name} not allowed in rbtree cb`);
  requireNodeOf(walk, tree, object, register);
}

function ownObject(walk: Walk, content: Register, register: number): PointerRegister {
  if (!isPointer(content) || content.target !== 'object' || content.isMaybeNull)
    walk.refuse(
      isPointer(content) && content.isMaybeNull ? 'maybe-null' : 'bad-argument',
      `arg#${register - 1} expected pointer to allocated object, and R${register} is ${kindName(content)}`,
    );
  requireFixed(walk, content, register);
  return content;
}

/** __check_ptr_off_reg(). */
function requireFixed(walk: Walk, { offset, variable }: PointerRegister, register: number): void {
  if (offset < 0)
    walk.refuse('bad-argument', `negative offset ptr_ ptr R${register} off=${offset} disallowed`);
  if (constantOf(variable) !== 0n)
    walk.refuse(
      'bad-argument',
      `variable ptr_ access of R${register} disallowed: its offset has to be a constant`,
    );
}

function requireNodeOf(
  walk: Walk,
  { name, contains }: Collection,
  object: PointerRegister,
  register: number,
): void {
  const node = nodeOf[name] ?? '';
  const short = node.replace('struct ', '');
  if (fieldAt(walk, object, node) === undefined)
    walk.refuse('bad-argument', `${short} not found at offset=${object.offset}`);
  const nameOf = (typeId: number): string => walk.options.btf?.nameOf(typeId) ?? '';
  if (object.btfTypeId !== contains.typeId || object.offset !== contains.nodeOffsetBytes)
    walk.refuse(
      'bad-argument',
      `operation on ${name.replace('struct ', '')} expects arg#${register - 1} ${short} at offset=${contains.nodeOffsetBytes} ` +
        `in struct ${nameOf(contains.typeId)}, but arg is at offset=${object.offset} in struct ${nameOf(object.btfTypeId)}`,
    );
}

/** Node of an object in the collection, which stays there. */
export function nodeFound(walk: Walk, { contains }: Collection): PointerRegister {
  const { typeId, nodeOffsetBytes } = contains;
  return pointerRegister('object', {
    btfTypeId: typeId,
    offset: nodeOffsetBytes,
    flags: flagsInCollection(walk, typeId),
    id: walk.newId(),
  });
}

/** Node of an object that came out of the collection: the program holds it. */
export function nodeTaken(walk: Walk, { contains }: Collection): PointerRegister {
  const { typeId, nodeOffsetBytes } = contains;
  const reference = acquire(walk);
  return pointerRegister('object', { btfTypeId: typeId, offset: nodeOffsetBytes, id: reference, reference });
}

/** Checks an object with a count, which one more holds from now on. */
export function countedObject(walk: Walk, content: Register, register: number): PointerRegister {
  if (!isPointer(content) || content.target !== 'object')
    walk.refuse(
      'bad-argument',
      `arg#${register - 1} is neither owning or non-owning ref: R${register} is ${kindName(content)}`,
    );
  if (content.isMaybeNull)
    walk.refuse('maybe-null', `Possibly NULL pointer passed to trusted arg${register - 1}`);
  const isThere = content.reference !== 0 || (content.flags & RCU) !== 0;
  if (!recordOf(walk, content).some(({ name }) => name === REFCOUNT))
    walk.refuse('bad-argument', `arg#${register - 1} doesn't point to a type with bpf_refcount field`);
  if (!isThere) walk.refuse('bad-argument', `R${register} may point to an object that is gone`);
  requireFixed(walk, content, register);
  if (content.offset !== 0)
    walk.refuse(
      'not-supported',
      `R${register} points into an object, of which one more hold is not taken yet`,
    );
  return content;
}

/** One more hold of the object, which is surely to be had where the program holds it. */
export function heldOnceMore(walk: Walk, { btfTypeId, reference: held }: PointerRegister): PointerRegister {
  const reference = acquire(walk);
  return pointerRegister('object', { btfTypeId, isMaybeNull: held === 0, id: reference, reference });
}
