/** The ledger as rows: what was read, and everything that was not, by kind. */
import type { LedgerCounts } from '../../electron/host/contract.ts';

/** In the order a reader asks: what is here, what the recorder lost, what we could not use. */
export const LEDGER_KINDS = [
  'read',
  'priorState',
  'dropped',
  'droppedUncounted',
  'suspectedLosses',
  'unparsed',
  'unsupported',
  'outOfOrder',
  'withoutClock',
] as const satisfies readonly Exclude<keyof LedgerCounts, 'places'>[];

export type LedgerKind = (typeof LEDGER_KINDS)[number];

const NO_LOSS: ReadonlySet<LedgerKind> = new Set(['read', 'priorState']);

export interface LedgerRow {
  readonly kind: LedgerKind;
  readonly count: number;
  /** Whether this count says that something is missing from the picture. */
  readonly isLoss: boolean;
}

/** Each record of the recording is in one row. */
export function ledgerRows(ledger: LedgerCounts): LedgerRow[] {
  const counts = { ...ledger, withoutClock: ledger.withoutClock - ledger.priorState };
  return LEDGER_KINDS.map((kind) => ({
    kind,
    count: counts[kind],
    isLoss: !NO_LOSS.has(kind) && counts[kind] > 0,
  }));
}

export function isNothingLost(ledger: LedgerCounts): boolean {
  return ledgerRows(ledger).every(({ isLoss }) => !isLoss);
}

export function sumLedgers(ledgers: readonly LedgerCounts[]): LedgerCounts {
  const counts = Object.fromEntries(
    LEDGER_KINDS.map((kind) => [kind, ledgers.reduce((sum, ledger) => sum + ledger[kind], 0)]),
  ) as Record<LedgerKind, number>;
  return { ...counts, places: ledgers.flatMap(({ places }) => places) };
}

/** The kinds two ledgers of the same recording disagree on. */
export function differingKinds(a: LedgerCounts, b: LedgerCounts): LedgerKind[] {
  return LEDGER_KINDS.filter((kind) => a[kind] !== b[kind]);
}
