/**
 * What the operation that a program of a cgroup decides on is to return: set by programs in turn, an effect. What
 * those before it set, no recording says: 0, as for the first, and counted.
 */
import { s32, type HelperFamily } from './call.ts';

export const retvalHelpers: HelperFamily = {
  get_retval({ run, world }) {
    if (run.retval === undefined) world.missing('what programs before it let the operation return');
    return BigInt(run.retval ?? 0);
  },

  set_retval({ run, world }, retval) {
    run.retval = s32(retval);
    world.effect({ kind: 'set_retval', facts: { retval: run.retval } });
    return 0n;
  },
};
