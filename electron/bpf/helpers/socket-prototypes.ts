/**
 * What helpers on sockets take and give, as their bpf_func_proto in Linux 6.18; joined to all others in
 * prototypes.ts. Several take something else in some types of programs: argumentsIn() tells.
 */
import type { LinkedProgram, ProgramType } from '../program.ts';
import { availableTo } from './availability.ts';
import type { Helper, HelperArgument, HelperReturn } from './helper.ts';

type Row = readonly [name: string, parameters: string, returns: HelperReturn];

const TUPLE = 'ctx mem const_size_or_zero anything anything';
const SYNCOOKIE = 'btf_sock_common mem const_size mem const_size';

/** By id: name, arguments, what is returned. */
const rows: Readonly<Record<number, Row>> = {
  46: ['get_socket_cookie', 'ctx', 'integer'],
  47: ['get_socket_uid', 'ctx', 'integer'],
  49: ['setsockopt', 'ctx anything anything mem const_size', 'integer'],
  57: ['getsockopt', 'ctx anything anything uninit_mem const_size', 'integer'],
  84: ['sk_lookup_tcp', TUPLE, 'sock_or_null'],
  85: ['sk_lookup_udp', TUPLE, 'sock_or_null'],
  86: ['sk_release', 'released_sock_common', 'integer'],
  95: ['sk_fullsock', 'sock_common', 'sock_or_null'],
  96: ['tcp_sock', 'sock_common', 'tcp_sock_or_null'],
  98: ['get_listener_sock', 'sock_common', 'sock_or_null'],
  99: ['skc_lookup_tcp', TUPLE, 'sock_common_or_null'],
  100: ['tcp_check_syncookie', SYNCOOKIE, 'integer'],
  107: ['sk_storage_get', 'const_map_ptr btf_sock_common map_value_or_null anything', 'map_value_or_null'],
  108: ['sk_storage_delete', 'const_map_ptr btf_sock_common', 'integer'],
  110: ['tcp_gen_syncookie', SYNCOOKIE, 'integer'],
  122: ['get_netns_cookie', 'ctx_or_null', 'integer'],
  124: ['sk_assign', 'ctx btf_sock_common anything', 'integer'],
  128: ['sk_cgroup_id', 'btf_sock_common', 'integer'],
  129: ['sk_ancestor_cgroup_id', 'btf_sock_common anything', 'integer'],
  136: ['skc_to_tcp6_sock', 'btf_sock_common', 'btf_or_null:tcp6_sock'],
  137: ['skc_to_tcp_sock', 'btf_sock_common', 'btf_or_null:tcp_sock'],
  138: ['skc_to_tcp_timewait_sock', 'btf_sock_common', 'btf_or_null:tcp_timewait_sock'],
  139: ['skc_to_tcp_request_sock', 'btf_sock_common', 'btf_or_null:tcp_request_sock'],
  140: ['skc_to_udp6_sock', 'btf_sock_common', 'btf_or_null:udp6_sock'],
  178: ['skc_to_unix_sock', 'btf_sock_common', 'btf_or_null:unix_sock'],
  196: ['skc_to_mptcp_sock', 'sock_common', 'btf_or_null:mptcp_sock'],
  204: ['tcp_raw_gen_syncookie_ipv4', 'mem_of_20 mem const_size_or_zero', 'integer'],
  205: ['tcp_raw_gen_syncookie_ipv6', 'mem_of_40 mem const_size_or_zero', 'integer'],
  206: ['tcp_raw_check_syncookie_ipv4', 'mem_of_20 mem_of_20', 'integer'],
  207: ['tcp_raw_check_syncookie_ipv6', 'mem_of_40 mem_of_20', 'integer'],
};

const gplOnly: ReadonlySet<string> = new Set([
  'tcp_check_syncookie',
  'tcp_gen_syncookie',
  'tcp_raw_gen_syncookie_ipv4',
  'tcp_raw_gen_syncookie_ipv6',
  'tcp_raw_check_syncookie_ipv4',
  'tcp_raw_check_syncookie_ipv6',
]);

function kinds(parameters: string): HelperArgument[] {
  return parameters.split(' ') as HelperArgument[];
}

export const socketPrototypes: readonly Omit<Helper, 'run'>[] = Object.entries(rows).map(
  ([id, [name, parameters, returns]]) => ({
    id: Number(id),
    name,
    arguments: kinds(parameters),
    returns,
    isGplOnly: gplOnly.has(name),
    programTypes: availableTo(name),
  }),
);

/** `types | helper | arguments`: what these types of programs hand over instead. */
const elsewhere: readonly (readonly [types: string, helper: string, parameters: string])[] = [
  ['sk_reuseport tracing syscall lsm', 'get_socket_cookie', 'btf_sock_common_or_null'],
  ['cgroup_sockopt struct_ops', 'setsockopt', 'btf_sock_common anything anything mem const_size'],
  ['cgroup_sockopt struct_ops', 'getsockopt', 'btf_sock_common anything anything uninit_mem const_size'],
  ['cgroup_sock', 'sk_storage_get', 'const_map_ptr ctx map_value_or_null anything'],
  [
    'tracing syscall lsm',
    'sk_storage_get',
    'const_map_ptr btf_or_null:sock_common map_value_or_null anything',
  ],
  ['tracing syscall lsm', 'sk_storage_delete', 'const_map_ptr btf_or_null:sock_common'],
  ['sk_lookup', 'sk_assign', 'ctx sock_or_null anything'],
  ['sched_cls sched_act lwt_in lwt_out lwt_xmit lwt_seg6local', 'get_cgroup_classid', 'ctx'],
];

const byTypeAndHelper: ReadonlyMap<string, readonly HelperArgument[]> = new Map(
  elsewhere.flatMap(([types, helper, parameters]) =>
    types.split(' ').map((type): [string, HelperArgument[]] => [keyOf(type, helper), kinds(parameters)]),
  ),
);

function keyOf(type: ProgramType | string, helper: string): string {
  return `${type} ${helper}`;
}

/** What a program hands to the helper, which depends on its type for some. */
export function argumentsIn(
  prototype: Pick<Helper, 'name' | 'arguments'>,
  { type }: Pick<LinkedProgram, 'type'>,
): readonly HelperArgument[] {
  return byTypeAndHelper.get(keyOf(type, prototype.name)) ?? prototype.arguments;
}
