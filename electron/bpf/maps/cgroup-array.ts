/**
 * Cgroup array: the cgroups a tool was asked to watch. A recording says nothing of which cgroup a
 * task is in, so the array stays empty, and bpf_current_task_under_cgroup() answers as for an empty
 * place.
 */
import type { MapDefinition } from '../program.ts';
import type { Address } from '../vm/memory.ts';
import { MapBase, requireMap } from './base.ts';
import { EINVAL, EOPNOTSUPP } from './errno.ts';
import type { MapEntry, MapEnvironment } from './map.ts';

export class CgroupArray extends MapBase {
  constructor(definition: MapDefinition, environment: MapEnvironment) {
    requireMap(
      definition,
      definition.keySizeBytes === 4 && definition.valueSizeBytes === 4,
      'key and value of a cgroup array are 4 bytes each',
    );
    requireMap(definition, definition.maxEntries > 0, 'a cgroup array has at least one entry');
    super(definition, environment, false);
  }

  lookup(_key: Address): Address {
    return 0;
  }

  update(_key: Address, _value: Address, _flags: bigint): number {
    return -EINVAL;
  }

  delete(_key: Address): number {
    return -EINVAL;
  }

  *entries(): IterableIterator<MapEntry> {
    // Always empty.
  }

  protected peek(_key: Address): Address {
    return 0;
  }

  /** From outside: there are no cgroups to put in. */
  protected updateAllCopies(_key: Address, _value: Address, _flags: bigint): number {
    return -EOPNOTSUPP;
  }
}
