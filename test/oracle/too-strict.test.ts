import { expect, it } from 'vitest';
import { explainedReasons, unexplained } from './too-strict.ts';

it('every row of too-strict.md has a reason and says why', () => {
  expect(explainedReasons().length).toBeGreaterThan(0);
});

it('a reason that no row begins is one that is not explained', () => {
  const [first] = explainedReasons();
  const known = `${first?.reason} and so on`;
  expect(unexplained([known, 'maybe-null: nobody said why', 'maybe-null: nobody said why'])).toEqual([
    'maybe-null: nobody said why',
  ]);
});
