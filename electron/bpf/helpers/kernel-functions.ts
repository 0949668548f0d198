/**
 * Kernel functions (kfuncs) a program may call: what Linux finds by BTF id of vmlinux, this machine finds
 * by a number of its own. A linked call has src BPF_PSEUDO_KFUNC_CALL, offset 0, and that number as `imm`.
 *
 * Names and parameters are those of a 6.18 kernel's BTF. Which program types may call one was measured by
 * loading a call of each into such a kernel. A function whose rules are not described here carries the one
 * argument `undescribed`, and a call of it is refused by name.
 */
import { OPCODE_CALL, PSEUDO_KFUNC_CALL } from '../isa/opcodes.ts';
import type { Instruction, ProgramType } from '../program.ts';
import type { HelperFunction } from './helper.ts';
import { cpuMaskFunctions } from './cpu-masks.ts';
import { cssFunctions } from './css-iterators.ts';
import { dynptrFunctions } from './dynptr.ts';
import { dynptrReadFunctions } from './dynptr-read.ts';
import { exceptionFunctions, THROW } from './exception.ts';
import { graphFunctions } from './graph.ts';
import { iteratorFunctions } from './iterator.ts';
import { bitsFunctions } from './kernel-bits.ts';
import { fileFunctions } from './kernel-file.ts';
import { resilientLockFunctions } from './resilient-lock.ts';
import { sectionFunctions } from './kernel-section.ts';
import { stringFunctions } from './kernel-strings.ts';
import { taskFunctions } from './kernel-task.ts';
import { NEW_OBJECT, NEW_PERCPU_OBJECT, ownObjectFunctions } from './own-object.ts';
import { mapFunctions } from './map.ts';
import { packetDynptrFunctions } from './packet/dynptr.ts';
import { regionFunctions } from './region.ts';
import { sessionFunctions } from './session.ts';
import { signalFunctions } from './signal.ts';
import { congestionFunctionRuns } from './tcp-congestion.ts';
import { userTextFunctions } from './user-text.ts';
import { vmaFunctions } from './vma-iterator.ts';
import { queueFunctions } from './work-queues.ts';

/** What verifier/kernel-call.ts asks of an argument; the suffixes are those of the kernel's own parameters. */
export type KernelArgument =
  | 'scalar'
  /** `__ign`: not looked at, not even for being initialised. */
  | 'ignored'
  | 'ctx'
  /** Memory read and written, of the size in the next argument; null with any size (`__opt`). */
  | 'memory_or_null'
  /** As much, which has to be there. */
  | 'memory'
  /** `__szk`: a known number. */
  | 'constant_size'
  | 'dynptr'
  | 'uninit_dynptr'
  /** First argument of the functions of an iterator. */
  | 'iterator'
  | 'irq_flag'
  /** A map, or the kernel's object of one. */
  | 'map'
  /** A lock of struct bpf_res_spin_lock in a map value or an object of the program's own. */
  | 'resilient_lock'
  /** A kernel object of that type, trusted to be there (KF_TRUSTED_ARGS), or null (`__nullable`). */
  | `object:${string}`
  | `object_or_null:${string}`
  /** One that is there at least until the RCU section ends (KF_RCU). */
  | `rcu_object:${string}`
  /** One that the program holds, and gives back (KF_RELEASE). */
  | `released_object:${string}`
  /** Id of a struct in the program's BTF, known; an object of such a one that the program holds, and gives back. */
  | 'local_type'
  /** Id of a type in the kernel's BTF, known. */
  | 'kernel_type'
  | 'dropped_object'
  | 'dropped_percpu_object'
  /** One with a count of who holds it, that the program holds or found in a list or tree. */
  | 'refcounted_object'
  /** Head of a list and root of a tree, in a map value or an object whose lock is held. */
  | 'list_head'
  | 'tree_root'
  /** Node of an object that the program holds and gives to the list or tree before, and of one found there. */
  | 'pushed_node'
  | 'node'
  /** A function that tells which of two nodes comes first. */
  | 'less'
  /** A work queue in a map value, that very map, and a function that it calls when the program has long ended. */
  | 'work_queue'
  | 'queue_map'
  | 'async_func'
  | 'undescribed';

export type KernelReturn =
  | 'void'
  | 'integer'
  /** 0; the way on which it is an errno is followed apart. */
  | 'zero'
  /** Memory of a dynptr, as large as `constant_size` says, or null. */
  | 'read_only_slice_or_null'
  | 'slice_or_null'
  /** Four bytes of an iterator, read only, or null. */
  | 'iterator_number_or_null'
  /** Eight bytes that both ends of a call share. */
  | 'session_cookie'
  /** A kernel object of that type that the program then holds, or null (KF_ACQUIRE | KF_RET_NULL). */
  | `acquired_object_or_null:${string}`
  /** One that is surely there. */
  | `acquired_object:${string}`
  /** One of the type that the first argument names. */
  | 'new_object_or_null'
  /** And one that every CPU has its own of. */
  | 'new_percpu_object_or_null'
  /** The one that was handed over, surely there where the program holds it. */
  | 'acquired_refcounted_or_null'
  /** Node of what the list or tree holds, which the program then holds, or which stays there as long as the lock is held. */
  | 'acquired_node_or_null'
  | 'node_or_null'
  /** One of the kernel's, of the type that the second argument names, if it is there at all. */
  | 'untrusted_object'
  /** One of the type named, if it is there at all. */
  | `untrusted_object:${string}`
  /** The context as the kernel itself has it. */
  | 'kernel_context'
  /** One that an iterator gave, or null. */
  | `iterator_object_or_null:${string}`;

export interface IteratorRole {
  /** `num` of `bpf_iter_num`. */
  readonly type: string;
  readonly slots: number;
  readonly does: 'new' | 'next' | 'destroy';
  /** It is made in an RCU section, and lives in that alone (KF_RCU_PROTECTED). */
  readonly isRcuProtected: boolean;
}

/** What runs a call. */
export interface KernelFunction {
  /** Place in the table. */
  readonly number: number;
  /** Whole, as the kernel's BTF has it: `bpf_iter_num_new`. */
  readonly name: string;
  /** undefined: known to the verifier and the disassembler, refused at load as not implemented here. */
  readonly run: HelperFunction | undefined;
}

/** What a call is checked by. */
export interface KernelPrototype extends KernelFunction {
  readonly arguments: readonly KernelArgument[];
  readonly returns: KernelReturn;
  /** Program types that may call it; undefined for all. */
  readonly programTypes: ReadonlySet<ProgramType> | undefined;
  readonly iterator: IteratorRole | undefined;
}

const skBuffTypes: ReadonlySet<ProgramType> = new Set([
  'socket_filter',
  'sched_cls',
  'sched_act',
  'tracepoint',
  'perf_event',
  'cgroup_skb',
  'cgroup_sock',
  'lwt_in',
  'lwt_out',
  'lwt_xmit',
  'sock_ops',
  'sk_skb',
  'cgroup_device',
  'cgroup_sock_addr',
  'lwt_seg6local',
  'cgroup_sysctl',
  'cgroup_sockopt',
  'tracing',
  'netfilter',
]);
const trafficControl: ReadonlySet<ProgramType> = new Set(['sched_cls', 'sched_act']);
const xdp: ReadonlySet<ProgramType> = new Set(['xdp']);
const probes: ReadonlySet<ProgramType> = new Set(['kprobe']);
const securityHooks: ReadonlySet<ProgramType> = new Set(['lsm']);
/** Those that may take hold of tasks and control groups. */
const holders: ReadonlySet<ProgramType> = new Set([
  'sched_cls',
  'tracepoint',
  'xdp',
  'perf_event',
  'cgroup_skb',
  'cgroup_sock',
  'sock_ops',
  'cgroup_device',
  'cgroup_sock_addr',
  'cgroup_sysctl',
  'cgroup_sockopt',
  'tracing',
  'lsm',
  'struct_ops',
  'syscall',
]);

type Row = Omit<KernelPrototype, 'number'>;

const runs: Readonly<Record<string, HelperFunction>> = {
  ...iteratorFunctions,
  ...dynptrFunctions,
  ...packetDynptrFunctions,
  ...regionFunctions,
  ...resilientLockFunctions,
  ...bitsFunctions,
  ...stringFunctions,
  ...dynptrReadFunctions,
  ...taskFunctions,
  ...sectionFunctions,
  ...ownObjectFunctions,
  ...graphFunctions,
  ...cssFunctions,
  ...vmaFunctions,
  ...fileFunctions,
  ...userTextFunctions,
  ...sessionFunctions,
  ...signalFunctions,
  ...queueFunctions,
  ...cpuMaskFunctions,
  ...exceptionFunctions,
  ...mapFunctions,
  ...congestionFunctionRuns,
};

function kernelFunction(
  name: string,
  parameters: string,
  returns: KernelReturn,
  programTypes?: ReadonlySet<ProgramType>,
  iterator?: IteratorRole,
): Row {
  const kinds = parameters === '' ? [] : (parameters.split(' ') as KernelArgument[]);
  return { name, arguments: kinds, returns, programTypes, iterator, run: runs[name] };
}

function iterator(
  type: string,
  slots: number,
  parameters: string,
  next: KernelReturn,
  isRcuProtected = false,
): readonly Row[] {
  const row = (does: IteratorRole['does'], given: string, returns: KernelReturn): Row =>
    kernelFunction(`bpf_iter_${type}_${does}`, given, returns, undefined, {
      type,
      slots,
      does,
      isRcuProtected,
    });
  return [
    row('new', `iterator ${parameters}`.trimEnd(), 'integer'),
    row('next', 'iterator', next),
    row('destroy', 'iterator', 'void'),
  ];
}

/** Functions whose rules are not described here. */
const undescribed =
  'bpf_arena_alloc_pages bpf_arena_free_pages bpf_arena_reserve_pages bpf_cgroup_read_xattr ' +
  'bpf_crypto_ctx_acquire bpf_crypto_ctx_create bpf_crypto_ctx_release bpf_crypto_decrypt ' +
  'bpf_crypto_encrypt bpf_ct_change_status bpf_ct_change_timeout bpf_ct_insert_entry bpf_ct_release ' +
  'bpf_ct_set_nat_info bpf_ct_set_status bpf_ct_set_timeout bpf_get_dentry_xattr bpf_get_file_xattr ' +
  'bpf_iter_dmabuf_destroy bpf_iter_dmabuf_new bpf_iter_dmabuf_next bpf_key_put ' +
  'bpf_lookup_system_key bpf_lookup_user_key bpf_remove_dentry_xattr ' +
  'bpf_set_dentry_xattr bpf_sk_assign_tcp_reqsk bpf_skb_ct_alloc ' +
  'bpf_skb_ct_lookup bpf_sock_addr_set_sun_path bpf_sock_destroy bpf_sock_ops_enable_tx_tstamp ' +
  'bpf_stream_vprintk_impl bpf_task_work_schedule_resume_impl bpf_task_work_schedule_signal_impl ' +
  'bpf_xdp_ct_alloc bpf_xdp_ct_lookup bpf_xdp_get_xfrm_state bpf_xdp_metadata_rx_hash ' +
  'bpf_xdp_metadata_rx_timestamp bpf_xdp_metadata_rx_vlan_tag bpf_xdp_pull_data ' +
  'bpf_xdp_xfrm_state_release';

const structOps: ReadonlySet<ProgramType> = new Set(['struct_ops']);
/**
 * What a kernel's own congestion controls do, for programs that stand in for one: net/ipv4/tcp_cong.c,
 * tcp_cubic.c, tcp_bbr.c. Linux takes sockets that it trusts less, too.
 */
const congestionFunctions: readonly Row[] = [
  ...['tcp_reno_ssthresh', 'tcp_reno_undo_cwnd', 'cubictcp_recalc_ssthresh', 'bbr_sndbuf_expand'],
  ...['bbr_undo_cwnd', 'bbr_ssthresh', 'bbr_min_tso_segs'],
]
  .map((name) => kernelFunction(name, 'object:sock', 'integer', structOps))
  .concat(
    ['cubictcp_init', 'bbr_init'].map((name) => kernelFunction(name, 'object:sock', 'void', structOps)),
    ['cubictcp_state', 'cubictcp_cwnd_event', 'bbr_cwnd_event', 'bbr_set_state'].map((name) =>
      kernelFunction(name, 'object:sock scalar', 'void', structOps),
    ),
    ['tcp_reno_cong_avoid', 'cubictcp_cong_avoid'].map((name) =>
      kernelFunction(name, 'object:sock scalar scalar', 'void', structOps),
    ),
    [
      kernelFunction('tcp_slow_start', 'object:tcp_sock scalar', 'integer', structOps),
      kernelFunction('tcp_cong_avoid_ai', 'object:tcp_sock scalar scalar', 'void', structOps),
      kernelFunction('cubictcp_acked', 'object:sock object:ack_sample', 'void', structOps),
      kernelFunction('bbr_main', 'object:sock scalar scalar object:rate_sample', 'void', structOps),
    ],
  );

const cpuMasks: ReadonlySet<ProgramType> = new Set([
  'tracepoint',
  'perf_event',
  'tracing',
  'lsm',
  'struct_ops',
  'syscall',
]);
/** kernel/bpf/cpumask.c. */
const cpuMaskRows: readonly Row[] = (
  [
    ['create', '', 'acquired_object_or_null:bpf_cpumask'],
    ['acquire', 'object:bpf_cpumask', 'acquired_object:bpf_cpumask'],
    ['release', 'released_object:bpf_cpumask', 'void'],
    ...['first', 'first_zero', 'any_distribute', 'weight', 'empty', 'full'].map(
      (name) => [name, 'rcu_object:cpumask', 'integer'] as const,
    ),
    ...['first_and', 'any_and_distribute', 'equal', 'subset', 'intersects'].map(
      (name) => [name, 'rcu_object:cpumask rcu_object:cpumask', 'integer'] as const,
    ),
    ['set_cpu', 'scalar rcu_object:bpf_cpumask', 'void'],
    ['clear_cpu', 'scalar rcu_object:bpf_cpumask', 'void'],
    ['test_and_set_cpu', 'scalar rcu_object:bpf_cpumask', 'integer'],
    ['test_and_clear_cpu', 'scalar rcu_object:bpf_cpumask', 'integer'],
    ['test_cpu', 'scalar rcu_object:cpumask', 'integer'],
    ['setall', 'rcu_object:bpf_cpumask', 'void'],
    ['clear', 'rcu_object:bpf_cpumask', 'void'],
    ['copy', 'rcu_object:bpf_cpumask rcu_object:cpumask', 'void'],
    ['and', 'rcu_object:bpf_cpumask rcu_object:cpumask rcu_object:cpumask', 'integer'],
    ['or', 'rcu_object:bpf_cpumask rcu_object:cpumask rcu_object:cpumask', 'void'],
    ['xor', 'rcu_object:bpf_cpumask rcu_object:cpumask rcu_object:cpumask', 'void'],
    ['populate', 'rcu_object:cpumask memory scalar', 'integer'],
  ] as const
).map(([name, parameters, returns]) => kernelFunction(`bpf_cpumask_${name}`, parameters, returns, cpuMasks));

const rows: readonly Row[] = [
  ...iterator('num', 1, 'scalar scalar', 'iterator_number_or_null'),
  ...iterator('bits', 2, 'ignored scalar', 'iterator_number_or_null'),
  kernelFunction('bpf_dynptr_slice', 'dynptr scalar memory_or_null constant_size', 'read_only_slice_or_null'),
  kernelFunction('bpf_dynptr_slice_rdwr', 'dynptr scalar memory_or_null constant_size', 'slice_or_null'),
  kernelFunction('bpf_dynptr_adjust', 'dynptr scalar scalar', 'integer'),
  kernelFunction('bpf_dynptr_is_null', 'dynptr', 'integer'),
  kernelFunction('bpf_dynptr_is_rdonly', 'dynptr', 'integer'),
  kernelFunction('bpf_dynptr_size', 'dynptr', 'integer'),
  kernelFunction('bpf_dynptr_clone', 'dynptr uninit_dynptr', 'integer'),
  kernelFunction('bpf_dynptr_copy', 'dynptr scalar dynptr scalar scalar', 'integer'),
  kernelFunction('bpf_dynptr_memset', 'dynptr scalar scalar scalar', 'integer'),
  kernelFunction('bpf_dynptr_from_skb', 'ctx scalar uninit_dynptr', 'integer', skBuffTypes),
  kernelFunction('bpf_dynptr_from_skb_meta', 'ctx scalar uninit_dynptr', 'integer', trafficControl),
  kernelFunction('bpf_dynptr_from_xdp', 'ctx scalar uninit_dynptr', 'integer', xdp),
  kernelFunction('bpf_probe_read_kernel_dynptr', 'dynptr scalar scalar ignored', 'integer'),
  kernelFunction('bpf_probe_read_kernel_str_dynptr', 'dynptr scalar scalar ignored', 'integer'),
  kernelFunction('bpf_probe_read_user_dynptr', 'dynptr scalar scalar ignored', 'integer'),
  kernelFunction('bpf_probe_read_user_str_dynptr', 'dynptr scalar scalar ignored', 'integer'),
  ...iterator('task', 3, 'object_or_null:task_struct scalar', 'iterator_object_or_null:task_struct', true),
  ...iterator(
    'css',
    3,
    'object:cgroup_subsys_state scalar',
    'iterator_object_or_null:cgroup_subsys_state',
    true,
  ),
  ...iterator('css_task', 1, 'object:cgroup_subsys_state scalar', 'iterator_object_or_null:task_struct'),
  ...iterator('task_vma', 1, 'rcu_object:task_struct scalar', 'iterator_object_or_null:vm_area_struct'),
  ...iterator('kmem_cache', 1, '', 'iterator_object_or_null:kmem_cache'),
  kernelFunction(THROW, 'scalar', 'void', holders),
  kernelFunction('bpf_wq_init', 'work_queue queue_map scalar', 'integer'),
  kernelFunction('bpf_wq_set_callback_impl', 'work_queue async_func scalar ignored', 'integer'),
  kernelFunction('bpf_wq_start', 'work_queue scalar', 'integer'),
  kernelFunction('bpf_get_kmem_cache', 'scalar', 'untrusted_object:kmem_cache'),
  kernelFunction('bpf_cast_to_kern_ctx', 'ctx', 'kernel_context'),
  kernelFunction('bpf_copy_from_user_dynptr', 'dynptr scalar scalar ignored', 'integer'),
  kernelFunction('bpf_copy_from_user_str_dynptr', 'dynptr scalar scalar ignored', 'integer'),
  kernelFunction(
    'bpf_copy_from_user_task_dynptr',
    'dynptr scalar scalar ignored rcu_object:task_struct',
    'integer',
  ),
  kernelFunction(
    'bpf_copy_from_user_task_str_dynptr',
    'dynptr scalar scalar ignored rcu_object:task_struct',
    'integer',
  ),
  kernelFunction('bpf_map_sum_elem_count', 'map', 'integer'),
  kernelFunction('bpf_copy_from_user_str', 'memory scalar ignored scalar', 'integer'),
  kernelFunction(
    'bpf_copy_from_user_task_str',
    'memory scalar ignored rcu_object:task_struct scalar',
    'integer',
  ),
  kernelFunction(
    'bpf_get_task_exe_file',
    'object:task_struct',
    'acquired_object_or_null:file',
    securityHooks,
  ),
  kernelFunction('bpf_put_file', 'released_object:file', 'void', securityHooks),
  kernelFunction('bpf_path_d_path', 'object:path memory scalar', 'integer', securityHooks),
  kernelFunction('bpf_send_signal_task', 'object:task_struct scalar scalar scalar', 'integer', holders),
  kernelFunction('bpf_task_from_pid', 'scalar', 'acquired_object_or_null:task_struct', holders),
  kernelFunction('bpf_task_from_vpid', 'scalar', 'acquired_object_or_null:task_struct', holders),
  kernelFunction(
    'bpf_task_acquire',
    'rcu_object:task_struct',
    'acquired_object_or_null:task_struct',
    holders,
  ),
  kernelFunction('bpf_task_release', 'released_object:task_struct', 'void', holders),
  kernelFunction('bpf_task_under_cgroup', 'rcu_object:task_struct rcu_object:cgroup', 'integer', holders),
  kernelFunction(
    'bpf_task_get_cgroup1',
    'rcu_object:task_struct scalar',
    'acquired_object_or_null:cgroup',
    holders,
  ),
  kernelFunction('bpf_cgroup_from_id', 'scalar', 'acquired_object_or_null:cgroup', holders),
  kernelFunction('bpf_cgroup_acquire', 'rcu_object:cgroup', 'acquired_object_or_null:cgroup', holders),
  kernelFunction(
    'bpf_cgroup_ancestor',
    'rcu_object:cgroup scalar',
    'acquired_object_or_null:cgroup',
    holders,
  ),
  kernelFunction('bpf_cgroup_release', 'released_object:cgroup', 'void', holders),
  kernelFunction(NEW_OBJECT, 'local_type ignored', 'new_object_or_null', holders),
  kernelFunction('bpf_rdonly_cast', 'ignored kernel_type', 'untrusted_object'),
  kernelFunction('bpf_obj_drop_impl', 'dropped_object ignored', 'void', holders),
  kernelFunction(NEW_PERCPU_OBJECT, 'local_type ignored', 'new_percpu_object_or_null', holders),
  kernelFunction('bpf_percpu_obj_drop_impl', 'dropped_percpu_object ignored', 'void', holders),
  kernelFunction(
    'bpf_refcount_acquire_impl',
    'refcounted_object ignored',
    'acquired_refcounted_or_null',
    holders,
  ),
  kernelFunction('bpf_list_push_front_impl', 'list_head pushed_node ignored scalar', 'integer', holders),
  kernelFunction('bpf_list_push_back_impl', 'list_head pushed_node ignored scalar', 'integer', holders),
  kernelFunction('bpf_list_pop_front', 'list_head', 'acquired_node_or_null', holders),
  kernelFunction('bpf_list_pop_back', 'list_head', 'acquired_node_or_null', holders),
  kernelFunction('bpf_list_front', 'list_head', 'node_or_null', holders),
  kernelFunction('bpf_list_back', 'list_head', 'node_or_null', holders),
  kernelFunction('bpf_rbtree_add_impl', 'tree_root pushed_node less ignored scalar', 'integer', holders),
  kernelFunction('bpf_rbtree_remove', 'tree_root node', 'acquired_node_or_null', holders),
  kernelFunction('bpf_rbtree_first', 'tree_root', 'node_or_null', holders),
  kernelFunction('bpf_rbtree_root', 'tree_root', 'node_or_null', holders),
  kernelFunction('bpf_rbtree_left', 'tree_root node', 'node_or_null', holders),
  kernelFunction('bpf_rbtree_right', 'tree_root node', 'node_or_null', holders),
  kernelFunction('bpf_strlen', 'ignored', 'integer'),
  kernelFunction('bpf_strnlen', 'ignored scalar', 'integer'),
  kernelFunction('bpf_strcmp', 'ignored ignored', 'integer'),
  kernelFunction('bpf_strcasecmp', 'ignored ignored', 'integer'),
  kernelFunction('bpf_strchr', 'ignored scalar', 'integer'),
  kernelFunction('bpf_strchrnul', 'ignored scalar', 'integer'),
  kernelFunction('bpf_strnchr', 'ignored scalar scalar', 'integer'),
  kernelFunction('bpf_strrchr', 'ignored scalar', 'integer'),
  kernelFunction('bpf_strspn', 'ignored ignored', 'integer'),
  kernelFunction('bpf_strcspn', 'ignored ignored', 'integer'),
  kernelFunction('bpf_strstr', 'ignored ignored', 'integer'),
  kernelFunction('bpf_strnstr', 'ignored ignored scalar', 'integer'),
  kernelFunction('bpf_rcu_read_lock', '', 'void'),
  kernelFunction('bpf_rcu_read_unlock', '', 'void'),
  kernelFunction('bpf_preempt_disable', '', 'void'),
  kernelFunction('bpf_preempt_enable', '', 'void'),
  kernelFunction('bpf_local_irq_save', 'irq_flag', 'void'),
  kernelFunction('bpf_local_irq_restore', 'irq_flag', 'void'),
  kernelFunction('bpf_res_spin_lock', 'resilient_lock', 'zero'),
  kernelFunction('bpf_res_spin_unlock', 'resilient_lock', 'void'),
  kernelFunction('bpf_res_spin_lock_irqsave', 'resilient_lock irq_flag', 'zero'),
  kernelFunction('bpf_res_spin_unlock_irqrestore', 'resilient_lock irq_flag', 'void'),
  ...cpuMaskRows,
  kernelFunction('bpf_session_is_return', '', 'integer', probes),
  kernelFunction('bpf_session_cookie', '', 'session_cookie', probes),
  ...congestionFunctions,
  ...undescribed.split(' ').map((name) => kernelFunction(name, 'undescribed', 'integer')),
];

export const kernelFunctions: readonly KernelPrototype[] = rows.map((row, number) => ({ number, ...row }));

const byName = new Map(kernelFunctions.map((each) => [each.name, each]));

/** undefined for a number that no function has. */
export function kernelFunctionByNumber(number: number): KernelPrototype | undefined {
  return kernelFunctions[number];
}

/** `name` as the kernel's BTF has it. */
export function kernelFunctionByName(name: string): KernelPrototype | undefined {
  return byName.get(name);
}

/** Whether the instruction calls a function that may call one of the program. */
export function takesLess({ opcode, src, imm }: Instruction): boolean {
  if (opcode !== OPCODE_CALL || src !== PSEUDO_KFUNC_CALL) return false;
  return kernelFunctionByNumber(imm)?.arguments.includes('less') ?? false;
}

/** Whether the instruction ends the program. */
export function isThrow({ opcode, src, imm }: Instruction): boolean {
  return opcode === OPCODE_CALL && src === PSEUDO_KFUNC_CALL && kernelFunctionByNumber(imm)?.name === THROW;
}

/** kfunc_spin_allowed(): what may be called while a lock is held. */
export function isForHoldersOfLocks({ name }: KernelPrototype): boolean {
  return /^bpf_(iter_num|list|rbtree)_|^bpf_refcount_acquire_impl$|^bpf_res_spin_/.test(name);
}

/** KF_SLEEPABLE: what may wait, and so is called where that is allowed alone. */
export function maySleep({ name }: KernelFunction): boolean {
  return /^bpf_copy_from_user_|^bpf_iter_kmem_cache_/.test(name);
}

export function isDescribedFunction(fn: KernelPrototype): boolean {
  return fn.arguments[0] !== 'undescribed';
}
