/**
 * Which program types may call a helper: what the kernel's get_func_proto() functions answer.
 *
 * Measured by loading a call of each helper as each type into Linux 6.18 (test/oracle/helper-types.test.ts
 * does it again). Of types that kernel would not load (lsm, lirc_mode2, fentry and fexit) the answers are
 * by its source. bpf_probe_write_user and bpf_override_return depend on how a kernel is configured: they are
 * allowed where a kernel would that is not locked down, as nothing of what they do is carried out here.
 */
import type { ProgramType } from '../program.ts';

/** `types | helpers`: all helpers that are not named here may be called by every type but ext. */
const RESTRICTED: readonly string[] = [
  'cgroup_skb | sk_cgroup_id sk_ancestor_cgroup_id',
  'cgroup_sock_addr | bind',
  'cgroup_sysctl | sysctl_get_name sysctl_get_current_value sysctl_get_new_value sysctl_set_new_value',
  'kprobe | override_return',
  'lirc_mode2 | rc_repeat rc_keydown rc_pointer_rel',
  'lsm | inode_storage_get inode_storage_delete bprm_opts_set ima_inode_hash ima_file_hash',
  'lwt_seg6local | lwt_seg6_store_bytes lwt_seg6_adjust_srh lwt_seg6_action',
  'perf_event | perf_prog_read_value read_branch_records',
  'sk_msg | msg_redirect_map msg_apply_bytes msg_cork_bytes msg_pull_data msg_redirect_hash msg_push_data msg_pop_data',
  'sk_reuseport | sk_select_reuseport',
  'sk_skb | sk_redirect_map sk_redirect_hash',
  'sock_ops | sock_map_update sock_ops_cb_flags_set sock_hash_update load_hdr_opt store_hdr_opt reserve_hdr_opt',
  'struct_ops | tcp_send_ack',
  'syscall | sys_bpf btf_find_by_name_kind sys_close kallsyms_lookup_name',
  'tracing | seq_printf seq_write seq_printf_btf',
  'xdp | xdp_adjust_head redirect_map xdp_adjust_meta xdp_adjust_tail xdp_load_bytes xdp_store_bytes',
  'lwt_in lwt_xmit | lwt_push_encap',
  'sched_cls sched_act | skb_vlan_push skb_vlan_pop skb_change_proto skb_change_type set_hash skb_get_xfrm_state skb_cgroup_classid redirect_neigh redirect_peer skb_set_tstamp',
  'tracing lsm | get_func_arg get_func_ret get_func_arg_cnt',
  'sched_cls sched_act cgroup_skb | skb_cgroup_id skb_ancestor_cgroup_id sk_fullsock skb_ecn_set_ce get_listener_sock',
  'sched_cls sched_act lwt_xmit | l3_csum_replace l4_csum_replace clone_redirect skb_get_tunnel_key skb_set_tunnel_key skb_get_tunnel_opt skb_set_tunnel_opt csum_update set_hash_invalid csum_level',
  'sched_cls sched_act sk_lookup | sk_assign',
  'sched_cls sched_act sk_skb | skb_adjust_room',
  'sched_cls sched_act xdp | fib_lookup tcp_check_syncookie tcp_gen_syncookie check_mtu tcp_raw_gen_syncookie_ipv4 tcp_raw_gen_syncookie_ipv6 tcp_raw_check_syncookie_ipv4 tcp_raw_check_syncookie_ipv6',
  'tracing syscall lsm | skb_output xdp_output d_path sock_from_file',
  'sched_cls sched_act lwt_xmit sk_skb | skb_store_bytes skb_change_tail skb_change_head',
  'sched_cls sched_act xdp lwt_xmit | redirect',
  'sock_ops cgroup_sock_addr cgroup_sockopt struct_ops | setsockopt getsockopt',
  'xdp tracing syscall lsm | xdp_get_buff_len',
  'cgroup_sock cgroup_device cgroup_sock_addr cgroup_sysctl cgroup_sockopt | get_retval set_retval',
  'sched_cls sched_act cgroup_skb sock_ops cgroup_sockopt | tcp_sock',
  'socket_filter sched_cls sched_act cgroup_skb sk_reuseport | skb_load_bytes_relative',
  'socket_filter sched_cls sched_act cgroup_skb sk_skb | get_socket_uid',
  'sched_cls sched_act lwt_in lwt_out lwt_xmit lwt_seg6local | get_route_realm skb_under_cgroup get_hash_recalc',
  'sched_cls sched_act xdp cgroup_skb sk_skb cgroup_sock_addr | sk_lookup_tcp sk_lookup_udp skc_lookup_tcp',
  'cgroup_skb cgroup_sock sock_ops cgroup_device cgroup_sock_addr cgroup_sysctl cgroup_sockopt | get_local_storage',
  'kprobe tracepoint perf_event raw_tracepoint raw_tracepoint_writable tracing lsm | get_attach_cookie',
  'sched_cls sched_act lwt_in lwt_out lwt_xmit sk_skb lwt_seg6local | skb_pull_data',
  'sched_cls sched_act xdp cgroup_skb sk_skb cgroup_sock_addr sk_lookup | sk_release',
  'sched_cls sched_act xdp lwt_in lwt_out lwt_xmit lwt_seg6local | csum_diff',
  'kprobe tracepoint perf_event raw_tracepoint raw_tracepoint_writable tracing syscall lsm | probe_read probe_write_user get_stackid probe_read_str get_stack get_func_ip',
  'socket_filter sched_cls sched_act cgroup_skb cgroup_sock sock_ops sk_msg cgroup_sock_addr cgroup_sockopt | get_netns_cookie',
  'sched_cls sched_act cgroup_skb sock_ops sk_msg cgroup_sock_addr cgroup_sockopt tracing struct_ops syscall lsm | sk_storage_delete',
  'socket_filter sched_cls sched_act cgroup_skb lwt_in lwt_out lwt_xmit sk_skb lwt_seg6local sk_reuseport flow_dissector | skb_load_bytes',
  'sched_cls sched_act cgroup_skb cgroup_sock sock_ops sk_msg cgroup_sock_addr cgroup_sockopt tracing struct_ops syscall lsm | sk_storage_get',
  'socket_filter sched_cls sched_act cgroup_skb cgroup_sock sock_ops sk_skb cgroup_sock_addr sk_reuseport tracing syscall lsm | get_socket_cookie',
  'socket_filter sched_cls sched_act xdp cgroup_skb lwt_in lwt_out lwt_xmit sock_ops sk_skb sk_msg cgroup_sock_addr lwt_seg6local flow_dissector tracing sk_lookup syscall lsm | skc_to_tcp6_sock skc_to_tcp_sock skc_to_tcp_timewait_sock skc_to_tcp_request_sock skc_to_udp6_sock skc_to_unix_sock skc_to_mptcp_sock',
  'socket_filter sched_cls sched_act xdp cgroup_skb cgroup_sock lwt_in lwt_out lwt_xmit sock_ops sk_skb sk_msg cgroup_sock_addr lwt_seg6local sk_reuseport flow_dissector cgroup_sysctl struct_ops sk_lookup | ktime_get_coarse_ns',
  'socket_filter kprobe sched_cls sched_act tracepoint xdp perf_event cgroup_skb cgroup_sock lwt_in lwt_out lwt_xmit sock_ops sk_skb cgroup_device sk_msg raw_tracepoint cgroup_sock_addr lwt_seg6local cgroup_sysctl raw_tracepoint_writable cgroup_sockopt tracing sk_lookup syscall lsm | perf_event_output',
];

const typesByHelper: ReadonlyMap<string, ReadonlySet<ProgramType>> = new Map(
  RESTRICTED.flatMap((row) => {
    const [types = '', helpers = ''] = row.split('|').map((each) => each.trim());
    const set = new Set(types.split(' ').filter((each) => each !== '') as ProgramType[]);
    return helpers.split(' ').map((name): [string, ReadonlySet<ProgramType>] => [name, set]);
  }),
);

/** Sections whose programs alone may call a helper; where not named here, the type decides. */
const SECTIONS: readonly (readonly [helpers: string, sections: RegExp])[] = [
  ['seq_printf seq_write seq_printf_btf', /^iter/],
  ['get_attach_cookie', /^(?!iter)/],
  ['get_func_arg get_func_ret get_func_arg_cnt', /^(fentry|fexit|fmod_ret|lsm)/],
  ['bind', /^cgroup\/connect/],
  ['setsockopt getsockopt', /^(?!cgroup\/getsockopt)/],
  ['get_retval set_retval', /^(?!cgroup\/(recvmsg|getpeername|getsockname))/],
];

const sectionsByHelper: ReadonlyMap<string, RegExp> = new Map(
  SECTIONS.flatMap(([helpers, sections]) =>
    helpers.split(' ').map((name): [string, RegExp] => [name, sections]),
  ),
);

/** Whether a program of an allowed type may call the helper where it is attached; `section` as written. */
export function isAvailableIn(helper: string, section: string): boolean {
  return sectionsByHelper.get(helper)?.test(section.replace(/^\?/, '')) ?? true;
}

/** undefined for all. */
export function availableTo(helper: string): ReadonlySet<ProgramType> | undefined {
  return typesByHelper.get(helper);
}
