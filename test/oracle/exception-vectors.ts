/** Programs that end by bpf_throw(), each about one rule, with the verdict of Linux 6.18. */
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { addressOf, callOf, type TypedVector } from './function-vectors.ts';
import type { Types, Typing } from './types.ts';

const LOOK_UP = 1;
const LOCK = 93;
const LOOP = 181;
const TIMER_SET_CALLBACK = 170;
const kernel = asm.callKernel;
const end = [asm.mov64(0, 0), asm.exit];
const one = asm.mapOf('array', 4, 24, 1);
const raise = (cookie: number): Instruction[] => [asm.mov64(1, cookie), kernel('bpf_throw')];

/** struct { struct bpf_spin_lock lock; int count; struct bpf_timer timer; } */
const value = (types: Types): number =>
  types.struct('value', [
    ['lock', types.spinLock(), 4],
    ['count', types.int, 4],
    ['timer', types.timer(), 16],
  ]);

function make(isAccepted: boolean) {
  return (
    name: string,
    functions: TypedVector['functions'],
    more: Partial<TypedVector> = {},
  ): TypedVector => {
    const maps = more.maps ?? [one];
    const typing: Typing = (types) => ({ values: maps.map(() => value(types)) });
    return { name, functions, typing, maps, type: 'sched_cls', isAccepted, ...more };
  };
}
const accepts = make(true);
const refuses = make(false);

/** r6 = the map's element; ends where there is none. */
const found = [
  asm.storeImmediate(4, 10, -8, 0),
  ...asm.loadMap(1, 0),
  asm.mov64(2, r(10)),
  asm.alu64('add', 2, -8),
  asm.call(LOOK_UP),
  asm.jump64('jne', 0, 0, 2),
  ...end,
  asm.mov64(6, r(0)),
];
/** r6 = a task that is held; ends where there is none. */
const task = [
  asm.mov64(1, 1),
  kernel('bpf_task_from_pid'),
  asm.jump64('jne', 0, 0, 2),
  ...end,
  asm.mov64(6, r(0)),
];
const letGo = [asm.mov64(1, r(6)), kernel('bpf_task_release')];
const loop = (number: number): Instruction[] => [
  asm.mov64(1, 3),
  ...addressOf(2, number),
  asm.mov64(3, 0),
  asm.mov64(4, 0),
  asm.call(LOOP),
];
const global: Typing = (types) => ({
  functions: [{}, { isGlobal: true, parameters: [] }],
  values: [value(types)],
});

export const exceptionVectors: readonly TypedVector[] = [
  accepts('a program that throws', [[...raise(0), ...end]]),
  accepts('a program that throws on one of two ways', [
    [asm.load(4, 2, 1, 0), asm.jump64('jeq', 2, 0, 2), ...raise(2), ...end],
  ]),
  accepts('a program that throws any number, where it may return any', [
    [asm.load(4, 1, 1, 0), kernel('bpf_throw'), ...end],
  ]),
  refuses('a program that throws a pointer', [[kernel('bpf_throw'), ...end]]),
  refuses('a program that throws what was never written', [
    [asm.mov64(1, r(2)), kernel('bpf_throw'), ...end],
  ]),
  refuses('a socket filter that throws', [[...raise(0), ...end]], { type: 'socket_filter' }),
  refuses('a program that throws what it may not return', [[...raise(2), ...end]], { type: 'cgroup_sock' }),
  accepts('a program that throws what it may return', [[...raise(1), ...end]], { type: 'cgroup_sock' }),
  refuses(
    'a program that throws any number, where it may not return any',
    [[asm.load(4, 1, 1, 0), kernel('bpf_throw'), ...end]],
    { type: 'cgroup_sock' },
  ),
  accepts('what is wrong behind a throw', [[...raise(0), asm.load(8, 0, 9, 0), ...end]]),
  refuses('a throw with a task held', [[...task, ...raise(0), ...letGo, ...end]]),
  accepts('a throw after a task was let go', [[...task, ...letGo, ...raise(0), ...end]]),
  refuses('a throw under a lock', [[...found, asm.mov64(1, r(6)), asm.call(LOCK), ...raise(0), ...end]]),
  refuses('a throw in a read section', [[kernel('bpf_rcu_read_lock'), ...raise(0), ...end]]),
  refuses('a throw where nothing preempts', [[kernel('bpf_preempt_disable'), ...raise(0), ...end]]),
  refuses('a throw where nothing interrupts', [
    [asm.mov64(1, r(10)), asm.alu64('add', 1, -8), kernel('bpf_local_irq_save'), ...raise(0), ...end],
  ]),
  refuses('a throw with an iterator that lives', [
    [
      asm.mov64(1, r(10)),
      asm.alu64('add', 1, -8),
      asm.mov64(2, 0),
      asm.mov64(3, 3),
      kernel('bpf_iter_num_new'),
      ...raise(0),
      ...end,
    ],
  ]),
  accepts('a function that throws', [
    [callOf(1), ...end],
    [...raise(0), ...end],
  ]),
  refuses('a function that throws while its caller holds a task', [
    [...task, callOf(1), ...letGo, ...end],
    [...raise(0), ...end],
  ]),
  refuses('a function that throws while its caller is in a read section', [
    [kernel('bpf_rcu_read_lock'), callOf(1), kernel('bpf_rcu_read_unlock'), ...end],
    [...raise(0), ...end],
  ]),
  refuses('a callback that throws', [
    [...loop(1), ...end],
    [...raise(0), ...end],
  ]),
  refuses('a callback that throws while its caller holds a task', [
    [...task, ...loop(1), ...letGo, ...end],
    [...raise(0), ...end],
  ]),
  refuses(
    'a callback that throws what the program may not return',
    [
      [...loop(1), ...end],
      [...raise(7), ...end],
    ],
    { type: 'cgroup_sock' },
  ),
  refuses('a callback that would throw on a way that leads nowhere', [
    [...loop(1), ...end],
    [asm.mov64(0, 0), asm.jump64('jne', 0, 0, 1), asm.exit, ...raise(0), ...end],
  ]),
  refuses('a callback that calls a function that throws', [
    [...loop(1), ...end],
    [callOf(2), ...end],
    [...raise(0), ...end],
  ]),
  accepts('a function that throws beside a callback that does not', [
    [...loop(1), callOf(2), ...end],
    end,
    [...raise(0), ...end],
  ]),
  refuses('work that throws', [
    [
      ...found,
      asm.mov64(1, r(6)),
      asm.alu64('add', 1, 8),
      ...addressOf(2, 1),
      asm.call(TIMER_SET_CALLBACK),
      ...end,
    ],
    [...raise(0), ...end],
  ]),
  accepts(
    'a global function that throws',
    [
      [callOf(1), ...end],
      [...raise(0), ...end],
    ],
    { typing: global },
  ),
];
