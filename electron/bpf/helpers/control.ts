/** Helpers that steer the program itself. */
import { E2BIG, EINVAL } from '../maps/errno.ts';
import { LOOPS_MAX } from '../vm/operations.ts';
import { errno, u32, type HelperFamily } from './call.ts';

export const controlHelpers: HelperFamily = {
  /** Rounds done; the callback ends the loop by returning 1. */
  loop(context, roundsRegister, callback, callbackContext, flags) {
    if (flags !== 0n) return errno(EINVAL);
    const rounds = u32(roundsRegister);
    if (rounds > LOOPS_MAX) return errno(E2BIG);
    for (let round = 0; round < rounds; round += 1) {
      const answer = context.callFunction(callback, BigInt(round), callbackContext, 0n, 0n, 0n);
      if (answer !== 0n) return BigInt(round + 1);
    }
    return BigInt(rounds);
  },

  /** One program runs at a time: nobody waits for a lock. */
  spin_lock: () => 0n,
  spin_unlock: () => 0n,

  /** The engines replace the program themselves; what is left of a call is its failure. */
  tail_call: () => errno(EINVAL),
};
