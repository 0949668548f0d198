import { expect, it } from 'vitest';

import { RestartBudget } from '../../electron/main/restart-budget.ts';

it('gives restarts until they are used up, and again when the oldest is long past', () => {
  let now = 0;
  const budget = new RestartBudget(2, 1_000, () => now);
  expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false]);
  now = 999;
  expect(budget.take()).toBe(false);
  now = 1_000;
  expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false]);
});
