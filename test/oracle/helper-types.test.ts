import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { expect, test } from 'vitest';

import { availableTo, isAvailableIn } from '../../electron/bpf/helpers/availability.ts';
import { helperPrototypes } from '../../electron/bpf/helpers/prototypes.ts';
import { Btf } from '../../electron/bpf/object/btf.ts';
import type { Instruction, ProgramType } from '../../electron/bpf/program.ts';
import { startOracle, type AttachTo, type Oracle } from './oracle.ts';

const VMLINUX = '/sys/kernel/btf/vmlinux';

interface Kind {
  readonly type: ProgramType;
  readonly section: string;
  readonly attach?: AttachTo;
  readonly isSleepable?: boolean;
}

/** Linux UAPI enum bpf_attach_type, where a type cannot be loaded without. */
const attachTypes = {
  cgroup_sock: ['cgroup/sock_create', 2],
  cgroup_sock_addr: ['cgroup/connect4', 10],
  sk_lookup: ['sk_lookup', 36],
  cgroup_sockopt: ['cgroup/setsockopt', 22],
  netfilter: ['netfilter', 45],
  cgroup_device: ['cgroup/dev', 6],
  cgroup_sysctl: ['cgroup/sysctl', 18],
} as const;

const plainTypes: readonly ProgramType[] = [
  'socket_filter',
  'kprobe',
  'sched_cls',
  'sched_act',
  'tracepoint',
  'xdp',
  'perf_event',
  'cgroup_skb',
  'lwt_in',
  'lwt_out',
  'lwt_xmit',
  'sock_ops',
  'sk_skb',
  'sk_msg',
  'raw_tracepoint',
  'lwt_seg6local',
  'sk_reuseport',
  'flow_dissector',
  'raw_tracepoint_writable',
];

function kinds(): Kind[] {
  const attached = Object.entries(attachTypes).map(([type, [section, expectedType]]) => ({
    type: type as ProgramType,
    section,
    attach: { expectedType, btfId: 0 },
  }));
  const address = (section: string, expectedType: number): Kind => ({
    type: 'cgroup_sock_addr',
    section,
    attach: { expectedType, btfId: 0 },
  });
  return [
    ...plainTypes.map((type) => ({ type, section: type })),
    ...attached,
    address('cgroup/bind4', 8),
    address('cgroup/recvmsg4', 19),
    address('cgroup/getpeername4', 29),
    { type: 'syscall', section: 'syscall', isSleepable: true },
    ...typedKinds(),
  ];
}

/** Those that are attached to something the kernel's BTF names. */
function typedKinds(): Kind[] {
  if (!existsSync(VMLINUX)) return [];
  const btf = Btf.parse(readFileSync(VMLINUX), 'vmlinux');
  const to = (expectedType: number, kind: 'typedef' | 'func' | 'struct', name: string): AttachTo => ({
    expectedType,
    btfId: btf.find(kind, name)?.id ?? 0,
  });
  return [
    { type: 'tracing', section: 'tp_btf/sched_switch', attach: to(23, 'typedef', 'btf_trace_sched_switch') },
    { type: 'tracing', section: 'iter/task', attach: to(28, 'func', 'bpf_iter_task') },
    { type: 'struct_ops', section: 'struct_ops', attach: to(0, 'struct', 'tcp_congestion_ops') },
  ];
}

function callOf(id: number): Instruction[] {
  const slot = (opcode: number, imm: number): Instruction => ({ opcode, dst: 0, src: 0, offset: 0, imm });
  return [slot(0x85, id), slot(0xb7, 0), slot(0x95, 0)];
}

/** Depends on how the kernel is configured; refused to all here. */
const configured: ReadonlySet<string> = new Set(['probe_write_user', 'override_return']);

async function kernelAnswer(
  oracle: Oracle,
  kind: Kind,
  id: number,
): Promise<{ isAvailable: boolean; isGplOnly: boolean }> {
  const { type, attach, isSleepable = false } = kind;
  const question = {
    type,
    instructions: callOf(id),
    maps: [],
    logLevel: 1,
    isSleepable,
    ...(attach === undefined ? {} : { attach }),
  } as const;
  const free = await oracle.ask({ ...question, license: 'GPL' });
  const unfree = await oracle.ask({ ...question, license: 'Proprietary' });
  return {
    isAvailable: !/cannot use helper|unknown func/.test(free.log),
    isGplOnly: /GPL-restricted/.test(unfree.log),
  };
}

test('every helper is available to the program types, and under the licenses, that Linux gives it', async (ctx) => {
  if (!release().startsWith('6.18.')) ctx.skip(`the table is that of Linux 6.18, this is ${release()}`);
  const started = await startOracle();
  if ('unavailable' in started) return ctx.skip(started.unavailable);
  const oracle = started;
  const wrong: string[] = [];
  let asked = 0;
  for (const kind of kinds()) {
    for (const { id, name, isGplOnly } of helperPrototypes) {
      if (configured.has(name)) continue;
      asked += 1;
      const kernel = await kernelAnswer(oracle, kind, id);
      const isAvailable = (availableTo(name)?.has(kind.type) ?? true) && isAvailableIn(name, kind.section);
      if (isAvailable !== kernel.isAvailable)
        wrong.push(`${name} in ${kind.section}: Linux says ${kernel.isAvailable}`);
      // struct_ops asks for a GPL-compatible license altogether; perf_event has a get_stackid of its own.
      const isOwnRule = kind.type === 'struct_ops' || (name === 'get_stackid' && kind.type === 'perf_event');
      if (kernel.isAvailable && !isOwnRule && kernel.isGplOnly !== isGplOnly)
        wrong.push(`${name} in ${kind.section}: Linux asks for GPL: ${kernel.isGplOnly}`);
    }
  }
  oracle.stop();
  expect(wrong).toEqual([]);
  expect(asked).toBeGreaterThan(6000);
});
