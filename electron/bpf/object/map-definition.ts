/**
 * Maps an object declares: struct variables of the `.maps` section, whose members' types are the
 * definition (their values are never read), and the global variables' sections as maps of one value.
 *
 * Source: Documentation/bpf/maps.rst and libbpf's BTF-defined map convention.
 */
import { Failure } from '../../failure.ts';
import type { MapDefinition, MapType } from '../program.ts';
import type { Btf } from './btf.ts';
import type { BtfComposite, BtfMember } from './btf-type.ts';
import { isComposite, isEnum } from './core-compatible.ts';
import type { ElfSection } from './elf.ts';

/** BPF_MAP_TYPE_* by number, from 1. */
export const MAP_TYPES: readonly MapType[] = [
  'hash',
  'array',
  'prog_array',
  'perf_event_array',
  'percpu_hash',
  'percpu_array',
  'stack_trace',
  'cgroup_array',
  'lru_hash',
  'lru_percpu_hash',
  'lpm_trie',
  'array_of_maps',
  'hash_of_maps',
  'devmap',
  'sockmap',
  'cpumap',
  'xskmap',
  'sockhash',
  'cgroup_storage',
  'reuseport_sockarray',
  'percpu_cgroup_storage',
  'queue',
  'stack',
  'sk_storage',
  'devmap_hash',
  'struct_ops',
  'ringbuf',
  'inode_storage',
  'task_storage',
  'bloom_filter',
  'user_ringbuf',
  'cgrp_storage',
  'arena',
];

/** BPF_F_MMAPABLE, as libbpf creates global data maps; BPF_F_RDONLY_PROG for read-only ones. */
export const FLAG_MMAPABLE = 0x400;
export const FLAG_RDONLY_PROG = 0x80;
/** Keys and values: KMALLOC_MAX_SIZE of Linux on 64-bit machines. */
const VALUE_BYTES_MAX = 4 * 1024 * 1024;
/** Global data may be larger; a map's value is handed out whole. */
const DATA_BYTES_MAX = 64 * 1024 * 1024;

interface Draft {
  type: number;
  keySizeBytes: number;
  valueSizeBytes: number;
  maxEntries: number;
  flags: number;
  extra: number;
  keyTypeId: number;
  valueTypeId: number;
  isPinned: boolean;
  inner: MapDefinition | undefined;
}

/** BPF_MAP_TYPE_* as a number; undefined for none that Linux 6.18 has. */
export function mapTypeByNumber(type: number): MapType | undefined {
  return MAP_TYPES[type - 1];
}

/** BPF_MAP_TYPE_*. */
export function mapTypeNumber(type: MapType): number {
  return MAP_TYPES.indexOf(type) + 1;
}

/** Why a map of these sizes cannot be; undefined where it can. */
export function sizeProblem({ keySizeBytes, valueSizeBytes }: MapDefinition): string | undefined {
  const isAbsurd = keySizeBytes > VALUE_BYTES_MAX || valueSizeBytes > VALUE_BYTES_MAX;
  return isAbsurd ? `key or value of more than ${VALUE_BYTES_MAX} bytes` : undefined;
}

/** The map of one variable of `.maps`. Throws Failure `bad-map` naming it. */
export function readMapDefinition(btf: Btf, name: string, typeId: number): MapDefinition {
  const type = btf.resolve(typeId);
  if (!isComposite(type)) throw badMap(btf, name, 'its type is not a struct');
  return definitionOf(btf, name, type, true);
}

/** A section of global variables as the map libbpf makes of it; `btf` has its DATASEC, if any. */
export function dataSectionMap(section: ElfSection, btf: Btf | undefined, file: string): MapDefinition {
  if (section.sizeBytes > DATA_BYTES_MAX) {
    throw new Failure('object', 'bad-map', `${section.sizeBytes} bytes, more than ${DATA_BYTES_MAX}`, {
      file,
      at: `section ${section.name}`,
    });
  }
  const isFrozen = section.name.startsWith('.rodata');
  const initialValue = new Uint8Array(section.sizeBytes);
  initialValue.set(section.data);
  return {
    name: section.name,
    type: 'array',
    keySizeBytes: 4,
    valueSizeBytes: section.sizeBytes,
    maxEntries: 1,
    flags: FLAG_MMAPABLE | (isFrozen ? FLAG_RDONLY_PROG : 0),
    keyTypeId: 0,
    valueTypeId: btf?.findDataSection(section.name)?.id ?? 0,
    initialValue,
    isFrozen,
    inner: undefined,
  };
}

function definitionOf(btf: Btf, name: string, struct: BtfComposite, mayNest: boolean): MapDefinition {
  const draft: Draft = {
    type: 0,
    keySizeBytes: 0,
    valueSizeBytes: 0,
    maxEntries: 0,
    flags: 0,
    extra: 0,
    keyTypeId: 0,
    valueTypeId: 0,
    isPinned: false,
    inner: undefined,
  };
  for (const member of struct.members) readMember(btf, name, member, draft, mayNest);
  const type = mapTypeByNumber(draft.type);
  if (type === undefined)
    throw badMap(btf, name, draft.type === 0 ? 'has no type' : `unknown map type ${draft.type}`);
  const isSlotMap = type === 'perf_event_array' || type === 'prog_array' || type === 'cgroup_array';
  const isMapOfMaps = type === 'array_of_maps' || type === 'hash_of_maps';
  const definition: MapDefinition = {
    name,
    type,
    // libbpf gives these types their only possible sizes where the object leaves them out.
    keySizeBytes: draft.keySizeBytes || (isSlotMap || isMapOfMaps ? 4 : 0),
    valueSizeBytes: draft.valueSizeBytes || (isSlotMap || isMapOfMaps ? 4 : 0),
    maxEntries: draft.maxEntries,
    flags: draft.flags,
    ...(draft.extra === 0 ? {} : { extra: draft.extra }),
    keyTypeId: draft.keyTypeId,
    valueTypeId: draft.valueTypeId,
    initialValue: undefined,
    isFrozen: false,
    ...(draft.isPinned ? { isPinned: true } : {}),
    inner: draft.inner,
  };
  const problem = sizeProblem(definition);
  if (problem !== undefined) throw badMap(btf, name, problem);
  return definition;
}

function readMember(btf: Btf, name: string, member: BtfMember, draft: Draft, mayNest: boolean): void {
  const number = (): number => encodedNumber(btf, name, member);
  switch (member.name) {
    case 'type':
      draft.type = number();
      break;
    case 'max_entries':
      draft.maxEntries = number();
      break;
    case 'map_flags':
      draft.flags = number();
      break;
    case 'key_size':
      draft.keySizeBytes = number();
      break;
    case 'value_size':
      draft.valueSizeBytes = number();
      break;
    case 'key':
      draft.keyTypeId = pointee(btf, name, member);
      draft.keySizeBytes = sizeOfPart(btf, name, member, draft.keyTypeId);
      break;
    case 'value':
      draft.valueTypeId = pointee(btf, name, member);
      draft.valueSizeBytes = sizeOfPart(btf, name, member, draft.valueTypeId);
      break;
    case 'values':
      draft.inner = innerMap(btf, name, member, mayNest);
      draft.valueSizeBytes ||= 4;
      break;
    case 'map_extra':
      draft.extra = number();
      break;
    // LIBBPF_PIN_NONE 0, LIBBPF_PIN_BY_NAME 1.
    case 'pinning':
      if (number() > 1) throw badMap(btf, name, `pinning ${number()}: 0 or 1 is meant`);
      draft.isPinned = number() === 1;
      break;
    // Changes nothing that is replayed.
    case 'numa_node':
      break;
    default:
      throw badMap(btf, name, `unknown attribute ${member.name}`);
  }
}

/** `__uint(name, n)` is a pointer to an array of n; `__ulong` an enum with the value. */
function encodedNumber(btf: Btf, name: string, member: BtfMember): number {
  const type = btf.resolve(member.typeId);
  if (isEnum(type)) {
    const value = type.values[0]?.value;
    if (value !== undefined && value >= 0n && value <= 0xffffffffn) return Number(value);
  } else if (type.kind === 'ptr') {
    const array = btf.resolve(type.typeId);
    if (array.kind === 'array') return array.count;
  }
  throw badMap(btf, name, `attribute ${member.name} holds no number`);
}

function pointee(btf: Btf, name: string, member: BtfMember): number {
  const type = btf.resolve(member.typeId);
  if (type.kind !== 'ptr') throw badMap(btf, name, `attribute ${member.name} names no type`);
  return type.typeId;
}

function sizeOfPart(btf: Btf, name: string, member: BtfMember, typeId: number): number {
  const size = btf.sizeOf(typeId);
  if (size === undefined) throw badMap(btf, name, `the type of its ${member.name} has no size`);
  return size;
}

/** `__array(values, struct {...})`: an array of pointers to the inner map, or to programs. */
function innerMap(btf: Btf, name: string, member: BtfMember, mayNest: boolean): MapDefinition | undefined {
  const array = btf.resolve(member.typeId);
  const pointer = array.kind === 'array' ? btf.resolve(array.elementTypeId) : undefined;
  if (pointer?.kind !== 'ptr') throw badMap(btf, name, 'attribute values is not an array of pointers');
  const type = btf.resolve(pointer.typeId);
  if (type.kind === 'func_proto') return undefined;
  if (!isComposite(type)) throw badMap(btf, name, 'attribute values holds neither maps nor programs');
  if (!mayNest) throw badMap(btf, name, 'maps nest one deep');
  return definitionOf(btf, `${name}.inner`, type, false);
}

function badMap(btf: Btf, name: string, reason: string): Failure {
  return new Failure('object', 'bad-map', reason, { file: btf.file, at: `map ${name}` });
}
