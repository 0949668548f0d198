/** What a program may return, by its type and what it is attached to: check_return_code() of Linux 6.18. */
import type { ProgramType } from '../program.ts';
import { lsmReturnRange } from './lsm-hooks.ts';
import { S64_MAX, S64_MIN } from './scalar.ts';
import type { Walk } from './walk.ts';

export interface ReturnRange {
  readonly min: number;
  readonly max: number;
  /** Only the lower half of r0 is looked at. */
  readonly is32Bit: boolean;
}

const zeroOrOne: ReturnRange = { min: 0, max: 1, is32Bit: false };
/** All types that are not here may return any number. */
const byType: Partial<Record<ProgramType, ReturnRange>> = { cgroup_skb: zeroOrOne, netfilter: zeroOrOne };

/** Of a hook whose answer nobody waits for: r0 need not even be set. */
export function returnsNothing({ attach }: Walk): boolean {
  return attach?.kind === 'lsm' && attach.prototype.returnTypeId === 0;
}

/** What a message tells of a number: verbose_invalid_scalar() of Linux 6.18. */
export function knownBounds(smin: bigint, smax: bigint): string {
  const bounds = [...(smin > S64_MIN ? [` smin=${smin}`] : []), ...(smax < S64_MAX ? [` smax=${smax}`] : [])];
  return bounds.length === 0 ? ' unknown scalar value' : bounds.join('');
}

/** undefined where any number, and any pointer, may be returned. */
export function returnRange({ program, attach }: Walk): ReturnRange | undefined {
  switch (attach?.kind) {
    case undefined:
      return byType[program.type];
    case 'raw_tp':
    case 'fmod_ret':
      return undefined;
    case 'fentry':
    case 'fexit':
      return { min: 0, max: 0, is32Bit: false };
    case 'iter':
      return zeroOrOne;
    case 'lsm':
      return { ...lsmReturnRange(attach.name), is32Bit: true };
  }
}
