/**
 * Fields of map values that the kernel keeps for itself: locks, timers, pointers to its objects. A
 * program may not read or write them like other bytes. After btf_parse_fields() and check_map_access()
 * of Linux 6.18.
 */
import type { Btf } from '../object/btf.ts';
import { LIST_HEAD, REFCOUNT, RESILIENT_LOCK, SPIN_LOCK, TREE_ROOT } from '../object/graph-fields.ts';
import { findSpecialFields, type SpecialFields } from '../object/special-fields.ts';
import type { MapDefinition, MapType, ProgramType, SpecialField } from '../program.ts';
import { checkPointee } from './kptr-types.ts';
import type { PointerRegister } from './register.ts';
import { constantOf } from './scalar.ts';
import type { Walk } from './walk.ts';

const POINTER_BYTES = 8;
/** BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG. */
const ONE_WAY_FLAGS = (1 << 7) | (1 << 8);

export const TIMER = 'struct bpf_timer';
export const WORK_QUEUE = 'struct bpf_wq';
const isKernelPointer = ({ pointee }: SpecialField): boolean => pointee !== undefined;

/** Map types whose values may hold pointers to objects, and counts of who holds one. */
const countedMapTypes: readonly MapType[] = [
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

/** Map types whose values may hold locks. */
const lockedMapTypes: readonly MapType[] = [
  'hash',
  'array',
  'cgroup_storage',
  'sk_storage',
  'inode_storage',
  'task_storage',
  'cgrp_storage',
];

/** Map types whose values may hold them: map_check_btf(). Those that are not here are not verified. */
const mapTypes: Readonly<Record<string, readonly MapType[]>> = {
  [SPIN_LOCK]: lockedMapTypes,
  [RESILIENT_LOCK]: lockedMapTypes,
  [TIMER]: ['hash', 'lru_hash', 'array'],
  [WORK_QUEUE]: ['hash', 'lru_hash', 'array'],
  [LIST_HEAD]: ['hash', 'lru_hash', 'array'],
  [TREE_ROOT]: ['hash', 'lru_hash', 'array'],
  [REFCOUNT]: countedMapTypes,
};
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
    found = findSpecialFields(btf, map.valueTypeId);
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
    const types = isKernelPointer(field) ? countedMapTypes : mapTypes[name];
    const isModelled =
      types !== undefined && name !== 'a pointer tagged uptr' && !(isInner && name !== SPIN_LOCK);
    if (!isModelled)
      walk.refuse('not-supported', `values of map ${map.name} hold ${name}, which is not verified yet`);
    if (!types.includes(map.type) || (map.flags & ONE_WAY_FLAGS) !== 0)
      walk.refuse('bad-map', `values of a ${map.type} map such as ${map.name} may not hold ${name}`);
    const isRefused =
      (!isKernelPointer(field) && name !== REFCOUNT && tracingTypes.has(walk.program.type)) ||
      ((name === SPIN_LOCK || name === RESILIENT_LOCK) && walk.program.type === 'socket_filter');
    if (isRefused)
      walk.refuse('bad-map', `${walk.program.type} progs cannot use ${name.replace('struct ', '')} yet`);
    if (field.pointee !== undefined) checkPointee(walk, map, name, field.pointee);
  }
}

/**
 * Refuses an access of `sizeBytes` at `offset` past the pointer that may touch such a field. An instruction
 * (`isDirect`) may read or write a pointer to a kernel object, whole: kptr.ts.
 */
export function checkFieldsUntouched(
  walk: Walk,
  pointer: PointerRegister,
  offset: number,
  sizeBytes: number,
  isDirect: boolean,
): void {
  const { fields } = specialFieldsOf(walk.map(pointer.map), walk.options.btf);
  if (fields.length === 0) return;
  const from = BigInt(pointer.offset + offset);
  const { smin, umax } = pointer.variable;
  for (const field of fields) {
    const start = BigInt(field.offsetBytes);
    if (from + smin >= start + BigInt(field.sizeBytes) || start >= from + umax + BigInt(sizeBytes)) continue;
    if (isKernelPointer(field)) {
      checkPointerTouched(walk, pointer, field, offset, sizeBytes, isDirect);
      continue;
    }
    const name = field.name.replace('struct ', '');
    walk.refuse('special-field', `${name} cannot be accessed directly by load/store`);
  }
}

/** Of what touches a pointer: check_map_access(). */
function checkPointerTouched(
  walk: Walk,
  pointer: PointerRegister,
  { offsetBytes }: SpecialField,
  offset: number,
  sizeBytes: number,
  isDirect: boolean,
): void {
  const refuse = (text: string): never => walk.refuse('special-field', `kptr ${text}`);
  if (!isDirect) refuse('cannot be accessed indirectly by helper');
  const variable = constantOf(pointer.variable);
  if (variable === undefined) return refuse('access cannot have variable offset');
  const at = BigInt(pointer.offset + offset) + BigInt.asIntN(64, variable);
  if (at !== BigInt(offsetBytes)) refuse(`access misaligned expected=${offsetBytes} off=${at}`);
  if (sizeBytes !== POINTER_BYTES) refuse('access size must be BPF_DW');
}
