import { expect, it } from 'vitest';

import {
  differingKinds,
  isNothingLost,
  LEDGER_KINDS,
  ledgerRows,
  sumLedgers,
} from '../../../renderer/analysis/ledger-rows.ts';
import { emptyCounts } from '../fake-case.ts';

it('has a row for every count a ledger has', () => {
  const { places: _, ...counts } = emptyCounts();
  expect(LEDGER_KINDS.toSorted()).toEqual(Object.keys(counts).toSorted());
});

it('calls events that were read no loss, and anything else one', () => {
  expect(isNothingLost(emptyCounts({ read: 1000 }))).toBe(true);
  for (const kind of LEDGER_KINDS.filter((each) => each !== 'read' && each !== 'priorState')) {
    const ledger = emptyCounts({ read: 1000, [kind]: 1 });
    expect(isNothingLost(ledger)).toBe(false);
    expect(ledgerRows(ledger).filter(({ isLoss }) => isLoss)).toEqual([{ kind, count: 1, isLoss: true }]);
  }
});

it('calls records of what stood before the recording no loss, and counts them once', () => {
  const ledger = emptyCounts({ read: 1000, withoutClock: 477, priorState: 477 });
  expect(isNothingLost(ledger)).toBe(true);
  const rows = ledgerRows({ ...ledger, withoutClock: 480 }).filter(({ count }) => count > 0);
  expect(rows.map(({ kind, count, isLoss }) => [kind, count, isLoss])).toEqual([
    ['read', 1000, false],
    ['priorState', 477, false],
    ['withoutClock', 3, true],
  ]);
});

it('adds the ledgers of several sources, places included', () => {
  const place = { file: 'a.dat', at: 4096, reason: 'bad page' };
  const sum = sumLedgers([
    emptyCounts({ read: 2, unparsed: 1, places: [place] }),
    emptyCounts({ read: 3, dropped: 4 }),
  ]);
  expect(sum).toEqual(emptyCounts({ read: 5, unparsed: 1, dropped: 4, places: [place] }));
  expect(sumLedgers([])).toEqual(emptyCounts());
});

it('names the kinds in which a replay saw a recording differently', () => {
  expect(differingKinds(emptyCounts({ read: 5 }), emptyCounts({ read: 5, suspectedLosses: 1 }))).toEqual([
    'suspectedLosses',
  ]);
});
