/**
 * Clocks. A recording has one clock, and a replay one time: that of the event. All clocks of the
 * kernel read it; where they would differ (by time asleep, or by leap seconds), the recording does
 * not say by how much.
 */
import type { HelperContext } from './helper.ts';
import type { HelperFamily } from './call.ts';

/** How often the modelled kernel ticks: CONFIG_HZ as most distributions set it. */
export const TICKS_PER_SECOND = 250n;
const NANOSECONDS_PER_TICK = 1_000_000_000n / TICKS_PER_SECOND;
/** Linux starts counting five minutes before 32 bits overflow (INITIAL_JIFFIES). */
const FIRST_JIFFY = 2n ** 32n - 300n * TICKS_PER_SECOND;

/** No recording says how often its kernel ticked. */
function jiffies({ world }: HelperContext): bigint {
  world.missing('CONFIG_HZ');
  return FIRST_JIFFY + world.timeNs() / NANOSECONDS_PER_TICK;
}

export const timeHelpers: HelperFamily = {
  ktime_get_ns: (context) => context.world.timeNs(),
  ktime_get_boot_ns: (context) => context.world.timeNs(),
  ktime_get_coarse_ns: (context) => context.world.timeNs(),
  ktime_get_tai_ns: (context) => context.world.timeNs(),
  jiffies64: jiffies,
};
