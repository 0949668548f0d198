/**
 * What every helper of Linux 6.18's UAPI takes and gives, by its number in enum bpf_func_id. The verifier
 * checks calls by this table; the interpreter and the JIT join it with what runs.
 *
 * A prototype is described here as its bpf_func_proto in the kernel, and only where it was looked at:
 * the others carry the one argument `undescribed`, and a call to them is refused by name. Which program
 * types may call a helper, and which ask for a GPL-compatible license, was measured by loading a call of
 * each into a 6.18 kernel.
 */
import { availableTo } from './availability.ts';
import type { Helper, HelperArgument, HelperReturn } from './helper.ts';
import { networkPrototypes } from './network.ts';
import { socketPrototypes } from './socket-prototypes.ts';

export type HelperPrototype = Omit<Helper, 'run'>;

const GPL = true;
const ANY_LICENSE = false;

function helper(
  id: number,
  name: string,
  parameters: string,
  returns: HelperReturn,
  isGplOnly: boolean,
): HelperPrototype {
  const kinds = parameters === '' ? [] : (parameters.split(' ') as HelperArgument[]);
  return { id, name, arguments: kinds, returns, isGplOnly, programTypes: availableTo(name) };
}

/** A helper whose prototype is not described: the verifier refuses a call of it, naming it. */
function undescribed(id: number, name: string, isGplOnly = ANY_LICENSE): HelperPrototype {
  return {
    id,
    name,
    arguments: ['undescribed'],
    returns: 'integer',
    isGplOnly,
    programTypes: availableTo(name),
  };
}

const ownPrototypes: readonly HelperPrototype[] = [
  helper(1, 'map_lookup_elem', 'const_map_ptr map_key', 'map_value_or_null', ANY_LICENSE),
  helper(2, 'map_update_elem', 'const_map_ptr map_key map_value anything', 'integer', ANY_LICENSE),
  helper(3, 'map_delete_elem', 'const_map_ptr map_key', 'integer', ANY_LICENSE),
  helper(4, 'probe_read', 'uninit_mem const_size_or_zero anything', 'integer', GPL),
  helper(5, 'ktime_get_ns', '', 'integer', ANY_LICENSE),
  helper(6, 'trace_printk', 'mem const_size', 'integer', GPL),
  helper(7, 'get_prandom_u32', '', 'integer', ANY_LICENSE),
  helper(8, 'get_smp_processor_id', '', 'integer', ANY_LICENSE),
  helper(12, 'tail_call', 'ctx const_map_ptr anything', 'void', ANY_LICENSE),
  helper(14, 'get_current_pid_tgid', '', 'integer', ANY_LICENSE),
  helper(15, 'get_current_uid_gid', '', 'integer', ANY_LICENSE),
  helper(16, 'get_current_comm', 'uninit_mem const_size', 'integer', ANY_LICENSE),
  helper(17, 'get_cgroup_classid', '', 'integer', ANY_LICENSE),
  helper(22, 'perf_event_read', 'const_map_ptr anything', 'integer', GPL),
  helper(25, 'perf_event_output', 'ctx const_map_ptr anything mem const_size_or_zero', 'integer', GPL),
  helper(26, 'skb_load_bytes', 'ctx anything uninit_mem const_size', 'integer', ANY_LICENSE),
  helper(27, 'get_stackid', 'ctx const_map_ptr anything', 'integer', GPL),
  helper(35, 'get_current_task', '', 'integer', GPL),
  helper(36, 'probe_write_user', 'anything mem const_size', 'integer', GPL),
  helper(37, 'current_task_under_cgroup', 'const_map_ptr anything', 'integer', ANY_LICENSE),
  helper(42, 'get_numa_node_id', '', 'integer', ANY_LICENSE),
  helper(45, 'probe_read_str', 'uninit_mem const_size_or_zero anything', 'integer', GPL),
  helper(51, 'redirect_map', 'const_map_ptr anything anything', 'integer', ANY_LICENSE),
  helper(55, 'perf_event_read_value', 'const_map_ptr anything uninit_mem const_size', 'integer', GPL),
  helper(56, 'perf_prog_read_value', 'ctx uninit_mem const_size', 'integer', GPL),
  helper(58, 'override_return', 'ctx anything', 'integer', GPL),
  helper(67, 'get_stack', 'ctx uninit_mem const_size_or_zero anything', 'integer', GPL),
  helper(77, 'rc_repeat', 'ctx', 'integer', GPL),
  helper(78, 'rc_keydown', 'ctx anything anything anything', 'integer', GPL),
  helper(80, 'get_current_cgroup_id', '', 'integer', ANY_LICENSE),
  undescribed(81, 'get_local_storage'),
  helper(87, 'map_push_elem', 'const_map_ptr map_value anything', 'integer', ANY_LICENSE),
  helper(88, 'map_pop_elem', 'const_map_ptr uninit_map_value', 'integer', ANY_LICENSE),
  helper(89, 'map_peek_elem', 'const_map_ptr uninit_map_value', 'integer', ANY_LICENSE),
  helper(92, 'rc_pointer_rel', 'ctx anything anything', 'integer', GPL),
  helper(93, 'spin_lock', 'spin_lock', 'void', ANY_LICENSE),
  helper(94, 'spin_unlock', 'held_spin_lock', 'void', ANY_LICENSE),
  helper(105, 'strtol', 'mem const_size anything uninit_u64', 'integer', ANY_LICENSE),
  helper(106, 'strtoul', 'mem const_size anything uninit_u64', 'integer', ANY_LICENSE),
  helper(109, 'send_signal', 'anything', 'integer', ANY_LICENSE),
  helper(111, 'skb_output', 'btf:sk_buff const_map_ptr anything mem const_size_or_zero', 'integer', GPL),
  helper(112, 'probe_read_user', 'uninit_mem const_size_or_zero anything', 'integer', GPL),
  helper(113, 'probe_read_kernel', 'uninit_mem const_size_or_zero anything', 'integer', GPL),
  helper(114, 'probe_read_user_str', 'uninit_mem const_size_or_zero anything', 'integer', GPL),
  helper(115, 'probe_read_kernel_str', 'uninit_mem const_size_or_zero anything', 'integer', GPL),
  helper(116, 'tcp_send_ack', 'btf:tcp_sock anything', 'integer', ANY_LICENSE),
  helper(117, 'send_signal_thread', 'anything', 'integer', ANY_LICENSE),
  helper(118, 'jiffies64', '', 'integer', ANY_LICENSE),
  helper(119, 'read_branch_records', 'ctx mem_or_null const_size_or_zero anything', 'integer', GPL),
  helper(120, 'get_ns_current_pid_tgid', 'anything anything uninit_mem const_size', 'integer', ANY_LICENSE),
  helper(121, 'xdp_output', 'btf:xdp_buff const_map_ptr anything mem const_size_or_zero', 'integer', GPL),
  helper(123, 'get_current_ancestor_cgroup_id', 'anything', 'integer', ANY_LICENSE),
  helper(125, 'ktime_get_boot_ns', '', 'integer', ANY_LICENSE),
  helper(126, 'seq_printf', 'btf:seq_file mem const_size mem_or_null const_size_or_zero', 'integer', GPL),
  helper(127, 'seq_write', 'btf:seq_file mem const_size_or_zero', 'integer', GPL),
  helper(130, 'ringbuf_output', 'const_map_ptr mem const_size_or_zero anything', 'integer', ANY_LICENSE),
  helper(
    131,
    'ringbuf_reserve',
    'const_map_ptr const_alloc_size_or_zero anything',
    'mem_or_null',
    ANY_LICENSE,
  ),
  helper(132, 'ringbuf_submit', 'ringbuf_record anything', 'void', ANY_LICENSE),
  helper(133, 'ringbuf_discard', 'ringbuf_record anything', 'void', ANY_LICENSE),
  helper(134, 'ringbuf_query', 'const_map_ptr anything', 'integer', ANY_LICENSE),
  helper(
    141,
    'get_task_stack',
    'btf:task_struct uninit_mem const_size_or_zero anything',
    'integer',
    ANY_LICENSE,
  ),
  helper(
    145,
    'inode_storage_get',
    'const_map_ptr btf_or_null:inode map_value_or_null anything',
    'map_value_or_null',
    ANY_LICENSE,
  ),
  helper(146, 'inode_storage_delete', 'const_map_ptr btf_or_null:inode', 'integer', ANY_LICENSE),
  helper(147, 'd_path', 'btf:path uninit_mem const_size_or_zero', 'integer', ANY_LICENSE),
  helper(148, 'copy_from_user', 'uninit_mem const_size_or_zero anything', 'integer', ANY_LICENSE),
  helper(149, 'snprintf_btf', 'written_mem const_size mem const_size anything', 'integer', ANY_LICENSE),
  helper(150, 'seq_printf_btf', 'btf:seq_file mem const_size_or_zero anything', 'integer', GPL),
  helper(153, 'per_cpu_ptr', 'percpu_object anything', 'percpu_object_or_null', ANY_LICENSE),
  helper(154, 'this_cpu_ptr', 'percpu_object', 'percpu_object', ANY_LICENSE),
  helper(
    156,
    'task_storage_get',
    'const_map_ptr btf_or_null:task_struct map_value_or_null anything',
    'map_value_or_null',
    ANY_LICENSE,
  ),
  helper(157, 'task_storage_delete', 'const_map_ptr btf_or_null:task_struct', 'integer', ANY_LICENSE),
  helper(158, 'get_current_task_btf', '', 'trusted_btf:task_struct', GPL),
  helper(159, 'bprm_opts_set', 'btf:linux_binprm anything', 'integer', ANY_LICENSE),
  helper(160, 'ktime_get_coarse_ns', '', 'integer', ANY_LICENSE),
  undescribed(161, 'ima_inode_hash'),
  helper(162, 'sock_from_file', 'btf:file', 'btf_or_null:socket', ANY_LICENSE),
  helper(164, 'for_each_map_elem', 'const_map_ptr func stack_or_null anything', 'integer', ANY_LICENSE),
  helper(
    165,
    'snprintf',
    'uninit_mem_or_null const_size_or_zero const_str mem_or_null const_size_or_zero',
    'integer',
    GPL,
  ),
  helper(166, 'sys_bpf', 'anything mem const_size', 'integer', ANY_LICENSE),
  helper(167, 'btf_find_by_name_kind', 'mem const_size anything anything', 'integer', ANY_LICENSE),
  helper(168, 'sys_close', 'anything', 'integer', ANY_LICENSE),
  helper(169, 'timer_init', 'timer const_map_ptr anything', 'integer', GPL),
  helper(170, 'timer_set_callback', 'timer async_func', 'integer', GPL),
  helper(171, 'timer_start', 'timer anything anything', 'integer', GPL),
  helper(172, 'timer_cancel', 'timer', 'integer', GPL),
  helper(173, 'get_func_ip', 'ctx', 'integer', GPL),
  helper(174, 'get_attach_cookie', 'ctx', 'integer', ANY_LICENSE),
  helper(175, 'task_pt_regs', 'btf:task_struct', 'btf:pt_regs', GPL),
  helper(176, 'get_branch_snapshot', 'uninit_mem const_size_or_zero anything', 'integer', GPL),
  helper(177, 'trace_vprintk', 'mem const_size mem_or_null const_size_or_zero', 'integer', GPL),
  helper(179, 'kallsyms_lookup_name', 'mem const_size_or_zero anything uninit_u64', 'integer', ANY_LICENSE),
  helper(180, 'find_vma', 'btf:task_struct anything func stack_or_null anything', 'integer', ANY_LICENSE),
  helper(181, 'loop', 'anything func stack_or_null anything', 'integer', ANY_LICENSE),
  helper(182, 'strncmp', 'mem const_size const_str', 'integer', ANY_LICENSE),
  helper(183, 'get_func_arg', 'ctx anything uninit_u64', 'integer', ANY_LICENSE),
  helper(184, 'get_func_ret', 'ctx uninit_u64', 'integer', ANY_LICENSE),
  helper(185, 'get_func_arg_cnt', 'ctx', 'integer', ANY_LICENSE),
  helper(
    191,
    'copy_from_user_task',
    'uninit_mem const_size_or_zero anything btf:task_struct anything',
    'integer',
    GPL,
  ),
  undescribed(193, 'ima_file_hash'),
  helper(194, 'kptr_xchg', 'kptr exchanged_kptr_or_null', 'kptr_or_null', ANY_LICENSE),
  helper(195, 'map_lookup_percpu_elem', 'const_map_ptr map_key anything', 'map_value_or_null', ANY_LICENSE),
  helper(
    197,
    'dynptr_from_mem',
    'uninit_mem const_size_or_zero anything uninit_dynptr',
    'integer',
    ANY_LICENSE,
  ),
  helper(
    198,
    'ringbuf_reserve_dynptr',
    'const_map_ptr anything anything uninit_ringbuf_dynptr',
    'integer',
    ANY_LICENSE,
  ),
  helper(199, 'ringbuf_submit_dynptr', 'released_ringbuf_dynptr anything', 'void', ANY_LICENSE),
  helper(200, 'ringbuf_discard_dynptr', 'released_ringbuf_dynptr anything', 'void', ANY_LICENSE),
  helper(
    201,
    'dynptr_read',
    'uninit_mem const_size_or_zero dynptr anything anything',
    'integer',
    ANY_LICENSE,
  ),
  helper(202, 'dynptr_write', 'dynptr anything mem const_size_or_zero anything', 'integer', ANY_LICENSE),
  helper(203, 'dynptr_data', 'dynptr anything const_alloc_size_or_zero', 'dynptr_mem_or_null', ANY_LICENSE),
  helper(208, 'ktime_get_tai_ns', '', 'integer', ANY_LICENSE),
  helper(209, 'user_ringbuf_drain', 'const_map_ptr func stack_or_null anything', 'integer', ANY_LICENSE),
  helper(
    210,
    'cgrp_storage_get',
    'const_map_ptr btf_or_null:cgroup map_value_or_null anything',
    'map_value_or_null',
    ANY_LICENSE,
  ),
  helper(211, 'cgrp_storage_delete', 'const_map_ptr btf_or_null:cgroup', 'integer', ANY_LICENSE),
];

export const helperPrototypes: readonly HelperPrototype[] = [
  ...ownPrototypes,
  ...networkPrototypes,
  ...socketPrototypes,
].sort((a, b) => a.id - b.id);

const byId = new Map(helperPrototypes.map((prototype) => [prototype.id, prototype]));

/** The prototype of helper `id`, described or not; undefined where Linux 6.18 has none. */
export function helperPrototypeById(id: number): HelperPrototype | undefined {
  return byId.get(id);
}

export function isDescribed(prototype: HelperPrototype): boolean {
  return prototype.arguments[0] !== 'undescribed';
}
