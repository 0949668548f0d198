/** What a program may return, by its type and what it is attached to: check_return_code() of Linux 6.18. */
import type { LinkedProgram, ProgramType } from '../program.ts';
import { ATTACH, attachTypeOf, isSession } from './attach-type.ts';
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
const byType: Partial<Record<ProgramType, ReturnRange>> = {
  cgroup_sock: zeroOrOne,
  cgroup_device: zeroOrOne,
  cgroup_sysctl: zeroOrOne,
  cgroup_sockopt: zeroOrOne,
  sock_ops: zeroOrOne,
  sk_lookup: zeroOrOne,
  netfilter: zeroOrOne,
};

const one: ReturnRange = { min: 1, max: 1, is32Bit: false };
const zeroToThree: ReturnRange = { min: 0, max: 3, is32Bit: false };
/** Of cgroup_sock_addr programs: who asks for an address cannot be refused it. */
const ofAddresses: ReadonlyMap<number, ReturnRange> = new Map([
  [ATTACH.recvmsg4, one],
  [ATTACH.recvmsg6, one],
  [ATTACH.unixRecvmsg, one],
  [ATTACH.getpeername4, one],
  [ATTACH.getpeername6, one],
  [ATTACH.unixGetpeername, one],
  [ATTACH.getsockname4, one],
  [ATTACH.getsockname6, one],
  [ATTACH.unixGetsockname, one],
  // The second bit lets a socket have a port that asks for privilege.
  [ATTACH.bind4, zeroToThree],
  [ATTACH.bind6, zeroToThree],
]);

function rangeOf(program: LinkedProgram): ReturnRange | undefined {
  const attachType = attachTypeOf(program);
  switch (program.type) {
    case 'cgroup_sock_addr':
      return ofAddresses.get(attachType) ?? zeroOrOne;
    case 'cgroup_skb':
      // The second bit tells of congestion.
      return attachType === ATTACH.cgroupEgress ? zeroToThree : zeroOrOne;
    case 'kprobe':
      return isSession(program) ? zeroOrOne : undefined;
    default:
      return byType[program.type];
  }
}

/** Of a hook whose answer nobody waits for: r0 need not even be set. */
export function returnsNothing({ attach }: Walk): boolean {
  const mayBeVoid = attach?.kind === 'lsm' || attach?.kind === 'struct_ops';
  return mayBeVoid && attach.prototype.returnTypeId === 0;
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
      return rangeOf(program);
    case 'raw_tp':
    case 'fmod_ret':
    case 'struct_ops':
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
