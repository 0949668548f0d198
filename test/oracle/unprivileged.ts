/** Our verdict beside the kernel's, over programs generated for loads without privilege. */
import { compareVerdicts, type Comparison } from './compare.ts';
import { unprivilegedKind } from './kinds.ts';
import type { Oracle, Privilege } from './oracle.ts';

/** `oracle` was started with the privilege. */
export function compareUnprivileged(
  oracle: Oracle,
  privilege: Privilege,
  fromSeed: number,
  programs: number,
): Promise<Comparison> {
  return compareVerdicts(oracle, fromSeed, programs, unprivilegedKind(privilege));
}
