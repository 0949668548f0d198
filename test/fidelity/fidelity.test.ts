/** A few of the comparisons that `npm run fidelity` makes, on every change. */
import { describe, expect, test } from 'vitest';

import { cases } from './cases.ts';
import { runCase } from './run-case.ts';
import { Unavailable } from './unavailable.ts';

const IN_CI = ['syscount', 'runqlat', 'opensnoop'];

describe('a replay equals the live run', () => {
  for (const tool of IN_CI)
    test(`of ${tool}`, async (ctx) => {
      const fidelity = cases.find((each) => each.tool === tool);
      if (fidelity === undefined) throw new Error(`no comparison of ${tool}`);
      const comparison = await runCase(fidelity).catch((error: unknown) => {
        if (error instanceof Unavailable) ctx.skip(error.message);
        throw error;
      });
      expect(comparison.differences).toEqual([]);
      expect(comparison.live).toBe(comparison.replay);
    });
});
