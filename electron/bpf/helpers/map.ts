/** Helpers on maps: bpf_map_*_elem() and iteration. */
import { MapBase, type ElementAddresses } from '../maps/base.ts';
import { roundUp8 } from '../maps/descriptor.ts';
import { EINVAL } from '../maps/errno.ts';
import type { BpfMap } from '../maps/map.ts';
import { errno, mapOf, memoryArgument, u32, type HelperFamily } from './call.ts';
import type { MapType } from '../program.ts';
import type { HelperContext, HelperFunction } from './helper.ts';

function keyOf(context: HelperContext, map: BpfMap, register: bigint): number {
  return memoryArgument(context.memory, register, map.definition.keySizeBytes);
}

export const mapHelpers: HelperFamily = {
  map_lookup_elem(context, mapHandle, key) {
    const map = mapOf(context, mapHandle);
    return BigInt(map.lookup(keyOf(context, map, key)));
  },

  map_update_elem(context, mapHandle, key, value, flags) {
    const map = mapOf(context, mapHandle);
    const valueAt = memoryArgument(context.memory, value, map.definition.valueSizeBytes);
    return BigInt(map.update(keyOf(context, map, key), valueAt, flags));
  },

  map_delete_elem(context, mapHandle, key) {
    const map = mapOf(context, mapHandle);
    return BigInt(map.delete(keyOf(context, map, key)));
  },

  /** The value's copy of another CPU; 0 where there is no such CPU. */
  map_lookup_percpu_elem(context, mapHandle, key, cpuRegister) {
    const map = mapOf(context, mapHandle);
    const cpu = u32(cpuRegister);
    const own = map.lookup(keyOf(context, map, key));
    if (own === 0 || cpu >= map.valueCopies) return 0n;
    return BigInt(own + (cpu - context.world.cpu()) * roundUp8(map.definition.valueSizeBytes));
  },

  /** Elements visited; the callback ends the walk by returning 1. */
  for_each_map_elem(context, mapHandle, callback, callbackContext, flags) {
    if (flags !== 0n) return errno(EINVAL);
    const map = mapOf(context, mapHandle);
    if (!isIterable(map)) return errno(EINVAL);
    let visited = 0n;
    for (const [key, value] of map.elementAddresses()) {
      visited += 1n;
      const answer = context.callFunction(
        callback,
        mapHandle,
        BigInt(key),
        BigInt(value),
        callbackContext,
        0n,
      );
      if (answer !== 0n) break;
    }
    return visited;
  },
};

/** Maps whose elements Linux counts. */
const countedTypes: ReadonlySet<MapType> = new Set([
  'hash',
  'percpu_hash',
  'lru_hash',
  'lru_percpu_hash',
  'hash_of_maps',
]);

export const mapFunctions: Readonly<Record<string, HelperFunction>> = {
  /** Elements of a hash, of whatever kind; 0 of all other maps. */
  bpf_map_sum_elem_count(context, register) {
    const map = context.mapByHandle(Number(register));
    if (map === undefined) context.world.missing('elements of a map of the kernel');
    if (map === undefined || !countedTypes.has(map.definition.type)) return 0n;
    let count = 0n;
    for (const _ of map.entries()) count += 1n;
    return count;
  },
};

interface IterableMap {
  elementAddresses(): IterableIterator<ElementAddresses>;
}

/** Whether its elements can be visited by a program. */
export function isIterable(map: BpfMap): map is BpfMap & IterableMap {
  return map instanceof MapBase && 'elementAddresses' in map;
}
