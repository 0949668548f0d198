/**
 * Fields of map values that the kernel keeps for itself: locks, timers, pointers to its objects. A
 * program may not read or write them like other bytes. After btf_parse_fields() and check_map_access()
 * of Linux 6.18.
 */
import type { Btf } from '../object/btf.ts';
import type { BtfType } from '../object/btf-type.ts';
import type { MapDefinition, MapType, ProgramType } from '../program.ts';
import type { PointerRegister } from './register.ts';
import type { Walk } from './walk.ts';

export interface SpecialField {
  /** As C names it: `struct bpf_timer`, `a pointer tagged kptr`. */
  readonly name: string;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

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
/** BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG. */
const ONE_WAY_FLAGS = (1 << 7) | (1 << 8);

export const SPIN_LOCK = 'struct bpf_spin_lock';
export const TIMER = 'struct bpf_timer';
const WORK_QUEUE = 'struct bpf_wq';
const isKernelPointer = ({ name }: SpecialField): boolean => name.startsWith('a pointer');

/** Map types whose values may hold them: map_check_btf(). Those that are not here are not verified. */
const mapTypes: Readonly<Record<string, readonly MapType[]>> = {
  [SPIN_LOCK]: [
    'hash',
    'array',
    'cgroup_storage',
    'sk_storage',
    'inode_storage',
    'task_storage',
    'cgrp_storage',
  ],
  [TIMER]: ['hash', 'lru_hash', 'array'],
  [WORK_QUEUE]: ['hash', 'lru_hash', 'array'],
};
const pointerMapTypes: readonly MapType[] = [
  'hash',
  'percpu_hash',
  'lru_hash',
  'lru_percpu_hash',
  'array',
  'percpu_array',
  'sk_storage',
  'inode_storage',
  'task_storage',
  'cgrp_storage',
];
const tracingTypes: ReadonlySet<ProgramType> = new Set([
  'kprobe',
  'tracepoint',
  'perf_event',
  'raw_tracepoint',
  'raw_tracepoint_writable',
]);

const none: SpecialFields = { fields: [], problem: undefined };
/** Found before, by the BTF that names the types, then by map. */
const known = new WeakMap<Btf, WeakMap<MapDefinition, SpecialFields>>();

/** Fields of the map's values; none where there is no BTF to tell. */
export function specialFieldsOf(map: MapDefinition, btf: Btf | undefined): SpecialFields {
  if (btf === undefined || map.valueTypeId === 0) return none;
  let byMap = known.get(btf);
  if (byMap === undefined) known.set(btf, (byMap = new WeakMap()));
  let found = byMap.get(map);
  if (found === undefined) {
    const search = new Search(btf);
    search.value(btf.resolve(map.valueTypeId));
    found = { fields: search.fields, problem: search.problem };
    byMap.set(map, found);
  }
  return found;
}

export function specialFieldNamed(walk: Walk, map: MapDefinition, name: string): SpecialField | undefined {
  return specialFieldsOf(map, walk.options.btf).fields.find((each) => each.name === name);
}

/** Refuses a map whose values hold what the program, or such a map, may not have. */
export function checkSpecialFields(walk: Walk, map: MapDefinition, isInner: boolean): void {
  const { fields, problem } = specialFieldsOf(map, walk.options.btf);
  if (problem !== undefined) walk.refuse('not-supported', `values of map ${map.name} hold ${problem}`);
  for (const field of fields) {
    const { name } = field;
    const types = isKernelPointer(field) ? pointerMapTypes : mapTypes[name];
    const isModelled =
      types !== undefined && name !== 'a pointer tagged uptr' && !(isInner && name !== SPIN_LOCK);
    if (!isModelled)
      walk.refuse('not-supported', `values of map ${map.name} hold ${name}, which is not verified yet`);
    if (!types.includes(map.type) || (map.flags & ONE_WAY_FLAGS) !== 0)
      walk.refuse('bad-map', `values of a ${map.type} map such as ${map.name} may not hold ${name}`);
    const isRefused =
      (!isKernelPointer(field) && tracingTypes.has(walk.program.type)) ||
      (name === SPIN_LOCK && walk.program.type === 'socket_filter');
    if (isRefused)
      walk.refuse('bad-map', `${walk.program.type} progs cannot use ${name.replace('struct ', '')} yet`);
    if (name === TIMER && walk.program.isSleepable)
      walk.refuse('not-supported', 'timers of programs that may sleep are not verified yet');
  }
}

/** Refuses an access of `sizeBytes` at `offset` past the pointer that may touch such a field. */
export function checkFieldsUntouched(
  walk: Walk,
  pointer: PointerRegister,
  offset: number,
  sizeBytes: number,
): void {
  const { fields } = specialFieldsOf(walk.map(pointer.map), walk.options.btf);
  if (fields.length === 0) return;
  const from = BigInt(pointer.offset + offset);
  const { smin, umax } = pointer.variable;
  for (const field of fields) {
    const start = BigInt(field.offsetBytes);
    if (from + smin >= start + BigInt(field.sizeBytes) || start >= from + umax + BigInt(sizeBytes)) continue;
    if (isKernelPointer(field))
      walk.refuse('not-supported', `an access of ${field.name} at offset ${start} is not verified yet`);
    const name = field.name.replace('struct ', '');
    walk.refuse('special-field', `${name} cannot be accessed directly by load/store`);
  }
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
      if (at % field.alignment === 0) this.#add(field.name, at, sizeBytes, count);
    } else if (type.kind === 'struct') {
      const before = this.fields.length;
      this.#members(type, at, depth + 1);
      if (count > 1 && this.fields.length > before)
        this.problem = 'an array of structs with such fields, which is not looked through yet';
    }
  }

  #add(name: string, at: number, sizeBytes: number, count: number): void {
    const isPointer = name.startsWith('a pointer');
    const isMany = isPointer || repeatable.has(name);
    if (!isMany && (this.#once.has(name) || count > 1)) this.problem = `more than one ${name}`;
    this.#once.add(name);
    if (this.fields.length + count > FIELDS_MAX) this.problem = `more than ${FIELDS_MAX} such fields`;
    if (this.problem !== undefined) return;
    for (let index = 0; index < count; index += 1)
      this.fields.push({ name, offsetBytes: at + index * sizeBytes, sizeBytes });
  }

  #fieldOf(type: BtfType): { name: string; sizeBytes: number; alignment: number } | undefined {
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
    return { name: `a pointer tagged ${target.name}`, sizeBytes: POINTER_BYTES, alignment: POINTER_BYTES };
  }
}
