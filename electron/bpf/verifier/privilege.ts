/**
 * What a program may not use that is loaded without CAP_PERFMON: helpers, map types. Which helpers was
 * measured by loading a call of each into a 6.18 kernel, as a socket filter and a cgroup_skb program,
 * without any capability and with CAP_BPF alone.
 */
import type { MapDefinition, MapType } from '../program.ts';
import type { Walk } from './walk.ts';

/** Helpers that socket filters and cgroup_skb programs may call with CAP_BPF. */
const bpfHelpers: ReadonlySet<string> = new Set([
  'get_cgroup_classid',
  'current_task_under_cgroup',
  'get_current_cgroup_id',
  'spin_lock',
  'spin_unlock',
  'jiffies64',
  'get_current_ancestor_cgroup_id',
  'per_cpu_ptr',
  'this_cpu_ptr',
  'task_storage_get',
  'task_storage_delete',
  'for_each_map_elem',
  'timer_init',
  'timer_set_callback',
  'timer_start',
  'timer_cancel',
  'loop',
  'kptr_xchg',
  'dynptr_from_mem',
  'ringbuf_reserve_dynptr',
  'ringbuf_submit_dynptr',
  'ringbuf_discard_dynptr',
  'dynptr_read',
  'dynptr_write',
  'dynptr_data',
  'user_ringbuf_drain',
  'cgrp_storage_get',
  'cgrp_storage_delete',
]);

/** Helpers that they may call with CAP_PERFMON: those that read what is not the program's. */
const perfmonHelpers: ReadonlySet<string> = new Set([
  'trace_printk',
  'get_current_comm',
  'perf_event_read',
  'get_current_task',
  'perf_event_read_value',
  'send_signal',
  'probe_read_user',
  'probe_read_kernel',
  'probe_read_user_str',
  'probe_read_kernel_str',
  'send_signal_thread',
  'skc_to_tcp6_sock',
  'skc_to_tcp_sock',
  'skc_to_tcp_timewait_sock',
  'skc_to_tcp_request_sock',
  'skc_to_udp6_sock',
  'get_task_stack',
  'copy_from_user',
  'snprintf_btf',
  'get_current_task_btf',
  'snprintf',
  'task_pt_regs',
  'get_branch_snapshot',
  'trace_vprintk',
  'skc_to_unix_sock',
  'find_vma',
  'copy_from_user_task',
  'skc_to_mptcp_sock',
]);

/** Map types that anybody may create; all others ask for CAP_BPF or more: map_create(). */
const openMapTypes: ReadonlySet<MapType> = new Set([
  'array',
  'percpu_array',
  'prog_array',
  'perf_event_array',
  'cgroup_array',
  'array_of_maps',
  'hash',
  'percpu_hash',
  'hash_of_maps',
  'ringbuf',
  'user_ringbuf',
  'cgroup_storage',
  'percpu_cgroup_storage',
]);

/** Helper names are without `bpf_`. */
export function mayCall(walk: Walk, helper: string): boolean {
  if (walk.isPrivileged) return true;
  return !perfmonHelpers.has(helper) && (walk.isBpfCapable || !bpfHelpers.has(helper));
}

/** Refuses a map that could not be created. */
export function checkMapPrivilege(walk: Walk, map: MapDefinition): void {
  if (!walk.isBpfCapable && !openMapTypes.has(map.type))
    walk.refuse('not-privileged', `map ${map.name} of type ${map.type} may only be created with privilege`);
}
