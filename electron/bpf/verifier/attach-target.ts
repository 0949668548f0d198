/**
 * What a program of the tracing types is attached to: the function of the kernel whose arguments are its
 * context. After bpf_check_attach_target() and bpf_iter_prog_supported() of Linux 6.18. What that kernel
 * knows and its BTF does not say (which functions may fail, which may sleep) is refused as not known.
 */
import type { Btf } from '../object/btf.ts';
import type { BtfPrototype, BtfType } from '../object/btf-type.ts';
import type { LinkedProgram, ProgramType } from '../program.ts';
import { iteratorArguments } from './iterators.ts';
import { isGplCompatible } from './license.ts';
import { LSM_PREFIX, lsmHookProblem } from './lsm-hooks.ts';
import { isProblem, structOpsMember, type StructOpsMember } from './struct-ops.ts';
import { Refusal } from './walk.ts';

/** Linux enum bpf_attach_type, those that say what a program of one type is for. */
export type AttachKind = 'raw_tp' | 'fentry' | 'fexit' | 'fmod_ret' | 'iter' | 'lsm' | 'struct_ops';

export interface AttachTarget {
  readonly kind: AttachKind;
  /** As BTF has the function, the type of the tracepoint (`btf_trace_sched_switch`) or the member of the struct. */
  readonly name: string;
  readonly prototype: BtfPrototype;
  /** Of struct_ops. */
  readonly member?: StructOpsMember;
}

const kindsBySection: Readonly<Record<string, AttachKind>> = {
  tp_btf: 'raw_tp',
  fentry: 'fentry',
  fexit: 'fexit',
  fmod_ret: 'fmod_ret',
  iter: 'iter',
  lsm: 'lsm',
  struct_ops: 'struct_ops',
};
const attachedTypes: ReadonlySet<ProgramType> = new Set(['tracing', 'lsm', 'struct_ops']);

const TRACEPOINT_PREFIX = 'btf_trace_';
const ITERATOR_PREFIX = 'bpf_iter_';

/** Functions that what calls a program uses itself: btf_id_deny, whatever the kernel's configuration. */
const denied: ReadonlySet<string> = new Set([
  'migrate_disable',
  'migrate_enable',
  'rcu_read_unlock_strict',
  'preempt_count_add',
  'preempt_count_sub',
  '__rcu_read_lock',
  '__rcu_read_unlock',
]);
/** Functions that never return, and so have no end to attach to: noreturn_deny. */
const neverReturning: ReadonlySet<string> = new Set([
  '__ia32_sys_exit',
  '__ia32_sys_exit_group',
  '__kunit_abort',
  '__module_put_and_kthread_exit',
  '__x64_sys_exit',
  '__x64_sys_exit_group',
  'do_exit',
  'do_group_exit',
  'kthread_complete_and_exit',
  'kthread_exit',
  'kunit_try_catch_throw',
  'make_task_dead',
]);
/** Linux has no room for more arguments, and none of more bytes (MAX_BPF_FUNC_ARGS, btf_distill_func_proto()). */
const ARGUMENTS_MAX = 12;
const ARGUMENT_BYTES_MAX = 16;

/** What the program's section says it is for; undefined of types that are attached elsewhere. */
export function attachKindOf({ section, type }: LinkedProgram): AttachKind | undefined {
  if (!attachedTypes.has(type)) return undefined;
  const prefix = section.replace(/^\?/, '').split('/')[0] ?? '';
  return kindsBySection[prefix.replace(/\.s$/, '')];
}

/** The target, of programs that are attached to a function; undefined of others. Throws Refusal. */
export function attachTargetOf(
  program: LinkedProgram,
  btf: Btf | undefined,
  license: string,
): AttachTarget | undefined {
  if (!attachedTypes.has(program.type)) return undefined;
  const kind = attachKindOf(program);
  if (kind === 'struct_ops') return structOps(program, btf, license);
  if (kind === undefined || program.attachTarget === '')
    throw refusal('attach-target', `Tracing programs must provide what they attach to: ${program.section}`);
  if (btf === undefined)
    throw refusal(
      'not-supported',
      `what ${program.attachTarget} is called with is in its kernel's BTF, which is not given`,
    );
  checkSleepable(program, kind);
  if (kind === 'lsm') {
    if (!isGplCompatible(license))
      throw refusal('gpl-only', 'LSM programs must have a GPL compatible license');
    const problem = lsmHookProblem(program.attachTarget, btf);
    if (problem !== undefined) throw refusal('attach-target', problem);
  }
  return kind === 'raw_tp' ? tracepoint(program, btf) : functionOf(program, btf, kind);
}

/** check_struct_ops_btf_id(). */
function structOps(
  { attachTarget, isSleepable }: LinkedProgram,
  btf: Btf | undefined,
  license: string,
): AttachTarget {
  if (!isGplCompatible(license))
    throw refusal('gpl-only', 'struct ops programs must have a GPL compatible license');
  if (!attachTarget.includes('/'))
    throw refusal('attach-target', 'no struct of the object (SEC(".struct_ops")) uses the program');
  if (btf === undefined)
    throw refusal(
      'not-supported',
      `what ${attachTarget} is called with is in its kernel's BTF, which is not given`,
    );
  const member = structOpsMember(btf, attachTarget, isSleepable);
  if (isProblem(member)) throw refusal(member.code, member.text);
  return { kind: 'struct_ops', name: member.name, prototype: member.prototype, member };
}

function refusal(code: string, text: string): Refusal {
  return new Refusal(code, text, 0);
}

function checkSleepable({ isSleepable, attachTarget }: LinkedProgram, kind: AttachKind): void {
  if (!isSleepable || kind === 'iter') return;
  if (kind === 'raw_tp')
    throw refusal(
      'attach-target',
      'Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable',
    );
  throw refusal('not-supported', `whether ${attachTarget} may sleep is not known from its kernel's BTF`);
}

/** As the kernel: by the function made for the tracepoint, which names its arguments, else by its type. */
function tracepoint({ attachTarget }: LinkedProgram, btf: Btf): AttachTarget {
  const name = TRACEPOINT_PREFIX + attachTarget;
  const id = btf.idsByName(name).find((each) => btf.kindOf(each) === 'typedef');
  if (id === undefined)
    throw refusal(
      'attach-target',
      `the kernel's BTF describes no tracepoint ${attachTarget}: there is no type ${name}`,
    );
  const named = btf.find('func', `__bpf_trace_${attachTarget}`);
  const prototype = named === undefined ? btf.resolve(pointee(btf, id)) : btf.typeById(named.typeId);
  return { kind: 'raw_tp', name, prototype: prototypeOf(prototype, name) };
}

/** Id of the type that the type points to; its own where it does not point. */
function pointee(btf: Btf, id: number): number {
  const type = btf.resolve(id);
  return type.kind === 'ptr' ? type.typeId : id;
}

function prototypeOf(type: BtfType, name: string): BtfPrototype {
  if (type.kind !== 'func_proto') throw refusal('attach-target', `attach target ${name} is not a function`);
  return type;
}

function functionOf({ attachTarget }: LinkedProgram, btf: Btf, kind: AttachKind): AttachTarget {
  const prefix = kind === 'iter' ? ITERATOR_PREFIX : kind === 'lsm' ? LSM_PREFIX : '';
  const name = prefix + attachTarget;
  const type = btf.find('func', name);
  if (type === undefined) throw refusal('attach-target', `the kernel's BTF has no function ${name}`);
  const prototype = prototypeOf(btf.typeById(type.typeId), name);
  if (kind === 'iter' && iteratorArguments(attachTarget) === undefined)
    throw refusal('attach-target', `the kernel has no iterator ${attachTarget}`);
  if (kind === 'fmod_ret' && !name.startsWith('security_'))
    throw refusal(
      'not-supported',
      `whether ${name}() may be made to fail is not known from its kernel's BTF`,
    );
  if (denied.has(name)) throw refusal('attach-target', `no program may be attached to ${name}()`);
  if ((kind === 'fexit' || kind === 'fmod_ret') && neverReturning.has(name))
    throw refusal('attach-target', 'Attaching fexit/fmod_ret to __noreturn functions is rejected.');
  checkDistilled(prototype, name, btf);
  return { kind, name, prototype };
}

/** Functions that take or give what the trampoline cannot hand on. */
function checkDistilled(prototype: BtfPrototype, name: string, btf: Btf): void {
  const { parameters } = prototype;
  if (parameters.length > ARGUMENTS_MAX)
    throw refusal('attach-target', `The function ${name} has ${parameters.length} arguments. Too many.`);
  const returned = handedBytes(btf, prototype.returnTypeId);
  const isStruct = ['struct', 'union'].includes(btf.resolve(prototype.returnTypeId).kind);
  if ((returned === undefined && prototype.returnTypeId !== 0) || isStruct)
    throw refusal('attach-target', `The function ${name} return type is unsupported.`);
  parameters.forEach(({ typeId }, index) => {
    const bytes = handedBytes(btf, typeId);
    if (bytes === undefined || bytes === 0 || bytes > ARGUMENT_BYTES_MAX)
      throw refusal('attach-target', `The function ${name} arg${index} type is unsupported.`);
  });
}

function handedBytes(btf: Btf, typeId: number): number | undefined {
  const { kind } = btf.resolve(typeId);
  return ['ptr', 'int', 'enum', 'enum64', 'struct', 'union'].includes(kind) ? btf.sizeOf(typeId) : undefined;
}
