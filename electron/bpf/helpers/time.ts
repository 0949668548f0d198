/**
 * Clocks. A recording has one clock, and a replay one time: that of the event. All clocks of the
 * kernel read it; where they would differ (by time asleep, or by leap seconds), the recording does
 * not say by how much.
 */
import type { HelperContext } from './helper.ts';
import type { HelperFamily } from './call.ts';

/** How often the modelled kernel ticks: CONFIG_HZ as most distributions set it. */
const USUAL_TICKS_PER_SECOND = 250;
const NANOSECONDS_PER_SECOND = 1_000_000_000n;

/** How often a kernel ticked is in its configuration alone. Linux starts counting five minutes before 32 bits overflow (INITIAL_JIFFIES). */
function jiffies({ world }: HelperContext): bigint {
  const known = world.ticksPerSecond();
  if (known === undefined) world.missing('CONFIG_HZ');
  const ticks = BigInt(known ?? USUAL_TICKS_PER_SECOND);
  return 2n ** 32n - 300n * ticks + world.timeNs() / (NANOSECONDS_PER_SECOND / ticks);
}

export const timeHelpers: HelperFamily = {
  ktime_get_ns: (context) => context.world.timeNs(),
  ktime_get_boot_ns: (context) => context.world.timeNs(),
  ktime_get_coarse_ns: (context) => context.world.timeNs(),
  ktime_get_tai_ns: (context) => context.world.timeNs(),
  jiffies64: jiffies,
};
