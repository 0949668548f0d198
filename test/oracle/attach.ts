/** What the running kernel is told a program of the tracing types is for, by its section. */
import { existsSync, readFileSync } from 'node:fs';
import { Btf } from '../../electron/bpf/object/btf.ts';
import { meaningOfSection } from '../../electron/bpf/object/section-names.ts';
import type { Instruction, LinkedProgram } from '../../electron/bpf/program.ts';
import { isComposite } from '../../electron/bpf/verifier/btf-walk.ts';
import { attachKindOf, type AttachKind } from '../../electron/bpf/verifier/attach-target.ts';
import { attachTypeOf, isSession } from '../../electron/bpf/verifier/attach-type.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import type { AttachTo } from './oracle.ts';

const KERNEL_BTF = '/sys/kernel/btf/vmlinux';

/** Linux UAPI enum bpf_attach_type. */
const expectedTypes: Readonly<Record<Exclude<AttachKind, 'struct_ops'>, number>> = {
  raw_tp: 23,
  fentry: 24,
  fexit: 25,
  fmod_ret: 26,
  lsm: 27,
  iter: 28,
};
/** BPF_NETFILTER. */
const NETFILTER = 45;
const prefixes: Readonly<Partial<Record<AttachKind, string>>> = {
  raw_tp: 'btf_trace_',
  lsm: 'bpf_lsm_',
  iter: 'bpf_iter_',
};

/** Types of the running kernel; undefined where it does not show them. */
export function runningKernelTypes(): Btf | undefined {
  return existsSync(KERNEL_BTF) ? Btf.parse(readFileSync(KERNEL_BTF), 'vmlinux') : undefined;
}

/** Offset of a member that is not within another. */
function memberAt(btf: Btf, struct: string, member: string): number {
  const type = btf.findStruct(struct);
  const found =
    type !== undefined && isComposite(type) ? type.members.find(({ name }) => name === member) : undefined;
  if (found === undefined) throw new Error(`the kernel has no ${struct}.${member}`);
  return found.offsetBits / 8;
}

/** Offsets of members, and ids of types, by their names. */
export function placesIn(btf: Btf): [(struct: string, member: string) => number, (name: string) => number] {
  const typeOf = (name: string): number => btf.findStruct(name)?.id ?? btf.find('int', name)?.id ?? 0;
  return [(struct, member) => memberAt(btf, struct, member), typeOf];
}

/** undefined of programs that are attached elsewhere, or to what the kernel does not have. */
export function attachToOf(program: LinkedProgram, btf: Btf): AttachTo | undefined {
  if (program.type === 'netfilter') return { expectedType: NETFILTER, btfId: 0 };
  if (isSession(program)) return { expectedType: attachTypeOf(program), btfId: 0 };
  const kind = attachKindOf(program);
  if (kind === undefined) return undefined;
  if (kind === 'struct_ops') return memberOf(program, btf);
  const name = `${prefixes[kind] ?? ''}${program.attachTarget}`;
  const wanted = kind === 'raw_tp' ? 'typedef' : 'func';
  const btfId = btf.idsByName(name).find((id) => btf.kindOf(id) === wanted);
  return btfId === undefined ? undefined : { expectedType: expectedTypes[kind], btfId };
}

/** The kernel knows a member of a struct of functions by its place. */
function memberOf({ attachTarget }: LinkedProgram, btf: Btf): AttachTo | undefined {
  const [struct = '', member = ''] = attachTarget.split('/');
  const type = btf.findStruct(struct);
  if (type === undefined || !isComposite(type)) return undefined;
  return { expectedType: type.members.findIndex(({ name }) => name === member), btfId: type.id };
}

/** A program of the tracing types, for the section: `tp_btf/sched_switch`. */
export function tracingProgram(section: string, code: readonly Instruction[]): LinkedProgram {
  const slash = section.indexOf('/');
  const attachTarget = section.slice(slash + 1);
  const { type, isSleepable } = meaningOfSection(section) ?? {
    type: 'tracing',
    isSleepable: section.includes('.s/'),
  };
  return { ...asm.programOf([[...code]], type), section, attachTarget, isSleepable };
}
