import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ATTACH } from '../../electron/bpf/verifier/attach-type.ts';
import type { ProgramType } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { startOracle, type Oracle } from './oracle.ts';

/** Bytes that no context reaches. */
const BEYOND = 256;
const SIZES = [1, 2, 4, 8] as const;

interface Loaded {
  readonly type: ProgramType;
  readonly section: string;
  readonly attachType: number;
}

const loaded = (type: ProgramType, section: string = type, attachType: number = ATTACH.none): Loaded => ({
  type,
  section,
  attachType,
});

const SOCK_OPS = 3;
const CGROUP_SYSCTL = 18;
const SK_LOOKUP = 36;
const SK_REUSEPORT = 39;

const all: readonly Loaded[] = [
  loaded('socket_filter'),
  loaded('sched_cls'),
  loaded('sched_act'),
  loaded('xdp'),
  loaded('xdp', 'xdp/devmap', ATTACH.xdpDevmap),
  loaded('perf_event'),
  loaded('cgroup_skb', 'cgroup_skb/ingress'),
  loaded('cgroup_skb', 'cgroup_skb/egress', ATTACH.cgroupEgress),
  loaded('lwt_in'),
  loaded('lwt_out'),
  loaded('lwt_xmit'),
  loaded('lwt_seg6local'),
  loaded('sk_skb'),
  loaded('flow_dissector'),
  loaded('sk_msg'),
  loaded('sock_ops', 'sockops', SOCK_OPS),
  loaded('sk_lookup', 'sk_lookup', SK_LOOKUP),
  loaded('sk_reuseport', 'sk_reuseport', SK_REUSEPORT),
  loaded('cgroup_device', 'cgroup/dev'),
  loaded('cgroup_sysctl', 'cgroup/sysctl', CGROUP_SYSCTL),
  loaded('cgroup_sockopt', 'cgroup/getsockopt', ATTACH.getSockopt),
  loaded('cgroup_sockopt', 'cgroup/setsockopt', ATTACH.setSockopt),
  loaded('cgroup_sock', 'cgroup/sock'),
  loaded('cgroup_sock', 'cgroup/sock_release', ATTACH.sockRelease),
  loaded('cgroup_sock', 'cgroup/post_bind4', ATTACH.postBind4),
  loaded('cgroup_sock', 'cgroup/post_bind6', ATTACH.postBind6),
  loaded('cgroup_sock_addr', 'cgroup/bind4', ATTACH.bind4),
  loaded('cgroup_sock_addr', 'cgroup/bind6', ATTACH.bind6),
  loaded('cgroup_sock_addr', 'cgroup/connect4', ATTACH.connect4),
  loaded('cgroup_sock_addr', 'cgroup/connect6', ATTACH.connect6),
  loaded('cgroup_sock_addr', 'cgroup/sendmsg4', ATTACH.sendmsg4),
  loaded('cgroup_sock_addr', 'cgroup/sendmsg6', ATTACH.sendmsg6),
  loaded('cgroup_sock_addr', 'cgroup/recvmsg4', ATTACH.recvmsg4),
  loaded('cgroup_sock_addr', 'cgroup/recvmsg6', ATTACH.recvmsg6),
  loaded('cgroup_sock_addr', 'cgroup/getpeername4', ATTACH.getpeername4),
  loaded('cgroup_sock_addr', 'cgroup/getpeername6', ATTACH.getpeername6),
  loaded('cgroup_sock_addr', 'cgroup/getsockname4', ATTACH.getsockname4),
  loaded('cgroup_sock_addr', 'cgroup/getsockname6', ATTACH.getsockname6),
];

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

/** One access each; r0 is 1 at the end, which every type may return. */
const accesses = SIZES.flatMap((size) =>
  Array.from({ length: BEYOND }, (_, offset) => [
    { what: `read of ${size} bytes at ${offset}`, code: asm.load(size, 2, 1, offset) },
    { what: `write of ${size} bytes at ${offset}`, code: asm.storeImmediate(size, 1, offset, 0) },
    ...(size === 8
      ? []
      : [{ what: `signed read of ${size} bytes at ${offset}`, code: asm.loadSigned(size, 2, 1, offset) }]),
  ]).flat(),
);

describe.each(all)('the context of $type at $section', ({ type, section, attachType }) => {
  it('is open where the kernel opens it', async (context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    const differing: string[] = [];
    let accepted = 0;
    for (const { what, code } of accesses) {
      const instructions = [code, asm.mov64(0, 1), asm.exit];
      const program = { ...asm.programOf([instructions], type), section };
      const ours = verifyProgram(program, [], { license: 'GPL' });
      const attach = { expectedType: attachType, btfId: 0 };
      const { isAccepted } = await oracle.ask({ type, license: 'GPL', instructions, maps: [], attach });
      if (isAccepted) accepted += 1;
      if ((ours.verdict === 'accepted') !== isAccepted)
        differing.push(`${what}: ${isAccepted ? 'accepted' : 'refused'} by the kernel`);
    }
    expect(differing).toEqual([]);
    expect(accepted).toBeGreaterThan(2);
  });
});

describe.each([
  { privilege: 'none', isBpfCapable: false },
  { privilege: 'bpf', isBpfCapable: true },
] as const)('without privilege ($privilege)', ({ privilege, isBpfCapable }) => {
  it.for(['socket_filter', 'cgroup_skb'] as const)(
    'the context of %s is open where the kernel opens it',
    async (type, context) => {
      const asked = await startOracle(privilege);
      if ('unavailable' in asked) return context.skip(asked.unavailable);
      const differing: string[] = [];
      for (const { what, code } of accesses) {
        const instructions = [code, asm.mov64(0, 1), asm.exit];
        const options = { license: 'GPL', privileged: false, isBpfCapable };
        const ours = verifyProgram(asm.programOf([instructions], type), [], options);
        const { isAccepted } = await asked.ask({ type, license: 'GPL', instructions, maps: [] });
        if ((ours.verdict === 'accepted') !== isAccepted)
          differing.push(`${what}: ${isAccepted ? 'accepted' : 'refused'} by the kernel`);
      }
      asked.stop();
      expect(differing).toEqual([]);
    },
  );
});
