/**
 * Programs that call kernel functions on tasks, control groups, files and user memory, each about one rule, with the
 * verdict of Linux 6.18. Where a member lies is the running kernel's: `at` looks it up.
 */
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import type { TracingVector } from './tracing-vectors.ts';

function accepts(name: string, section: string, code: TracingVector['code']): TracingVector {
  return { name, section, code, isAccepted: true };
}
function refuses(name: string, section: string, code: TracingVector['code']): TracingVector {
  return { name, section, code, isAccepted: false };
}

const SWITCH = 'tp_btf/sched_switch';
const TASK = 'iter/task';
const SLEEPING_TASK = 'iter.s/task';
const CGROUP = 'iter/cgroup';
const SYSCALL = 'syscall';
const kernel = asm.callKernel;
const end = [asm.mov64(0, 0), asm.exit];
const lock = kernel('bpf_rcu_read_lock');
const unlock = kernel('bpf_rcu_read_unlock');
/** r6 = the task that goes off the CPU. */
const previous = asm.load(8, 6, 1, 8);
/** r6 = the iterator's object; ends where there is none. */
const iterated = [asm.load(8, 6, 1, 8), asm.jump64('jne', 6, 0, 2), ...end];
/** r6 = the current task. */
const current = [asm.call(158), asm.mov64(6, r(0))];
const stack = (register: number, offset: number): Instruction[] => [
  asm.mov64(register, r(10)),
  asm.alu64('add', register, offset),
];
/** r6 = a control group that is held; ends where there is none. */
const group = [
  asm.mov64(1, 1),
  kernel('bpf_cgroup_from_id'),
  asm.mov64(6, r(0)),
  asm.jump64('jne', 6, 0, 2),
  ...end,
];
const letGo = [asm.mov64(1, r(6)), kernel('bpf_cgroup_release')];

/** An iterator of the type at r10 - 24, begun with r2 as `second` leaves it and r3 = `third`. */
const begin = (
  type: string,
  third: number,
  second: readonly Instruction[] = [asm.mov64(2, r(6))],
): Instruction[] => [...second, asm.mov64(3, third), ...stack(1, -24), kernel(`bpf_iter_${type}_new`)];
const next = (type: string): Instruction[] => [...stack(1, -24), kernel(`bpf_iter_${type}_next`)];
const destroy = (type: string): Instruction[] => [...stack(1, -24), kernel(`bpf_iter_${type}_destroy`)];
/** All that the iterator gives, each in r0. */
const each = (type: string, body: readonly Instruction[] = []): Instruction[] => [
  ...next(type),
  asm.jump64('jeq', 0, 0, body.length + 1),
  ...body,
  asm.ja(-(body.length + 5)),
];

const groups: readonly TracingVector[] = [
  accepts('the groups below one', CGROUP, () => [
    iterated,
    begin('css', 2),
    each('css'),
    destroy('css'),
    end,
  ]),
  accepts('the group of each', CGROUP, (at) => [
    iterated,
    begin('css', 2),
    each('css', [asm.load(8, 7, 0, at('cgroup_subsys_state', 'cgroup'))]),
    destroy('css'),
    end,
  ]),
  refuses('groups that are never let go', CGROUP, () => [iterated, begin('css', 2), each('css'), end]),
  refuses('groups below a number', CGROUP, () => [begin('css', 2, [asm.mov64(2, 7)]), destroy('css'), end]),
  refuses('groups below none', CGROUP, () => [begin('css', 2, [asm.mov64(2, 0)]), destroy('css'), end]),
  refuses('groups below what may be none', CGROUP, () => [
    asm.load(8, 6, 1, 8),
    begin('css', 2),
    destroy('css'),
    end,
  ]),
  refuses('groups below a task', SWITCH, () => [previous, begin('css', 2), destroy('css'), end]),
  refuses('a group that may not be there', CGROUP, (at) => [
    iterated,
    begin('css', 2),
    next('css'),
    asm.load(8, 7, 0, at('cgroup_subsys_state', 'cgroup')),
    destroy('css'),
    end,
  ]),
  refuses('groups in a program that may sleep, outside of a read section', SYSCALL, () => [
    group,
    begin('css', 2),
    each('css'),
    destroy('css'),
    letGo,
    end,
  ]),
  accepts('groups in a program that may sleep, in a read section', SYSCALL, () => [
    group,
    lock,
    begin('css', 2),
    each('css'),
    destroy('css'),
    unlock,
    letGo,
    end,
  ]),
  refuses('groups over the end of a read section', SYSCALL, () => [
    group,
    lock,
    begin('css', 2),
    unlock,
    each('css'),
    destroy('css'),
    letGo,
    end,
  ]),
  accepts('groups below a member that lies in a group', CGROUP, (at) => [
    iterated,
    begin('css', 2, [asm.mov64(2, r(6)), asm.alu64('add', 2, at('cgroup', 'self'))]),
    destroy('css'),
    end,
  ]),
  refuses('groups below what lies behind that', CGROUP, () => [
    iterated,
    begin('css', 2, [asm.mov64(2, r(6)), asm.alu64('add', 2, 8)]),
    destroy('css'),
    end,
  ]),
  refuses('one iterator taken for another', CGROUP, () => [
    iterated,
    begin('css', 2),
    each('css_task'),
    destroy('css'),
    end,
  ]),
  accepts('the tasks of a group, in an iterator', CGROUP, () => [
    iterated,
    begin('css_task', 0),
    each('css_task'),
    destroy('css_task'),
    end,
  ]),
  accepts('the number of each task of a group', CGROUP, (at) => [
    iterated,
    begin('css_task', 0),
    each('css_task', [asm.load(4, 7, 0, at('task_struct', 'pid'))]),
    destroy('css_task'),
    end,
  ]),
  accepts('a task of a group that is held on to', CGROUP, () => [
    iterated,
    begin('css_task', 0),
    each('css_task', [
      asm.mov64(1, r(0)),
      kernel('bpf_task_acquire'),
      asm.jump64('jeq', 0, 0, 2),
      asm.mov64(1, r(0)),
      kernel('bpf_task_release'),
    ]),
    destroy('css_task'),
    end,
  ]),
  accepts('the tasks of a group, in a program that may sleep', SYSCALL, () => [
    group,
    begin('css_task', 0),
    each('css_task'),
    destroy('css_task'),
    letGo,
    end,
  ]),
  refuses('the tasks of a group, where a task is switched', SWITCH, () => [
    group,
    begin('css_task', 0),
    each('css_task'),
    destroy('css_task'),
    letGo,
    end,
  ]),
];

const areas: readonly TracingVector[] = [
  accepts('the memory areas of a task', TASK, () => [
    iterated,
    begin('task_vma', 0),
    each('task_vma'),
    destroy('task_vma'),
    end,
  ]),
  accepts('where each area begins', TASK, (at) => [
    iterated,
    begin('task_vma', 0),
    each('task_vma', [asm.load(8, 7, 0, at('vm_area_struct', 'vm_start'))]),
    destroy('task_vma'),
    end,
  ]),
  accepts('areas of the task that goes off the CPU', SWITCH, () => [
    previous,
    begin('task_vma', 0),
    each('task_vma'),
    destroy('task_vma'),
    end,
  ]),
  accepts('areas in a program that may sleep', SLEEPING_TASK, () => [
    iterated,
    begin('task_vma', 0),
    each('task_vma'),
    destroy('task_vma'),
    end,
  ]),
  refuses('areas of none', TASK, () => [begin('task_vma', 0, [asm.mov64(2, 0)]), destroy('task_vma'), end]),
  refuses('areas that are never let go', TASK, () => [iterated, begin('task_vma', 0), each('task_vma'), end]),
  refuses('an area that is written', TASK, (at) => [
    iterated,
    begin('task_vma', 0),
    each('task_vma', [asm.storeImmediate(8, 0, at('vm_area_struct', 'vm_start'), 0)]),
    destroy('task_vma'),
    end,
  ]),
  refuses('an area from a pointer', TASK, () => [
    iterated,
    [asm.mov64(2, r(6)), asm.mov64(3, r(10)), ...stack(1, -24), kernel('bpf_iter_task_vma_new')],
    destroy('task_vma'),
    end,
  ]),
];

const caches: readonly TracingVector[] = [
  accepts('the slab cache of an address', SWITCH, () => [asm.mov64(1, 0), kernel('bpf_get_kmem_cache'), end]),
  accepts('the size in a slab cache, which may not be there', SWITCH, (at) => [
    asm.mov64(1, 0),
    kernel('bpf_get_kmem_cache'),
    asm.load(4, 7, 0, at('kmem_cache', 'size')),
    end,
  ]),
  refuses('the slab cache of a pointer', SWITCH, () => [
    asm.mov64(1, r(10)),
    kernel('bpf_get_kmem_cache'),
    end,
  ]),
  accepts('all slab caches, in a program that may sleep', SYSCALL, () => [
    stack(1, -24),
    kernel('bpf_iter_kmem_cache_new'),
    each('kmem_cache'),
    destroy('kmem_cache'),
    end,
  ]),
  refuses('all slab caches, in a program that may not', SWITCH, () => [
    stack(1, -24),
    kernel('bpf_iter_kmem_cache_new'),
    each('kmem_cache'),
    destroy('kmem_cache'),
    end,
  ]),
];

const userText = (size: number, flags: number): Instruction[] => [
  ...stack(1, -16),
  asm.mov64(2, size),
  asm.mov64(3, 0),
  asm.mov64(4, flags),
  kernel('bpf_copy_from_user_str'),
];
const taskText = (task: readonly Instruction[]): Instruction[] => [
  ...task,
  ...stack(1, -16),
  asm.mov64(2, 16),
  asm.mov64(3, 0),
  asm.mov64(5, 0),
  kernel('bpf_copy_from_user_task_str'),
];

const users: readonly TracingVector[] = [
  accepts('text of user space, in a program that may sleep', SYSCALL, () => [userText(16, 0), end]),
  refuses('text of user space, in a program that may not', SWITCH, () => [userText(16, 0), end]),
  refuses('text beyond the buffer', SYSCALL, () => [userText(17, 0), end]),
  accepts('no text at all', SYSCALL, () => [userText(0, 0), end]),
  refuses('text in a read section', SYSCALL, () => [lock, userText(16, 0), unlock, end]),
  refuses('text where nothing preempts', SYSCALL, () => [
    kernel('bpf_preempt_disable'),
    userText(16, 0),
    kernel('bpf_preempt_enable'),
    end,
  ]),
  refuses('text into no buffer', SYSCALL, () => [
    asm.mov64(1, 0),
    asm.mov64(2, 16),
    asm.mov64(3, 0),
    asm.mov64(4, 0),
    kernel('bpf_copy_from_user_str'),
    end,
  ]),
  refuses('text into the context', SYSCALL, () => [
    asm.mov64(2, 17),
    asm.mov64(3, 0),
    asm.mov64(4, r(10)),
    kernel('bpf_copy_from_user_str'),
    end,
  ]),
  accepts('text of a task', SLEEPING_TASK, () => [iterated, taskText([asm.mov64(4, r(6))]), end]),
  refuses('text of no task', SLEEPING_TASK, () => [taskText([asm.mov64(4, 7)]), end]),
  refuses('text of a task, where nothing may sleep', TASK, () => [
    iterated,
    taskText([asm.mov64(4, r(6))]),
    end,
  ]),
];

const values = { ...asm.mapOf('array', 4, 64, 1) };
/** A dynptr at r10 - 16 on the map's value, then a call on it that may wait. */
const intoDynptr = (name: string, ...more: readonly Instruction[]): Instruction[] => [
  ...asm.loadMapValue(1, 0),
  asm.mov64(2, 64),
  asm.mov64(3, 0),
  ...stack(4, -16),
  asm.call(197),
  ...stack(1, -16),
  asm.mov64(2, 0),
  asm.mov64(3, 8),
  asm.mov64(4, 0),
  ...more,
  kernel(name),
];

const dynptrs: readonly TracingVector[] = [
  ...['bpf_copy_from_user_dynptr', 'bpf_copy_from_user_str_dynptr'].flatMap((name) => [
    {
      ...accepts(`${name}(), in a program that may sleep`, SYSCALL, () => [intoDynptr(name), end]),
      maps: [values],
    },
    {
      ...refuses(`${name}(), in a program that may not`, SWITCH, () => [intoDynptr(name), end]),
      maps: [values],
    },
    {
      ...refuses(`${name}() in a read section`, SYSCALL, () => [lock, intoDynptr(name), unlock, end]),
      maps: [values],
    },
  ]),
  ...['bpf_copy_from_user_task_dynptr', 'bpf_copy_from_user_task_str_dynptr'].flatMap((name) => [
    {
      ...accepts(`${name}(), of the current task`, SYSCALL, () => [
        ...current,
        intoDynptr(name, asm.mov64(5, r(6))),
        end,
      ]),
      maps: [values],
    },
    {
      ...refuses(`${name}(), of a number`, SYSCALL, () => [intoDynptr(name, asm.mov64(5, 7)), end]),
      maps: [values],
    },
  ]),
  {
    ...accepts('the elements of a map counted', SWITCH, () => [
      asm.loadMap(1, 0),
      kernel('bpf_map_sum_elem_count'),
      end,
    ]),
    maps: [asm.mapOf('hash', 4, 8, 4)],
  },
  refuses('the elements of no map counted', SWITCH, () => [
    asm.mov64(1, 0),
    kernel('bpf_map_sum_elem_count'),
    end,
  ]),
  refuses('the elements of a task counted', SWITCH, () => [
    previous,
    asm.mov64(1, r(6)),
    kernel('bpf_map_sum_elem_count'),
    end,
  ]),
  accepts('the elements of a map of the kernel counted', 'iter/bpf_map', () => [
    iterated,
    asm.mov64(1, r(6)),
    kernel('bpf_map_sum_elem_count'),
    end,
  ]),
];

const signal = (task: Instruction): Instruction[] => [
  task,
  asm.mov64(2, 0),
  asm.mov64(3, 0),
  asm.mov64(4, 0),
  kernel('bpf_send_signal_task'),
];

const signals: readonly TracingVector[] = [
  accepts('a signal to a task', SWITCH, () => [previous, signal(asm.mov64(1, r(6))), end]),
  refuses('a signal to nobody', SWITCH, () => [signal(asm.mov64(1, 0)), end]),
  refuses('a signal to who may be nobody', TASK, () => [
    asm.load(8, 6, 1, 8),
    signal(asm.mov64(1, r(6))),
    end,
  ]),
  refuses('a signal to a task that RCU alone keeps', SWITCH, (at) => [
    previous,
    asm.load(8, 6, 6, at('task_struct', 'group_leader')),
    signal(asm.mov64(1, r(6))),
    end,
  ]),
  refuses('a signal to a part of a task', SWITCH, () => [
    previous,
    asm.alu64('add', 6, 8),
    signal(asm.mov64(1, r(6))),
    end,
  ]),
  refuses('a pointer for a signal’s value', SWITCH, () => [
    previous,
    asm.mov64(1, r(6)),
    asm.mov64(2, 0),
    asm.mov64(3, 0),
    asm.mov64(4, r(10)),
    kernel('bpf_send_signal_task'),
    end,
  ]),
];

const casts: readonly TracingVector[] = [
  accepts('the context as the kernel has it, of a packet', 'tc', (at) => [
    kernel('bpf_cast_to_kern_ctx'),
    asm.load(4, 7, 0, at('sk_buff', 'len')),
    end,
  ]),
  accepts('the device in the context as the kernel has it', 'xdp', (at) => [
    kernel('bpf_cast_to_kern_ctx'),
    asm.load(8, 7, 0, at('xdp_buff', 'rxq')),
    asm.load(8, 7, 7, at('xdp_rxq_info', 'dev')),
    end,
  ]),
  accepts('the registers of a sample', 'perf_event', (at) => [
    kernel('bpf_cast_to_kern_ctx'),
    asm.load(8, 7, 0, at('bpf_perf_event_data_kern', 'regs')),
    end,
  ]),
  refuses('the context of a tracepoint as the kernel has it', SWITCH, () => [
    kernel('bpf_cast_to_kern_ctx'),
    end,
  ]),
  refuses('a context that was moved', 'tc', () => [
    asm.alu64('add', 1, 4),
    kernel('bpf_cast_to_kern_ctx'),
    end,
  ]),
  refuses('what is no context', 'tc', () => [asm.mov64(1, r(10)), kernel('bpf_cast_to_kern_ctx'), end]),
  refuses('a write to the context as the kernel has it', 'tc', (at) => [
    kernel('bpf_cast_to_kern_ctx'),
    asm.storeImmediate(4, 0, at('sk_buff', 'len'), 0),
    end,
  ]),
];

const places: readonly TracingVector[] = [
  refuses('the file of a task, outside of security hooks', SWITCH, () => [
    previous,
    asm.mov64(1, r(6)),
    kernel('bpf_get_task_exe_file'),
    end,
  ]),
  refuses('the path of a file, outside of security hooks', SYSCALL, () => [
    ...current,
    asm.mov64(1, r(6)),
    ...stack(2, -16),
    asm.mov64(3, 16),
    kernel('bpf_path_d_path'),
    end,
  ]),
];

export const tracingFunctionVectors: readonly TracingVector[] = [
  ...groups,
  ...areas,
  ...caches,
  ...users,
  ...dynptrs,
  ...signals,
  ...casts,
  ...places,
];
