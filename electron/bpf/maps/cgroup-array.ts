/**
 * Cgroup array: the cgroups a tool was asked to watch. A recording says nothing of which cgroup a
 * task is in, so the array stays empty, and bpf_current_task_under_cgroup() answers as for an empty
 * place.
 */
import type { MapDefinition } from '../program.ts';
import type { Address } from '../vm/memory.ts';
import { MapBase, requireMap } from './base.ts';
import { E2BIG, EBADF, EINVAL, ENOENT } from './errno.ts';
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

  delete(key: Address): number {
    return this.#isPlace(key) ? -ENOENT : -E2BIG;
  }

  *entries(): IterableIterator<MapEntry> {
    // Always empty.
  }

  protected peek(_key: Address): Address {
    return 0;
  }

  /** From outside: there are no cgroups to put in. */
  protected updateAllCopies(key: Address, _value: Address, flags: bigint): number {
    if (flags !== 0n) return -EINVAL;
    return this.#isPlace(key) ? -EBADF : -E2BIG;
  }

  #isPlace(key: Address): boolean {
    return this.memory.view.getUint32(key, true) < this.definition.maxEntries;
  }
}
