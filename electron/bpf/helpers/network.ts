/**
 * What helpers take and give that work on packets and on what sends them, as their bpf_func_proto in
 * Linux 6.18; joined to all others in prototypes.ts. Those that take or give sockets are in socket-prototypes.ts.
 */
import { availableTo } from './availability.ts';
import type { Helper, HelperArgument } from './helper.ts';

/** By id: name and arguments; all return a number. */
const rows: Readonly<Record<number, readonly [name: string, parameters: string]>> = {
  9: ['skb_store_bytes', 'ctx anything mem const_size anything'],
  10: ['l3_csum_replace', 'ctx anything anything anything anything'],
  11: ['l4_csum_replace', 'ctx anything anything anything anything'],
  13: ['clone_redirect', 'ctx anything anything'],
  18: ['skb_vlan_push', 'ctx anything anything'],
  19: ['skb_vlan_pop', 'ctx'],
  20: ['skb_get_tunnel_key', 'ctx uninit_mem const_size anything'],
  21: ['skb_set_tunnel_key', 'ctx mem const_size anything'],
  23: ['redirect', 'anything anything'],
  24: ['get_route_realm', 'ctx'],
  28: ['csum_diff', 'mem_or_null const_size_or_zero mem_or_null const_size_or_zero anything'],
  29: ['skb_get_tunnel_opt', 'ctx uninit_mem const_size'],
  30: ['skb_set_tunnel_opt', 'ctx mem const_size'],
  31: ['skb_change_proto', 'ctx anything anything'],
  32: ['skb_change_type', 'ctx anything'],
  33: ['skb_under_cgroup', 'ctx const_map_ptr anything'],
  34: ['get_hash_recalc', 'ctx'],
  38: ['skb_change_tail', 'ctx anything anything'],
  39: ['skb_pull_data', 'ctx anything'],
  40: ['csum_update', 'ctx anything'],
  41: ['set_hash_invalid', 'ctx'],
  43: ['skb_change_head', 'ctx anything anything'],
  44: ['xdp_adjust_head', 'ctx anything'],
  48: ['set_hash', 'ctx anything'],
  50: ['skb_adjust_room', 'ctx anything anything anything'],
  52: ['sk_redirect_map', 'ctx const_map_ptr anything anything'],
  53: ['sock_map_update', 'ctx const_map_ptr map_key anything'],
  54: ['xdp_adjust_meta', 'ctx anything'],
  59: ['sock_ops_cb_flags_set', 'ctx anything'],
  60: ['msg_redirect_map', 'ctx const_map_ptr anything anything'],
  61: ['msg_apply_bytes', 'ctx anything'],
  62: ['msg_cork_bytes', 'ctx anything'],
  63: ['msg_pull_data', 'ctx anything anything anything'],
  64: ['bind', 'ctx mem const_size'],
  65: ['xdp_adjust_tail', 'ctx anything'],
  66: ['skb_get_xfrm_state', 'ctx anything uninit_mem const_size anything'],
  68: ['skb_load_bytes_relative', 'ctx anything uninit_mem const_size anything'],
  69: ['fib_lookup', 'ctx written_mem const_size anything'],
  70: ['sock_hash_update', 'ctx const_map_ptr map_key anything'],
  71: ['msg_redirect_hash', 'ctx const_map_ptr map_key anything'],
  72: ['sk_redirect_hash', 'ctx const_map_ptr map_key anything'],
  73: ['lwt_push_encap', 'ctx anything mem const_size'],
  74: ['lwt_seg6_store_bytes', 'ctx anything mem const_size'],
  75: ['lwt_seg6_adjust_srh', 'ctx anything anything'],
  76: ['lwt_seg6_action', 'ctx anything mem const_size'],
  79: ['skb_cgroup_id', 'ctx'],
  82: ['sk_select_reuseport', 'ctx const_map_ptr map_key anything'],
  83: ['skb_ancestor_cgroup_id', 'ctx anything'],
  90: ['msg_push_data', 'ctx anything anything anything'],
  91: ['msg_pop_data', 'ctx anything anything anything'],
  97: ['skb_ecn_set_ce', 'ctx'],
  101: ['sysctl_get_name', 'ctx written_mem const_size anything'],
  102: ['sysctl_get_current_value', 'ctx uninit_mem const_size'],
  103: ['sysctl_get_new_value', 'ctx uninit_mem const_size'],
  104: ['sysctl_set_new_value', 'ctx mem const_size'],
  135: ['csum_level', 'ctx anything'],
  142: ['load_hdr_opt', 'ctx written_mem const_size anything'],
  143: ['store_hdr_opt', 'ctx mem const_size anything'],
  144: ['reserve_hdr_opt', 'ctx anything anything'],
  151: ['skb_cgroup_classid', 'ctx'],
  152: ['redirect_neigh', 'anything mem_or_null const_size_or_zero anything'],
  155: ['redirect_peer', 'anything anything'],
  163: ['check_mtu', 'ctx anything written_u32 anything anything'],
  186: ['get_retval', ''],
  187: ['set_retval', 'anything'],
  188: ['xdp_get_buff_len', 'ctx'],
  189: ['xdp_load_bytes', 'ctx anything uninit_mem const_size'],
  190: ['xdp_store_bytes', 'ctx anything mem const_size'],
  192: ['skb_set_tstamp', 'ctx anything anything'],
};

const gplOnly: ReadonlySet<string> = new Set(['fib_lookup', 'check_mtu']);

export const networkPrototypes: readonly Omit<Helper, 'run'>[] = Object.entries(rows).map(
  ([id, [name, parameters]]) => ({
    id: Number(id),
    name,
    arguments: parameters === '' ? [] : (parameters.split(' ') as HelperArgument[]),
    returns: 'integer',
    isGplOnly: gplOnly.has(name),
    programTypes: availableTo(name),
  }),
);

/** Helpers after which a packet may lie elsewhere: bpf_helper_changes_pkt_data(). */
const movers: ReadonlySet<string> = new Set([
  'clone_redirect',
  'l3_csum_replace',
  'l4_csum_replace',
  'lwt_push_encap',
  'lwt_seg6_action',
  'lwt_seg6_adjust_srh',
  'lwt_seg6_store_bytes',
  'msg_pop_data',
  'msg_pull_data',
  'msg_push_data',
  'skb_adjust_room',
  'skb_change_head',
  'skb_change_proto',
  'skb_change_tail',
  'skb_pull_data',
  'skb_store_bytes',
  'skb_vlan_pop',
  'skb_vlan_push',
  'store_hdr_opt',
  'xdp_adjust_head',
  'xdp_adjust_meta',
  'xdp_adjust_tail',
  // The program that is called might do any of this.
  'tail_call',
]);

export function movesPacket(helper: string): boolean {
  return movers.has(helper);
}

/** Helpers that take memory within a packet: pkt_access of their prototypes. */
const takers: ReadonlySet<string> = new Set([
  'map_lookup_elem',
  'map_update_elem',
  'map_delete_elem',
  'map_push_elem',
  'map_pop_elem',
  'map_peek_elem',
  'map_lookup_percpu_elem',
  'csum_diff',
  'sock_map_update',
  'sock_hash_update',
  'sk_lookup_tcp',
  'sk_lookup_udp',
  'skc_lookup_tcp',
  'tcp_check_syncookie',
  'tcp_gen_syncookie',
  'tcp_raw_gen_syncookie_ipv4',
  'tcp_raw_gen_syncookie_ipv6',
  'tcp_raw_check_syncookie_ipv4',
  'tcp_raw_check_syncookie_ipv6',
]);

export function takesPackets(helper: string): boolean {
  return takers.has(helper);
}
