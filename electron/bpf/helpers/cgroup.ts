/**
 * Control groups of the current task, of the default hierarchy. An id that the recording does not know is all
 * ones, which is no cgroup's, and counted.
 */
import { E2BIG, EAGAIN } from '../maps/errno.ts';
import { errno, mapOf, u32, type HelperFamily } from './call.ts';
import type { HelperContext } from './helper.ts';

const UNKNOWN_CGROUP = 2n ** 64n - 1n;
/** Levels are signed: INT_MAX. */
const LEVEL_MAX = 0x7fff_ffff;

function idOf({ world }: HelperContext, level: number | undefined): bigint {
  const id = world.cgroupId(level);
  if (id !== undefined) return id;
  world.missing('cgroup');
  return UNKNOWN_CGROUP;
}

export const cgroupHelpers: HelperFamily = {
  get_current_cgroup_id: (context) => idOf(context, undefined),

  /** 0 where the task's cgroup is not that deep, as in Linux; levels are signed there. */
  get_current_ancestor_cgroup_id: (context, level) =>
    u32(level) > LEVEL_MAX ? 0n : idOf(context, u32(level)),

  /** Cgroup arrays are empty: -EAGAIN, as for a place no cgroup was put in. */
  current_task_under_cgroup(context, mapHandle, index) {
    const map = mapOf(context, mapHandle);
    return errno(u32(index) >= map.definition.maxEntries ? E2BIG : EAGAIN);
  },
};
