/**
 * Finds the fields of map values that the kernel keeps for itself: locks, timers, pointers to its objects. After
 * btf_parse_fields() of Linux 6.18.
 */
import type { MapDefinition, SpecialField } from '../program.ts';
import type { Btf } from './btf.ts';
import type { BtfType } from './btf-type.ts';

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
};
/** Type tags that make a pointer in a map value one to a kernel object. */
const specialTags: ReadonlySet<string> = new Set(['kptr', 'kptr_untrusted', 'percpu_kptr', 'uptr']);
/** A value may hold several of these; of the others, one. */
const repeatable: ReadonlySet<string> = new Set(['struct bpf_list_head', 'struct bpf_rb_root']);
const POINTER_BYTES = 8;
/** Structs within structs; the kernel's own limit is 15 (MAX_RESOLVE_DEPTH). */
const DEPTH_MAX = 15;
/** BTF_FIELDS_MAX. */
const FIELDS_MAX = 11;

/** Fields of a value of that type. */
export function findSpecialFields(btf: Btf, valueTypeId: number): SpecialFields {
  const search = new Search(btf);
  search.value(btf.resolve(valueTypeId));
  return { fields: search.fields, problem: search.problem };
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

class Search {
  readonly fields: SpecialField[] = [];
  problem: string | undefined;
  readonly #btf: Btf;
  readonly #once = new Set<string>();

  constructor(btf: Btf) {
    this.#btf = btf;
  }

  value(type: BtfType): void {
    if (type.kind === 'struct') this.#members(type, 0, 0);
    if (type.kind !== 'datasec') return;
    for (const { typeId, offsetBytes, sizeBytes } of type.variables) {
      const variable = this.#btf.typeById(typeId);
      if (variable.kind === 'var') this.#member(variable.typeId, offsetBytes, 0, sizeBytes);
    }
  }

  #members(type: Extract<BtfType, { kind: 'struct' | 'union' }>, at: number, depth: number): void {
    if (depth >= DEPTH_MAX) {
      this.problem = 'types nested too deep to look through';
      return;
    }
    for (const { typeId, offsetBits } of type.members)
      if (offsetBits % 8 === 0) this.#member(typeId, at + offsetBits / 8, depth, undefined);
  }

  /** Names for a type hide it from the kernel, as they do here. */
  #member(typeId: number, at: number, depth: number, sizeWanted: number | undefined): void {
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
      if (at % field.alignment === 0) this.#add(field, at, sizeBytes, count);
    } else if (type.kind === 'struct') {
      const before = this.fields.length;
      this.#members(type, at, depth + 1);
      if (count > 1 && this.fields.length > before)
        this.problem = 'an array of structs with such fields, which is not looked through yet';
    }
  }

  #add({ name, pointee, pointeeTypeId = 0 }: FoundField, at: number, sizeBytes: number, count: number): void {
    const pointed = pointee === undefined ? {} : { pointee, pointeeTypeId };
    const isMany = pointee !== undefined || repeatable.has(name);
    if (!isMany && (this.#once.has(name) || count > 1)) this.problem = `more than one ${name}`;
    this.#once.add(name);
    if (this.fields.length + count > FIELDS_MAX) this.problem = `more than ${FIELDS_MAX} such fields`;
    if (this.problem !== undefined) return;
    for (let index = 0; index < count; index += 1)
      this.fields.push({ name, offsetBytes: at + index * sizeBytes, sizeBytes, ...pointed });
  }

  #fieldOf(type: BtfType): FoundField | undefined {
    if (type.kind === 'struct') {
      const special = specialStructs[type.name];
      if (special === undefined || special.sizeBytes !== type.sizeBytes) return undefined;
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
