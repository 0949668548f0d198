/** Objects of a program's own, each program about one rule, with the verdict of Linux 6.18. */
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { element, exchange, leave, take, vectorsOf } from './kptr-vectors.ts';
import type { Types } from './types.ts';

/** Ids of the types that `owning` adds, in its order, behind the three that all have. */
const OTHER = 4;
export const ITEM = 7;
/** Places in the value, and in an item. */
const NUMBER = 0;
export const OWNED = 8;
const OWNED_OTHER = 16;
const LONG = 0;
const INT = 8;
const POINTER = 16;
const NEXT = 24;
const ITEM_BYTES = 32;
export const VALUE_BYTES = 24;

/** struct { long number; struct own_item __kptr *owned; struct own_other __kptr *other; } */
export function owning(types: Types): number {
  const other = types.struct('own_other', [['a', types.long, 8]]);
  const toOther = types.pointer(other);
  const toLong = types.pointer(types.long);
  const item = types.struct('own_item', [
    ['a', types.long, 8],
    ['b', types.int, 4],
    ['c', types.int, 4],
    ['p', toLong, 8],
    ['next', toOther, 8],
  ]);
  const owned = (type: number): number => types.pointer(types.builder.addTypeTag('kptr', type));
  return types.struct('owning', [
    ['number', types.long, 8],
    ['owned', owned(item), 8],
    ['other', owned(other), 8],
  ]);
}

const { accepts, refuses } = vectorsOf({ value: owning, map: asm.mapOf('array', 4, VALUE_BYTES, 4) });

const make = (type = ITEM, register = 7): Instruction[] => [
  asm.mov64(1, type),
  asm.mov64(2, 0),
  asm.callKernel('bpf_obj_new_impl'),
  asm.mov64(register, r(0)),
];
/** `register` an object that is held. */
export const made = (type = ITEM, register = 7): Instruction[] => [
  ...make(type, register),
  asm.jump64('jne', register, 0, 2),
  ...leave,
];
export const drop = (register = 7): Instruction[] => [
  asm.mov64(1, r(register)),
  asm.mov64(2, 0),
  asm.callKernel('bpf_obj_drop_impl'),
];
export const dropTaken = [asm.jump64('jeq', 0, 0, 3), ...drop(0)];
const unlessNull = (register: number): Instruction[] => [asm.jump64('jne', register, 0, 2), ...leave];
const inSyscall = { type: 'syscall', isSleepable: true } as const;
const lock = asm.callKernel('bpf_rcu_read_lock');
const unlock = asm.callKernel('bpf_rcu_read_unlock');
const load = (at: number, register = 8): Instruction => asm.load(8, register, 6, at);

const lives = [
  accepts('an object made and dropped', [made(), drop(), leave]),
  refuses('an object kept', [made(), leave]),
  refuses('an object dropped that may be null', [make(), drop(), leave]),
  refuses('an object dropped twice', [made(), drop(), drop(), leave]),
  refuses('an object read that was dropped', [made(), drop(), asm.load(8, 0, 7, LONG), leave]),
  refuses('an object dropped on one of two ways', [
    element,
    made(),
    load(NUMBER),
    asm.jump64('jeq', 8, 0, 3),
    drop(),
    leave,
  ]),
  accepts('an object dropped on both of two ways', [
    element,
    made(),
    load(NUMBER),
    asm.jump64('jeq', 8, 0, 5),
    drop(),
    leave,
    drop(),
    leave,
  ]),
  accepts('one object after another', [made(ITEM, 7), drop(7), made(OTHER, 8), drop(8), leave]),
  refuses('the first object kept where the second is not to be had', [
    made(ITEM, 7),
    made(OTHER, 8),
    drop(8),
    drop(7),
    leave,
  ]),
  accepts('an object put away on the stack', [
    made(),
    asm.store(8, 10, -16, 7),
    asm.load(8, 8, 10, -16),
    drop(8),
    leave,
  ]),
  refuses('an object dropped through what was put away before', [
    made(),
    asm.store(8, 10, -16, 7),
    drop(7),
    asm.load(8, 8, 10, -16),
    drop(8),
    leave,
  ]),
  refuses('no object dropped', [asm.mov64(7, 0), drop(), leave]),
  refuses('a map value dropped', [element, drop(6), leave]),
  refuses('the stack dropped', [drop(10), leave]),
  refuses('an object dropped from within', [made(), asm.alu64('add', 7, 8), drop(), leave]),
  accepts('an object dropped after going there and back', [
    made(),
    asm.alu64('add', 7, 8),
    asm.alu64('add', 7, -8),
    drop(),
    leave,
  ]),
  refuses('a task dropped', [asm.call(158), asm.mov64(7, r(0)), drop(), leave]),
  refuses('an object given back as a task', [
    made(),
    asm.mov64(1, r(7)),
    asm.callKernel('bpf_task_release'),
    leave,
  ]),
  refuses('an object of an integer type', [made(1), drop(), leave]),
  refuses('an object of a pointer type', [made(5), drop(), leave]),
  refuses('an object of no type', [made(0), drop(), leave]),
  refuses('an object of a type that is not there', [made(5000), drop(), leave]),
  refuses('an object of a type that is not known', [
    element,
    asm.load(8, 1, 6, NUMBER),
    asm.mov64(2, 0),
    asm.callKernel('bpf_obj_new_impl'),
    asm.mov64(7, r(0)),
    unlessNull(7),
    drop(),
    leave,
  ]),
  refuses('an object of a type beyond 32 bits', [
    asm.load64(1, (1n << 32n) + BigInt(ITEM)),
    asm.mov64(2, 0),
    asm.callKernel('bpf_obj_new_impl'),
    asm.mov64(7, r(0)),
    unlessNull(7),
    drop(),
    leave,
  ]),
  accepts('an object of a program that may sleep', [made(), drop(), leave], inSyscall),
  accepts('an object of XDP', [made(), drop(), leave], { type: 'xdp' }),
  accepts('an object of a tracepoint', [made(), drop(), leave], { type: 'tracepoint' }),
  refuses('an object of a socket filter', [made(), drop(), leave], { type: 'socket_filter' }),
  refuses('an object of a program without a free license', [made(), drop(), leave], {
    license: 'Proprietary',
  }),
];

const members = [
  accepts('a member read and written', [
    made(),
    asm.storeImmediate(8, 7, LONG, 5),
    asm.load(8, 0, 7, LONG),
    drop(),
    leave,
  ]),
  accepts('half a member', [
    made(),
    asm.load(4, 0, 7, LONG + 4),
    asm.storeImmediate(1, 7, LONG + 3, 1),
    drop(),
    leave,
  ]),
  accepts('a short member', [
    made(),
    asm.storeImmediate(4, 7, INT + 4, 1),
    asm.load(4, 0, 7, INT),
    drop(),
    leave,
  ]),
  refuses('two members at once', [made(), asm.load(8, 0, 7, INT), drop(), leave]),
  refuses('two members written at once', [made(), asm.storeImmediate(8, 7, INT, 0), drop(), leave]),
  refuses('a member of what may be null', [make(), asm.load(8, 0, 7, LONG), leave]),
  refuses('what lies past an object', [made(), asm.load(8, 0, 7, ITEM_BYTES), drop(), leave]),
  refuses('what lies past an object, written', [
    made(),
    asm.storeImmediate(8, 7, ITEM_BYTES, 0),
    drop(),
    leave,
  ]),
  refuses('the last of an object and one byte more', [
    made(),
    asm.load(8, 0, 7, ITEM_BYTES - 4),
    drop(),
    leave,
  ]),
  refuses('what lies before an object', [made(), asm.load(8, 0, 7, -8), drop(), leave]),
  refuses('a place that varies', [
    element,
    made(),
    load(NUMBER),
    asm.alu64('and', 8, 8),
    asm.mov64(9, r(7)),
    asm.alu64('add', 9, r(8)),
    asm.load(8, 0, 9, 0),
    drop(),
    leave,
  ]),
  accepts('a member reached by a known number', [
    made(),
    asm.mov64(8, 8),
    asm.mov64(9, r(7)),
    asm.alu64('add', 9, r(8)),
    asm.load(4, 0, 9, 0),
    drop(),
    leave,
  ]),
  accepts('a pointer stored to an object', [made(), asm.store(8, 7, NEXT, 10), drop(), leave]),
  accepts('a number stored to a pointer of an object', [
    made(),
    asm.storeImmediate(8, 7, NEXT, 1),
    drop(),
    leave,
  ]),
  refuses('half a pointer of an object', [made(), asm.load(4, 0, 7, NEXT), drop(), leave]),
  refuses('half a pointer of an object, written', [made(), asm.storeImmediate(4, 7, NEXT, 0), drop(), leave]),
  accepts('a pointer of an object, as a number', [
    made(),
    asm.load(8, 8, 7, NEXT),
    drop(),
    asm.mov64(0, r(8)),
    leave,
  ]),
  refuses('a pointer to a struct of an object followed', [
    made(),
    asm.load(8, 8, 7, NEXT),
    asm.load(8, 0, 8, 0),
    drop(),
    leave,
  ]),
  accepts('a pointer to a number of an object followed', [
    made(),
    asm.load(8, 8, 7, POINTER),
    asm.load(8, 0, 8, 0),
    drop(),
    leave,
  ]),
  refuses('a pointer to a number of an object written through', [
    made(),
    asm.load(8, 8, 7, POINTER),
    asm.storeImmediate(8, 8, 0, 0),
    drop(),
    leave,
  ]),
  accepts('a member added to at once', [
    made(),
    asm.mov64(8, 1),
    asm.atomic(8, 0, 7, LONG, 8),
    drop(),
    leave,
  ]),
  refuses('two members added to at once', [
    made(),
    asm.mov64(8, 1),
    asm.atomic(8, 0, 7, INT, 8),
    drop(),
    leave,
  ]),
  refuses('an object added to past its end', [
    made(),
    asm.mov64(8, 1),
    asm.atomic(8, 0, 7, ITEM_BYTES, 8),
    drop(),
    leave,
  ]),
  refuses('an object handed to a helper as memory', [
    made(),
    asm.loadMap(1, 0),
    asm.mov64(2, r(7)),
    asm.call(1),
    drop(),
    leave,
  ]),
  refuses('an object stored into a map', [element, made(), asm.store(8, 6, OWNED, 7), drop(), leave]),
  accepts('the address of an object stored into a map as a number', [
    element,
    made(),
    asm.store(8, 6, NUMBER, 7),
    drop(),
    leave,
  ]),
  accepts('two objects compared', [
    made(ITEM, 7),
    asm.mov64(8, r(7)),
    asm.jump64('jeq', 7, r(8), 0),
    drop(7),
    leave,
  ]),
];

const inMaps = [
  accepts('an object put into a map', [element, made(), exchange(7, OWNED), dropTaken, leave]),
  refuses('an object put into a map, and what was there kept', [element, made(), exchange(7, OWNED), leave]),
  refuses('an object put into a map and dropped', [
    element,
    made(),
    exchange(7, OWNED),
    dropTaken,
    drop(),
    leave,
  ]),
  refuses('an object put into a map and read', [
    element,
    made(),
    exchange(7, OWNED),
    dropTaken,
    asm.load(8, 0, 7, LONG),
    leave,
  ]),
  refuses('an object put into a map that may be null', [
    element,
    make(),
    exchange(7, OWNED),
    dropTaken,
    leave,
  ]),
  refuses('an object of another type put into a map', [
    element,
    made(OTHER),
    exchange(7, OWNED),
    dropTaken,
    leave,
  ]),
  accepts('an object of the other type put where it belongs', [
    element,
    made(OTHER),
    exchange(7, OWNED_OTHER),
    dropTaken,
    leave,
  ]),
  refuses('an object put into a map from within', [
    element,
    made(),
    asm.alu64('add', 7, 8),
    exchange(7, OWNED),
    dropTaken,
    leave,
  ]),
  refuses('an object put where a number is', [element, made(), exchange(7, NUMBER), dropTaken, leave]),
  refuses('a task put where an object belongs', [
    element,
    asm.call(158),
    asm.mov64(1, r(0)),
    asm.callKernel('bpf_task_acquire'),
    asm.mov64(7, r(0)),
    unlessNull(7),
    exchange(7, OWNED),
    dropTaken,
    leave,
  ]),
  accepts('an object taken out, changed and put back', [
    element,
    take(OWNED),
    asm.mov64(7, r(0)),
    unlessNull(7),
    asm.storeImmediate(8, 7, LONG, 1),
    exchange(7, OWNED),
    dropTaken,
    leave,
  ]),
  refuses('an object taken out and changed unchecked', [
    element,
    take(OWNED),
    asm.mov64(7, r(0)),
    asm.storeImmediate(8, 7, LONG, 1),
    dropTaken,
    leave,
  ]),
  refuses('an object taken out and kept', [element, take(OWNED), leave]),
  accepts('an object in a map looked at', [
    element,
    load(OWNED),
    unlessNull(8),
    asm.load(8, 0, 8, LONG),
    leave,
  ]),
  accepts('an object in a map changed', [
    element,
    load(OWNED),
    unlessNull(8),
    asm.storeImmediate(8, 8, LONG, 1),
    leave,
  ]),
  refuses('an object in a map looked at unchecked', [element, load(OWNED), asm.load(8, 0, 8, LONG), leave]),
  refuses('an object in a map looked at too far', [
    element,
    load(OWNED),
    unlessNull(8),
    asm.load(8, 0, 8, ITEM_BYTES),
    leave,
  ]),
  refuses('an object in a map dropped', [element, load(OWNED), unlessNull(8), drop(8), leave]),
  refuses('an object in a map put there again', [
    element,
    load(OWNED),
    unlessNull(8),
    exchange(8, OWNED),
    dropTaken,
    leave,
  ]),
  refuses('an owned object overwritten', [element, asm.storeImmediate(8, 6, OWNED, 0), leave]),
  accepts(
    'an object in a map looked at in a read section',
    [element, lock, load(OWNED), asm.jump64('jeq', 8, 0, 1), asm.load(8, 0, 8, LONG), unlock, leave],
    inSyscall,
  ),
  refuses(
    'an object in a map looked at after the read section',
    [element, lock, load(OWNED), asm.jump64('jeq', 8, 0, 1), unlock, asm.load(8, 0, 8, LONG), leave],
    inSyscall,
  ),
  refuses(
    'an object in a map changed after the read section',
    [
      element,
      lock,
      load(OWNED),
      asm.jump64('jne', 8, 0, 3),
      unlock,
      leave,
      unlock,
      asm.storeImmediate(8, 8, LONG, 1),
      leave,
    ],
    inSyscall,
  ),
];

export const ownObjectVectors = [...lives, ...members, ...inMaps];
