/** bpf_perf_event_output(). */
import { Failure } from '../../failure.ts';
import { PerfEventArray } from '../maps/perf-event-array.ts';
import { mapOf, memoryArgument, type HelperFamily } from './call.ts';
import type { HelperContext } from './helper.ts';

/** Throws Failure `not-a-perf-event-array`. */
export function perfEventArrayOf(context: HelperContext, mapHandle: bigint): PerfEventArray {
  const map = mapOf(context, mapHandle);
  if (map instanceof PerfEventArray) return map;
  throw new Failure('vm', 'not-a-perf-event-array', `map ${map.definition.name} is a ${map.definition.type}`);
}

export const perfHelpers: HelperFamily = {
  perf_event_output(context, _programContext, mapHandle, flags, data, size) {
    const map = perfEventArrayOf(context, mapHandle);
    return BigInt(map.output(flags, memoryArgument(context.memory, data, Number(size)), Number(size)));
  },
};
