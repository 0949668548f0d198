/** Which flags a map of each type can be created with: the *_alloc_check() functions of Linux 6.18. */
import type { MapDefinition, MapType } from '../program.ts';
import { requireMap } from './base.ts';
import {
  BPF_F_INNER_MAP,
  BPF_F_LINK,
  BPF_F_MMAPABLE,
  BPF_F_NO_COMMON_LRU,
  BPF_F_NO_PREALLOC,
  BPF_F_NUMA_NODE,
  BPF_F_PRESERVE_ELEMS,
  BPF_F_RDONLY,
  BPF_F_RDONLY_PROG,
  BPF_F_STACK_BUILD_ID,
  BPF_F_WRONLY,
  BPF_F_WRONLY_PROG,
  BPF_F_ZERO_SEED,
} from './flags.ts';

const OUTSIDE = BPF_F_RDONLY | BPF_F_WRONLY;
const ACCESS = OUTSIDE | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG;
const NUMA = BPF_F_NUMA_NODE;
const HASH = ACCESS | BPF_F_ZERO_SEED;

/** A type that is not here checks its flags itself. */
const allowed: Readonly<Partial<Record<MapType, number>>> = {
  hash: HASH | NUMA | BPF_F_NO_PREALLOC,
  percpu_hash: HASH | BPF_F_NO_PREALLOC,
  lru_hash: HASH | NUMA | BPF_F_NO_COMMON_LRU,
  lru_percpu_hash: HASH | BPF_F_NO_COMMON_LRU,
  hash_of_maps: HASH | NUMA | BPF_F_NO_PREALLOC,
  array: ACCESS | NUMA | BPF_F_MMAPABLE | BPF_F_INNER_MAP,
  percpu_array: ACCESS,
  prog_array: OUTSIDE | NUMA,
  perf_event_array: OUTSIDE | NUMA | BPF_F_PRESERVE_ELEMS,
  cgroup_array: OUTSIDE | NUMA,
  array_of_maps: OUTSIDE | NUMA,
  lpm_trie: ACCESS | NUMA | BPF_F_NO_PREALLOC,
  queue: ACCESS | NUMA,
  stack: ACCESS | NUMA,
  stack_trace: OUTSIDE | NUMA | BPF_F_STACK_BUILD_ID,
  ringbuf: NUMA,
  user_ringbuf: NUMA,
  bloom_filter: ACCESS | NUMA | BPF_F_ZERO_SEED,
  devmap: OUTSIDE | NUMA,
  devmap_hash: OUTSIDE | NUMA,
  cpumap: NUMA,
  sockmap: OUTSIDE | NUMA,
  sockhash: OUTSIDE | NUMA,
  struct_ops: BPF_F_LINK,
};

/** Throws Failure `bad-map` for flags that Linux refuses. */
export function requireFlags(definition: MapDefinition): void {
  const { type, flags } = definition;
  const mask = allowed[type];
  const unknown = mask === undefined ? 0 : flags & ~mask;
  requireMap(
    definition,
    unknown === 0,
    `a map of type ${type} has no flags 0x${(unknown >>> 0).toString(16)}`,
  );
  requireMap(definition, !hasAll(flags, OUTSIDE), 'a map is read-only or write-only from outside, not both');
  requireMap(
    definition,
    !hasAll(flags, BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG),
    'a map is read-only or write-only to programs, not both',
  );
}

function hasAll(flags: number, wanted: number): boolean {
  return (flags & wanted) === wanted;
}
