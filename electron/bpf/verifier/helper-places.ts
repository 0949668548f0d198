/**
 * Helpers that depend on what a program is attached to, or whether it may sleep, beside its type: as
 * bpf_tracing_func_proto() and tracing_prog_func_proto() of Linux 6.18 give them out.
 */
import { helperPrototypeById } from '../helpers/prototypes.ts';
import { kernelFunctionByNumber, maySleep, type KernelPrototype } from '../helpers/kernel-functions.ts';
import { CALL_HELPER, OPCODE_CALL, PSEUDO_KFUNC_CALL } from '../isa/opcodes.ts';
import type { Instruction } from '../program.ts';
import type { AttachKind } from './attach-target.ts';
import { isSession } from './attach-type.ts';
import { mayDo } from './packet-movers.ts';
import { requireNoRegion } from './region.ts';
import { mayCall } from './struct-ops.ts';
import type { Walk } from './walk.ts';

/** Called through a trampoline, which knows the function's arguments. */
const functions: readonly AttachKind[] = ['fentry', 'fexit', 'fmod_ret'];
const returns: readonly AttachKind[] = ['fexit', 'fmod_ret'];

/** Of programs that are attached to functions of the kernel, only those attached so. */
const kindsByHelper: Readonly<Record<string, readonly AttachKind[]>> = {
  seq_printf: ['iter'],
  seq_write: ['iter'],
  seq_printf_btf: ['iter'],
  get_func_ip: functions,
  get_func_arg: functions,
  get_func_arg_cnt: functions,
  get_func_ret: returns,
  get_attach_cookie: [...functions, 'raw_tp', 'lsm'],
};

/** Helpers that wait for memory of a process to be read in. */
const sleeping: ReadonlySet<string> = new Set(['copy_from_user', 'copy_from_user_task']);

/** Functions that hold no lock which bpf_d_path() takes: btf_allowlist_d_path. */
const pathFunctions: ReadonlySet<string> = new Set([
  'security_file_permission',
  'security_inode_getattr',
  'security_file_open',
  'security_path_truncate',
  'vfs_truncate',
  'vfs_fallocate',
  'dentry_open',
  'vfs_getattr',
  'filp_close',
]);

/** Refuses a helper that is not for programs in this place. `name` is without `bpf_`. */
export function checkHelperPlace(walk: Walk, name: string): void {
  const { attach } = walk;
  const kinds = kindsByHelper[name];
  if (kinds !== undefined && attach !== undefined && !kinds.includes(attach.kind))
    walk.refuse('helper-unavailable', `program of this type cannot use helper bpf_${name}`);
  if (attach?.member !== undefined && !mayCall(attach.member, name))
    walk.refuse('helper-unavailable', `program of this type cannot use helper bpf_${name}`);
  if (name === 'd_path') checkPath(walk);
  if (sleeping.has(name)) {
    if (!walk.isSleepable)
      walk.refuse('helper-unavailable', 'helper call might sleep in a non-sleepable prog');
    requireNoRegion(walk, `bpf_${name}`);
  }
}

/**
 * Refuses the call of global function `number` where nothing may sleep and it might: it is verified by
 * itself, and knows of no region that its caller is in. in_sleepable_context() of Linux 6.18.
 */
export function checkSleepOfGlobal(walk: Walk, number: number): void {
  if (!mayDo(walk, number, isSleeping)) return;
  const what = 'a global function that may sleep';
  if (!walk.isSleepable) walk.refuse('region', `${what} is called in a non-sleepable prog`);
  requireNoRegion(walk, what);
}

/** Refuses a kernel function that is not for programs in this place. */
export function checkKernelPlace(walk: Walk, fn: KernelPrototype): void {
  const { program, attach } = walk;
  if (maySleep(fn)) {
    if (!walk.isSleepable)
      walk.refuse(
        'helper-unavailable',
        `program must be sleepable to call sleepable kernel function ${fn.name}`,
      );
    requireNoRegion(walk, fn.name);
  }
  if (fn.name.startsWith('bpf_session_') && !isSession(program))
    walk.refuse('helper-unavailable', `calling kernel function ${fn.name} is not allowed`);
  if (fn.name !== 'bpf_iter_css_task_new') return;
  if (program.type !== 'lsm' && attach?.kind !== 'iter' && !walk.isSleepable)
    walk.refuse(
      'helper-unavailable',
      'css_task_iter is only allowed in bpf_lsm, bpf_iter and sleepable progs',
    );
}

function isSleeping({ opcode, src, imm }: Instruction): boolean {
  if (opcode === OPCODE_CALL && src === PSEUDO_KFUNC_CALL) {
    const fn = kernelFunctionByNumber(imm);
    return fn !== undefined && maySleep(fn);
  }
  return opcode === OPCODE_CALL && src === CALL_HELPER && sleeping.has(helperPrototypeById(imm)?.name ?? '');
}

function checkPath(walk: Walk): void {
  const { attach } = walk;
  if (attach?.kind === 'iter' || (attach !== undefined && pathFunctions.has(attach.name))) return;
  if (attach?.kind === 'lsm')
    walk.refuse('not-supported', 'whether bpf_d_path() may be called in an LSM hook is not known here');
  walk.refuse('helper-unavailable', 'helper call is not allowed in probe');
}
