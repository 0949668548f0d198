/** Helpers on ring buffers. */
import { Failure } from '../../failure.ts';
import { RingBuffer, ringHandleOf } from '../maps/ringbuf.ts';
import { mapOf, memoryArgument, type HelperFamily } from './call.ts';
import type { HelperContext } from './helper.ts';

export function ringOf(context: HelperContext, handle: bigint): RingBuffer {
  const map = mapOf(context, handle);
  if (!(map instanceof RingBuffer)) {
    throw new Failure(
      'vm',
      'not-a-ringbuf',
      `map ${map.definition.name} is a ${map.definition.type}, not a ring buffer`,
    );
  }
  return map;
}

/** The ring buffer that the record at `data` was reserved in. */
export function ringOfRecord(context: HelperContext, data: bigint): RingBuffer {
  memoryArgument(context.memory, data - 8n, 8);
  return ringOf(context, BigInt(ringHandleOf(context.memory.view, Number(data))));
}

export const ringbufHelpers: HelperFamily = {
  ringbuf_output(context, ring, data, size, flags) {
    const at = memoryArgument(context.memory, data, Number(size));
    return BigInt(ringOf(context, ring).output(at, Number(size), flags));
  },
  ringbuf_reserve: (context, ring, size, flags) => BigInt(ringOf(context, ring).reserve(Number(size), flags)),
  ringbuf_submit(context, data) {
    ringOfRecord(context, data).submit(Number(data));
    return 0n;
  },
  ringbuf_discard(context, data) {
    ringOfRecord(context, data).discard(Number(data));
    return 0n;
  },
  ringbuf_query: (context, ring, what) => BigInt(ringOf(context, ring).query(Number(what))),
};
