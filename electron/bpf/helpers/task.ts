/**
 * Who runs, and where. What the recording does not know is counted as missing and given as all
 * ones, which is no pid the kernel hands out; it never passes for another task's.
 */
import { E2BIG, EAGAIN, EINVAL } from '../maps/errno.ts';
import { errno, mapOf, memoryArgument, u32, type HelperFamily } from './call.ts';
import type { HelperContext } from './helper.ts';

const UNKNOWN_ID = 0xffff_ffffn;

const encoder = new TextEncoder();

function known(context: HelperContext, value: number, what: string): bigint {
  if (value >= 0) return BigInt(value);
  context.world.missing(what);
  return UNKNOWN_ID;
}

export const taskHelpers: HelperFamily = {
  get_smp_processor_id: (context) => BigInt(context.world.cpu()),

  /** The process in the upper half, the thread in the lower. */
  get_current_pid_tgid(context) {
    const tgid = known(context, context.world.tgid(), 'tgid');
    return (tgid << 32n) | known(context, context.world.tid(), 'tid');
  },

  /** Unknown: the buffer is zeroed and the answer -EINVAL, as where the kernel has no current task. */
  get_current_comm(context, buffer, sizeRegister) {
    const size = u32(sizeRegister);
    if (size === 0) return errno(EINVAL);
    const { memory } = context;
    const at = memoryArgument(memory, buffer, size);
    memory.bytes.fill(0, at, at + size);
    const comm = context.world.comm();
    if (comm === undefined) {
      context.world.missing('comm');
      return errno(EINVAL);
    }
    memory.bytes.set(encoder.encode(comm).subarray(0, size - 1), at);
    return 0n;
  },

  /** Cgroup arrays are empty: -EAGAIN, as for a place no cgroup was put in. */
  current_task_under_cgroup(context, mapHandle, index) {
    const map = mapOf(context, mapHandle);
    return errno(u32(index) >= map.definition.maxEntries ? E2BIG : EAGAIN);
  },
};
