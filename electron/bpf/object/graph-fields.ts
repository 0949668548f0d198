/**
 * What heads of lists and roots of trees say that they hold: a declaration tag `contains:struct:member` on the field.
 * After btf_find_graph_root(), btf_parse_graph_root() and btf_check_and_fixup_fields() of Linux 6.18.
 */
import type { Contained, SpecialField } from '../program.ts';
import type { Btf } from './btf.ts';

export const LIST_HEAD = 'struct bpf_list_head';
export const LIST_NODE = 'struct bpf_list_node';
export const TREE_ROOT = 'struct bpf_rb_root';
export const TREE_NODE = 'struct bpf_rb_node';
export const REFCOUNT = 'struct bpf_refcount';
export const SPIN_LOCK = 'struct bpf_spin_lock';
export const RESILIENT_LOCK = 'struct bpf_res_spin_lock';

/** Which node puts an object into which kind of collection. */
export const nodeOf: Readonly<Record<string, string>> = { [LIST_HEAD]: LIST_NODE, [TREE_ROOT]: TREE_NODE };

const PREFIX = 'contains:';
const NODE_ALIGNMENT = 8;

/** Tags `contains:` of a BTF, by type and member. */
const known = new WeakMap<Btf, ReadonlyMap<string, readonly string[]>>();

function tagsOf(btf: Btf): ReadonlyMap<string, readonly string[]> {
  const found = known.get(btf);
  if (found !== undefined) return found;
  const tags = new Map<string, string[]>();
  for (let id = 1; id < btf.typeCount; id += 1) {
    if (btf.kindOf(id) !== 'decl_tag' || !btf.nameOf(id).startsWith(PREFIX)) continue;
    const tag = btf.typeById(id);
    if (tag.kind !== 'decl_tag') continue;
    const place = `${tag.typeId} ${tag.componentIndex}`;
    tags.set(place, [...(tags.get(place) ?? []), tag.name.slice(PREFIX.length)]);
  }
  known.set(btf, tags);
  return tags;
}

/** What the field, a member of a type or a variable (`member` -1), holds; why the kernel does not take it; undefined of all other fields. */
export function containedIn(
  btf: Btf,
  name: string,
  typeId: number,
  member: number,
): Contained | string | undefined {
  const nodeName = nodeOf[name];
  if (nodeName === undefined) return undefined;
  const tags = tagsOf(btf).get(`${typeId} ${member}`) ?? [];
  const [tag] = tags;
  if (tag === undefined || tags.length > 1) return `${name} that does not say once what it contains`;
  const split = tag.indexOf(':');
  const struct = split < 0 ? undefined : btf.findStruct(tag.slice(0, split));
  if (struct === undefined) return `${name} of ${tag}, which is no struct and a member`;
  const nodes = struct.members.filter((each) => each.name !== '' && each.name === tag.slice(split + 1));
  const [node] = nodes;
  const type = node === undefined ? undefined : btf.typeById(node.typeId);
  const isNode = type?.kind === 'struct' && `struct ${type.name}` === nodeName;
  const nodeOffsetBytes = (node?.offsetBits ?? 0) / 8;
  if (!isNode || nodes.length > 1 || nodeOffsetBytes % NODE_ALIGNMENT !== 0)
    return `${name} of ${tag}, which is no ${nodeName}`;
  return { typeId: struct.id, nodeOffsetBytes };
}

/** Why the kernel does not take these fields together; `inContained` gives those of what a collection holds. */
export function problemOfFields(
  fields: readonly SpecialField[],
  inContained: (typeId: number) => readonly SpecialField[],
): string | undefined {
  const has = (name: string): boolean => fields.some((each) => each.name === name);
  const collections = fields.filter(({ contains }) => contains !== undefined);
  if (has(LIST_NODE) && has(TREE_NODE) && !has(REFCOUNT))
    return 'nodes of a list and of a tree without a reference count';
  if (has(SPIN_LOCK) && has(RESILIENT_LOCK)) return 'locks of two kinds';
  if (collections.length > 0 && !has(SPIN_LOCK) && !has(RESILIENT_LOCK))
    return `${collections[0]?.name ?? LIST_HEAD} without a lock`;
  const isNodeItself = has(LIST_NODE) || has(TREE_NODE);
  const isCircular = collections.some(
    ({ contains }) =>
      contains !== undefined &&
      isNodeItself &&
      inContained(contains.typeId).some((each) => each.contains !== undefined),
  );
  return isCircular ? 'collections of what holds collections itself' : undefined;
}
