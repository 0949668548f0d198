/**
 * Finds the fields of map values, and of objects of a program's own, that the kernel keeps for itself: locks, timers,
 * pointers to its objects, lists and trees. After btf_parse_fields() and btf_parse_struct_metas() of Linux 6.18.
 */
import type { MapDefinition, SpecialField } from '../program.ts';
import type { Btf } from './btf.ts';
import type { BtfType } from './btf-type.ts';
import { containedIn, problemOfFields } from './graph-fields.ts';

/** What is known of a value's fields; `problem` where the types cannot be what the kernel takes. */
export interface SpecialFields {
  readonly fields: readonly SpecialField[];
  readonly problem: string | undefined;
}

/** Structs that only helpers and kernel functions may touch: their bytes, and to what they are aligned. */
const specialStructs: Readonly<Record<string, { sizeBytes: number; alignment: number }>> = {
  bpf_spin_lock: { sizeBytes: 4, alignment: 4 },
  bpf_res_spin_lock: { sizeBytes: 4, alignment: 4 },
  bpf_timer: { sizeBytes: 16, alignment: 8 },
  bpf_wq: { sizeBytes: 16, alignment: 8 },
  bpf_task_work: { sizeBytes: 8, alignment: 8 },
  bpf_list_head: { sizeBytes: 16, alignment: 8 },
  bpf_rb_root: { sizeBytes: 16, alignment: 8 },
  bpf_refcount: { sizeBytes: 4, alignment: 4 },
  bpf_list_node: { sizeBytes: 24, alignment: 8 },
  bpf_rb_node: { sizeBytes: 32, alignment: 8 },
};
type Place = 'map' | 'object';
/** Those that are plain bytes in values of maps, and in objects. */
const plainIn: Readonly<Record<Place, ReadonlySet<string>>> = {
  map: new Set(['bpf_list_node', 'bpf_rb_node']),
  object: new Set(['bpf_timer', 'bpf_wq', 'bpf_task_work']),
};
/** Type tags that make a pointer in a map value one to a kernel object. */
const specialTags: ReadonlySet<string> = new Set(['kptr', 'kptr_untrusted', 'percpu_kptr', 'uptr']);
/** A value may hold several of these; of the others, one. */
const repeatable: ReadonlySet<string> = new Set([
  'struct bpf_list_head',
  'struct bpf_rb_root',
  'struct bpf_list_node',
  'struct bpf_rb_node',
]);
const POINTER_BYTES = 8;
/** Structs within structs; the kernel's own limit is 15 (MAX_RESOLVE_DEPTH). */
const DEPTH_MAX = 15;
/** BTF_FIELDS_MAX. */
const FIELDS_MAX = 11;

/** Fields of a value of that type. */
export function findSpecialFields(btf: Btf, valueTypeId: number): SpecialFields {
  return search(btf, valueTypeId, 'map');
}

/** Fields of an object of that type, which a program makes. */
export function findObjectFields(btf: Btf, typeId: number): SpecialFields {
  const found = search(btf, typeId, 'object');
  const type = btf.resolve(typeId);
  const isDirect = type.kind === 'struct' && type.members.some((member) => isSpecial(btf, member.typeId));
  if (isDirect || found.fields.length === 0) return found;
  return { ...found, problem: 'such a field in a struct within alone, which the kernel does not see' };
}

function search(btf: Btf, typeId: number, place: Place): SpecialFields {
  const found = new Search(btf, place);
  found.value(btf.resolve(typeId));
  const { fields } = found;
  const inContained = (id: number): readonly SpecialField[] => new Search(btf, 'object').fieldsOf(id);
  return { fields, problem: found.problem ?? problemOfFields(fields, inContained) };
}

/** Whether a member of that very type makes its struct one whose fields the kernel notes. */
function isSpecial(btf: Btf, typeId: number): boolean {
  const type = btf.typeById(typeId);
  if (type.kind === 'struct') return type.name in specialStructs && !plainIn.object.has(type.name);
  return type.kind === 'ptr' && btf.kindOf(type.typeId) === 'type_tag';
}

/** The map, and the one it holds, with the fields of their values. */
export function withSpecialFields(map: MapDefinition, btf: Btf | undefined): MapDefinition {
  const inner = map.inner === undefined ? undefined : withSpecialFields(map.inner, btf);
  const fields =
    btf === undefined || map.valueTypeId === 0 ? [] : findSpecialFields(btf, map.valueTypeId).fields;
  return { ...map, inner, ...(fields.length === 0 ? {} : { specialFields: fields }) };
}

interface FoundField {
  readonly name: string;
  readonly sizeBytes: number;
  readonly alignment: number;
  readonly pointee?: string;
  readonly pointeeTypeId?: number;
}

/** Where a field is declared: a member of a struct, or a variable, whose index is -1. */
interface Declaration {
  readonly typeId: number;
  readonly index: number;
}

class Search {
  readonly fields: SpecialField[] = [];
  problem: string | undefined;
  readonly #btf: Btf;
  readonly #place: Place;
  readonly #once = new Set<string>();

  constructor(btf: Btf, place: Place) {
    this.#btf = btf;
    this.#place = place;
  }

  fieldsOf(typeId: number): readonly SpecialField[] {
    this.value(this.#btf.resolve(typeId));
    return this.fields;
  }

  value(type: BtfType): void {
    if (type.kind === 'struct') this.#members(type, 0, 0);
    if (type.kind !== 'datasec') return;
    for (const { typeId, offsetBytes, sizeBytes } of type.variables) {
      const variable = this.#btf.typeById(typeId);
      const declared = { typeId: variable.id, index: -1 };
      if (variable.kind === 'var') this.#member(variable.typeId, offsetBytes, 0, sizeBytes, declared);
    }
  }

  #members(type: Extract<BtfType, { kind: 'struct' | 'union' }>, at: number, depth: number): void {
    if (depth >= DEPTH_MAX) {
      this.problem = 'types nested too deep to look through';
      return;
    }
    for (const [index, { typeId, offsetBits }] of type.members.entries())
      if (offsetBits % 8 === 0)
        this.#member(typeId, at + offsetBits / 8, depth, undefined, { typeId: type.id, index });
  }

  /** Names for a type hide it from the kernel, as they do here. */
  #member(
    typeId: number,
    at: number,
    depth: number,
    sizeWanted: number | undefined,
    declared: Declaration,
  ): void {
    let type = this.#btf.typeById(typeId);
    let count = 1;
    for (let nesting = 0; type.kind === 'array' && nesting < DEPTH_MAX; nesting += 1) {
      count *= type.count;
      type = this.#btf.typeById(type.elementTypeId);
    }
    if (count === 0 || this.problem !== undefined) return;
    const field = this.#fieldOf(type);
    const sizeBytes = field?.sizeBytes ?? (type.kind === 'struct' ? type.sizeBytes : 0);
    if (sizeWanted !== undefined && sizeWanted !== sizeBytes * count) return;
    if (field !== undefined) {
      if (at % field.alignment === 0) this.#add(field, at, count, declared);
    } else if (type.kind === 'struct') {
      const before = this.fields.length;
      this.#members(type, at, depth + 1);
      if (count > 1 && this.fields.length > before)
        this.problem = 'an array of structs with such fields, which is not looked through yet';
    }
  }

  #add(found: FoundField, at: number, count: number, { typeId, index: member }: Declaration): void {
    const { name, sizeBytes, pointee, pointeeTypeId = 0 } = found;
    const pointed = pointee === undefined ? {} : { pointee, pointeeTypeId };
    const held = containedIn(this.#btf, name, typeId, member);
    if (typeof held === 'string') this.problem = held;
    const contains = typeof held === 'object' ? { contains: held } : {};
    const isMany = pointee !== undefined || repeatable.has(name);
    if (!isMany && (this.#once.has(name) || count > 1)) this.problem = `more than one ${name}`;
    this.#once.add(name);
    if (this.fields.length + count > FIELDS_MAX) this.problem = `more than ${FIELDS_MAX} such fields`;
    if (this.problem !== undefined) return;
    for (let index = 0; index < count; index += 1)
      this.fields.push({ name, offsetBytes: at + index * sizeBytes, sizeBytes, ...pointed, ...contains });
  }

  #fieldOf(type: BtfType): FoundField | undefined {
    if (type.kind === 'struct') {
      const special = specialStructs[type.name];
      if (special?.sizeBytes !== type.sizeBytes || plainIn[this.#place].has(type.name)) return undefined;
      return { name: `struct ${type.name}`, ...special };
    }
    const pointer = type.kind === 'volatile' ? this.#btf.typeById(type.typeId) : type;
    if (pointer.kind !== 'ptr') return undefined;
    const target = this.#btf.typeById(pointer.typeId);
    if (target.kind !== 'type_tag') return undefined;
    if (!specialTags.has(target.name)) this.problem = `a pointer tagged ${target.name}`;
    const name = `a pointer tagged ${target.name}`;
    const pointee = this.#btf.resolve(target.typeId);
    if (this.#btf.kindOf(target.typeId) === 'type_tag') this.problem = 'a pointer of more than one tag';
    if (pointee.kind !== 'struct') this.problem = `${name} that points to no struct`;
    return {
      name,
      sizeBytes: POINTER_BYTES,
      alignment: POINTER_BYTES,
      pointee: pointee.name,
      pointeeTypeId: pointee.id,
    };
  }
}
