/** The ledger's lines, for every kind of report: which counts mean that something is not in the result. */
import type { LedgerCounts } from '../host/contract.ts';

export const LOSS_KINDS = [
  'dropped',
  'droppedUncounted',
  'unparsed',
  'unsupported',
  'outOfOrder',
  'withoutClock',
  'suspectedLosses',
] as const satisfies readonly (keyof LedgerCounts)[];

export type LossKind = (typeof LOSS_KINDS)[number];

/** The kinds that count anything. Empty exactly where "nothing was lost" may be said. */
export function lossesOf(
  ledger: LedgerCounts,
): readonly { readonly kind: LossKind; readonly count: number }[] {
  const counts = { ...ledger, withoutClock: ledger.withoutClock - ledger.priorState };
  return LOSS_KINDS.map((kind) => ({ kind, count: counts[kind] })).filter(({ count }) => count > 0);
}
