import { describe, expect, it } from 'vitest';
import type { Effect } from '../../../electron/bpf/helpers/effect.ts';
import { SockOp, sockOpsOffsets } from '../../../electron/bpf/sock-ops.ts';
import { verifyProgram } from '../../../electron/bpf/verifier/verify.ts';
import * as asm from '../verifier/assembler.ts';
import { alu64, call, exit, lddw, mov64 } from '../vm/assembler.ts';
import { loadUnverified, mapDefinition, type Bench } from '../vm/machine-fixture.ts';
import { ask, onBoth } from './ask.ts';

const GET = 186;
const SET = 187;

interface Seen {
  readonly answers: readonly bigint[];
  readonly effects: readonly Effect[];
  readonly missed: readonly string[];
}

function seen(act: (bench: Bench) => bigint[]): Seen {
  return onBoth((bench) => {
    const answers = act(bench);
    return { answers, effects: bench.world.effects, missed: bench.world.missed };
  });
}

function put({ machine: { memory } }: Bench, bytes: readonly number[]): number {
  const at = memory.allocate(Math.max(8, bytes.length), 8);
  memory.bytes.set(bytes, at);
  return at;
}

/** struct bpf_sock_ops at an event. */
function sockOps(bench: Bench, op: number, isWhole = true): number {
  const { memory } = bench.machine;
  const at = memory.allocate(224, 8);
  memory.view.setUint32(at + sockOpsOffsets.op, op, true);
  memory.view.setUint32(at + sockOpsOffsets.is_fullsock, isWhole ? 1 : 0, true);
  return at;
}

describe('what a program does outside of itself', () => {
  it('to memory of the traced process, and to the answer of a function, is an effect', () => {
    const { answers, effects } = seen((bench) => [
      ask(bench, 'probe_write_user', 0x7fff_0000_1000n, put(bench, [1, 2, 3]), 3),
      ask(bench, 'override_return', 0, -12n),
    ]);
    expect(answers).toEqual([0n, 0n]);
    expect(effects).toEqual([
      { kind: 'probe_write_user', facts: { address: 0x7fff_0000_1000n, bytes: Uint8Array.of(1, 2, 3) } },
      { kind: 'override_return', facts: { rc: -12n } },
    ]);
  });

  it('to a sysctl is one only where it is written', () => {
    const { answers, effects, missed } = seen((bench) => {
      const [read, write] = [put(bench, [0]), put(bench, [1])];
      const value = put(bench, [0x31, 0x30]);
      return [
        ask(bench, 'sysctl_set_new_value', read, value, 2),
        ask(bench, 'sysctl_set_new_value', write, value, 2),
        ask(bench, 'sysctl_get_name', write, put(bench, [9, 9]), 2, 2),
        ask(bench, 'sysctl_get_name', write, put(bench, [9, 9]), 2, 1),
        ask(bench, 'sysctl_get_new_value', read, put(bench, [9, 9]), 2),
      ];
    });
    expect(answers).toEqual([-22n, 0n, -22n, -22n, -22n]);
    expect(effects).toEqual([{ kind: 'sysctl_set_new_value', facts: { value: Uint8Array.of(0x31, 0x30) } }]);
    expect(missed).toEqual(['name of a sysctl']);
  });

  it('to the address of a socket is one where it is an address', () => {
    const { answers, effects } = seen((bench) => {
      const address = (family: number, bytes: number): [number, number] => [
        put(
          bench,
          Array.from({ length: bytes }, (_, at) => (at === 0 ? family : 0)),
        ),
        bytes,
      ];
      return [[1, 16] as const, [2, 15] as const, [2, 16] as const, [10, 16] as const, [10, 28] as const].map(
        ([family, bytes]) => ask(bench, 'bind', 0, ...address(family, bytes)),
      );
    });
    expect(answers).toEqual([-97n, -22n, 0n, -22n, 0n]);
    expect(effects.map(({ kind }) => kind)).toEqual(['bind', 'bind']);
  });

  it('by way of what a connection tells it answers the flags that there are not', () => {
    const { answers, effects } = seen((bench) => [
      ask(bench, 'sock_ops_cb_flags_set', sockOps(bench, 4), 0x85),
      ask(bench, 'sock_ops_cb_flags_set', sockOps(bench, 4, false), 1),
      ask(bench, 'sock_ops_cb_flags_set', sockOps(bench, 16), 1),
    ]);
    expect(answers).toEqual([0x80n, -22n, -95n]);
    expect(effects).toEqual([{ kind: 'sock_ops_cb_flags_set', facts: { flags: 5 } }]);
  });

  it('with a connection put into a map needs one that is made, and a place for it', () => {
    const { answers, effects } = seen((bench) => {
      const map = bench.machine.addMap(mapDefinition({ type: 'sockmap', valueSizeBytes: 4 }));
      const update = (op: number, key: number, flags: number): bigint =>
        ask(bench, 'sock_map_update', sockOps(bench, op), map, put(bench, [key, 0, 0, 0]), flags);
      return [
        update(SockOp.tcpConnect, 0, 0),
        update(SockOp.activeEstablished, 4, 0),
        update(SockOp.activeEstablished, 0, 3),
        update(SockOp.activeEstablished, 0, 2),
        update(SockOp.activeEstablished, 1, 1),
      ];
    });
    expect(answers).toEqual([-95n, -7n, -22n, -2n, 0n]);
    expect(effects).toEqual([
      { kind: 'sock_map_update', facts: { map: 'sockmap', key: Uint8Array.of(1, 0, 0, 0), flags: 1n } },
    ]);
  });

  it('with the choice among listeners needs one at that place', () => {
    const { answers, effects } = seen((bench) => {
      const map = bench.machine.addMap(mapDefinition({ type: 'reuseport_sockarray', valueSizeBytes: 4 }));
      map.set(Uint8Array.of(2, 0, 0, 0), Uint8Array.of(7, 0, 0, 0), 0n);
      return [
        ask(bench, 'sk_select_reuseport', 0, map, put(bench, [2, 0, 0, 0]), 0),
        ask(bench, 'sk_select_reuseport', 0, map, put(bench, [1, 0, 0, 0]), 0),
        ask(bench, 'sk_select_reuseport', 0, map, put(bench, [2, 0, 0, 0]), 1),
      ];
    });
    expect(answers).toEqual([0n, -2n, -22n]);
    expect(effects.map(({ facts }) => facts['key'])).toEqual([Uint8Array.of(2, 0, 0, 0)]);
  });

  it('with keys of remote controls is told as they are pressed', () => {
    const { effects } = seen((bench) => [
      ask(bench, 'rc_keydown', 0, 9, 0x1_0000_1234n, 3),
      ask(bench, 'rc_repeat', 0),
      ask(bench, 'rc_pointer_rel', 0, -1, 5),
    ]);
    expect(effects).toEqual([
      { kind: 'rc_keydown', facts: { protocol: 9, scancode: 0x1_0000_1234n, toggle: 1 } },
      { kind: 'rc_repeat', facts: {} },
      { kind: 'rc_pointer_rel', facts: { rel_x: -1, rel_y: 5 } },
    ]);
  });
});

const onStack = [asm.mov64(2, asm.r(10)), asm.alu64('add', 2, -8)];

describe('what an operation returns', () => {
  it('is what was set last, and is not kept for the next run', () => {
    const { effects, missed } = seen(({ machine }) => {
      const code = [call(GET), mov64(6, 0), lddw(1, -7n), call(SET), call(GET), alu64('add', 0, 6), exit()];
      const program = loadUnverified(machine, code, []);
      const answers = [program.run(0), program.run(0)].map((each) => BigInt.asIntN(64, each));
      expect(answers).toEqual([-7n, -7n]);
      return answers;
    });
    expect(effects).toEqual(Array.from({ length: 2 }, () => ({ kind: 'set_retval', facts: { retval: -7 } })));
    expect(missed).toHaveLength(2);
  });
});

describe('helpers that depend on how a kernel is configured', () => {
  it.each([
    ['kprobe', 58, 'accepted'],
    ['tracepoint', 58, 'rejected'],
    ['xdp', 36, 'rejected'],
    ['tracepoint', 36, 'accepted'],
  ] as const)('%s programs that call helper %i are %s', (type, id, verdict) => {
    const given = id === 58 ? [asm.mov64(2, -12)] : [asm.mov64(1, 0), asm.mov64(3, 8), ...onStack];
    const code = [asm.storeImmediate(8, 10, -8, 0), ...given, asm.call(id), asm.mov64(0, 0), asm.exit];
    expect(verifyProgram(asm.programOf(code, type), [], { license: 'GPL' }).verdict).toBe(verdict);
  });
});

describe('where a packet comes from', () => {
  it('is not known of one without a socket, and counted', () => {
    const { answers, missed } = seen((bench) => [
      ask(bench, 'skb_cgroup_id', 0),
      ask(bench, 'skb_ancestor_cgroup_id', 0, 1),
      ask(bench, 'skb_cgroup_classid', 0),
      ask(bench, 'get_route_realm', 0),
      ask(bench, 'skb_get_xfrm_state', 0, 0, put(bench, [1]), 8, 0),
    ]);
    expect(answers).toEqual([0n, 0n, 0n, 0n, -22n]);
    expect(missed).toEqual([
      'cgroup of a socket',
      'cgroup of a socket',
      'net_cls class',
      'route of a packet',
      'IPsec state of a packet',
    ]);
  });
});
