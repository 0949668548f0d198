/**
 * Hooks of Linux security modules that differ from the rest: which may not be attached to, whose
 * arguments are only being made or taken apart, what they may be answered with. As kernel/bpf/bpf_lsm.c of
 * Linux 6.18. A kernel that lets no program attach to hooks cannot be asked: these are not measured.
 */
import type { Btf } from '../object/btf.ts';
import { findComposite } from './btf-walk.ts';

export const LSM_PREFIX = 'bpf_lsm_';

/** The kernel's own list of hooks: a member for each. */
const HOOKS_UNION = 'security_list_options';

/** Hooks that hand data back through their arguments. */
const disabled: ReadonlySet<string> = new Set([
  'audit_rule_match',
  'file_alloc_security',
  'getprocattr',
  'getselfattr',
  'inode_copy_up_xattr',
  'inode_getsecurity',
  'inode_listsecurity',
  'inode_need_killpriv',
  'ismaclabel',
  'key_getsecurity',
  'setprocattr',
  'vm_enough_memory',
  'xfrm_decode_session',
]);
/** Hooks whose objects are only being made or taken apart. */
const untrusted: ReadonlySet<string> = new Set([
  'bdev_alloc_security',
  'bdev_free_security',
  'bpf_map_free',
  'bpf_prog_free',
  'file_alloc_security',
  'file_free_security',
  'sk_alloc_security',
  'sk_free_security',
  'task_free',
]);
/** Hooks that say yes or no; all others that answer give 0 or a negative errno. */
const booleans: ReadonlySet<string> = new Set([
  'audit_rule_known',
  'inode_xattr_skipcap',
  'xfrm_state_pol_flow_match',
]);

const ERRNO_MAX = 4095;

/** Why a program may not be attached to the hook; undefined where nothing is against it. */
export function lsmHookProblem(hook: string, btf: Btf): string | undefined {
  if (!hooksOf(btf).includes(hook)) return `${LSM_PREFIX}${hook} is not one of the kernel's LSM hooks`;
  return disabled.has(hook) ? `attach to disabled hook ${LSM_PREFIX}${hook}` : undefined;
}

function hooksOf(btf: Btf): readonly string[] {
  return findComposite(btf, 'union', HOOKS_UNION)?.members.map(({ name }) => name) ?? [];
}

export function hasTrustedArguments(functionName: string): boolean {
  return !untrusted.has(functionName.slice(LSM_PREFIX.length));
}

/** What the hook `bpf_lsm_...` may be answered with. */
export function lsmReturnRange(functionName: string): { readonly min: number; readonly max: number } {
  return booleans.has(functionName.slice(LSM_PREFIX.length))
    ? { min: 0, max: 1 }
    : { min: -ERRNO_MAX, max: 0 };
}
