/** Flags of map updates and, below, of map creation, include/uapi/linux/bpf.h. */

import type { MapDefinition } from '../program.ts';

export const BPF_NOEXIST = 1n;
export const BPF_EXIST = 2n;
export const BPF_F_LOCK = 4n;

/** Whether the map's values hold a lock, so that BPF_F_LOCK means something. */
export function hasLock({ specialFields = [] }: MapDefinition): boolean {
  return specialFields.some(({ name }) => name === 'struct bpf_spin_lock');
}

/** Of MapDefinition.flags. */
export const BPF_F_NO_PREALLOC = 1 << 0;
export const BPF_F_STACK_BUILD_ID = 1 << 5;
export const BPF_F_NO_COMMON_LRU = 1 << 1;
export const BPF_F_NUMA_NODE = 1 << 2;
export const BPF_F_ZERO_SEED = 1 << 6;
export const BPF_F_MMAPABLE = 1 << 10;
export const BPF_F_PRESERVE_ELEMS = 1 << 11;
/** A struct of functions is registered by a link, not by an update. */
export const BPF_F_LINK = 0x2000;
/** From outside. */
export const BPF_F_RDONLY = 1 << 3;
export const BPF_F_WRONLY = 1 << 4;
/** From programs. */
export const BPF_F_RDONLY_PROG = 1 << 7;
export const BPF_F_WRONLY_PROG = 1 << 8;
/** Local storage: a new task or socket begins with its parent's. */
export const BPF_F_CLONE = 1 << 9;
/** An array in a map of maps may have another number of entries than was declared. */
export const BPF_F_INNER_MAP = 1 << 12;
