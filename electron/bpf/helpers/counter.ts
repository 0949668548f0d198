/**
 * Hardware counters and branch records, read by a program as it runs: no recording holds what they would have
 * shown. The answers are those of a kernel whose array holds no counter, and of a CPU that records no branches.
 */
import { E2BIG, EINVAL, ENOENT } from '../maps/errno.ts';
import { errno, mapOf, memoryArgument, u32, type HelperFamily } from './call.ts';
import type { HelperContext } from './helper.ts';

/** struct bpf_perf_event_value. */
const VALUE_BYTES = 24;
const INDEX_MASK = 0xffff_ffffn;

function counterIn(context: HelperContext, map: bigint, flags: bigint): bigint {
  const { maxEntries } = mapOf(context, map).definition;
  if ((flags & ~INDEX_MASK) !== 0n) return errno(EINVAL);
  const index = flags === INDEX_MASK ? context.world.cpu() : Number(flags);
  if (index >= maxEntries) return errno(E2BIG);
  context.world.missing('hardware counter');
  return errno(ENOENT);
}

function zero({ memory }: HelperContext, buffer: bigint, size: number): void {
  const at = memoryArgument(memory, buffer, size);
  memory.bytes.fill(0, at, at + size);
}

export const counterHelpers: HelperFamily = {
  perf_event_read: counterIn,

  perf_event_read_value(context, map, flags, buffer, sizeRegister) {
    zero(context, buffer, u32(sizeRegister));
    return u32(sizeRegister) === VALUE_BYTES ? counterIn(context, map, flags) : errno(EINVAL);
  },

  /** How far the sampled event had counted. */
  perf_prog_read_value(context, _programContext, buffer, sizeRegister) {
    zero(context, buffer, u32(sizeRegister));
    if (u32(sizeRegister) === VALUE_BYTES) context.world.missing('hardware counter');
    return errno(EINVAL);
  },

  read_branch_records(context, _programContext, _buffer, _size, flags) {
    if ((flags & ~1n) !== 0n) return errno(EINVAL);
    context.world.missing('branch records');
    return errno(ENOENT);
  },

  get_branch_snapshot(context, buffer, sizeRegister, flags) {
    if (u32(sizeRegister) > 0) zero(context, buffer, u32(sizeRegister));
    if (flags !== 0n) return errno(EINVAL);
    context.world.missing('branch records');
    return errno(ENOENT);
  },
};
