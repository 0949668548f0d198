/** From the recorder's ticks to nanoseconds, where a recording's options ask for it. */
import type { TraceOptions } from './options.ts';

/** undefined where times are kept as they are; takes and gives 64 bits. */
export function timeConversion(options: TraceOptions): ((ticks: bigint) => bigint) | undefined {
  const { tsc, timeOffsetNs } = options;
  if (tsc === undefined && timeOffsetNs === 0n) return undefined;
  if (tsc === undefined) return (ticks) => BigInt.asUintN(64, ticks + timeOffsetNs);
  const multiplier = BigInt(tsc.multiplier);
  const shift = BigInt(tsc.shift);
  return (ticks) => BigInt.asUintN(64, ((ticks * multiplier) >> shift) + timeOffsetNs);
}
