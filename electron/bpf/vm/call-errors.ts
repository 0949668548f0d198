/** Calls of helpers and kernel functions that gave an error: `-errno`, IS_ERR_VALUE() of Linux. */
import { E2BIG, EAGAIN, EEXIST, ENOENT, ENOMEM, ENOSPC, errnoName } from '../maps/errno.ts';
import type { Code } from './code.ts';

/** Something that went wrong, and the program went on. */
export interface FaultKind {
  /** `map-full`, `helper-error`, `tail-call-limit`. */
  readonly kind: string;
  /** The map's name; the helper and its error, `bpf_probe_read_kernel EFAULT`. */
  readonly detail?: string | undefined;
}

/** A 34th tail call, which is not made. */
export const TAIL_CALL_LIMIT: FaultKind = { kind: 'tail-call-limit' };

/** -MAX_ERRNO as an unsigned value of 64 and of 32 bits. */
const ERRORS_FROM = 0xffff_ffff_ffff_f001n;
const ERRORS_FROM_32 = 0xffff_f001n;
const ERRNO_END = 4096n;
const MAX_32 = 0xffff_ffffn;

/** What these give is a number of its own, all of whose bits may be set. */
const GIVE_NUMBERS = new Set([
  ...['get_current_pid_tgid', 'get_current_uid_gid', 'get_smp_processor_id', 'get_prandom_u32'],
  ...['ktime_get_ns', 'ktime_get_boot_ns', 'ktime_get_coarse_ns', 'ktime_get_tai_ns', 'jiffies64'],
  ...['get_attach_cookie', 'get_func_ip', 'get_current_cgroup_id', 'get_current_ancestor_cgroup_id'],
  'get_hash_recalc',
]);

/** What a map refuses it counts itself; that a key is not there, or is, is an answer. */
const TOLD_BY_MAPS = [E2BIG, EAGAIN, EEXIST, ENOENT, ENOMEM, ENOSPC];

/** The fault where the call at the slot gave an error. Hot: after every call that leaves the program. */
export function callError(code: Code, slot: number, r0: bigint): FaultKind | undefined {
  const isKernelFunction = code.kernelFunction[slot] !== undefined;
  if (r0 >= ERRORS_FROM) return named(code, slot, Number(BigInt.asIntN(64, -r0)));
  if (r0 < 0n) return r0 > -ERRNO_END ? named(code, slot, Number(-r0)) : undefined;
  // A C function that gives an int leaves the upper half zero.
  if (isKernelFunction && r0 >= ERRORS_FROM_32 && r0 <= MAX_32)
    return named(code, slot, Number(BigInt.asIntN(32, -r0)));
  return undefined;
}

/** A fault of each errno that a call gave, so that the thousandth is none more to make; undefined for one that counts as none. */
const faults = new WeakMap<Code, Map<number, FaultKind | undefined>>();

function named(code: Code, slot: number, errno: number): FaultKind | undefined {
  let ofCode = faults.get(code);
  if (ofCode === undefined) faults.set(code, (ofCode = new Map()));
  const key = slot * Number(ERRNO_END) + errno;
  if (!ofCode.has(key)) ofCode.set(key, faultOf(code, slot, errno));
  return ofCode.get(key);
}

function faultOf(code: Code, slot: number, errno: number): FaultKind | undefined {
  const helper = code.helper[slot];
  const kernelFunction = code.kernelFunction[slot];
  const name = helper?.name ?? kernelFunction?.name ?? '';
  if (GIVE_NUMBERS.has(name)) return undefined;
  if (helper !== undefined && helper.returns !== 'integer') return undefined;
  if (helper?.arguments.includes('const_map_ptr') === true && TOLD_BY_MAPS.includes(errno)) return undefined;
  const shown = helper === undefined ? name : `bpf_${name}`;
  return { kind: 'helper-error', detail: `${shown} ${errnoName(errno)}` };
}
