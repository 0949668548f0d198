/** Random numbers: seeded by the replay, so that the same replay gives the same bytes. */
import type { HelperFamily } from './call.ts';

export const randomHelpers: HelperFamily = {
  get_prandom_u32: (context) => BigInt(context.world.random() >>> 0),
};
