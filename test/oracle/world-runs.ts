/**
 * Programs of the type `syscall` that are run by hand, in the kernel and here, and must return the same: each
 * compares what it is told with what it knows otherwise, because no two processes have the same ids.
 */
import type { Instruction, MapDefinition } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { Assembly } from './assembly.ts';
import type { At } from './tracing-vectors.ts';

export interface WorldRun {
  /** To follow `returns the same`. */
  readonly name: string;
  readonly code: (at: At) => readonly Instruction[];
  readonly maps?: readonly MapDefinition[];
  /** Sleepable programs, as those of type `syscall` are, may not use every map. */
  readonly isRawTracepoint?: boolean;
  /** Asked of a kernel that ticks as often. */
  readonly ticksPerSecond?: number;
}

type Code = readonly (Instruction | readonly Instruction[])[];

const PID_TGID = 14;
const UID_GID = 15;
const COMM = 16;
const PERF_EVENT_READ = 22;
const TASK = 35;
const PERF_EVENT_READ_VALUE = 55;
const CGROUP_ID = 80;
const SEND_SIGNAL = 109;
const NS_PID_TGID = 120;
const ANCESTOR_CGROUP_ID = 123;
const COPY_FROM_USER = 148;
const TASK_BTF = 158;
const BRANCH_SNAPSHOT = 176;

const KTIME = 5;
const JIFFIES = 118;
const TASK_STACK = 141;

const stack = (register: number, bytes: number): Instruction[] => [
  asm.mov64(register, r(10)),
  asm.alu64('add', register, -bytes),
];
const kernel = asm.callKernel;
const counters = asm.mapOf('perf_event_array', 4, 4, 4);

function returns(
  name: string,
  code: Code | ((at: At) => Code),
  maps: readonly MapDefinition[] = [],
): WorldRun {
  const whole = (at: At): Instruction[] =>
    [...(typeof code === 'function' ? code(at) : code), asm.exit].flat();
  return { name, code: whole, maps, isRawTracepoint: maps.length > 0 };
}

/** r0 = 1 where two registers are equal, otherwise 0. */
const areEqual = (a: number, b: number): Instruction[] => [
  asm.mov64(0, 1),
  asm.jump64('jeq', a, r(b), 1),
  asm.mov64(0, 0),
];

/** r6 = the current task. */
const current = [asm.call(TASK_BTF), asm.mov64(6, r(0))];

/** Whether a task is found by a pid, which is let go then. */
function foundBy(pid: number): Instruction[] {
  return [
    asm.mov64(1, pid),
    kernel('bpf_task_from_pid'),
    asm.jump64('jeq', 0, 0, 3),
    asm.mov64(1, r(0)),
    kernel('bpf_task_release'),
    asm.mov64(0, 1),
  ];
}

/** r0 = whether the current task is under what `cgroup` leaves in r0, 7 where that is nothing. */
function isUnder(cgroup: Code): Code {
  return [
    current,
    ...cgroup,
    asm.jump64('jne', 0, 0, 2),
    asm.mov64(0, 7),
    asm.exit,
    asm.mov64(7, r(0)),
    asm.mov64(1, r(6)),
    asm.mov64(2, r(7)),
    kernel('bpf_task_under_cgroup'),
    asm.mov64(6, r(0)),
    asm.mov64(1, r(7)),
    kernel('bpf_cgroup_release'),
    asm.mov64(0, r(6)),
  ];
}

const ownCgroup = [asm.call(CGROUP_ID), asm.mov64(1, r(0)), kernel('bpf_cgroup_from_id')];

/** r0 = whether the own cgroup has an ancestor at the level; the cgroup itself let go either way. */
function hasAncestor(level: number): Code {
  return [
    ownCgroup,
    asm.jump64('jne', 0, 0, 2),
    asm.mov64(0, 7),
    asm.exit,
    asm.mov64(7, r(0)),
    asm.mov64(1, r(7)),
    asm.mov64(2, level),
    kernel('bpf_cgroup_ancestor'),
    asm.mov64(6, 0),
    asm.jump64('jeq', 0, 0, 3),
    asm.mov64(1, r(0)),
    kernel('bpf_cgroup_release'),
    asm.mov64(6, 1),
    asm.mov64(1, r(7)),
    kernel('bpf_cgroup_release'),
    asm.mov64(0, r(6)),
  ];
}

const ITERATOR = 24;
/** Makes an iterator over tasks with these flags, of the current task or of none; r7 = what new returned. */
const beginTasks = (flags: number, ofCurrent: boolean): Code => [
  current,
  kernel('bpf_rcu_read_lock'),
  stack(1, ITERATOR),
  asm.mov64(2, ofCurrent ? r(6) : 0),
  asm.mov64(3, flags),
  kernel('bpf_iter_task_new'),
  asm.mov64(7, r(0)),
];
const endTasks: Code = [stack(1, ITERATOR), kernel('bpf_iter_task_destroy'), kernel('bpf_rcu_read_unlock')];

/** The pid of the first task that an iterator gives, -1 for none. */
function firstOf(flags: number, ofCurrent: boolean): (at: At) => Code {
  return (at) => [
    ...beginTasks(flags, ofCurrent),
    stack(1, ITERATOR),
    kernel('bpf_iter_task_next'),
    asm.mov64(8, -1),
    asm.jump64('jeq', 0, 0, 1),
    asm.load(4, 8, 0, at('task_struct', 'pid')),
    ...endTasks,
    asm.mov64(0, r(8)),
  ];
}

/** How often an iterator gives the current task. */
function timesGiven(flags: number, ofCurrent: boolean): WorldRun['code'] {
  return (at) => {
    const code = new Assembly();
    code.emit(
      ...[
        ...beginTasks(flags, ofCurrent),
        asm.load(4, 9, 6, at('task_struct', 'pid')),
        asm.mov64(8, 0),
      ].flat(),
    );
    const start = code.here();
    const out = code.label();
    code.emit(...[stack(1, ITERATOR), kernel('bpf_iter_task_next')].flat());
    code.jump(64, 'jeq', 0, 0, out);
    code.emit(asm.load(4, 1, 0, at('task_struct', 'pid')));
    code.jump(64, 'jne', 1, r(9), start);
    code.emit(asm.mov64(8, 1));
    code.goto(start);
    code.place(out);
    code.emit(...[...endTasks, asm.mov64(0, r(8)), asm.exit].flat());
    return code.finish();
  };
}

const inNamespace = (device: number, inode: number, size: number): Instruction[] => [
  ...load(device, inode),
  ...stack(3, 8),
  asm.mov64(4, size),
  asm.call(NS_PID_TGID),
];
function load(device: number, inode: number): Instruction[] {
  return [asm.mov64(1, device), ...asm.load64(2, BigInt(inode))];
}

export function worldRuns(pidNamespace: {
  readonly device: number;
  readonly inode: number;
}): readonly WorldRun[] {
  const { device, inode } = pidNamespace;
  return [
    returns('whether its pid is its task’s', (at) => [
      current,
      asm.call(PID_TGID),
      asm.alu64('and', 0, -1),
      asm.mov64(7, r(0)),
      asm.alu64('lsh', 7, 32),
      asm.alu64('rsh', 7, 32),
      asm.load(4, 8, 6, at('task_struct', 'pid')),
      areEqual(7, 8),
    ]),
    returns('whether its tgid is its task’s', (at) => [
      current,
      asm.call(PID_TGID),
      asm.mov64(7, r(0)),
      asm.alu64('rsh', 7, 32),
      asm.load(4, 8, 6, at('task_struct', 'tgid')),
      areEqual(7, 8),
    ]),
    returns('whether its task leads its own group', (at) => [
      current,
      asm.load(8, 7, 6, at('task_struct', 'group_leader')),
      areEqual(6, 7),
    ]),
    returns('whether the two ways to its task lead to one', [
      current,
      asm.call(TASK),
      asm.mov64(7, r(0)),
      areEqual(6, 7),
    ]),
    returns('whether its parent is another', (at) => [
      current,
      asm.load(8, 7, 6, at('task_struct', 'real_parent')),
      asm.load(4, 7, 7, at('task_struct', 'pid')),
      asm.load(4, 8, 6, at('task_struct', 'pid')),
      areEqual(7, 8),
    ]),
    returns('whether its name is its task’s', (at) => [
      current,
      stack(1, 16),
      asm.mov64(2, 16),
      asm.call(COMM),
      asm.load(8, 7, 10, -16),
      asm.load(8, 8, 6, at('task_struct', 'comm')),
      areEqual(7, 8),
    ]),
    returns('its user', [asm.call(UID_GID)]),
    returns('its group', [asm.call(UID_GID), asm.alu64('rsh', 0, 32)]),
    returns('the user of its credentials', (at) => [
      current,
      asm.load(8, 7, 6, at('task_struct', 'cred')),
      asm.load(4, 0, 7, at('cred', 'uid')),
    ]),
    returns('its ids in its pid namespace', [
      inNamespace(device, inode, 8),
      asm.mov64(6, r(0)),
      asm.call(PID_TGID),
      asm.alu64('rsh', 0, 32),
      asm.load(4, 7, 10, -4),
      asm.mov64(8, r(0)),
      areEqual(7, 8),
      asm.alu64('lsh', 0, 8),
      asm.alu64('or', 0, r(6)),
    ]),
    returns('that a namespace of another device is not its own', [inNamespace(device + 1, inode, 8)]),
    returns('that a namespace of another number is not its own', [inNamespace(device, inode + 1, 8)]),
    returns('that its ids take eight bytes', [inNamespace(device, inode, 4)]),
    returns('zeroes for ids of another namespace', [
      asm.storeImmediate(8, 10, -8, -1),
      inNamespace(device, 1, 8),
      asm.load(4, 0, 10, -8),
    ]),
    returns('that there is no task 0', [foundBy(0)]),
    returns('that there is no task -1', [foundBy(-1)]),
    returns('that there is no task of the greatest number', [foundBy(0x7fff_ffff)]),
    returns('whether its task is found by its pid', [
      current,
      asm.call(PID_TGID),
      asm.mov64(1, r(0)),
      kernel('bpf_task_from_pid'),
      asm.jump64('jne', 0, 0, 2),
      asm.mov64(0, 7),
      asm.exit,
      asm.mov64(7, r(0)),
      asm.mov64(1, r(0)),
      kernel('bpf_task_release'),
      asm.mov64(0, 1),
    ]),
    returns('whether it may be held and let go', [
      current,
      asm.mov64(1, r(6)),
      kernel('bpf_task_acquire'),
      asm.jump64('jeq', 0, 0, 3),
      asm.mov64(1, r(0)),
      kernel('bpf_task_release'),
      asm.mov64(0, 1),
    ]),
    returns('whether it is under its own cgroup', isUnder([ownCgroup])),
    returns(
      'whether it is under the root',
      isUnder([
        asm.mov64(1, 0),
        asm.call(ANCESTOR_CGROUP_ID),
        asm.mov64(1, r(0)),
        kernel('bpf_cgroup_from_id'),
      ]),
    ),
    returns('the id of the root of cgroups', [asm.mov64(1, 0), asm.call(ANCESTOR_CGROUP_ID)]),
    returns('0 for an ancestor far below', [asm.mov64(1, 1000), asm.call(ANCESTOR_CGROUP_ID)]),
    returns('0 for an ancestor above the root', [asm.mov64(1, -1), asm.call(ANCESTOR_CGROUP_ID)]),
    returns('whether its cgroup has a root', hasAncestor(0)),
    returns('whether its cgroup has a thousand ancestors', hasAncestor(1000)),
    returns('whether its cgroup has an ancestor above the root', hasAncestor(-1)),
    returns('whether its cgroup’s node has its cgroup’s id', (at) => [
      current,
      asm.call(CGROUP_ID),
      asm.mov64(9, r(0)),
      kernel('bpf_rcu_read_lock'),
      asm.load(8, 7, 6, at('task_struct', 'cgroups')),
      asm.jump64('jne', 7, 0, 3),
      kernel('bpf_rcu_read_unlock'),
      asm.mov64(0, 7),
      asm.exit,
      asm.load(8, 7, 7, at('css_set', 'dfl_cgrp')),
      asm.load(8, 7, 7, at('cgroup', 'kn')),
      asm.load(8, 7, 7, at('kernfs_node', 'id')),
      kernel('bpf_rcu_read_unlock'),
      areEqual(7, 9),
    ]),
    returns('that there is no cgroup of the greatest number', [
      asm.mov64(1, -1),
      kernel('bpf_cgroup_from_id'),
      asm.jump64('jeq', 0, 0, 3),
      asm.mov64(1, r(0)),
      kernel('bpf_cgroup_release'),
      asm.mov64(0, 1),
    ]),
    returns('that no signal has the number 65', [asm.mov64(1, 65), asm.call(SEND_SIGNAL)]),
    returns('that a signal may be sent', [asm.mov64(1, 0), asm.call(SEND_SIGNAL)]),
    returns('the first of all threads', firstOf(1, false)),
    returns('the first of all processes', firstOf(0, false)),
    returns('that threads are those of a task', [...beginTasks(2, false), ...endTasks, asm.mov64(0, r(7))]),
    returns('that tasks are not walked otherwise', [...beginTasks(3, true), ...endTasks, asm.mov64(0, r(7))]),
    returns('nothing from an iterator that was not made', firstOf(3, false)),
    { name: 'how often all threads hold it', code: timesGiven(1, false) },
    { name: 'how often all processes hold it', code: timesGiven(0, false) },
    { name: 'how often its own threads hold it', code: timesGiven(2, true) },
    returns(
      'that an empty array holds no counter',
      [asm.loadMap(1, 0), asm.mov64(2, 0), asm.call(PERF_EVENT_READ)],
      [counters],
    ),
    returns(
      'that an array holds no counter beyond its end',
      [asm.loadMap(1, 0), asm.mov64(2, 4), asm.call(PERF_EVENT_READ)],
      [counters],
    ),
    returns(
      'that a counter takes no such flags',
      [asm.loadMap(1, 0), asm.load64(2, 1n << 40n), asm.call(PERF_EVENT_READ)],
      [counters],
    ),
    returns(
      'that a counter’s value takes 24 bytes',
      [asm.loadMap(1, 0), asm.mov64(2, 0), stack(3, 16), asm.mov64(4, 16), asm.call(PERF_EVENT_READ_VALUE)],
      [counters],
    ),
    returns(
      'that an empty array holds no value',
      [asm.loadMap(1, 0), asm.mov64(2, 0), stack(3, 24), asm.mov64(4, 24), asm.call(PERF_EVENT_READ_VALUE)],
      [counters],
    ),
    returns('that a snapshot takes no flags', [
      stack(1, 24),
      asm.mov64(2, 24),
      asm.mov64(3, 1),
      asm.call(BRANCH_SNAPSHOT),
    ]),
    returns('that a stack takes no such flags', [
      current,
      asm.mov64(1, r(6)),
      stack(2, 16),
      asm.mov64(3, 16),
      asm.load64(4, 1n << 40n),
      asm.call(TASK_STACK),
    ]),
    returns('that user space has nothing at 8', [
      stack(1, 8),
      asm.mov64(2, 8),
      asm.mov64(3, 8),
      asm.call(COPY_FROM_USER),
    ]),
    {
      ...returns('whether jiffies follow the clock, but for the first second of the boot', [
        asm.call(KTIME),
        asm.alu64('div', 0, 4_000_000),
        asm.mov64(6, r(0)),
        asm.call(JIFFIES),
        asm.alu64('sub', 0, r(6)),
        asm.load64(1, 2n ** 32n - 75_000n - 250n),
        asm.alu64('sub', 0, r(1)),
        asm.mov64(1, r(0)),
        asm.mov64(0, 1),
        asm.jump64('jle', 1, 251, 1),
        asm.mov64(0, 0),
      ]),
      ticksPerSecond: 250,
    },
  ];
}
