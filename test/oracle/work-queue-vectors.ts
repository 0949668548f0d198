/** Work queues in map values, each program about one rule, with the verdict of Linux 6.18. */
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { addressOf, callOf, type TypedVector } from './function-vectors.ts';
import type { Types, Typing } from './types.ts';

const LOOK_UP = 1;
const TIMER_INIT = 169;
const TIMER_SET_CALLBACK = 170;
const COPY_FROM_USER = 148;

const kernel = asm.callKernel;
const end = [asm.mov64(0, 0), asm.exit];
const one = asm.mapOf('array', 4, 40, 1);
const hash = asm.mapOf('hash', 4, 40, 4);
const TIMER_AT = 8;
const QUEUE_AT = 24;

/** struct { long count; struct bpf_timer timer; struct bpf_wq work; } */
const queued = (types: Types): number =>
  types.struct('queued', [
    ['count', types.long, 8],
    ['timer', types.timer(), 16],
    ['work', types.opaque('bpf_wq'), 16],
  ]);

function make(isAccepted: boolean) {
  return (
    name: string,
    functions: TypedVector['functions'],
    more: Partial<TypedVector> = {},
  ): TypedVector => {
    const maps = more.maps ?? [one];
    const typing: Typing = (types) => {
      const type = queued(types);
      return { values: maps.map(() => type) };
    };
    return { name, functions, typing, maps, type: 'sched_cls', isAccepted, ...more };
  };
}
const accepts = make(true);
const refuses = make(false);

/** `register` = the element of map `map`, checked. */
const found = (register: number, map = 0): Instruction[] => [
  asm.storeImmediate(4, 10, -8, 0),
  ...asm.loadMap(1, map),
  asm.mov64(2, r(10)),
  asm.alu64('add', 2, -8),
  asm.call(LOOK_UP),
  asm.jump64('jne', 0, 0, 2),
  ...end,
  asm.mov64(register, r(0)),
];
const queueOf = (register: number, at = QUEUE_AT): Instruction[] => [
  asm.mov64(1, r(register)),
  asm.alu64('add', 1, at),
];
const init = (register: number, at = QUEUE_AT, map = 0): Instruction[] => [
  ...queueOf(register, at),
  ...asm.loadMap(2, map),
  asm.mov64(3, 0),
  kernel('bpf_wq_init'),
];
const set = (register: number, number = 1): Instruction[] => [
  ...queueOf(register),
  ...addressOf(2, number),
  asm.mov64(3, 0),
  asm.mov64(4, 0),
  kernel('bpf_wq_set_callback_impl'),
];
const start = (register: number): Instruction[] => [
  ...queueOf(register),
  asm.mov64(2, 0),
  kernel('bpf_wq_start'),
];
const all = [...found(6), ...init(6), ...set(6), ...start(6), ...end];
const userRead = [
  asm.mov64(1, r(10)),
  asm.alu64('add', 1, -16),
  asm.mov64(2, 16),
  asm.mov64(3, 0),
  asm.call(COPY_FROM_USER),
];
const lock = kernel('bpf_rcu_read_lock');
const unlock = kernel('bpf_rcu_read_unlock');

/** Makes a timer, and tells it function 1. */
const allTimed = [
  ...found(6),
  asm.mov64(1, r(6)),
  asm.alu64('add', 1, TIMER_AT),
  ...asm.loadMap(2, 0),
  asm.mov64(3, 1),
  asm.call(TIMER_INIT),
  asm.mov64(1, r(6)),
  asm.alu64('add', 1, TIMER_AT),
  ...addressOf(2, 1),
  asm.call(TIMER_SET_CALLBACK),
  ...end,
];
const groupsVisited = [
  asm.mov64(1, 1),
  kernel('bpf_cgroup_from_id'),
  asm.mov64(6, r(0)),
  asm.jump64('jne', 6, 0, 2),
  ...end,
  asm.mov64(2, r(6)),
  asm.mov64(3, 2),
  asm.mov64(1, r(10)),
  asm.alu64('add', 1, -24),
  kernel('bpf_iter_css_new'),
  asm.mov64(1, r(10)),
  asm.alu64('add', 1, -24),
  kernel('bpf_iter_css_next'),
  asm.mov64(1, r(10)),
  asm.alu64('add', 1, -24),
  kernel('bpf_iter_css_destroy'),
  asm.mov64(1, r(6)),
  kernel('bpf_cgroup_release'),
  ...end,
];

export const workQueueVectors: readonly TypedVector[] = [
  accepts('a work queue made, set and started', [all, end]),
  accepts('a work queue of a hash', [all, end], { maps: [hash] }),
  accepts('a work queue of a socket filter', [all, end], { type: 'socket_filter' }),
  accepts('a work queue of a program run by hand, which may sleep', [all, end], {
    type: 'syscall',
    isSleepable: true,
  }),
  refuses('a work queue in the map of a tracepoint', [all, end], { type: 'tracepoint' }),
  refuses('a work queue made of a timer', [[...found(6), ...init(6, TIMER_AT), ...end]]),
  refuses('a work queue made of a number', [[...found(6), ...init(6, 0), ...end]]),
  refuses(
    'a work queue that lies in a map that may lack it',
    [
      [
        asm.storeImmediate(4, 10, -8, 0),
        ...asm.loadMap(1, 0),
        asm.mov64(2, r(10)),
        asm.alu64('add', 2, -8),
        asm.call(LOOK_UP),
        asm.mov64(6, r(0)),
        ...start(6),
        ...end,
      ],
    ],
    { maps: [hash] },
  ),
  refuses('a work queue on the stack', [[...start(10), ...end]]),
  refuses('a work queue told of another map', [[...found(6), ...init(6, QUEUE_AT, 1), ...end]], {
    maps: [one, one],
  }),
  refuses('a work queue told of no map', [
    [...found(6), ...queueOf(6), asm.mov64(2, r(6)), asm.mov64(3, 0), kernel('bpf_wq_init'), ...end],
  ]),
  refuses('a work queue read', [[...found(6), asm.load(8, 0, 6, QUEUE_AT), ...end]]),
  refuses('a work queue written', [[...found(6), asm.storeImmediate(8, 6, QUEUE_AT, 0), ...end]]),
  accepts('the number beside a work queue', [[...found(6), asm.storeImmediate(8, 6, 0, 7), ...end]]),
  refuses('flags of a work queue that are a pointer', [
    [...found(6), ...queueOf(6), asm.mov64(2, r(10)), kernel('bpf_wq_start'), ...end],
  ]),
  refuses('work that is no function', [
    [
      ...found(6),
      ...queueOf(6),
      asm.mov64(2, 0),
      asm.mov64(3, 0),
      asm.mov64(4, 0),
      kernel('bpf_wq_set_callback_impl'),
      ...end,
    ],
  ]),
  refuses('work that returns 1', [all, [asm.mov64(0, 1), asm.exit]]),
  refuses('work that returns any number', [all, [asm.call(7), asm.exit]]),
  accepts('work that changes its value', [all, [asm.storeImmediate(8, 3, 0, 1), ...end]]),
  accepts('work that reads its key', [all, [asm.load(4, 1, 2, 0), ...end]]),
  refuses('work that writes its key', [all, [asm.storeImmediate(4, 2, 0, 1), ...end]]),
  refuses('work that reads past its value', [all, [asm.load(8, 1, 3, 40), ...end]]),
  refuses('work that reads what it is not given', [all, [asm.mov64(1, r(4)), ...end]]),
  refuses('work that reads the queue', [all, [asm.load(8, 1, 3, QUEUE_AT), ...end]]),
  accepts('work that is started again', [all, [asm.mov64(6, r(3)), ...start(6), ...end]]),
  accepts('work that sets itself again', [all, [asm.mov64(6, r(3)), ...set(6), ...start(6), ...end]]),
  accepts('work that sets other work', [all, [asm.mov64(6, r(3)), ...set(6, 2), ...end], end]),
  refuses('work that sets other work that is wrong', [
    all,
    [asm.mov64(6, r(3)), ...set(6, 2), ...end],
    [asm.mov64(0, 1), asm.exit],
  ]),
  accepts('work that waits for memory', [all, [...userRead, ...end]]),
  refuses('waiting for memory beside work that may', [
    [...found(6), ...init(6), ...set(6), ...userRead, ...end],
    [...userRead, ...end],
  ]),
  refuses('work that waits for memory in a read section', [all, [lock, ...userRead, unlock, ...end]]),
  refuses('work that does not end its read section', [all, [lock, ...end]]),
  accepts('a timer of a program that may sleep', [allTimed, end], { type: 'syscall', isSleepable: true }),
  refuses('a timer that waits for memory, of a program that may sleep', [allTimed, [...userRead, ...end]], {
    type: 'syscall',
    isSleepable: true,
  }),
  accepts('a timer with an iterator over groups, of a program that may sleep', [allTimed, groupsVisited], {
    type: 'syscall',
    isSleepable: true,
  }),
  refuses('work with an iterator over groups, of a program that may sleep', [all, groupsVisited], {
    type: 'syscall',
    isSleepable: true,
  }),
  refuses('one function as work and for a timer, that waits for memory', [
    [...allTimed.slice(0, -2), ...set(6), ...end],
    [...userRead, ...end],
  ]),
  refuses('a timer that waits for memory beside work that may', [
    [
      ...found(6),
      ...init(6),
      ...set(6),
      asm.mov64(1, r(6)),
      asm.alu64('add', 1, TIMER_AT),
      ...asm.loadMap(2, 0),
      asm.mov64(3, 1),
      asm.call(TIMER_INIT),
      asm.mov64(1, r(6)),
      asm.alu64('add', 1, TIMER_AT),
      ...addressOf(2, 1),
      asm.call(TIMER_SET_CALLBACK),
      ...end,
    ],
    [...userRead, ...end],
  ]),
  refuses('work with an iterator over groups outside of a read section', [all, groupsVisited]),
  accepts('work that calls a function', [all, [callOf(2), ...end], end]),
  refuses('work on the stack of who queued it', [
    all,
    [asm.load(8, 1, 10, -8), asm.load(8, 2, 1, 0), ...end],
  ]),
  refuses('work that never ends', [all, [asm.mov64(0, 0), asm.ja(-1)]]),
  refuses('work that is a global function', [all, end], {
    typing: (types) => ({ functions: [{}, { isGlobal: true }], values: [queued(types)] }),
  }),
];
