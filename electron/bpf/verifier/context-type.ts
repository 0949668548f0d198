/**
 * Which types in C stand for a program's context: btf_is_prog_ctx_type() and btf_validate_prog_ctx_type()
 * of Linux 6.18.
 */
import type { Btf } from '../object/btf.ts';
import type { BtfType } from '../object/btf-type.ts';
import type { ProgramType } from '../program.ts';

/** The context's struct as programs name it; a type without one has a context that only a tag tells. */
const structs: Partial<Record<ProgramType, readonly string[]>> = {
  socket_filter: ['__sk_buff', 'sk_buff'],
  sched_cls: ['__sk_buff', 'sk_buff'],
  sched_act: ['__sk_buff', 'sk_buff'],
  cgroup_skb: ['__sk_buff', 'sk_buff'],
  lwt_in: ['__sk_buff', 'sk_buff'],
  lwt_out: ['__sk_buff', 'sk_buff'],
  lwt_xmit: ['__sk_buff', 'sk_buff'],
  lwt_seg6local: ['__sk_buff', 'sk_buff'],
  sk_skb: ['__sk_buff', 'sk_buff'],
  flow_dissector: ['__sk_buff', 'sk_buff'],
  xdp: ['xdp_md', 'xdp_buff'],
  kprobe: ['pt_regs'],
  perf_event: ['bpf_perf_event_data'],
  raw_tracepoint: ['bpf_raw_tracepoint_args'],
  raw_tracepoint_writable: ['bpf_raw_tracepoint_args'],
  cgroup_sock: ['bpf_sock'],
  cgroup_sock_addr: ['bpf_sock_addr'],
  sock_ops: ['bpf_sock_ops'],
  sk_msg: ['sk_msg_md'],
  cgroup_device: ['bpf_cgroup_dev_ctx'],
  cgroup_sysctl: ['bpf_sysctl'],
  cgroup_sockopt: ['bpf_sockopt'],
  sk_reuseport: ['sk_reuseport_md'],
  sk_lookup: ['bpf_sk_lookup'],
  netfilter: ['bpf_nf_ctx'],
};
/** A name for struct pt_regs that programs of kprobes may use. */
const USER_REGISTERS = 'bpf_user_pt_regs_t';
/** Typedefs and qualifiers; Linux allows as many (MAX_RESOLVE_DEPTH). */
const DEPTH_MAX = 32;

/** Whether a pointer to type `targetId` is one to the context, as it stands. */
export function isContextPointer(btf: Btf, targetId: number, programType: ProgramType): boolean {
  if (programType === 'kprobe' && firstTypedef(btf, targetId) === USER_REGISTERS) return true;
  const type = btf.resolve(targetId);
  return isStruct(type) && (structs[programType]?.includes(type.name) ?? false);
}

/** Why the type behind a pointer tagged as the context cannot be that; undefined where it can. */
export function ctxTagProblem(btf: Btf, targetId: number, programType: ProgramType): string | undefined {
  const hasRegisters = programType === 'kprobe' || programType === 'perf_event';
  if (hasRegisters && firstTypedef(btf, targetId) === USER_REGISTERS) return undefined;
  const type = btf.resolve(targetId);
  if (type.kind === 'void') return undefined;
  if (type.name === '') return "type doesn't have a name";
  if (hasRegisters && isStruct(type) && type.name === 'pt_regs') return undefined;
  if (isAnyAllowed(programType) || isWordAllowed(programType, type)) return undefined;
  const name = structs[programType]?.[0];
  if (name === undefined) return 'should be void pointer';
  return isStruct(type) && type.name === name ? undefined : `should be \`struct ${name} *\``;
}

function isAnyAllowed(programType: ProgramType): boolean {
  return programType === 'tracepoint' || programType === 'syscall' || programType === 'ext';
}

/** Arguments of a raw tracepoint may be called `u64 *`. */
function isWordAllowed(programType: ProgramType, type: BtfType): boolean {
  const isRaw = programType === 'raw_tracepoint' || programType === 'raw_tracepoint_writable';
  return isRaw && type.kind === 'int' && type.sizeBytes === 8;
}

function isStruct(type: BtfType): boolean {
  return type.kind === 'struct' || type.kind === 'union';
}

/** Name of the typedef behind qualifiers and tags, undefined where there is none. */
function firstTypedef(btf: Btf, id: number): string | undefined {
  let type = btf.typeById(id);
  for (let depth = 0; depth < DEPTH_MAX; depth += 1) {
    if (type.kind === 'typedef') return type.name;
    switch (type.kind) {
      case 'const':
      case 'volatile':
      case 'restrict':
      case 'type_tag':
        type = btf.typeById(type.typeId);
        break;
      default:
        return undefined;
    }
  }
  return undefined;
}
