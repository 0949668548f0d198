/** Programs run by hand that call kernel functions on tasks, control groups and user memory; see world-runs.ts. */
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { Assembly } from './assembly.ts';
import type { WorldRun } from './world-runs.ts';

const CGROUP_ID = 80;
const TASK_BTF = 158;
const kernel = asm.callKernel;
const stack = (register: number, offset: number): Instruction[] => [
  asm.mov64(register, r(10)),
  asm.alu64('add', register, offset),
];
const current = [asm.call(TASK_BTF), asm.mov64(6, r(0))];

function returns(name: string, ...code: readonly (Instruction | readonly Instruction[])[]): WorldRun {
  return { name, code: () => [...code.flat(), asm.exit] };
}

/** r6 = the own group, held; the program returns 99 where there is none. */
const ownGroup = [
  asm.call(CGROUP_ID),
  asm.mov64(1, r(0)),
  kernel('bpf_cgroup_from_id'),
  asm.mov64(6, r(0)),
  asm.jump64('jne', 6, 0, 2),
  asm.mov64(0, 99),
  asm.exit,
];
const letGo = [asm.mov64(1, r(6)), kernel('bpf_cgroup_release')];
const iterator = (what: string): Instruction[] => [...stack(1, -24), kernel(`bpf_iter_${what}`)];

/** What making an iterator over groups returns with these flags. */
const makes = (type: 'css' | 'css_task', flags: number): Instruction[] => [
  ...ownGroup,
  kernel('bpf_rcu_read_lock'),
  asm.mov64(2, r(6)),
  asm.mov64(3, flags),
  ...iterator(`${type}_new`),
  asm.mov64(7, r(0)),
  ...iterator(`${type}_destroy`),
  kernel('bpf_rcu_read_unlock'),
  ...letGo,
  asm.mov64(0, r(7)),
];

/** How many groups an iterator gives from the own one on, whose levels are added up with them. */
function groupsFromOwn(flags: number): WorldRun['code'] {
  return (at) => {
    const code = new Assembly();
    code.emit(...ownGroup, kernel('bpf_rcu_read_lock'), asm.mov64(2, r(6)), asm.mov64(3, flags));
    code.emit(...iterator('css_new'), asm.mov64(8, 0));
    const start = code.here();
    const out = code.label();
    code.emit(...iterator('css_next'));
    code.jump(64, 'jeq', 0, 0, out);
    code.emit(asm.load(8, 1, 0, at('cgroup_subsys_state', 'cgroup')));
    code.emit(asm.load(4, 1, 1, at('cgroup', 'level')));
    code.emit(asm.alu64('add', 8, r(1)), asm.alu64('add', 8, 0x100));
    code.goto(start);
    code.place(out);
    code.emit(...iterator('css_destroy'), kernel('bpf_rcu_read_unlock'), ...letGo);
    code.emit(asm.mov64(0, r(8)), asm.exit);
    return code.finish();
  };
}

/** Whether the own group has the current task. */
function hasCurrentTask(flags: number): WorldRun['code'] {
  return (at) => {
    const code = new Assembly();
    code.emit(asm.call(TASK_BTF), asm.load(4, 9, 0, at('task_struct', 'pid')), ...ownGroup);
    code.emit(asm.mov64(2, r(6)), asm.mov64(3, flags), ...iterator('css_task_new'), asm.mov64(8, 0));
    const start = code.here();
    const out = code.label();
    code.emit(...iterator('css_task_next'));
    code.jump(64, 'jeq', 0, 0, out);
    code.emit(asm.load(4, 1, 0, at('task_struct', 'pid')));
    code.jump(64, 'jne', 1, r(9), start);
    code.emit(asm.mov64(8, 1));
    code.goto(start);
    code.place(out);
    code.emit(...iterator('css_task_destroy'), ...letGo, asm.mov64(0, r(8)), asm.exit);
    return code.finish();
  };
}

const signal = (number: number, type: number): Instruction[] => [
  ...current,
  asm.mov64(1, r(6)),
  asm.mov64(2, number),
  asm.mov64(3, type),
  asm.mov64(4, 5),
  kernel('bpf_send_signal_task'),
];

const userText = (size: number, flags: number): Instruction[] => [
  asm.storeImmediate(8, 10, -16, -1),
  asm.storeImmediate(8, 10, -8, -1),
  ...stack(1, -16),
  asm.mov64(2, size),
  asm.mov64(3, 8),
  asm.mov64(4, flags),
  kernel('bpf_copy_from_user_str'),
];
const taskText = (flags: number): Instruction[] => [
  ...current,
  ...stack(1, -16),
  asm.mov64(2, 16),
  asm.mov64(3, 8),
  asm.mov64(4, r(6)),
  asm.mov64(5, flags),
  kernel('bpf_copy_from_user_task_str'),
];

const values = asm.mapOf('array', 4, 64, 1);
/** What a call answers that copies `size` bytes of address 8 to `offset` of a dynptr on 64 bytes of a map. */
const intoDynptr = (name: string, offset: number, size: number): WorldRun => ({
  name: `that ${name}() copies ${size} bytes of nowhere to ${offset}`,
  code: () => [
    ...current,
    ...asm.loadMapValue(1, 0),
    asm.mov64(2, 64),
    asm.mov64(3, 0),
    ...stack(4, -16),
    asm.call(197),
    ...stack(1, -16),
    asm.mov64(2, offset),
    asm.mov64(3, size),
    asm.mov64(4, 8),
    asm.mov64(5, r(6)),
    kernel(name),
    asm.exit,
  ],
  maps: [values],
});
const DYNPTR_COPIES = [
  'bpf_copy_from_user_dynptr',
  'bpf_copy_from_user_str_dynptr',
  'bpf_copy_from_user_task_dynptr',
  'bpf_copy_from_user_task_str_dynptr',
];

/** How many elements a map has with so many keys put in, and one of them taken out. */
const counted = (type: 'hash' | 'lru_hash' | 'array', keys: number): WorldRun => ({
  name: `that ${keys} keys are in a map of type ${type}`,
  code: () => [
    ...Array.from({ length: keys }, (_, key) => [
      asm.storeImmediate(4, 10, -4, key),
      asm.storeImmediate(8, 10, -16, key),
      ...asm.loadMap(1, 0),
      ...stack(2, -4),
      ...stack(3, -16),
      asm.mov64(4, 0),
      asm.call(2),
    ]).flat(),
    ...[...asm.loadMap(1, 0), ...stack(2, -4), asm.call(3)],
    ...[...asm.loadMap(1, 0), kernel('bpf_map_sum_elem_count'), asm.exit],
  ],
  maps: [asm.mapOf(type, 4, 8, 1024)],
});

export const tracingFunctionRuns: readonly WorldRun[] = [
  { name: 'its own group and those above', code: groupsFromOwn(4) },
  { name: 'whether its task is in its group', code: hasCurrentTask(0) },
  { name: 'whether its process is in its group', code: hasCurrentTask(1) },
  ...[0, 1, 2, 3, 4, 6, -1].map((flags) =>
    returns(`whether groups are walked with flags ${flags}`, makes('css', flags)),
  ),
  ...[0, 1, 2, 3, 4, -1].map((flags) =>
    returns(`whether tasks of a group are walked with flags ${flags}`, makes('css_task', flags)),
  ),
  ...DYNPTR_COPIES.flatMap((name) =>
    [
      [0, 8],
      [0, 0],
      [64, 0],
      [65, 0],
      [60, 5],
      [0, 64],
      [-1, 2],
    ].map(([offset = 0, size = 0]) => intoDynptr(name, offset, size)),
  ),
  ...(['hash', 'lru_hash', 'array'] as const).map((type) => counted(type, 5)),
  returns('that a task may be sent a signal', signal(0, 0)),
  returns('that a process may be sent a signal', signal(0, 1)),
  returns('that no process group is sent a signal', signal(0, 2)),
  returns('that no task is sent signal 65', signal(65, 0)),
  returns('that there is no text at 8', userText(16, 0)),
  returns('that there is no text of no bytes at 8', userText(0, 0)),
  returns('that text is not read with flag 2', userText(16, 2)),
  returns('zeroes where text is wanted padded and is not there', userText(16, 1), asm.load(8, 0, 10, -8)),
  returns('that there is no text at 8 of its task', taskText(0)),
  returns('that text of a task is not read with flag 2', taskText(2)),
  returns('that nothing is known of the slab of address 0', asm.mov64(1, 0), kernel('bpf_get_kmem_cache')),
];
