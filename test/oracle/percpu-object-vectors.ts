/** Objects of a program's own that every CPU has its own of, each program about one rule, with the verdict of Linux 6.18. */
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { drop, unless } from './graph-code.ts';
import { element, exchange, leave, take, vectorsOf } from './kptr-vectors.ts';
import { Types } from './types.ts';

/** Places in a value of `perCpu`. */
const NUMBER = 0;
export const OWNED = 8;
const OWNED_PLAIN = 16;
export const VALUE_BYTES = 24;
const KEY = 0;
const THIS_CPU = 154;
const PER_CPU = 153;

interface PerCpuTypes {
  readonly counters: number;
  readonly pointing: number;
  readonly large: number;
  readonly locked: number;
  readonly value: number;
}

function typesOf(types: Types): PerCpuTypes {
  const { long, int, builder } = types;
  const inner = types.struct('inner', [
    ['x', int, 4],
    ['y', int, 4],
  ]);
  const counters = types.struct('counters', [
    ['count', long, 8],
    ['inner', inner, 8],
    ['slots', builder.addArray(long, int, 2), 16],
  ]);
  const pointing = types.struct('pointing', [['p', types.pointer(long), 8]]);
  const large = types.struct('large', [['slots', builder.addArray(long, int, 65), 520]]);
  const locked = types.struct('locked', [
    ['count', long, 8],
    ['lock', types.spinLock(), 4],
    ['gap', int, 4],
  ]);
  const tagged = (tag: string): number => types.pointer(builder.addTypeTag(tag, counters));
  const value = types.struct('per_cpu', [
    ['number', long, 8],
    ['owned', tagged('percpu_kptr'), 8],
    ['plain', tagged('kptr'), 8],
  ]);
  return { counters, pointing, large, locked, value };
}

export const perCpu = (types: Types): number => typesOf(types).value;
const ids = typesOf(new Types());
const { accepts, refuses } = vectorsOf({ value: perCpu, map: asm.mapOf('array', 4, VALUE_BYTES, 4) });

const newObject = (name: string, type: number, register: number): Instruction[] => [
  asm.mov64(1, type),
  asm.mov64(2, 0),
  asm.callKernel(name),
  asm.mov64(register, r(0)),
];
const unlessNull = (register: number): Instruction[] => [asm.jump64('jne', register, 0, 2), ...leave];
/** `register` an object that is held. */
export const made = (type = ids.counters, register = 7): Instruction[] => [
  ...newObject('bpf_percpu_obj_new_impl', type, register),
  ...unlessNull(register),
];
export const dropped = (register = 7): Instruction[] => [
  asm.mov64(1, r(register)),
  asm.mov64(2, 0),
  asm.callKernel('bpf_percpu_obj_drop_impl'),
];
export const dropTaken = unless(0, [dropped(0)]);
/** r0 this CPU's own of what `register` holds. */
export const ownOf = (register = 7): Instruction[] => [asm.mov64(1, r(register)), asm.call(THIS_CPU)];
const ownOfCpu = (cpu: number, register = 7): Instruction[] => [
  asm.mov64(1, r(register)),
  asm.mov64(2, cpu),
  asm.call(PER_CPU),
];
export const loaded = [asm.load(8, 7, 6, OWNED)];
const inSyscall = { type: 'syscall', isSleepable: true } as const;
const lock = asm.callKernel('bpf_rcu_read_lock');
const unlock = asm.callKernel('bpf_rcu_read_unlock');

export const perCpuVectors = [
  accepts('one of every CPU made and dropped', [made(), dropped(), leave]),
  refuses('one of every CPU kept', [made(), leave]),
  refuses('one of every CPU dropped as an object', [made(), drop(7), leave]),
  refuses('an object dropped as one of every CPU', [
    newObject('bpf_obj_new_impl', ids.counters, 7),
    unlessNull(7),
    dropped(),
    leave,
  ]),
  refuses('one of every CPU dropped unchecked', [
    newObject('bpf_percpu_obj_new_impl', ids.counters, 7),
    dropped(),
    leave,
  ]),
  refuses('one of every CPU dropped twice', [made(), dropped(), dropped(), leave]),
  refuses('one of every CPU of a struct with pointers', [made(ids.pointing), dropped(), leave]),
  refuses('one of every CPU of a large struct', [made(ids.large), dropped(), leave]),
  refuses('one of every CPU of a struct with a lock', [made(ids.locked), dropped(), leave]),
  refuses('one of every CPU of a number', [made(1), dropped(), leave]),
  refuses('one of every CPU read', [made(), asm.load(8, 8, 7, KEY), dropped(), leave]),
  refuses('one of every CPU written', [made(), asm.storeImmediate(8, 7, KEY, 1), dropped(), leave]),
  refuses('a CPU’s own of one that was just made', [made(), ownOf(), dropped(), leave]),
  accepts('one of every CPU put into a map', [element, made(), exchange(7, OWNED), dropTaken, leave]),
  refuses('one of every CPU put into a map, what was there kept', [
    element,
    made(),
    exchange(7, OWNED),
    leave,
  ]),
  refuses('one of every CPU put where an object belongs', [
    element,
    made(),
    exchange(7, OWNED_PLAIN),
    unless(0, [drop(0)]),
    leave,
  ]),
  refuses('one of every CPU put where a number is', [element, made(), exchange(7, NUMBER), dropTaken, leave]),
  refuses('what was in the map dropped as an object', [
    element,
    made(),
    exchange(7, OWNED),
    unless(0, [drop(0)]),
    leave,
  ]),
  accepts('one of every CPU taken out of a map', [element, take(OWNED), dropTaken, leave]),
  refuses('one of every CPU put into a map and dropped', [
    element,
    made(),
    exchange(7, OWNED),
    dropTaken,
    dropped(),
    leave,
  ]),
  accepts('a CPU’s own of one that was just put into a map', [
    element,
    made(),
    exchange(7, OWNED),
    dropTaken,
    ownOf(),
    asm.storeImmediate(8, 0, KEY, 1),
    leave,
  ]),
  refuses(
    'a CPU’s own of one just put into a map where RCU does not keep it',
    [element, made(), exchange(7, OWNED), dropTaken, ownOf(), leave],
    inSyscall,
  ),
  accepts('a CPU’s own of one in a map read and written', [
    element,
    loaded,
    unlessNull(7),
    ownOf(),
    asm.load(8, 8, 0, KEY),
    asm.alu64('add', 8, 1),
    asm.store(8, 0, KEY, 8),
    leave,
  ]),
  refuses('a CPU’s own of what may be null', [element, loaded, ownOf(), leave]),
  refuses('one in a map read itself', [element, loaded, unlessNull(7), asm.load(8, 0, 7, KEY), leave]),
  refuses('one in a map dropped', [element, loaded, unlessNull(7), dropped(), leave]),
  accepts('a given CPU’s own', [
    element,
    loaded,
    unlessNull(7),
    ownOfCpu(0),
    unless(0, [asm.load(8, 8, 0, KEY)]),
    leave,
  ]),
  refuses('what lies past a CPU’s own', [
    element,
    loaded,
    unlessNull(7),
    ownOf(),
    asm.load(8, 8, 0, 32),
    leave,
  ]),
  refuses('two members of a CPU’s own at once', [
    element,
    loaded,
    unlessNull(7),
    ownOf(),
    asm.load(8, 8, 0, 8),
    leave,
  ]),
  refuses('a CPU’s own dropped', [
    element,
    loaded,
    unlessNull(7),
    ownOf(),
    asm.mov64(7, r(0)),
    drop(7),
    leave,
  ]),
  refuses('a CPU’s own put into a map', [
    element,
    loaded,
    unlessNull(7),
    ownOf(),
    asm.mov64(7, r(0)),
    exchange(7, OWNED_PLAIN),
    unless(0, [drop(0)]),
    leave,
  ]),
  refuses('the pointer written by a store', [element, asm.storeImmediate(8, 6, OWNED, 0), leave]),
  accepts(
    'a CPU’s own in a read section',
    [element, lock, loaded, unless(7, [ownOf(), asm.storeImmediate(8, 0, KEY, 1)]), unlock, leave],
    inSyscall,
  ),
  refuses(
    'a CPU’s own after the read section',
    [
      element,
      lock,
      loaded,
      asm.jump64('jne', 7, 0, 3),
      unlock,
      leave,
      ownOf(),
      asm.mov64(8, r(0)),
      unlock,
      asm.storeImmediate(8, 8, KEY, 1),
      leave,
    ],
    inSyscall,
  ),
];
