/**
 * Section names to program types: the SEC() convention of libbpf.
 *
 * Source: Documentation/bpf/libbpf/program_types.rst of Linux 6.18.
 */
import type { ProgramType } from '../program.ts';

export interface SectionMeaning {
  readonly type: ProgramType;
  /** What follows the prefix and its slash, '' for none. */
  readonly attachTarget: string;
  readonly isSleepable: boolean;
  /** False for a section whose name begins with `?`. */
  readonly isAutoloaded: boolean;
}

/** How a section name may go on after its prefix. */
type Rest =
  /** Nothing may follow. */
  | 'none'
  /** `/target` may follow. */
  | 'optional';

interface SectionRow {
  readonly prefix: string;
  readonly type: ProgramType;
  readonly rest: Rest;
  readonly isSleepable: boolean;
}

const row = (prefix: string, type: ProgramType, rest: Rest, isSleepable = false): SectionRow => ({
  prefix,
  type,
  rest,
  isSleepable,
});

const CGROUP_ADDRESS = ['bind', 'connect', 'sendmsg', 'recvmsg', 'getpeername', 'getsockname'].flatMap(
  (call) =>
    ['4', '6', '_unix']
      .filter((family) => !(call === 'bind' && family === '_unix'))
      .map((family) => `${call}${family}`),
);

/** Rows of equal prefixes do not exist; the longest prefix that fits wins. */
const SECTIONS: readonly SectionRow[] = [
  row('socket', 'socket_filter', 'none'),
  row('sk_reuseport/migrate', 'sk_reuseport', 'none'),
  row('sk_reuseport', 'sk_reuseport', 'none'),
  row('kprobe', 'kprobe', 'optional'),
  row('uprobe', 'kprobe', 'optional'),
  row('uprobe.s', 'kprobe', 'optional', true),
  row('kretprobe', 'kprobe', 'optional'),
  row('uretprobe', 'kprobe', 'optional'),
  row('uretprobe.s', 'kprobe', 'optional', true),
  row('kprobe.multi', 'kprobe', 'optional'),
  row('kretprobe.multi', 'kprobe', 'optional'),
  row('kprobe.session', 'kprobe', 'optional'),
  row('uprobe.multi', 'kprobe', 'optional'),
  row('uretprobe.multi', 'kprobe', 'optional'),
  row('uprobe.session', 'kprobe', 'optional'),
  row('uprobe.multi.s', 'kprobe', 'optional', true),
  row('uretprobe.multi.s', 'kprobe', 'optional', true),
  row('uprobe.session.s', 'kprobe', 'optional', true),
  row('ksyscall', 'kprobe', 'optional'),
  row('kretsyscall', 'kprobe', 'optional'),
  row('usdt', 'kprobe', 'optional'),
  row('usdt.s', 'kprobe', 'optional', true),
  row('tc/ingress', 'sched_cls', 'none'),
  row('tc/egress', 'sched_cls', 'none'),
  row('tcx/ingress', 'sched_cls', 'none'),
  row('tcx/egress', 'sched_cls', 'none'),
  row('netkit/primary', 'sched_cls', 'none'),
  row('netkit/peer', 'sched_cls', 'none'),
  row('tc', 'sched_cls', 'none'),
  row('classifier', 'sched_cls', 'none'),
  row('action', 'sched_act', 'none'),
  row('tracepoint', 'tracepoint', 'optional'),
  row('tp', 'tracepoint', 'optional'),
  row('raw_tracepoint', 'raw_tracepoint', 'optional'),
  row('raw_tp', 'raw_tracepoint', 'optional'),
  row('raw_tracepoint.w', 'raw_tracepoint_writable', 'optional'),
  row('raw_tp.w', 'raw_tracepoint_writable', 'optional'),
  row('tp_btf', 'tracing', 'optional'),
  row('fentry', 'tracing', 'optional'),
  row('fmod_ret', 'tracing', 'optional'),
  row('fexit', 'tracing', 'optional'),
  row('fentry.s', 'tracing', 'optional', true),
  row('fmod_ret.s', 'tracing', 'optional', true),
  row('fexit.s', 'tracing', 'optional', true),
  row('freplace', 'ext', 'optional'),
  row('lsm', 'lsm', 'optional'),
  row('lsm.s', 'lsm', 'optional', true),
  row('lsm_cgroup', 'lsm', 'optional'),
  row('iter', 'tracing', 'optional'),
  row('iter.s', 'tracing', 'optional', true),
  row('syscall', 'syscall', 'none', true),
  row('xdp.frags/devmap', 'xdp', 'none'),
  row('xdp/devmap', 'xdp', 'none'),
  row('xdp.frags/cpumap', 'xdp', 'none'),
  row('xdp/cpumap', 'xdp', 'none'),
  row('xdp.frags', 'xdp', 'none'),
  row('xdp', 'xdp', 'none'),
  row('perf_event', 'perf_event', 'none'),
  row('lwt_in', 'lwt_in', 'none'),
  row('lwt_out', 'lwt_out', 'none'),
  row('lwt_xmit', 'lwt_xmit', 'none'),
  row('lwt_seg6local', 'lwt_seg6local', 'none'),
  row('sockops', 'sock_ops', 'none'),
  row('sk_skb/stream_parser', 'sk_skb', 'none'),
  row('sk_skb/stream_verdict', 'sk_skb', 'none'),
  row('sk_skb/verdict', 'sk_skb', 'none'),
  row('sk_skb', 'sk_skb', 'none'),
  row('sk_msg', 'sk_msg', 'none'),
  row('lirc_mode2', 'lirc_mode2', 'none'),
  row('flow_dissector', 'flow_dissector', 'none'),
  row('cgroup_skb/ingress', 'cgroup_skb', 'none'),
  row('cgroup_skb/egress', 'cgroup_skb', 'none'),
  row('cgroup/skb', 'cgroup_skb', 'none'),
  row('cgroup/sock_create', 'cgroup_sock', 'none'),
  row('cgroup/sock_release', 'cgroup_sock', 'none'),
  row('cgroup/sock', 'cgroup_sock', 'none'),
  row('cgroup/post_bind4', 'cgroup_sock', 'none'),
  row('cgroup/post_bind6', 'cgroup_sock', 'none'),
  ...CGROUP_ADDRESS.map((call) => row(`cgroup/${call}`, 'cgroup_sock_addr', 'none')),
  row('cgroup/sysctl', 'cgroup_sysctl', 'none'),
  row('cgroup/getsockopt', 'cgroup_sockopt', 'none'),
  row('cgroup/setsockopt', 'cgroup_sockopt', 'none'),
  row('cgroup/dev', 'cgroup_device', 'none'),
  row('struct_ops', 'struct_ops', 'optional'),
  row('struct_ops.s', 'struct_ops', 'optional', true),
  row('sk_lookup', 'sk_lookup', 'none'),
  row('netfilter', 'netfilter', 'none'),
];

/** What libbpf makes of a section of this name; undefined where it knows none. */
export function meaningOfSection(name: string): SectionMeaning | undefined {
  const isAutoloaded = !name.startsWith('?');
  const plain = isAutoloaded ? name : name.slice(1);
  const found = SECTIONS.filter((each) => fits(each, plain)).sort(
    (a, b) => b.prefix.length - a.prefix.length,
  )[0];
  if (found === undefined) return undefined;
  return {
    type: found.type,
    attachTarget: plain.slice(found.prefix.length + 1),
    isSleepable: found.isSleepable,
    isAutoloaded,
  };
}

function fits({ prefix, rest }: SectionRow, name: string): boolean {
  return name === prefix || (rest === 'optional' && name.startsWith(`${prefix}/`));
}
