/** What programs answer of a packet, by the names of Linux UAPI bpf.h and pkt_cls.h. */
import type { ProgramType } from '../../bpf/program.ts';

const XDP = ['XDP_ABORTED', 'XDP_DROP', 'XDP_PASS', 'XDP_TX', 'XDP_REDIRECT'];
const TC = [
  'TC_ACT_OK',
  'TC_ACT_RECLASSIFY',
  'TC_ACT_SHOT',
  'TC_ACT_PIPE',
  'TC_ACT_STOLEN',
  'TC_ACT_QUEUED',
  'TC_ACT_REPEAT',
  'TC_ACT_REDIRECT',
  'TC_ACT_TRAP',
];
const LWT: Readonly<Record<number, string>> = {
  0: 'BPF_OK',
  2: 'BPF_DROP',
  7: 'BPF_REDIRECT',
  128: 'BPF_LWT_REROUTE',
};
const FLOW_DISSECTOR: Readonly<Record<number, string>> = {
  0: 'BPF_OK',
  2: 'BPF_DROP',
  129: 'BPF_FLOW_DISSECTOR_CONTINUE',
};
/** SK_DROP and SK_PASS, with NET_XMIT_CN on egress. */
const CGROUP = ['drop', 'allow', 'drop, congestion', 'allow, congestion'];

const SOCKET = ['SK_DROP', 'SK_PASS'];
/** Of bind() also that a port below 1024 needs no privilege: BPF_RET_BIND_NO_CAP_NET_BIND_SERVICE. */
const ADDRESS = ['deny', 'allow', 'deny, unprivileged', 'allow, unprivileged'];

/** `returned`: the lower 32 bits of r0, signed. */
export function verdictName(type: ProgramType, returned: number): string {
  return nameOf(type, returned) ?? `${returned}`;
}

export type PacketFate = 'goes on' | 'dropped' | 'sent back' | 'redirected';

const XDP_FATES: readonly PacketFate[] = ['dropped', 'dropped', 'goes on', 'sent back', 'redirected'];
const TC_ACT_REDIRECT = 7;
/** TC_ACT_SHOT, and what takes a packet for its own: STOLEN, QUEUED, TRAP. */
const TC_TAKEN: ReadonlySet<number> = new Set([2, 4, 5, 8]);
const BPF_OK = 0;
const BPF_REDIRECT = 7;
const BPF_LWT_REROUTE = 128;

/** What becomes of the packet: bpf_prog_run_xdp() and its callers, tcf_classify(), run_lwt_bpf() of Linux 6.18. */
export function fateOf(type: ProgramType, returned: number): PacketFate {
  switch (type) {
    case 'xdp':
      return XDP_FATES[returned] ?? 'dropped';
    case 'sched_cls':
    case 'sched_act':
      if (returned === TC_ACT_REDIRECT) return 'redirected';
      return TC_TAKEN.has(returned) ? 'dropped' : 'goes on';
    case 'socket_filter':
      return returned === 0 ? 'dropped' : 'goes on';
    case 'cgroup_skb':
      return (returned & 1) === 0 ? 'dropped' : 'goes on';
    case 'lwt_xmit':
      if (returned === BPF_REDIRECT) return 'redirected';
      return returned === BPF_OK || returned === BPF_LWT_REROUTE ? 'goes on' : 'dropped';
    case 'lwt_seg6local':
      return returned === BPF_OK || returned === BPF_REDIRECT ? 'goes on' : 'dropped';
    default:
      // Of routes' other programs, a redirect is warned of and passed over.
      return returned === BPF_OK || returned === BPF_REDIRECT || returned === BPF_LWT_REROUTE
        ? 'goes on'
        : 'dropped';
  }
}

function nameOf(type: ProgramType, returned: number): string | undefined {
  switch (type) {
    case 'xdp':
      // bpf_warn_invalid_xdp_action(): any other is XDP_ABORTED.
      return XDP[returned] ?? `invalid (${returned})`;
    case 'sched_cls':
    case 'sched_act':
      return returned === -1 ? 'TC_ACT_UNSPEC' : TC[returned];
    case 'socket_filter':
      return returned === 0 ? 'drop' : 'accept';
    case 'cgroup_skb':
      return CGROUP[returned];
    case 'sk_lookup':
    case 'sk_skb':
    case 'sk_msg':
      return SOCKET[returned];
    case 'cgroup_sock':
    case 'cgroup_sockopt':
    case 'cgroup_sock_addr':
      return ADDRESS[returned];
    case 'flow_dissector':
      return FLOW_DISSECTOR[returned];
    default:
      return LWT[returned];
  }
}
