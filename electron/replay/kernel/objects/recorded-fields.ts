/**
 * Which fields of the kernel's structs something fills: the types that programs are relocated onto have these
 * and no others, so that a program that reads another is refused when it is attached, by the field's name.
 */
import type { Btf } from '../../../bpf/object/btf.ts';
import { selectMembers } from '../../../bpf/object/btf-select.ts';
import type { Source } from '../../../trace/event.ts';

/** Structs that are contexts, or that maps are made of: whoever makes them fills them whole. */
const WHOLE: ReadonlySet<string> = new Set([
  'pt_regs',
  'user_pt_regs',
  'bpf_perf_event_data',
  'bpf_ringbuf',
  'trace_entry',
  'bpf_iter_meta',
  'bpf_iter__task',
  'bpf_iter__bpf_map',
  'bpf_iter__bpf_map_elem',
  'bpf_map',
  'seq_file',
  'ack_sample',
  'rate_sample',
  'minmax',
  'minmax_sample',
  'tcp_congestion_ops',
  'bpf_struct_ops_tcp_congestion_ops',
]);

/** By what a source of facts knows: `struct.member`. */
const FIELDS = {
  tid: ['task_struct.pid'],
  tgid: ['task_struct.tgid', 'task_struct.group_leader'],
  comm: ['task_struct.comm'],
  parent: ['task_struct.real_parent', 'task_struct.parent'],
  exit: ['task_struct.exit_code'],
  kthread: ['task_struct.flags'],
  state: ['task_struct.__state'],
  start: ['task_struct.start_time', 'task_struct.start_boottime'],
  request: [
    ...['q', '__sector', 'cmd_flags'].map((each) => `request.${each}`),
    'request_queue.disk',
    ...['major', 'first_minor'].map((each) => `gendisk.${each}`),
  ],
  requestLength: ['request.__data_len'],
  socket: [
    'sock.__sk_common',
    'inet_sock.sk',
    'inet_connection_sock.icsk_inet',
    'tcp_sock.inet_conn',
    ...['daddr', 'rcv_saddr', 'dport', 'num', 'family', 'v6_daddr', 'v6_rcv_saddr'].map(
      (each) => `sock_common.skc_${each}`,
    ),
    'in6_addr.in6_u',
  ],
  /** Senders of TCP that a congestion control is called for. */
  flow: [
    'sock.__sk_common',
    'sock.sk_pacing_rate',
    'sock.sk_max_pacing_rate',
    'sock.sk_pacing_status',
    'inet_sock.sk',
    'inet_connection_sock.icsk_inet',
    'inet_connection_sock.icsk_ca_state',
    'inet_connection_sock.icsk_ca_initialized',
    'inet_connection_sock.icsk_ca_priv',
    ...['inet_conn', 'snd_cwnd', 'snd_ssthresh', 'snd_wnd', 'srtt_us', 'mss_cache', 'snd_una', 'snd_nxt'].map(
      (each) => `tcp_sock.${each}`,
    ),
    ...['cnt', 'clamp', 'stamp'].map((each) => `tcp_sock.snd_cwnd_${each}`),
    ...['prior_cwnd', 'prior_ssthresh', 'packets_out', 'max_packets_out', 'retrans_out', 'high_seq'].map(
      (each) => `tcp_sock.${each}`,
    ),
    ...['delivered', 'prr_delivered', 'prr_out', 'undo_marker', 'app_limited', 'lsndtime', 'tcp_mstamp'].map(
      (each) => `tcp_sock.${each}`,
    ),
    ...['rtt_min', 'is_cwnd_limited', 'total_retrans', 'bytes_acked', 'bytes_sent'].map(
      (each) => `tcp_sock.${each}`,
    ),
  ],
  /** Of them, what acknowledgements themselves say: selective ones, echoes of congestion. */
  flowPackets: ['sacked_out', 'lost_out', 'lost', 'delivered_ce', 'ecn_flags'].map(
    (each) => `tcp_sock.${each}`,
  ),
  interrupt: ['irqaction.irq', 'irqaction.name'],
  user: [
    'task_struct.cred',
    'task_struct.real_cred',
    ...['uid', 'suid', 'euid', 'fsuid', 'gid', 'sgid', 'egid', 'fsgid'].map((each) => `cred.${each}`),
  ],
  cgroup: [
    'task_struct.cgroups',
    'css_set.dfl_cgrp',
    'cgroup.kn',
    'cgroup.level',
    'cgroup.self',
    'cgroup_subsys_state.cgroup',
    'kernfs_node.id',
    'kernfs_node.__parent',
  ],
  namespaces: [
    'task_struct.nsproxy',
    ...['uts_ns', 'ipc_ns', 'mnt_ns', 'pid_ns_for_children', 'net_ns', 'cgroup_ns'].map(
      (each) => `nsproxy.${each}`,
    ),
    ...['uts', 'ipc', 'mnt', 'pid', 'cgroup'].map((each) => `${each}_namespace.ns`),
    'net.ns',
    'ns_common.inum',
  ],
} as const;

export type Knowledge = keyof typeof FIELDS;

/** How a recording would have held a field; by the name a program reads it under. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /^task_struct\.(tgid|group_leader)/,
    'record with saved tgids (trace-cmd and perf do), or with task:task_newtask',
  ],
  [
    /^task_struct\.(real_parent|parent|start_)/,
    'record with -e task:task_newtask -e sched:sched_process_fork',
  ],
  [
    /^task_struct\.flags/,
    'record with perf, which saves whose child each process is, or put the output of ps -eo pid,ppid,comm into the bundle',
  ],
  [/^request\.__data_len/, 'record with -e block:block_rq_issue'],
  [/^(request|request_queue|gendisk)\./, "record with -e 'block:block_rq_*'"],
  [
    /^sock\.__sk_common\.skc_(v6_)?(daddr|rcv_saddr|dport|num|family)/,
    'record with -e sock:inet_sock_set_state',
  ],
  [
    /^tcp_sock\.(sacked_out|lost_out|lost|delivered_ce|ecn_flags)/,
    'tcp:tcp_probe does not tell it; record packets with tcpdump -w',
  ],
  [/^irqaction\./, 'record with -e irq:irq_handler_entry'],
  [
    /^task_struct\.exit_code/,
    'record with -e raw_syscalls:sys_enter -e signal:signal_deliver -e sched:sched_process_exit',
  ],
  [/^task_struct\.__state/, 'record with -e sched:sched_switch'],
  [/^task_struct\.comm/, 'record with -e sched:sched_switch or -e task:task_rename'],
];

/** undefined where no recording holds it yet. */
export function remedyFor(field: string): string | undefined {
  return REMEDIES.find(([pattern]) => pattern.test(field))?.[1];
}

const COMM_EVENTS = new Set([
  'sched:sched_switch',
  'sched:sched_wakeup',
  'sched:sched_waking',
  'task:task_rename',
]);
const BIRTH_EVENTS = new Set(['task:task_newtask', 'sched:sched_process_fork']);

const EXIT_EVENTS = new Set(['raw_syscalls:sys_enter', 'syscalls:sys_enter_exit_group']);
const REQUEST_EVENTS = new Set(['block:block_rq_insert', 'block:block_rq_issue', 'block:block_io_start']);

/** What the sources tell of tasks and other objects, as far as can be seen before they are read. */
export function knowledgeOf(sources: readonly Source[]): ReadonlySet<Knowledge> {
  const known = new Set<Knowledge>(['tid']);
  for (const { schema, context } of sources) {
    const records = (events: ReadonlySet<string>): boolean =>
      schema.types.some(({ system, name }) => events.has(`${system}:${name}`));
    if (context.tgids.size > 0 || records(new Set(['task:task_newtask']))) known.add('tgid');
    if (context.comms.size > 0 || records(COMM_EVENTS)) known.add('comm');
    if (context.parents !== undefined && context.parents.size > 0) known.add('parent').add('kthread');
    if (records(new Set(['sched:sched_switch']))) known.add('state');
    if (records(EXIT_EVENTS)) known.add('exit');
    if (records(REQUEST_EVENTS)) known.add('request').add('requestLength');
    if (records(new Set(['block:block_rq_complete']))) known.add('request');
    if (records(new Set(['sock:inet_sock_set_state']))) known.add('socket');
    if (records(new Set(['irq:irq_handler_entry']))) known.add('interrupt');
    if (records(BIRTH_EVENTS)) known.add('parent').add('start');
  }
  return known;
}

/** What they tell of senders of TCP besides, where a congestion control is called for these. */
export function knowledgeOfFlows(sources: readonly Source[]): ReadonlySet<Knowledge> {
  const types = sources.flatMap(({ schema }) => schema.types);
  const hasPackets = types.some(({ system }) => system === 'packet');
  const hasProbe = types.some(({ system, name }) => system === 'tcp' && name === 'tcp_probe');
  // Of the flows of both, programs may read what either tells.
  return new Set<Knowledge>([
    ...(hasPackets || hasProbe ? (['flow'] as const) : []),
    ...(hasPackets && !hasProbe ? (['flowPackets'] as const) : []),
  ]);
}

/** Those that the sources hold: `task_struct.tgid`. */
export function fieldsKnown(sources: readonly Source[]): ReadonlySet<string> {
  return fieldsOf(knowledgeOf(sources));
}

/** The kernel's types with the fields alone that are known, and with those structs that are no kernel objects. */
export function recordedTypes(
  types: Btf,
  known: ReadonlySet<Knowledge>,
  mayBeMissing: ReadonlySet<string> = new Set(),
): Btf {
  const fields = new Set([...fieldsOf(known), ...mayBeMissing]);
  return selectMembers(types, (struct, member) => WHOLE.has(struct) || fields.has(`${struct}.${member}`));
}

/** As recordedTypes(), with the structs whole that nothing ever fills: no program gets hold of one. */
export function filledTypes(types: Btf, known: ReadonlySet<Knowledge>): Btf {
  const fields = fieldsOf(known);
  const filled = new Set(TASK_FIELDS.map((field) => field.slice(0, field.indexOf('.'))));
  return selectMembers(types, (struct, member) => !filled.has(struct) || fields.has(`${struct}.${member}`));
}

/** Objects that only events tell of: where none are replayed, nothing fills them. */
const FOLLOWED: ReadonlySet<string> = new Set([
  'request',
  'requestLength',
  'socket',
  'flow',
  'flowPackets',
  'interrupt',
]);
const TASK_FIELDS: readonly string[] = Object.entries(FIELDS).flatMap(([known, fields]) =>
  FOLLOWED.has(known) ? [] : fields,
);

function fieldsOf(known: ReadonlySet<Knowledge>): ReadonlySet<string> {
  return new Set<string>([...known].flatMap((each) => FIELDS[each]));
}
