import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkPrototypes } from '../../electron/bpf/helpers/network.ts';
import type { HelperArgument } from '../../electron/bpf/helpers/helper.ts';
import type { Instruction, MapDefinition, ProgramType } from '../../electron/bpf/program.ts';
import { skBuffOffsets } from '../../electron/bpf/sk-buff.ts';
import { ATTACH } from '../../electron/bpf/verifier/attach-type.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { startOracle, type Oracle } from './oracle.ts';

/** Types that helpers are asked of, with what they are loaded for; the last of those that fits is taken. */
const loads: readonly (readonly [ProgramType, string, number])[] = [
  ['socket_filter', 'socket', ATTACH.none],
  ['sched_cls', 'tc', ATTACH.none],
  ['xdp', 'xdp', ATTACH.none],
  ['cgroup_skb', 'cgroup_skb/ingress', ATTACH.none],
  ['lwt_in', 'lwt_in', ATTACH.none],
  ['lwt_xmit', 'lwt_xmit', ATTACH.none],
  ['lwt_seg6local', 'lwt_seg6local', ATTACH.none],
  ['sk_skb', 'sk_skb', ATTACH.none],
  ['sk_msg', 'sk_msg', ATTACH.none],
  ['sock_ops', 'sockops', 3],
  ['sk_reuseport', 'sk_reuseport', 39],
  ['cgroup_sysctl', 'cgroup/sysctl', 18],
  ['cgroup_sock_addr', 'cgroup/connect4', ATTACH.connect4],
  ['cgroup_device', 'cgroup/dev', 6],
];

const mapsByHelper: Readonly<Record<string, MapDefinition>> = {
  skb_under_cgroup: asm.mapOf('cgroup_array', 4, 4, 4),
  sk_redirect_map: asm.mapOf('sockmap', 4, 4, 4),
  msg_redirect_map: asm.mapOf('sockmap', 4, 4, 4),
  sock_map_update: asm.mapOf('sockmap', 4, 4, 4),
  sk_redirect_hash: asm.mapOf('sockhash', 4, 4, 4),
  msg_redirect_hash: asm.mapOf('sockhash', 4, 4, 4),
  sock_hash_update: asm.mapOf('sockhash', 4, 4, 4),
  sk_select_reuseport: asm.mapOf('reuseport_sockarray', 4, 4, 4),
};
const otherMap = asm.mapOf('array', 4, 16, 4);

const WELL_FORMED = 'well formed';
const CONTEXT = 6;
const PACKET = 7;
const UNKNOWN = 8;
const PROVED_BYTES = 16;

/** Puts into an argument's register what it asks for. */
function suitable(kind: HelperArgument, register: number): Instruction[] {
  switch (kind) {
    case 'ctx':
      return [asm.mov64(register, r(CONTEXT))];
    case 'const_map_ptr':
      return asm.loadMap(register, 0);
    case 'const_size':
    case 'const_size_or_zero':
      return [asm.mov64(register, 16)];
    case 'anything':
      return [asm.mov64(register, 1)];
    default:
      return [asm.mov64(register, r(10)), asm.alu64('add', register, -32)];
  }
}

/** Other things that might be in the register. */
const others: readonly (readonly [string, (register: number) => Instruction[]])[] = [
  ['0', (register) => [asm.mov64(register, 0)]],
  ['a size past the stack', (register) => [asm.mov64(register, 33)]],
  ['-1', (register) => [asm.mov64(register, -1)]],
  ['an unknown number', (register) => [asm.mov64(register, r(UNKNOWN))]],
  ['a number below 16', (register) => [asm.mov64(register, r(UNKNOWN)), asm.alu64('and', register, 15)]],
  ['the context', (register) => [asm.mov64(register, r(CONTEXT))]],
  ['a moved context', (register) => [asm.mov64(register, r(CONTEXT)), asm.alu64('add', register, 4)]],
  ['the top of the stack', (register) => [asm.mov64(register, r(10)), asm.alu64('add', register, -8)]],
  ['the packet', (register) => [asm.mov64(register, r(PACKET))]],
  ['the packet, moved', (register) => [asm.mov64(register, r(PACKET)), asm.alu64('add', register, 8)]],
  ['the map', (register) => asm.loadMap(register, 0)],
  ['another map', (register) => asm.loadMap(register, 1)],
  ['what was never written', (register) => [asm.mov64(register, r(9))]],
];

/** Sixteen bytes of packet in r7, where the type has one; the frame pointer elsewhere. */
function packetOf(type: ProgramType): Instruction[] {
  const isWide = type === 'sk_msg' || type === 'sk_reuseport';
  const [data, end] =
    type === 'xdp' ? [0, 4] : isWide ? [0, 8] : [skBuffOffsets.data, skBuffOffsets.data_end];
  const size = isWide ? 8 : 4;
  const hasPacket = ![
    'socket_filter',
    'sock_ops',
    'cgroup_sysctl',
    'cgroup_sock_addr',
    'cgroup_device',
  ].includes(type);
  if (!hasPacket) return [asm.mov64(PACKET, r(10))];
  return [
    asm.load(size, PACKET, 1, data),
    asm.load(size, 2, 1, end),
    asm.mov64(3, r(PACKET)),
    asm.alu64('add', 3, PROVED_BYTES),
    asm.jump64('jle', 3, r(2), 2),
    asm.mov64(0, 1),
    asm.exit,
  ];
}

function programOf(
  type: ProgramType,
  id: number,
  setArguments: readonly Instruction[],
  after: readonly Instruction[],
): Instruction[] {
  return [
    asm.mov64(CONTEXT, r(1)),
    ...packetOf(type),
    asm.call(7),
    asm.mov64(UNKNOWN, r(0)),
    ...[-32, -24, -16, -8].map((offset) => asm.storeImmediate(8, 10, offset, 0)),
    ...setArguments,
    asm.call(id),
    ...after,
    asm.mov64(0, 1),
    asm.exit,
  ];
}

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

describe.each(networkPrototypes)('bpf_$name', ({ id, name, arguments: kinds, programTypes }) => {
  it('takes what the kernel takes', async (context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    const maps = [mapsByHelper[name] ?? otherMap, otherMap];
    const differing: string[] = [];
    let accepted = 0;
    for (const [type, section, attachType] of loads) {
      if (programTypes?.has(type) === false) continue;
      const well = kinds.map((kind, index) => suitable(kind, index + 1));
      const calls: { what: string; code: Instruction[]; after?: Instruction[]; license?: string }[] = [
        { what: WELL_FORMED, code: well.flat() },
        { what: 'of a closed program', code: well.flat(), license: 'Proprietary' },
        { what: 'followed by a read of the packet', code: well.flat(), after: [asm.load(1, 2, PACKET, 0)] },
      ];
      for (const [index, kind] of kinds.entries()) {
        for (const [what, make] of others) {
          const code = well.with(index, make(index + 1)).flat();
          calls.push({ what: `r${index + 1} (${kind}) is ${what}`, code });
        }
      }
      for (const { what, code, after = [], license = 'GPL' } of calls) {
        const instructions = programOf(type, id, code, after);
        const program = { ...asm.programOf([instructions], type), section };
        const ours = verifyProgram(program, maps, { license });
        const attach = { expectedType: attachType, btfId: 0 };
        const { isAccepted } = await oracle.ask({ type, license, instructions, maps, attach });
        if (isAccepted && what === WELL_FORMED) accepted += 1;
        if ((ours.verdict === 'accepted') !== isAccepted) {
          const said = ours.verdict === 'accepted' ? 'accepted' : ours.reason.text;
          differing.push(
            `${type}: ${what}: ${isAccepted ? 'accepted' : 'refused'} by the kernel, here ${said}`,
          );
        }
      }
    }
    expect(differing).toEqual([]);
    expect(accepted).toBeGreaterThan(0);
  });
});
