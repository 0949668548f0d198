/**
 * bpf_wq: work that a program leaves for later, after kernel/bpf/helpers.c of Linux 6.18. What is queued is called
 * between events, by whoever works then, at the time it was queued at: ../vm/timers.ts.
 */
import { EINVAL } from '../maps/errno.ts';
import { int, mapOf } from './call.ts';
import type { HelperFunction } from './helper.ts';

/** The lower half: flags are an unsigned int. */
function areNone(flags: bigint): boolean {
  return (flags & 0xffff_ffffn) === 0n;
}

export const queueFunctions: Readonly<Record<string, HelperFunction>> = {
  bpf_wq_init(context, queue, map, flags) {
    if (!areNone(flags)) return int(-EINVAL);
    return int(context.timers.init(Number(queue), mapOf(context, map), 'work-queue'));
  },

  bpf_wq_set_callback_impl(context, queue, callback, flags) {
    if (!areNone(flags)) return int(-EINVAL);
    return int(context.timers.setCallback(Number(queue), context.bindFunction(callback)));
  },

  /** What is queued already is not queued twice. */
  bpf_wq_start({ timers, world }, queue, flags) {
    if (!areNone(flags)) return int(-EINVAL);
    if (timers.isSet(Number(queue))) return 0n;
    return int(timers.start(Number(queue), world.timeNs(), world.cpu()));
  },
};
