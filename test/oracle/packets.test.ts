import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ATTACH } from '../../electron/bpf/verifier/attach-type.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { programOf } from '../bpf/verifier/assembler.ts';
import { linked } from './function-vectors.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { packetFunctionVectors, packetVectors } from './packet-vectors.ts';
import { generatePacketProgram, packetMaps } from './packets.ts';
import { typed } from './types.ts';

const PROGRAMS = 3000;
/** Generated programs are small: one that needs more than this runs in circles. */
const INSTRUCTIONS_MAX = 30_000;

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

describe.each(packetVectors)('of packets: $name', (vector) => {
  const { code, type = 'xdp', isAccepted } = vector;
  it(`is ${isAccepted ? 'accepted' : 'refused'}, as in the kernel`, async (context) => {
    const instructions = code.flat();
    const verdict = verifyProgram(programOf(instructions, type), [], { license: 'GPL' });
    expect(verdict.verdict === 'accepted').toBe(isAccepted);
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    const kernel = await oracle.ask({ type, license: 'GPL', instructions, maps: [], logLevel: 1 });
    expect(kernel.isAccepted, kernel.log).toBe(isAccepted);
  });
});

describe.each(packetFunctionVectors)('of packets and functions: $name', (vector) => {
  const { functions, typing, type = 'xdp', isAccepted } = vector;
  it(`is ${isAccepted ? 'accepted' : 'refused'}, as in the kernel`, async (context) => {
    const whole = typed(programOf(linked(functions), type), [], typing);
    const verdict = verifyProgram(whole.program, [], { license: 'GPL', btf: whole.btf });
    expect(verdict.verdict === 'accepted').toBe(isAccepted);
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    const { instructions } = whole.program;
    const question = {
      type,
      license: 'GPL',
      instructions,
      maps: [],
      types: whole.types,
      logLevel: 1,
    } as const;
    const kernel = await oracle.ask(question);
    expect(kernel.isAccepted, kernel.log).toBe(isAccepted);
  });
});

/** Greatest and least number that may be returned, by section, with what the kernel is told of it. */
const results = [
  ['cgroup_skb', 'cgroup_skb/ingress', ATTACH.none],
  ['cgroup_skb', 'cgroup_skb/egress', ATTACH.cgroupEgress],
  ['cgroup_sock', 'cgroup/post_bind4', ATTACH.postBind4],
  ['cgroup_sock_addr', 'cgroup/bind4', ATTACH.bind4],
  ['cgroup_sock_addr', 'cgroup/connect6', ATTACH.connect6],
  ['cgroup_sock_addr', 'cgroup/sendmsg4', ATTACH.sendmsg4],
  ['cgroup_sock_addr', 'cgroup/recvmsg6', ATTACH.recvmsg6],
  ['cgroup_sock_addr', 'cgroup/getpeername4', ATTACH.getpeername4],
  ['cgroup_sock_addr', 'cgroup/getsockname6', ATTACH.getsockname6],
  ['cgroup_sockopt', 'cgroup/getsockopt', ATTACH.getSockopt],
  ['cgroup_sysctl', 'cgroup/sysctl', 18],
  ['cgroup_device', 'cgroup/dev', 6],
  ['sock_ops', 'sockops', 3],
  ['sk_lookup', 'sk_lookup', 36],
  ['sk_skb', 'sk_skb', 0],
  ['sk_msg', 'sk_msg', 7],
  ['sk_reuseport', 'sk_reuseport', 39],
  ['lwt_out', 'lwt_out', 0],
  ['flow_dissector', 'flow_dissector', 0],
] as const;

it.for(results)(
  'programs of %s at %s return what the kernel lets them',
  async ([type, section, expectedType], context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    for (const returned of [-1, 0, 1, 2, 3, 4]) {
      const instructions = [asm.mov64(0, returned), asm.exit];
      const program = { ...programOf(instructions, type), section };
      const attach = { expectedType, btfId: 0 };
      const kernel = await oracle.ask({ type, license: 'GPL', instructions, maps: [], attach });
      const ours = verifyProgram(program, [], { license: 'GPL' });
      expect(ours.verdict === 'accepted', `returning ${returned}`).toBe(kernel.isAccepted);
    }
  },
);

it('programs that look into packets are accepted where the kernel accepts them', async (context) => {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  const unsound: number[] = [];
  const tooStrict: string[] = [];
  let accepted = 0;
  for (let seed = 1; seed <= PROGRAMS; seed += 1) {
    const { type, instructions } = generatePacketProgram(seed);
    const { isAccepted } = await oracle.ask({ type, license: 'GPL', instructions, maps: packetMaps });
    const options = { license: 'GPL', instructionsMax: INSTRUCTIONS_MAX };
    const ours = verifyProgram(programOf(instructions, type), packetMaps, options);
    if (isAccepted) accepted += 1;
    if (ours.verdict === 'accepted' && !isAccepted) unsound.push(seed);
    if (ours.verdict === 'rejected' && isAccepted) tooStrict.push(`${seed}: ${ours.reason.text}`);
  }
  console.log(`${PROGRAMS} programs, ${accepted} accepted by the kernel; too strict ${tooStrict.length}`);
  expect(unsound).toEqual([]);
  expect(tooStrict.length).toBeLessThanOrEqual(PROGRAMS / 1000);
  expect(accepted).toBeGreaterThan(PROGRAMS / 5);
});
