/**
 * Helpers of programs that see a sysctl being read or written. Which one, and what values, no recording says:
 * the answers are those of Linux where there is none. A value set is an effect.
 */
import { E2BIG, EINVAL } from '../maps/errno.ts';
import { errno, memoryArgument, u32, type HelperFamily } from './call.ts';
import type { HelperContext } from './helper.ts';

/** Of struct bpf_sysctl: whether it is written. */
const WRITE = 0;
const BASE_NAME = 1n;
const VALUE_BYTES_MAX = 4095;

function cleared({ memory }: HelperContext, buffer: bigint, size: bigint): bigint {
  const at = memoryArgument(memory, buffer, u32(size));
  memory.bytes.fill(0, at, at + u32(size));
  return errno(EINVAL);
}

function isWrite({ memory }: HelperContext, sysctl: bigint): boolean {
  return memory.view.getUint32(Number(sysctl) + WRITE, true) !== 0;
}

export const sysctlHelpers: HelperFamily = {
  sysctl_get_name(context, _sysctl, buffer, size, flags) {
    if ((flags & ~BASE_NAME) !== 0n) return errno(EINVAL);
    context.world.missing('name of a sysctl');
    return cleared(context, buffer, size);
  },

  sysctl_get_current_value(context, _sysctl, buffer, size) {
    context.world.missing('value of a sysctl');
    return cleared(context, buffer, size);
  },

  sysctl_get_new_value(context, sysctl, buffer, size) {
    if (isWrite(context, sysctl)) context.world.missing('value of a sysctl');
    return cleared(context, buffer, size);
  },

  sysctl_set_new_value(context, sysctl, buffer, size) {
    if (!isWrite(context, sysctl)) return errno(EINVAL);
    if (u32(size) > VALUE_BYTES_MAX) return errno(E2BIG);
    const at = memoryArgument(context.memory, buffer, u32(size));
    const value = context.memory.bytes.slice(at, at + u32(size));
    context.world.effect({ kind: 'sysctl_set_new_value', facts: { value } });
    return 0n;
  },
};
