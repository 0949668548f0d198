/**
 * What is known of a pointer beside its target: how far the object behind it may be trusted to be there,
 * and who may touch it. enum bpf_type_flag of Linux 6.18, the flags in use; combined as bits.
 */

/** PTR_TRUSTED: the object is there as long as the program runs. */
export const TRUSTED = 1;
/** MEM_RCU: the object is there until the read-side critical section ends. */
export const RCU = 2;
/** PTR_UNTRUSTED: there may be nothing; reads are probed, and helpers do not take it. */
export const UNTRUSTED = 4;
/** MEM_USER: memory of a process, read only through helpers. */
export const USER = 8;
/** MEM_PERCPU: an object for every CPU, reached through bpf_per_cpu_ptr() and bpf_this_cpu_ptr(). */
export const PERCPU = 16;
/** MEM_RDONLY: may not be written. */
export const READ_ONLY = 32;
/** NON_OWN_REF: an object of the program's own that a list or tree holds, there while its lock is held. */
export const NON_OWNING = 64;

/** Follows the name of a pointer that may be null. */
export const NULLABLE_SUFFIX = 'or_null';

const names: readonly (readonly [number, string])[] = [
  [READ_ONLY, 'rdonly_'],
  [USER, 'user_'],
  [PERCPU, 'percpu_'],
  [UNTRUSTED, 'untrusted_'],
  [TRUSTED, 'trusted_'],
  [RCU, 'rcu_'],
];

/** The flags as Linux's messages put them before a kind: `rdonly_untrusted_`; '' for none. */
export function flagNames(flags: number): string {
  return names.map(([flag, name]) => ((flags & flag) === 0 ? '' : name)).join('');
}
