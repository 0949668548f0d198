/** Locks, timers and kernel pointers in map values, each program about one rule, with the verdict of Linux 6.18. */
import type { Instruction, MapDefinition } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { addressOf, callOf, type TypedVector } from './function-vectors.ts';
import type { Types, Typing } from './types.ts';

const LOOK_UP = 1;
const LOCK = 93;
const UNLOCK = 94;
const FOR_EACH = 164;
const INIT = 169;
const SET_CALLBACK = 170;
const START = 171;
const CANCEL = 172;

const end = [asm.mov64(0, 0), asm.exit];
const value = asm.mapOf('array', 4, 24, 2);
const one = asm.mapOf('array', 4, 24, 1);
const hash = asm.mapOf('hash', 4, 24, 4);

/** `register` = the element of map `map` at `key`, checked. */
const found = (register: number, map = 0, key = 0): Instruction[] => [
  asm.storeImmediate(4, 10, -8, key),
  ...asm.loadMap(1, map),
  asm.mov64(2, r(10)),
  asm.alu64('add', 2, -8),
  asm.call(LOOK_UP),
  asm.jump64('jne', 0, 0, 2),
  ...end,
  asm.mov64(register, r(0)),
];
const withPointer = (register: number, helper: number, at = 0): Instruction[] => [
  asm.mov64(1, r(register)),
  ...(at === 0 ? [] : [asm.alu64('add', 1, at)]),
  asm.call(helper),
];
const lock = (register: number, at = 0): Instruction[] => withPointer(register, LOCK, at);
const unlock = (register: number, at = 0): Instruction[] => withPointer(register, UNLOCK, at);

/** struct { struct bpf_spin_lock lock; int count; long a, b; } */
const locked = (types: Types): number =>
  types.struct('locked', [
    ['lock', types.spinLock(), 4],
    ['count', types.int, 4],
    ['a', types.long, 8],
    ['b', types.long, 8],
  ]);
/** struct { long count; struct bpf_timer timer; } */
const timed = (types: Types): number =>
  types.struct('timed', [
    ['count', types.long, 8],
    ['timer', types.timer(), 16],
  ]);
const TIMER_AT = 8;

function make(isAccepted: boolean, of: (types: Types) => number, map: MapDefinition) {
  return (
    name: string,
    functions: TypedVector['functions'],
    more: Partial<TypedVector> = {},
  ): TypedVector => {
    const maps = more.maps ?? [map];
    const typing: Typing = (types) => {
      const type = of(types);
      return { values: maps.map(() => type) };
    };
    return { name, functions, typing, maps, type: 'sched_cls', isAccepted, ...more };
  };
}
const accepts = make(true, locked, value);
const refuses = make(false, locked, value);

const locks: readonly TypedVector[] = [
  accepts('a lock taken and given back', [[...found(6), ...lock(6), ...unlock(6), ...end]]),
  accepts('what a lock guards, changed', [
    [
      ...found(6),
      ...lock(6),
      asm.load(4, 1, 6, 4),
      asm.alu64('add', 1, 1),
      asm.store(4, 6, 4, 1),
      ...unlock(6),
      ...end,
    ],
  ]),
  refuses('a lock never given back', [[...found(6), ...lock(6), ...end]]),
  refuses('a lock given back that was not taken', [[...found(6), ...unlock(6), ...end]]),
  refuses('a lock taken twice', [[...found(6), ...lock(6), ...lock(6), ...unlock(6), ...end]]),
  refuses('a lock given back twice', [[...found(6), ...lock(6), ...unlock(6), ...unlock(6), ...end]]),
  accepts('a lock taken again', [[...found(6), ...lock(6), ...unlock(6), ...lock(6), ...unlock(6), ...end]]),
  refuses('a helper under a lock', [[...found(6), ...lock(6), asm.call(5), ...unlock(6), ...end]]),
  refuses('a lock read', [[...found(6), asm.load(4, 0, 6, 0), ...end]]),
  refuses('a lock read with its neighbour', [[...found(6), asm.load(8, 0, 6, 0), ...end]]),
  refuses('a lock written', [[...found(6), asm.storeImmediate(4, 6, 0, 0), ...end]]),
  refuses(
    'a lock written by a helper',
    [[...found(6), asm.mov64(1, r(6)), asm.mov64(2, 8), asm.mov64(3, 0), asm.call(113), ...end]],
    { type: 'xdp' },
  ),
  refuses('a lock at an offset that varies', [
    [
      ...found(6),
      asm.load(8, 1, 6, 8),
      asm.alu64('and', 1, 4),
      asm.alu64('add', 6, r(1)),
      ...lock(6),
      ...unlock(6),
      ...end,
    ],
  ]),
  refuses('a lock that may be touched by an offset that varies', [
    [
      ...found(6),
      asm.load(8, 1, 6, 8),
      asm.alu64('and', 1, 4),
      asm.alu64('add', 6, r(1)),
      asm.load(4, 0, 6, 0),
      ...end,
    ],
  ]),
  refuses('a lock where there is none', [[...found(6), ...lock(6, 8), ...unlock(6, 8), ...end]]),
  refuses(
    'a lock of a value that may be null',
    [
      [
        asm.storeImmediate(4, 10, -8, 9),
        ...asm.loadMap(1, 0),
        asm.mov64(2, r(10)),
        asm.alu64('add', 2, -8),
        asm.call(LOOK_UP),
        asm.mov64(6, r(0)),
        ...lock(6),
        ...unlock(6),
        ...end,
      ],
    ],
    { maps: [hash] },
  ),
  refuses('the lock of one value given back for another', [
    [...found(6), ...found(7), ...lock(6), ...unlock(7), ...end],
  ]),
  refuses(
    'the lock of one map given back for that of another',
    [[...found(6), ...found(7, 1), ...lock(6), ...unlock(7), ...end]],
    { maps: [value, one] },
  ),
  accepts(
    'a lock given back through a copy of the pointer',
    [[...found(6), asm.mov64(7, r(6)), ...lock(6), ...unlock(7), ...end]],
    { maps: [hash] },
  ),
  accepts(
    'a lock given back through a pointer put away',
    [[...found(6), asm.store(8, 10, -16, 6), ...lock(6), asm.load(8, 7, 10, -16), ...unlock(7), ...end]],
    { maps: [hash] },
  ),
  accepts(
    'the lock of the only value, through two pointers',
    [[...asm.loadMapValue(6, 0), ...asm.loadMapValue(7, 0), ...lock(6), ...unlock(7), ...end]],
    { maps: [one] },
  ),
  refuses(
    'the lock of the only value, through a lookup too',
    [[...asm.loadMapValue(6, 0), ...found(7), ...lock(6), ...unlock(7), ...end]],
    { maps: [one] },
  ),
  accepts('a static function under a lock', [
    [...found(6), ...lock(6), callOf(1), ...unlock(6), ...end],
    end,
  ]),
  accepts('a lock that a static function gives back', [
    [...found(6), ...lock(6), asm.mov64(1, r(6)), callOf(1), ...end],
    [asm.call(UNLOCK), ...end],
  ]),
  accepts('a lock that a static function takes', [
    [...found(6), asm.mov64(1, r(6)), callOf(1), ...unlock(6), ...end],
    [asm.call(LOCK), ...end],
  ]),
  refuses(
    'a global function under a lock',
    [[...found(6), ...lock(6), callOf(1), ...unlock(6), ...end], end],
    {
      typing: (types) => ({ functions: [{}, { isGlobal: true }], values: [locked(types)] }),
    },
  ),
  refuses('a callback under a lock', [
    [
      ...found(6),
      ...lock(6),
      ...asm.loadMap(1, 0),
      ...addressOf(2, 1),
      asm.mov64(3, 0),
      asm.mov64(4, 0),
      asm.call(FOR_EACH),
      ...unlock(6),
      ...end,
    ],
    end,
  ]),
  accepts('a lock within a callback over a map', [
    [...asm.loadMap(1, 0), ...addressOf(2, 1), asm.mov64(3, 0), asm.mov64(4, 0), asm.call(FOR_EACH), ...end],
    [asm.mov64(6, r(3)), ...lock(6), ...unlock(6), ...end],
  ]),
  refuses('a lock taken within a callback and kept', [
    [...asm.loadMap(1, 0), ...addressOf(2, 1), asm.mov64(3, 0), asm.mov64(4, 0), asm.call(FOR_EACH), ...end],
    [asm.mov64(6, r(3)), ...lock(6), ...end],
  ]),
  refuses('a lock held on one of two ways', [
    [...found(6), asm.load(4, 1, 6, 4), asm.jump64('jeq', 1, 0, 2), ...lock(6), ...unlock(6), ...end],
  ]),
  accepts('a lock held on both of two ways', [
    [
      ...found(6),
      asm.load(4, 7, 6, 4),
      ...lock(6),
      asm.jump64('jeq', 7, 0, 1),
      asm.storeImmediate(4, 6, 4, 1),
      ...unlock(6),
      ...end,
    ],
  ]),
  refuses(
    'a tail call under a lock',
    [
      [
        asm.mov64(7, r(1)),
        ...found(6),
        ...lock(6),
        asm.mov64(1, r(7)),
        ...asm.loadMap(2, 1),
        asm.mov64(3, 0),
        asm.call(12),
        ...unlock(6),
        ...end,
      ],
    ],
    { maps: [value, asm.mapOf('prog_array', 4, 4, 4)], typing: (types) => ({ values: [locked(types)] }) },
  ),
  refuses('a lock in a program of a socket filter', [[...found(6), ...lock(6), ...unlock(6), ...end]], {
    type: 'socket_filter',
  }),
  refuses('a lock in the map of a tracepoint, untouched', [[...found(6), asm.load(8, 0, 6, 8), ...end]], {
    type: 'tracepoint',
  }),
  refuses('a lock in a map without types', [[...found(6), ...lock(6), ...unlock(6), ...end]], {
    typing: () => ({}),
  }),
  refuses('a lock in values of a map that holds none', [[...found(6), ...lock(6), ...unlock(6), ...end]], {
    typing: (types) => ({
      values: [
        types.struct('plain', [
          ['a', types.long, 8],
          ['b', types.long, 8],
          ['c', types.long, 8],
        ]),
      ],
    }),
  }),
  refuses('a map of a kind that holds no locks', [[...found(6), ...end]], {
    maps: [asm.mapOf('percpu_array', 4, 24, 1)],
  }),
  accepts('a lock hidden behind a typedef: plain bytes', [[...found(6), asm.load(4, 0, 6, 0), ...end]], {
    typing: (types) => {
      const alias = types.builder.addTypedef('lock_t', types.spinLock());
      return {
        values: [
          types.struct('aliased', [
            ['lock', alias, 4],
            ['n', types.int, 4],
            ['a', types.long, 8],
            ['b', types.long, 8],
          ]),
        ],
      };
    },
  }),
  accepts('a lock in a struct within the value', [[...found(6), ...lock(6, 8), ...unlock(6, 8), ...end]], {
    typing: (types) => {
      const inner = types.struct('inner', [
        ['lock', types.spinLock(), 4],
        ['n', types.int, 4],
      ]);
      return {
        values: [
          types.struct('outer', [
            ['a', types.long, 8],
            ['inner', inner, 8],
            ['b', types.long, 8],
          ]),
        ],
      };
    },
  }),
  accepts('an element with a lock, replaced', [
    [
      asm.storeImmediate(4, 10, -8, 0),
      ...[-16, -24, -32].map((at) => asm.storeImmediate(8, 10, at, 0)),
      ...asm.loadMap(1, 0),
      asm.mov64(2, r(10)),
      asm.alu64('add', 2, -8),
      asm.mov64(3, r(10)),
      asm.alu64('add', 3, -32),
      asm.mov64(4, 4),
      asm.call(2),
      ...end,
    ],
  ]),
  refuses('an element with a lock, copied from another', [
    [
      ...found(6),
      ...asm.loadMap(1, 0),
      asm.mov64(2, r(10)),
      asm.alu64('add', 2, -8),
      asm.mov64(3, r(6)),
      asm.mov64(4, 0),
      asm.call(2),
      ...end,
    ],
  ]),
];

const acceptsTimer = make(true, timed, one);
const refusesTimer = make(false, timed, one);
const init = [...asm.loadMap(2, 0), asm.mov64(3, 1)];
const initOf = (register: number, at = TIMER_AT): Instruction[] => [
  ...init,
  asm.mov64(1, r(register)),
  asm.alu64('add', 1, at),
  asm.call(INIT),
];
const setCallback = (register: number, number = 1): Instruction[] => [
  ...addressOf(2, number),
  asm.mov64(1, r(register)),
  asm.alu64('add', 1, TIMER_AT),
  asm.call(SET_CALLBACK),
];
const start = (register: number): Instruction[] => [
  asm.mov64(2, 1000),
  asm.mov64(3, 0),
  asm.mov64(1, r(register)),
  asm.alu64('add', 1, TIMER_AT),
  asm.call(START),
];
const all = [
  ...found(6),
  ...initOf(6),
  ...setCallback(6),
  ...start(6),
  ...withPointer(6, CANCEL, TIMER_AT),
  ...end,
];

const timers: readonly TypedVector[] = [
  acceptsTimer('a timer made, set, started and cancelled', [all, end]),
  acceptsTimer('a timer of a hash', [all, end], { maps: [hash] }),
  acceptsTimer('a timer of a socket filter', [all, end], { type: 'socket_filter' }),
  refusesTimer('a timer in the map of a tracepoint', [all, end], { type: 'tracepoint' }),
  refusesTimer('what a timer calls returning 1', [all, [asm.mov64(0, 1), asm.exit]]),
  refusesTimer('what a timer calls returning any number', [all, [asm.call(7), asm.exit]]),
  refusesTimer('what a timer calls returning a pointer', [all, [asm.mov64(0, r(3)), asm.exit]]),
  acceptsTimer('what a timer calls changing its value', [
    all,
    [asm.load(8, 1, 3, 0), asm.alu64('add', 1, 1), asm.store(8, 3, 0, 1), ...end],
  ]),
  acceptsTimer('what a timer calls reading its key', [all, [asm.load(4, 1, 2, 0), ...end]]),
  refusesTimer('what a timer calls writing its key', [all, [asm.storeImmediate(4, 2, 0, 1), ...end]]),
  refusesTimer('what a timer calls reading past its value', [all, [asm.load(8, 1, 3, 24), ...end]]),
  refusesTimer('what a timer calls reading what it is not given', [all, [asm.mov64(1, r(4)), ...end]]),
  refusesTimer('what a timer calls reading the timer', [all, [asm.load(8, 1, 3, TIMER_AT), ...end]]),
  acceptsTimer('what a timer calls starting it again', [all, [asm.mov64(6, r(3)), ...start(6), ...end]]),
  acceptsTimer('what a timer calls setting itself again', [
    all,
    [asm.mov64(6, r(3)), ...setCallback(6, 1), ...start(6), ...end],
  ]),
  acceptsTimer('what a timer calls setting another', [
    all,
    [asm.mov64(6, r(3)), ...setCallback(6, 2), ...end],
    end,
  ]),
  refusesTimer('what a timer calls setting another that is wrong', [
    all,
    [asm.mov64(6, r(3)), ...setCallback(6, 2), ...end],
    [asm.mov64(0, 1), asm.exit],
  ]),
  refusesTimer('what a timer calls using the stack of who set it', [
    all,
    [asm.load(8, 1, 3, 0), asm.mov64(2, r(10)), asm.alu64('add', 2, r(1)), asm.load(8, 0, 2, 0), ...end],
  ]),
  acceptsTimer('what a timer calls that calls a function', [all, [callOf(2), ...end], end]),
  acceptsTimer('as much stack as there is in both', [
    [asm.storeImmediate(8, 10, -512, 0), ...all],
    [asm.storeImmediate(8, 10, -512, 0), ...end],
  ]),
  refusesTimer('too much stack below what a timer calls', [
    all,
    [asm.storeImmediate(8, 10, -304, 0), callOf(2), ...end],
    [asm.storeImmediate(8, 10, -304, 0), ...end],
  ]),
  refusesTimer('what a timer calls that never ends', [all, [asm.mov64(0, 0), asm.ja(-1)]]),
  refusesTimer('a global function for a timer', [all, end], {
    typing: (types) => ({ functions: [{}, { isGlobal: true }], values: [timed(types)] }),
  }),
  refusesTimer('a timer where there is none', [[...found(6), ...initOf(6, 0), ...end]]),
  refusesTimer('a timer of another map', [[...found(6, 1), ...initOf(6), ...end]], {
    maps: [one, asm.mapOf('array', 4, 24, 3)],
  }),
  refusesTimer('a timer read', [[...found(6), asm.load(8, 0, 6, 16), ...end]]),
  refusesTimer('a timer written', [[...found(6), asm.storeImmediate(8, 6, 8, 0), ...end]]),
  acceptsTimer('the bytes before a timer', [[...found(6), asm.storeImmediate(8, 6, 0, 7), ...end]]),
  refusesTimer('a timer on the stack', [
    [
      ...asm.loadMap(2, 0),
      asm.mov64(3, 1),
      asm.mov64(1, r(10)),
      asm.alu64('add', 1, -16),
      asm.call(INIT),
      ...end,
    ],
  ]),
  refusesTimer('a timer at an offset that varies', [
    [
      ...found(6),
      asm.load(8, 1, 6, 0),
      asm.alu64('and', 1, 8),
      asm.alu64('add', 6, r(1)),
      ...initOf(6, 0),
      ...end,
    ],
  ]),
  refusesTimer('a timer in a map without types', [all, end], { typing: () => ({}) }),
  refusesTimer(
    'what a timer calls that tail calls',
    [all, [asm.mov64(6, 0), asm.mov64(1, r(1)), ...asm.loadMap(2, 1), asm.mov64(3, 0), asm.call(12), ...end]],
    { maps: [one, asm.mapOf('prog_array', 4, 4, 4)], typing: (types) => ({ values: [timed(types)] }) },
  ),
  refusesTimer(
    'a record kept by what a timer calls',
    [all, [...asm.loadMap(1, 1), asm.mov64(2, 8), asm.mov64(3, 0), asm.call(131), ...end]],
    { maps: [one, asm.mapOf('ringbuf', 0, 0, 4096)], typing: (types) => ({ values: [timed(types)] }) },
  ),
];

/** struct { long a; struct kept *p, tagged; long b; } */
const keeping =
  (tag: string) =>
  (types: Types): number => {
    const kept = types.struct('task_struct', [['a', types.long, 8]]);
    const pointer = types.pointer(types.builder.addTypeTag(tag, kept));
    return types.struct('keeping', [
      ['a', types.long, 8],
      ['p', pointer, 8],
      ['b', types.long, 8],
    ]);
  };
const acceptsPointer = make(true, keeping('kptr_untrusted'), one);
const refusesPointer = make(false, keeping('kptr_untrusted'), one);

const pointers: readonly TypedVector[] = [
  acceptsPointer('the bytes beside a kernel pointer', [
    [...found(6), asm.storeImmediate(8, 6, 0, 1), asm.load(8, 1, 6, 16), ...end],
  ]),
  refusesPointer('a number stored to a kernel pointer', [
    [...found(6), asm.storeImmediate(8, 6, 8, 1), ...end],
  ]),
  refusesPointer('half a kernel pointer', [[...found(6), asm.load(4, 0, 6, 8), ...end]]),
  refusesPointer('a kernel pointer at an offset that varies', [
    [
      ...found(6),
      asm.load(8, 1, 6, 0),
      asm.alu64('and', 1, 8),
      asm.alu64('add', 6, r(1)),
      asm.load(8, 0, 6, 0),
      ...end,
    ],
  ]),
  refusesPointer('a kernel pointer handed to a helper as memory', [
    [
      ...found(6),
      ...asm.loadMap(1, 0),
      asm.mov64(2, r(10)),
      asm.alu64('add', 2, -8),
      asm.mov64(3, r(6)),
      asm.mov64(4, 0),
      asm.call(2),
      ...end,
    ],
  ]),
];

export const fieldVectors: readonly TypedVector[] = [...locks, ...timers, ...pointers];
