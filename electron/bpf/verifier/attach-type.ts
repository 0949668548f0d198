/**
 * What a program says it is to be attached to, where its context, its result or its helpers depend on that:
 * `expected_attach_type`, which libbpf takes from the section's name.
 */
import type { LinkedProgram } from '../program.ts';

/** Linux UAPI enum bpf_attach_type, the members that make a difference; `none` is what is loaded without a word. */
export const ATTACH = {
  none: 0,
  cgroupEgress: 1,
  sockCreate: 2,
  bind4: 8,
  bind6: 9,
  connect4: 10,
  connect6: 11,
  postBind4: 12,
  postBind6: 13,
  sendmsg4: 14,
  sendmsg6: 15,
  recvmsg4: 19,
  recvmsg6: 20,
  getSockopt: 21,
  setSockopt: 22,
  getpeername4: 29,
  getpeername6: 30,
  getsockname4: 31,
  getsockname6: 32,
  xdpDevmap: 33,
  sockRelease: 34,
  xdpCpumap: 35,
  xdp: 37,
  unixConnect: 49,
  unixSendmsg: 50,
  unixRecvmsg: 51,
  unixGetpeername: 52,
  unixGetsockname: 53,
  kprobeSession: 56,
  uprobeSession: 57,
} as const;

const bySection: ReadonlyMap<string, number> = new Map<string, number>([
  ['cgroup_skb/egress', ATTACH.cgroupEgress],
  ['cgroup/sock', ATTACH.sockCreate],
  ['cgroup/sock_create', ATTACH.sockCreate],
  ['cgroup/sock_release', ATTACH.sockRelease],
  ['cgroup/post_bind4', ATTACH.postBind4],
  ['cgroup/post_bind6', ATTACH.postBind6],
  ['cgroup/bind4', ATTACH.bind4],
  ['cgroup/bind6', ATTACH.bind6],
  ['cgroup/connect4', ATTACH.connect4],
  ['cgroup/connect6', ATTACH.connect6],
  ['cgroup/connect_unix', ATTACH.unixConnect],
  ['cgroup/sendmsg4', ATTACH.sendmsg4],
  ['cgroup/sendmsg6', ATTACH.sendmsg6],
  ['cgroup/sendmsg_unix', ATTACH.unixSendmsg],
  ['cgroup/recvmsg4', ATTACH.recvmsg4],
  ['cgroup/recvmsg6', ATTACH.recvmsg6],
  ['cgroup/recvmsg_unix', ATTACH.unixRecvmsg],
  ['cgroup/getpeername4', ATTACH.getpeername4],
  ['cgroup/getpeername6', ATTACH.getpeername6],
  ['cgroup/getpeername_unix', ATTACH.unixGetpeername],
  ['cgroup/getsockname4', ATTACH.getsockname4],
  ['cgroup/getsockname6', ATTACH.getsockname6],
  ['cgroup/getsockname_unix', ATTACH.unixGetsockname],
  ['cgroup/getsockopt', ATTACH.getSockopt],
  ['cgroup/setsockopt', ATTACH.setSockopt],
  ['xdp/devmap', ATTACH.xdpDevmap],
  ['xdp.frags/devmap', ATTACH.xdpDevmap],
  ['xdp/cpumap', ATTACH.xdpCpumap],
  ['xdp.frags/cpumap', ATTACH.xdpCpumap],
  ['xdp', ATTACH.xdp],
  ['xdp.frags', ATTACH.xdp],
]);

/** Of sections that go on with what the program is attached to. */
const byPrefix: ReadonlyMap<string, number> = new Map<string, number>([
  ['kprobe.session', ATTACH.kprobeSession],
  ['uprobe.session', ATTACH.uprobeSession],
  ['uprobe.session.s', ATTACH.uprobeSession],
]);

/** ATTACH.none where the section does not say. */
export function attachTypeOf({ section }: Pick<LinkedProgram, 'section'>): number {
  const plain = section.startsWith('?') ? section.slice(1) : section;
  return bySection.get(plain) ?? byPrefix.get(plain.split('/', 1)[0] ?? '') ?? ATTACH.none;
}

/** Whether it is called at both ends of a call. */
export function isSession(program: Pick<LinkedProgram, 'section'>): boolean {
  const type = attachTypeOf(program);
  return type === ATTACH.kprobeSession || type === ATTACH.uprobeSession;
}
