/**
 * Clocks. A recording has one clock, and a replay one time: that of the event. All clocks of the
 * kernel read it; where they would differ (by time asleep, or by leap seconds), the recording does
 * not say by how much.
 */
import type { HelperFamily } from './call.ts';

export const timeHelpers: HelperFamily = {
  ktime_get_ns: (context) => context.world.timeNs(),
  ktime_get_boot_ns: (context) => context.world.timeNs(),
  ktime_get_coarse_ns: (context) => context.world.timeNs(),
  ktime_get_tai_ns: (context) => context.world.timeNs(),
};
