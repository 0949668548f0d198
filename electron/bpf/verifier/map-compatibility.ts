/** Which helpers take which map types: check_map_func_compatibility() of Linux 6.18. */
import type { LinkedProgram, MapType, ProgramType } from '../program.ts';

const QUEUES: readonly MapType[] = ['queue', 'stack'];

/** They change what sockets a map holds, which not every type of program may. */
const SOCKET_CHANGES: readonly string[] = ['map_update_elem', 'map_delete_elem'];

/** Helpers that take only these map types. */
const typesByHelper: Readonly<Record<string, readonly MapType[]>> = {
  tail_call: ['prog_array'],
  perf_event_read: ['perf_event_array'],
  perf_event_output: ['perf_event_array'],
  perf_event_read_value: ['perf_event_array'],
  skb_output: ['perf_event_array'],
  xdp_output: ['perf_event_array'],
  ringbuf_output: ['ringbuf'],
  user_ringbuf_drain: ['user_ringbuf'],
  ringbuf_reserve: ['ringbuf'],
  ringbuf_query: ['ringbuf'],
  ringbuf_reserve_dynptr: ['ringbuf'],
  get_stackid: ['stack_trace'],
  current_task_under_cgroup: ['cgroup_array'],
  skb_under_cgroup: ['cgroup_array'],
  redirect_map: ['devmap', 'devmap_hash', 'cpumap', 'xskmap'],
  sk_storage_get: ['sk_storage'],
  sk_storage_delete: ['sk_storage'],
  inode_storage_get: ['inode_storage'],
  inode_storage_delete: ['inode_storage'],
  task_storage_get: ['task_storage'],
  task_storage_delete: ['task_storage'],
  cgrp_storage_get: ['cgrp_storage'],
  cgrp_storage_delete: ['cgrp_storage'],
  sk_redirect_map: ['sockmap'],
  msg_redirect_map: ['sockmap'],
  sock_map_update: ['sockmap'],
  sk_redirect_hash: ['sockhash'],
  msg_redirect_hash: ['sockhash'],
  sock_hash_update: ['sockhash'],
  sk_select_reuseport: ['reuseport_sockarray', 'sockmap', 'sockhash'],
  map_peek_elem: [...QUEUES, 'bloom_filter'],
  map_push_elem: [...QUEUES, 'bloom_filter'],
  map_pop_elem: QUEUES,
  map_lookup_percpu_elem: ['percpu_array', 'percpu_hash', 'lru_percpu_hash'],
  for_each_map_elem: ['hash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash', 'array', 'percpu_array'],
};

/** Map types that only these helpers take; a type that is not here is taken by all the others. */
const helpersByType: Partial<Record<MapType, readonly string[]>> = {
  prog_array: ['tail_call'],
  perf_event_array: [
    'perf_event_read',
    'perf_event_output',
    'skb_output',
    'perf_event_read_value',
    'xdp_output',
  ],
  ringbuf: [
    'ringbuf_output',
    'ringbuf_reserve',
    'ringbuf_query',
    'ringbuf_reserve_dynptr',
    'ringbuf_submit_dynptr',
    'ringbuf_discard_dynptr',
  ],
  user_ringbuf: ['user_ringbuf_drain'],
  stack_trace: ['get_stackid'],
  cgroup_array: ['current_task_under_cgroup', 'skb_under_cgroup'],
  cgroup_storage: ['get_local_storage'],
  percpu_cgroup_storage: ['get_local_storage'],
  devmap: ['redirect_map', 'map_lookup_elem'],
  devmap_hash: ['redirect_map', 'map_lookup_elem'],
  cpumap: ['redirect_map'],
  xskmap: ['redirect_map', 'map_lookup_elem'],
  array_of_maps: ['map_lookup_elem'],
  hash_of_maps: ['map_lookup_elem'],
  queue: ['map_peek_elem', 'map_pop_elem', 'map_push_elem'],
  stack: ['map_peek_elem', 'map_pop_elem', 'map_push_elem'],
  bloom_filter: ['map_peek_elem', 'map_push_elem'],
  sk_storage: ['sk_storage_get', 'sk_storage_delete'],
  inode_storage: ['inode_storage_get', 'inode_storage_delete'],
  task_storage: ['task_storage_get', 'task_storage_delete'],
  cgrp_storage: ['cgrp_storage_get', 'cgrp_storage_delete'],
  sockmap: [
    'sk_redirect_map',
    'sock_map_update',
    'msg_redirect_map',
    'sk_select_reuseport',
    'map_lookup_elem',
    ...SOCKET_CHANGES,
  ],
  sockhash: [
    'sk_redirect_hash',
    'sock_hash_update',
    'msg_redirect_hash',
    'sk_select_reuseport',
    'map_lookup_elem',
    ...SOCKET_CHANGES,
  ],
  reuseport_sockarray: ['sk_select_reuseport'],
  struct_ops: [],
  arena: [],
};

/** Map types that a program which may sleep can use: check_map_prog_compatibility() of Linux 6.18. */
const sleepableTypes: ReadonlySet<MapType> = new Set([
  'hash',
  'lru_hash',
  'array',
  'percpu_hash',
  'percpu_array',
  'lru_percpu_hash',
  'array_of_maps',
  'hash_of_maps',
  'ringbuf',
  'user_ringbuf',
  'inode_storage',
  'sk_storage',
  'task_storage',
  'cgrp_storage',
  'queue',
  'stack',
  'arena',
]);

export function suitsSleepable(type: MapType): boolean {
  return sleepableTypes.has(type);
}

/** Program types that may put sockets into maps with map_update_elem(), and take them out. */
const socketChangers: ReadonlySet<ProgramType> = new Set([
  'socket_filter',
  'sched_cls',
  'sched_act',
  'xdp',
  'sk_reuseport',
  'flow_dissector',
  'sk_lookup',
]);

/** may_update_sockmap(): others have helpers of their own for that, or none. */
function mayChangeSockets(helper: string, { type, section }: LinkedProgram): boolean {
  if (type === 'sock_ops') return helper === 'map_delete_elem';
  if (type === 'tracing') return /^\??iter/.test(section);
  return socketChangers.has(type);
}

export function takesMap(helper: string, type: MapType, program: LinkedProgram): boolean {
  const types = typesByHelper[helper];
  const helpers = helpersByType[type];
  const isOfSockets = type === 'sockmap' || type === 'sockhash';
  if (isOfSockets && SOCKET_CHANGES.includes(helper) && !mayChangeSockets(helper, program)) return false;
  return (types === undefined || types.includes(type)) && (helpers === undefined || helpers.includes(helper));
}
