/** Helpers on queues, stacks and bloom filters. */
import { BloomFilter } from '../maps/bloom-filter.ts';
import { EINVAL } from '../maps/errno.ts';
import { QueueMap } from '../maps/queue.ts';
import { errno, mapOf, memoryArgument, type HelperFamily } from './call.ts';
import type { HelperContext } from './helper.ts';

function take(context: HelperContext, mapHandle: bigint, value: bigint, isRemoved: boolean): bigint {
  const map = mapOf(context, mapHandle);
  if (!(map instanceof QueueMap || map instanceof BloomFilter)) return errno(EINVAL);
  return BigInt(map.take(memoryArgument(context.memory, value, map.definition.valueSizeBytes), isRemoved));
}

export const queueHelpers: HelperFamily = {
  map_push_elem(context, mapHandle, value, flags) {
    const map = mapOf(context, mapHandle);
    if (!(map instanceof QueueMap || map instanceof BloomFilter)) return errno(EINVAL);
    return BigInt(map.push(memoryArgument(context.memory, value, map.definition.valueSizeBytes), flags));
  },
  map_pop_elem: (context, mapHandle, value) => take(context, mapHandle, value, true),
  map_peek_elem: (context, mapHandle, value) => take(context, mapHandle, value, false),
};
