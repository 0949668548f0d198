import { describe, expect, it } from 'vitest';
import { meaningOfSection } from '../../../electron/bpf/object/section-names.ts';

describe('section names', () => {
  it.each([
    ['tracepoint/sched/sched_switch', 'tracepoint', 'sched/sched_switch', false],
    ['tp/sched/sched_switch', 'tracepoint', 'sched/sched_switch', false],
    ['raw_tp/sched_switch', 'raw_tracepoint', 'sched_switch', false],
    ['raw_tp.w/sched_switch', 'raw_tracepoint_writable', 'sched_switch', false],
    ['tp_btf/sched_switch', 'tracing', 'sched_switch', false],
    ['kprobe/do_sys_open', 'kprobe', 'do_sys_open', false],
    ['kprobe', 'kprobe', '', false],
    ['kretprobe.multi/tcp_*', 'kprobe', 'tcp_*', false],
    ['uprobe.s//bin/sh:main', 'kprobe', '/bin/sh:main', true],
    ['ksyscall/openat', 'kprobe', 'openat', false],
    ['fentry.s/vfs_read', 'tracing', 'vfs_read', true],
    ['fexit/vfs_read', 'tracing', 'vfs_read', false],
    ['lsm.s/file_open', 'lsm', 'file_open', true],
    ['iter/task', 'tracing', 'task', false],
    ['xdp', 'xdp', '', false],
    ['xdp.frags/cpumap', 'xdp', '', false],
    ['tc', 'sched_cls', '', false],
    ['tcx/egress', 'sched_cls', '', false],
    ['socket', 'socket_filter', '', false],
    ['cgroup/connect4', 'cgroup_sock_addr', '', false],
    ['cgroup/sendmsg_unix', 'cgroup_sock_addr', '', false],
    ['cgroup_skb/egress', 'cgroup_skb', '', false],
    ['struct_ops/tcp_init', 'struct_ops', 'tcp_init', false],
    ['perf_event', 'perf_event', '', false],
    ['syscall', 'syscall', '', true],
  ])('reads %s as %s of "%s"', (name, type, attachTarget, isSleepable) => {
    expect(meaningOfSection(name)).toEqual({ type, attachTarget, isSleepable, isAutoloaded: true });
    expect(meaningOfSection(`?${name}`)).toEqual({ type, attachTarget, isSleepable, isAutoloaded: false });
  });

  it.each(['', '?', 'xdp_filter', 'kprobes/x', 'tc/other', 'socket1', 'tracepointx', 'cgroup/bind_unix'])(
    'does not know "%s"',
    (name) => {
      expect(meaningOfSection(name)).toBeUndefined();
    },
  );
});
