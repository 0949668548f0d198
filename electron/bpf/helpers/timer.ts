/**
 * bpf_timer: what a program does with one, after kernel/bpf/helpers.c of Linux 6.18. All clocks are that of the
 * events. What is due is called between events: ../vm/timers.ts.
 */
import { EINVAL } from '../maps/errno.ts';
import { errno, mapOf, type HelperFamily } from './call.ts';

const CLOCK_REALTIME = 0n;
const CLOCK_MONOTONIC = 1n;
const CLOCK_BOOTTIME = 7n;
const CLOCKS: ReadonlySet<bigint> = new Set([CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME]);
/** BPF_F_TIMER_ABS: the time itself is given, not how long to wait. */
const ABSOLUTE = 1n;
/** BPF_F_TIMER_CPU_PIN: on this CPU, where timers are called here in any case. */
const CPU_PINNED = 2n;

export const timerHelpers: HelperFamily = {
  timer_init(context, timer, map, flags) {
    if (!CLOCKS.has(flags)) return errno(EINVAL);
    return BigInt(context.timers.init(Number(timer), mapOf(context, map)));
  },

  timer_set_callback: (context, timer, callback) =>
    BigInt(context.timers.setCallback(Number(timer), context.bindFunction(callback))),

  timer_start(context, timer, waitNs, flags) {
    if ((flags & ~(ABSOLUTE | CPU_PINNED)) !== 0n) return errno(EINVAL);
    const { timers, world } = context;
    const given = BigInt.asIntN(64, waitNs);
    const wait = given < 0n ? 0n : given;
    const expiresNs = flags & ABSOLUTE ? given : world.timeNs() + wait;
    return BigInt(timers.start(Number(timer), expiresNs, world.cpu()));
  },

  timer_cancel: (context, timer) => BigInt(context.timers.cancel(Number(timer))),
};
