/**
 * What a read of some bytes of a kernel object finds, by the kernel's own types: a number, a pointer to
 * another object, or something that may not be read so. After btf_struct_walk(), btf_struct_access() and
 * btf_struct_ids_match() of Linux 6.18. Trust is decided in btf-pointer.ts.
 */
import type { Btf } from '../object/btf.ts';
import type { BtfComposite, BtfMember, BtfReference, BtfType } from '../object/btf-type.ts';
import { PERCPU, RCU, UNTRUSTED, USER } from './pointer-flags.ts';

/** Structs within structs; the deepest of a real kernel lies below 10, and BTF that goes in circles ends here. */
const NESTING_MAX = 64;

export type Found =
  | { readonly kind: 'scalar' }
  /** `typeId` is the object's type behind all qualifiers; `flags` those of its tag, and UNTRUSTED out of a union. */
  | { readonly kind: 'pointer'; readonly typeId: number; readonly flags: number; readonly member: string }
  /** A pointer to what is no struct: its bytes may be read, and may not be there. */
  | { readonly kind: 'memory' }
  | { readonly kind: 'refused'; readonly text: string };

/** Where one step of the walk ended: at what was found, or at the start of a struct within. */
type Step = Found | { readonly kind: 'struct'; readonly typeId: number };

export function isComposite(type: BtfType): type is BtfComposite {
  return type.kind === 'struct' || type.kind === 'union';
}

/** First struct or union of this name. */
export function findComposite(btf: Btf, kind: 'struct' | 'union', name: string): BtfComposite | undefined {
  const id = btf.idsByName(name).find((each) => btf.kindOf(each) === kind);
  const type = id === undefined ? undefined : btf.typeById(id);
  return type !== undefined && isComposite(type) ? type : undefined;
}

/** What lies at [offset, offset + sizeBytes) of an object of the type. */
export function findInObject(btf: Btf, typeId: number, offset: number, sizeBytes: number): Found {
  const flags = { isInUnion: false };
  let step = walkStruct(btf, typeId, offset, sizeBytes, flags);
  for (let depth = 0; step.kind === 'struct'; depth += 1) {
    if (depth > NESTING_MAX)
      return refused(`struct ${btf.nameOf(typeId)} nests more than ${NESTING_MAX} deep`);
    step = walkStruct(btf, step.typeId, 0, sizeBytes, flags);
  }
  return step;
}

/** Whether an object of type `needed` begins at the offset of one of type `typeId`: itself, or within. */
export function holdsTypeAt(btf: Btf, typeId: number, offset: number, needed: number): boolean {
  if (offset === 0 && typeId === needed) return true;
  let step = walkStruct(btf, typeId, offset, 1, { isInUnion: false });
  for (let depth = 0; step.kind === 'struct' && depth <= NESTING_MAX; depth += 1) {
    if (step.typeId === needed) return true;
    step = walkStruct(btf, step.typeId, 0, 1, { isInUnion: false });
  }
  return false;
}

function refused(text: string): Found {
  return { kind: 'refused', text };
}

function walkStruct(
  btf: Btf,
  typeId: number,
  from: number,
  sizeBytes: number,
  flags: { isInUnion: boolean },
): Step {
  let type = btf.resolve(typeId);
  let offset = from;
  for (let depth = 0; depth <= NESTING_MAX; depth += 1) {
    if (!isComposite(type)) return refused(`Type '${type.name}' is not a struct`);
    if (type.kind === 'union' && type.members.length !== 1) flags.isInUnion = true;
    if (offset + sizeBytes > type.sizeBytes) {
      const element = flexibleElement(btf, type, offset);
      if (element === undefined)
        return refused(`access beyond struct ${type.name} at off ${offset} size ${sizeBytes}`);
      if (!isComposite(element.type)) return { kind: 'scalar' };
      if (element.type.sizeBytes === 0) return refused(`an array of empty structs ends ${type.name}`);
      offset = (offset - element.startBytes) % element.type.sizeBytes;
      type = element.type;
      continue;
    }
    const step = walkMembers(btf, type, offset, sizeBytes, flags.isInUnion);
    if (step.kind !== 'within') return step;
    type = step.type;
    offset = step.offset;
  }
  return refused(`struct ${btf.nameOf(typeId)} nests more than ${NESTING_MAX} deep`);
}

/** The element type of an array without a length that ends the struct; undefined where none does. */
function flexibleElement(
  btf: Btf,
  struct: BtfComposite,
  offset: number,
): { readonly type: BtfType; readonly startBytes: number } | undefined {
  const last = struct.members.at(-1);
  if (last === undefined) return undefined;
  const array = btf.resolve(last.typeId);
  const startBytes = Math.floor(last.offsetBits / 8);
  if (array.kind !== 'array' || array.count !== 0 || offset < startBytes) return undefined;
  const type = btf.resolve(array.elementTypeId);
  return type.kind === 'int' || isComposite(type) ? { type, startBytes } : undefined;
}

type Within = { readonly kind: 'within'; readonly type: BtfType; readonly offset: number };

function walkMembers(
  btf: Btf,
  struct: BtfComposite,
  offset: number,
  sizeBytes: number,
  isInUnion: boolean,
): Step | Within {
  for (const member of struct.members) {
    const start = Math.floor(member.offsetBits / 8);
    if (offset + sizeBytes <= start) break;
    if (member.bitSize !== 0) {
      const end = Math.ceil((member.offsetBits + member.bitSize) / 8);
      if (offset <= start && end <= offset + sizeBytes) return { kind: 'scalar' };
      continue;
    }
    // A hole, or the end of one member and the start of this.
    if (offset < start) break;
    const place = placeIn(btf, member, start, offset);
    if (place === 'no-size') return refused(`field ${member.name} doesn't have size`);
    if (place === undefined) continue;
    const { type } = place;
    if (isComposite(type)) {
      if (offset === place.startBytes) return { kind: 'struct', typeId: type.id };
      return { kind: 'within', type, offset: offset - place.startBytes };
    }
    if (type.kind === 'ptr') {
      if (sizeBytes === 8 && offset === place.startBytes) return pointerFound(btf, type, member, isInUnion);
      return refused(
        `cannot access ptr member ${member.name} with moff ${place.startBytes} in struct ${struct.name} with off ${offset} size ${sizeBytes}`,
      );
    }
    if (offset + sizeBytes > place.endBytes && !isInUnion) {
      return refused(
        `access beyond the end of member ${member.name} (mend:${place.endBytes}) in struct ${struct.name} with off ${offset} size ${sizeBytes}`,
      );
    }
    return { kind: 'scalar' };
  }
  return refused(`struct ${struct.name} doesn't have field at offset ${offset}`);
}

interface Place {
  /** Behind qualifiers; the element's, of an array. */
  readonly type: BtfType;
  /** Where the member, or the element of it, begins. */
  readonly startBytes: number;
  /** Where the whole member ends. */
  readonly endBytes: number;
}

/** The member, or the element of it, that covers the offset; undefined where it ends before. */
function placeIn(btf: Btf, member: BtfMember, start: number, offset: number): Place | 'no-size' | undefined {
  let type = btf.resolve(member.typeId);
  let count = 1;
  for (let depth = 0; type.kind === 'array'; depth += 1) {
    if (depth > NESTING_MAX) return 'no-size';
    count *= type.count;
    type = btf.resolve(type.elementTypeId);
  }
  const sizeBytes = btf.sizeOf(type.id);
  if (sizeBytes === undefined) return 'no-size';
  const endBytes = start + count * sizeBytes;
  if (offset >= endBytes) return undefined;
  return { type, startBytes: start + Math.floor((offset - start) / sizeBytes) * sizeBytes, endBytes };
}

function pointerFound(btf: Btf, pointer: BtfReference, member: BtfMember, isInUnion: boolean): Found {
  const pointee = btf.resolve(pointer.typeId);
  if (!isComposite(pointee)) return { kind: 'memory' };
  const flags = tagFlags(btf, pointer) | (isInUnion ? UNTRUSTED : 0);
  return { kind: 'pointer', typeId: pointee.id, flags, member: member.name };
}

const flagsByTag: Readonly<Record<string, number>> = { user: USER, percpu: PERCPU, rcu: RCU };

/** What the tag on what is pointed to says: `struct task_struct __rcu *`. */
export function tagFlags(btf: Btf, pointer: BtfReference): number {
  const tag = btf.typeById(pointer.typeId);
  return tag.kind === 'type_tag' ? (flagsByTag[tag.name] ?? 0) : 0;
}
