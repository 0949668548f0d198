/**
 * Maps from outside: what bpf() answers to BPF_MAP_LOOKUP_ELEM and its kin, kernel/bpf/syscall.c in
 * Linux 6.18. A negative errno is the answer where there is no other; a key is empty where the type has
 * none. Local storage has the 8-byte address of the object for its key, where Linux takes a file descriptor.
 */
import type { MapType } from '../program.ts';
import { BloomFilter } from './bloom-filter.ts';
import { EINVAL, ENOENT, ENOSPC, ENOTSUPP, EOPNOTSUPP, EPERM } from './errno.ts';
import { BPF_F_LOCK, BPF_F_RDONLY, BPF_F_WRONLY, hasLock } from './flags.ts';
import type { BpfMap } from './map.ts';

/** Or a negative errno. */
export type Answered = Uint8Array | number;

const queues: ReadonlySet<MapType> = new Set(['queue', 'stack']);
const rings: ReadonlySet<MapType> = new Set(['ringbuf', 'user_ringbuf']);
const unreadable: ReadonlySet<MapType> = new Set([...rings, 'perf_event_array', 'cgroup_array']);
const COOKIE_BYTES = 8;
const hashes: ReadonlySet<MapType> = new Set(['hash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash']);
/** Every index is a key, whether anything is there or not. */
const indexed: ReadonlySet<MapType> = new Set([
  'array',
  'percpu_array',
  'prog_array',
  'perf_event_array',
  'cgroup_array',
  'array_of_maps',
  'devmap',
  'cpumap',
  'sockmap',
  'xskmap',
  'reuseport_sockarray',
  'struct_ops',
]);

/** 0, or -EINVAL for flags with which an element cannot be looked up, or a batch cannot be. */
export function flagsRefusal({ definition }: BpfMap, flags: bigint): number {
  if ((flags & ~BPF_F_LOCK) !== 0n) return -EINVAL;
  return flags === 0n || hasLock(definition) ? 0 : -EINVAL;
}

/** The value, with all CPUs' copies. A bloom filter is asked for the value given as `key`. */
export function lookUpElement(map: BpfMap, key: Uint8Array, flags = 0n): Answered {
  if ((flags & ~BPF_F_LOCK) !== 0n) return -EINVAL;
  if ((map.definition.flags & BPF_F_WRONLY) !== 0) return -EPERM;
  if (flagsRefusal(map, flags) !== 0) return -EINVAL;
  if (map instanceof BloomFilter) return map.mayHold(key) ? key : -ENOENT;
  const refused = readRefusal(map);
  return refused === 0 ? (map.get(key) ?? -ENOENT) : refused;
}

/** 0, or why no element can be read at all. */
function readRefusal({ definition: { type, valueSizeBytes } }: BpfMap): number {
  if (unreadable.has(type)) return -ENOTSUPP;
  if (type === 'xskmap') return -EOPNOTSUPP;
  // What is read of a socket is its cookie.
  return (type === 'sockmap' || type === 'sockhash') && valueSizeBytes !== COOKIE_BYTES ? -ENOSPC : 0;
}

/** 0 or -errno. */
export function updateElement(map: BpfMap, key: Uint8Array, value: Uint8Array, flags = 0n): number {
  if ((map.definition.flags & BPF_F_RDONLY) !== 0) return -EPERM;
  if ((flags & BPF_F_LOCK) !== 0n && !hasLock(map.definition)) return -EINVAL;
  if (rings.has(map.definition.type)) return -ENOTSUPP;
  return map.set(key, value, flags);
}

/** 0 or -errno. */
export function deleteElement(map: BpfMap, key: Uint8Array): number {
  if ((map.definition.flags & BPF_F_RDONLY) !== 0) return -EPERM;
  if (rings.has(map.definition.type)) return -ENOTSUPP;
  return map.remove(key);
}

/** The key after `key`: the first where that is undefined or not there, -ENOENT after the last. */
export function nextKey(map: BpfMap, key: Uint8Array | undefined): Answered {
  const { type, flags, maxEntries } = map.definition;
  if ((flags & BPF_F_WRONLY) !== 0) return -EPERM;
  if (queues.has(type)) return -EINVAL;
  if (type === 'bloom_filter') return -EOPNOTSUPP;
  if (rings.has(type)) return -ENOTSUPP;
  if (indexed.has(type)) {
    const index = key === undefined ? undefined : firstWord(key);
    if (index === maxEntries - 1) return -ENOENT;
    const next = index === undefined || index >= maxEntries ? 0 : index + 1;
    return new Uint8Array(Uint32Array.of(next).buffer);
  }
  let first: Uint8Array | undefined;
  let isPast = false;
  for (const entry of map.entries()) {
    if (isPast) return entry.key;
    first ??= entry.key;
    isPast = key !== undefined && Buffer.compare(entry.key, key) === 0;
  }
  return first === undefined || isPast ? -ENOENT : first;
}

/** The value, which is no longer there. */
export function lookUpAndDelete(map: BpfMap, key: Uint8Array, flags = 0n): Answered {
  const { type } = map.definition;
  if ((flags & ~BPF_F_LOCK) !== 0n) return -EINVAL;
  if ((map.definition.flags & (BPF_F_RDONLY | BPF_F_WRONLY)) !== 0) return -EPERM;
  if (flagsRefusal(map, flags) !== 0) return -EINVAL;
  if (!queues.has(type) && !hashes.has(type) && type !== 'stack_trace') return -ENOTSUPP;
  const value = map.get(key);
  if (value === undefined) return -ENOENT;
  if (queues.has(type)) map.takeNext?.();
  else map.remove(key);
  return value;
}

function firstWord(key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset, key.byteLength).getUint32(0, true);
}
