/** bpf_user_ringbuf_drain(): records from outside, each handed to a function of the program as a dynptr. */
import { Failure } from '../../failure.ts';
import { EAGAIN, EINVAL, ENODATA } from '../maps/errno.ts';
import { BPF_RB_FORCE_WAKEUP, BPF_RB_NO_WAKEUP } from '../maps/ringbuf.ts';
import { RECORDS_A_DRAIN_MAX, UserRingBuffer } from '../maps/user-ringbuf.ts';
import { errno, mapOf, type HelperFamily } from './call.ts';
import { Dynptr, DYNPTR_BYTES, LOCAL } from './dynptr.ts';
import type { HelperContext } from './helper.ts';

function ringOf(context: HelperContext, handle: bigint): UserRingBuffer {
  const map = mapOf(context, handle);
  if (map instanceof UserRingBuffer) return map;
  throw new Failure(
    'vm',
    'not-a-ringbuf',
    `map ${map.definition.name} is a ${map.definition.type}, not a user ring buffer`,
  );
}

/** Calls `take` for every record until it answers 1; how many there were, or -errno. */
function drain(ring: UserRingBuffer, take: (data: number, sizeBytes: number) => bigint): number {
  let taken = 0;
  for (let seen = 0; seen < RECORDS_A_DRAIN_MAX; seen += 1) {
    const sample = ring.next();
    if (sample === -ENODATA) break;
    if (sample === -EAGAIN) continue;
    if (typeof sample === 'number') return sample;
    const answer = take(sample.data, sample.sizeBytes);
    ring.release(sample.sizeBytes);
    taken += 1;
    if (answer !== 0n) break;
  }
  return taken;
}

export const userRingbufHelpers: HelperFamily = {
  /** Nobody waits outside to be woken: the flags are checked, and that is all. */
  user_ringbuf_drain(context, handle, callback, callbackContext, flags) {
    if ((flags & ~(BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP)) !== 0n) return errno(EINVAL);
    const ring = ringOf(context, handle);
    const busy = ring.beginDrain();
    if (busy !== 0) return BigInt(busy);
    const { memory } = context;
    const view = memory.lend(DYNPTR_BYTES);
    try {
      const answer = drain(ring, (data, sizeBytes) => {
        new Dynptr(memory, BigInt(view)).set(data, sizeBytes, LOCAL);
        return context.callFunction(callback, BigInt(view), callbackContext, 0n, 0n, 0n);
      });
      return BigInt(answer);
    } finally {
      memory.takeBack(view, DYNPTR_BYTES);
      ring.endDrain();
    }
  },
};
