/** Pointers to kernel objects in map values, each program about one rule, with the verdict of Linux 6.18. */
import type { Instruction, MapDefinition, ProgramType } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import type { At } from './tracing-vectors.ts';
import type { Types } from './types.ts';

type TypeOf = (name: string) => number;
type CodeOf = (at: At, typeOf: TypeOf) => Code;
type Code = readonly (Instruction | readonly Instruction[])[];

export interface PointerVector {
  readonly name: string;
  /** `at` gives the offset of a member of a kernel struct, `typeOf` the id of a type. */
  readonly code: CodeOf;
  /** The value's type; `keeping` where undefined. */
  readonly value?: (types: Types) => number;
  readonly map?: MapDefinition;
  readonly type?: ProgramType;
  readonly isSleepable?: boolean;
  readonly license?: string;
  readonly isAccepted: boolean;
}

type More = Omit<Partial<PointerVector>, 'name' | 'code' | 'isAccepted'>;
type Make = (name: string, code: Code | CodeOf, more?: More) => PointerVector;

/** Makers of vectors that have `common` in common. */
export function vectorsOf(common: More): { readonly accepts: Make; readonly refuses: Make } {
  const make =
    (isAccepted: boolean): Make =>
    (name, code, more = {}) => ({
      name,
      code: typeof code === 'function' ? code : () => code,
      isAccepted,
      ...common,
      ...more,
    });
  return { accepts: make(true), refuses: make(false) };
}
const { accepts, refuses } = vectorsOf({});

/** Places in `keeping`. */
const NUMBER = 0;
export const LOOSE = 8;
export const OWNED = 16;
const GROUP = 24;
const ENTITY = 32;
export const VALUE_BYTES = 40;

/** A pointer of the tag to a struct of the name, whatever it holds. */
export function tagged(types: Types, tag: string, name: string): number {
  const pointee = types.struct(name, [['a', types.long, 8]]);
  return types.pointer(types.builder.addTypeTag(tag, pointee));
}
export function keeping(types: Types): number {
  return types.struct('keeping', [
    ['number', types.long, 8],
    ['loose', tagged(types, 'kptr_untrusted', 'task_struct'), 8],
    ['owned', tagged(types, 'kptr', 'task_struct'), 8],
    ['group', tagged(types, 'kptr', 'cgroup'), 8],
    ['entity', tagged(types, 'kptr_untrusted', 'sched_entity'), 8],
  ]);
}
const one = (tag: string, name: string) => (types: Types) =>
  types.struct('one', [
    ['number', types.long, 8],
    ['pointer', tagged(types, tag, name), 8],
    ['more', types.long, 8],
    ['most', types.long, 8],
    ['last', types.long, 8],
  ]);

export const XCHG = 194;
const CURRENT_TASK = 158;
const MAP = asm.mapOf('array', 4, VALUE_BYTES, 4);
export const leave = [asm.mov64(0, 0), asm.exit];
const key = [asm.storeImmediate(4, 10, -8, 0), asm.mov64(2, r(10)), asm.alu64('add', 2, -8)];
const unlessNull = (register: number): Instruction[] => [asm.jump64('jne', register, 0, 2), ...leave];
/** r6 an element of the map. */
export const element = [...asm.loadMap(1, 0), ...key, asm.call(1), ...unlessNull(0), asm.mov64(6, r(0))];
/** `register` a task that is held, and may be null. */
const acquire = (register = 7): Instruction[] => [
  asm.mov64(1, 1),
  asm.callKernel('bpf_task_from_pid'),
  asm.mov64(register, r(0)),
];
export const held = (register = 7): Instruction[] => [...acquire(register), ...unlessNull(register)];
const heldGroup = (register = 7): Instruction[] => [
  asm.mov64(1, 1),
  asm.callKernel('bpf_cgroup_from_id'),
  asm.mov64(register, r(0)),
  ...unlessNull(register),
];
/** `register` the current task, which is trusted. */
const current = (register = 7): Instruction[] => [asm.call(CURRENT_TASK), asm.mov64(register, r(0))];
/** r0 what was at `at` of r6, where now is what `register` holds. */
export const exchange = (register: number, at = OWNED): Instruction[] => [
  asm.mov64(1, r(6)),
  asm.alu64('add', 1, at),
  asm.mov64(2, r(register)),
  asm.call(XCHG),
];
/** r0 what was there, where now is nothing. */
export const take = (at = OWNED): Instruction[] => [
  asm.mov64(1, r(6)),
  asm.alu64('add', 1, at),
  asm.mov64(2, 0),
  asm.call(XCHG),
];
export const release = (register: number, what = 'task'): Instruction[] => [
  asm.mov64(1, r(register)),
  asm.callKernel(`bpf_${what}_release`),
];
/** Gives back what r0 holds, unless it is null. */
export const releaseTaken = (what = 'task'): Instruction[] => [
  asm.jump64('jeq', 0, 0, 2),
  ...release(0, what),
];
const load = (at: number, register = 8): Instruction => asm.load(8, register, 6, at);
const store = (at: number, register = 7): Instruction => asm.store(8, 6, at, register);
const inSyscall = { type: 'syscall', isSleepable: true } as const;
const lock = asm.callKernel('bpf_rcu_read_lock');
const unlock = asm.callKernel('bpf_rcu_read_unlock');
const pid = (at: At, register = 8): Instruction => asm.load(4, 0, register, at('task_struct', 'pid'));

const loose: readonly PointerVector[] = [
  accepts('a loose pointer loaded', [element, load(LOOSE), leave]),
  refuses('a loose pointer followed unchecked', (at) => [element, load(LOOSE), pid(at), leave]),
  accepts('a loose pointer checked and followed', (at) => [
    element,
    load(LOOSE),
    unlessNull(8),
    pid(at),
    leave,
  ]),
  refuses('a loose pointer followed too far', [
    element,
    load(LOOSE),
    unlessNull(8),
    asm.load(8, 0, 8, 1 << 14),
    leave,
  ]),
  refuses('a loose pointer written through', [
    element,
    load(LOOSE),
    unlessNull(8),
    asm.storeImmediate(8, 8, 0, 0),
    leave,
  ]),
  refuses(
    'a loose pointer followed by a program without a free license',
    (at) => [element, load(LOOSE), unlessNull(8), pid(at), leave],
    { license: 'Proprietary' },
  ),
  accepts('a loose pointer followed to another', (at) => [
    element,
    load(LOOSE),
    unlessNull(8),
    asm.load(8, 8, 8, at('task_struct', 'group_leader')),
    pid(at),
    leave,
  ]),
  refuses('a loose pointer handed to a function that trusts it', [
    element,
    load(LOOSE),
    unlessNull(8),
    asm.mov64(1, r(8)),
    asm.callKernel('bpf_task_acquire'),
    leave,
  ]),
  refuses('a loose pointer to a helper on tasks', [
    element,
    load(LOOSE),
    unlessNull(8),
    asm.mov64(1, r(8)),
    asm.call(175),
    leave,
  ]),
  accepts('null stored by an instruction', [element, asm.storeImmediate(8, 6, LOOSE, 0), leave]),
  refuses('a number stored by an instruction', [element, asm.storeImmediate(8, 6, LOOSE, 1), leave]),
  accepts('null stored from a register', [element, asm.mov64(7, 0), store(LOOSE), leave]),
  refuses('a number stored from a register', [element, asm.mov64(7, 1), store(LOOSE), leave]),
  refuses('what may be null or not stored as a number', [
    element,
    load(NUMBER, 7),
    asm.alu64('and', 7, 1),
    store(LOOSE),
    leave,
  ]),
  accepts('a trusted task stored', [element, current(), store(LOOSE), leave]),
  accepts('a task that is held stored, and given back', [element, held(), store(LOOSE), release(7), leave]),
  accepts('a task that may be null stored', [
    element,
    acquire(),
    store(LOOSE),
    asm.jump64('jeq', 7, 0, 2),
    release(7),
    leave,
  ]),
  refuses('a task stored and never given back', [element, held(), store(LOOSE), leave]),
  refuses('a task stored after it was given back', [element, held(), release(7), store(LOOSE), leave]),
  accepts('an untrusted task stored', (at) => [
    element,
    load(LOOSE),
    unlessNull(8),
    asm.load(8, 7, 8, at('task_struct', 'group_leader')),
    store(LOOSE),
    leave,
  ]),
  accepts('what was loaded, stored again unchecked', [element, load(LOOSE, 7), store(LOOSE), leave]),
  refuses('a control group stored for a task', [
    element,
    heldGroup(),
    store(LOOSE),
    release(7, 'cgroup'),
    leave,
  ]),
  refuses('a map value stored', [element, asm.mov64(7, r(6)), store(LOOSE), leave]),
  refuses('the stack stored', [element, asm.mov64(7, r(10)), store(LOOSE), leave]),
  refuses('the context stored', [asm.mov64(9, r(1)), element, asm.mov64(7, r(9)), store(LOOSE), leave]),
  accepts('a struct within a task stored', (at) => [
    element,
    current(),
    asm.alu64('add', 7, at('task_struct', 'se')),
    store(ENTITY),
    leave,
  ]),
  refuses('a place beside the struct within a task stored', (at) => [
    element,
    current(),
    asm.alu64('add', 7, at('task_struct', 'se') + 8),
    store(ENTITY),
    leave,
  ]),
  refuses('a task stored as the struct within', [element, current(), store(ENTITY), leave]),
  refuses('a task stored moved by what varies', [
    element,
    current(),
    load(NUMBER),
    asm.alu64('and', 8, 8),
    asm.alu64('add', 7, r(8)),
    store(LOOSE),
    leave,
  ]),
  refuses('a task stored moved back', [element, current(), asm.alu64('add', 7, -8), store(LOOSE), leave]),
  refuses('four bytes of a pointer loaded', [element, asm.load(4, 0, 6, LOOSE), leave]),
  refuses('four bytes of a pointer stored', [element, asm.storeImmediate(4, 6, LOOSE, 0), leave]),
  refuses('eight bytes across two pointers', [element, asm.load(8, 0, 6, LOOSE + 4), leave]),
  refuses('half a number and half a pointer', [element, asm.load(8, 0, 6, LOOSE - 4), leave]),
  accepts('a pointer reached by a pointer that was moved', [
    element,
    asm.alu64('add', 6, LOOSE),
    load(0),
    leave,
  ]),
  accepts('a pointer reached by a known number', [
    element,
    asm.mov64(1, LOOSE),
    asm.alu64('add', 6, r(1)),
    load(0),
    leave,
  ]),
  refuses('a pointer that an offset that varies may reach', [
    element,
    load(NUMBER, 1),
    asm.alu64('and', 1, 8),
    asm.alu64('add', 6, r(1)),
    load(0),
    leave,
  ]),
  refuses('a pointer added to', [element, asm.mov64(7, 1), asm.atomic(8, 0, 6, LOOSE, 7), leave]),
  refuses('a pointer exchanged by an instruction', [
    element,
    current(),
    asm.atomic(8, 0xe1, 6, LOOSE, 7),
    leave,
  ]),
  refuses('pointers handed to a helper as memory', [
    element,
    asm.loadMap(1, 0),
    key,
    asm.mov64(3, r(6)),
    asm.mov64(4, 0),
    asm.call(2),
    leave,
  ]),
  refuses('a loose pointer exchanged', [element, take(LOOSE), releaseTaken(), leave]),
];

const owned: readonly PointerVector[] = [
  accepts('a task put in and taken out', [
    element,
    held(),
    exchange(7),
    releaseTaken(),
    take(),
    releaseTaken(),
    leave,
  ]),
  accepts('a task put in', [element, held(), exchange(7), releaseTaken(), leave]),
  refuses('a task put in, and what was there kept', [element, held(), exchange(7), leave]),
  refuses('a task put in that may be null', [element, acquire(), exchange(7), releaseTaken(), leave]),
  accepts('null put in', [element, take(), releaseTaken(), leave]),
  refuses('null put in, and what was there kept', [element, take(), leave]),
  refuses('a number put in', [element, asm.mov64(7, 1), exchange(7), releaseTaken(), leave]),
  refuses('what is taken out released unchecked', [element, take(), release(0), leave]),
  accepts('what is taken out read', (at) => [
    element,
    take(),
    asm.mov64(8, r(0)),
    unlessNull(8),
    pid(at),
    release(8),
    leave,
  ]),
  accepts('what is taken out put back', [
    element,
    take(),
    asm.mov64(7, r(0)),
    unlessNull(7),
    exchange(7),
    releaseTaken(),
    leave,
  ]),
  refuses('what is put in given back, too', [
    element,
    held(),
    exchange(7),
    releaseTaken(),
    release(7),
    leave,
  ]),
  refuses('what is put in read', (at) => [element, held(), exchange(7), releaseTaken(), pid(at, 7), leave]),
  refuses('what is put in put in again', [
    element,
    held(),
    exchange(7),
    releaseTaken(),
    exchange(7),
    releaseTaken(),
    leave,
  ]),
  refuses('a task that is only trusted put in', [element, current(), exchange(7), releaseTaken(), leave]),
  refuses('a task loaded from there put in', [
    element,
    load(OWNED, 7),
    unlessNull(7),
    exchange(7),
    releaseTaken(),
    leave,
  ]),
  refuses('a control group put in for a task', [element, heldGroup(), exchange(7), releaseTaken(), leave]),
  accepts('a control group put in', [
    element,
    heldGroup(),
    exchange(7, GROUP),
    releaseTaken('cgroup'),
    leave,
  ]),
  refuses('a control group taken out given back as a task', [element, take(GROUP), releaseTaken(), leave]),
  refuses('a task put in a little further on', [
    element,
    held(),
    asm.alu64('add', 7, 8),
    exchange(7),
    releaseTaken(),
    leave,
  ]),
  refuses('a task put where no pointer is', [element, held(), exchange(7, NUMBER), releaseTaken(), leave]),
  refuses('a task put between two pointers', [
    element,
    held(),
    exchange(7, OWNED + 4),
    releaseTaken(),
    leave,
  ]),
  refuses('a task put in at an offset that varies', [
    element,
    held(),
    load(NUMBER),
    asm.alu64('and', 8, 8),
    asm.alu64('add', 6, r(8)),
    exchange(7),
    releaseTaken(),
    leave,
  ]),
  accepts('a task put in at an offset that is known', [
    element,
    held(),
    asm.mov64(8, OWNED),
    asm.alu64('add', 6, r(8)),
    exchange(7, 0),
    releaseTaken(),
    leave,
  ]),
  refuses('a task put on the stack', [
    held(),
    asm.mov64(1, r(10)),
    asm.alu64('add', 1, -8),
    asm.storeImmediate(8, 10, -8, 0),
    asm.mov64(2, r(7)),
    asm.call(XCHG),
    releaseTaken(),
    leave,
  ]),
  refuses(
    'a task put in an element that may be missing',
    [held(), asm.loadMap(1, 0), key, asm.call(1), asm.mov64(6, r(0)), exchange(7, 0), releaseTaken(), leave],
    { map: asm.mapOf('hash', 4, VALUE_BYTES, 4) },
  ),
  refuses('an owned pointer stored', [element, held(), store(OWNED), release(7), leave]),
  refuses('null stored over an owned pointer', [element, asm.storeImmediate(8, 6, OWNED, 0), leave]),
  refuses('null stored over an owned pointer from a register', [
    element,
    asm.mov64(7, 0),
    store(OWNED),
    leave,
  ]),
  accepts('an owned pointer loaded, checked and followed', (at) => [
    element,
    load(OWNED),
    unlessNull(8),
    pid(at),
    leave,
  ]),
  refuses('an owned pointer loaded and followed unchecked', (at) => [element, load(OWNED), pid(at), leave]),
  accepts('an owned pointer loaded, and taken hold of', [
    element,
    load(OWNED),
    unlessNull(8),
    asm.mov64(1, r(8)),
    asm.callKernel('bpf_task_acquire'),
    releaseTaken(),
    leave,
  ]),
  refuses('an owned pointer loaded and given back', [element, load(OWNED), unlessNull(8), release(8), leave]),
  accepts('an owned pointer loaded and stored loosely', [element, load(OWNED, 7), store(LOOSE), leave]),
  refuses('an owned pointer loaded and written through', [
    element,
    load(OWNED),
    unlessNull(8),
    asm.storeImmediate(8, 8, 0, 0),
    leave,
  ]),
  refuses('an owned pointer added to', [element, asm.mov64(7, 1), asm.atomic(8, 0, 6, OWNED, 7), leave]),
  refuses('a task put in on one of two ways', [
    element,
    held(),
    load(NUMBER),
    asm.jump64('jeq', 8, 0, exchange(7).length + 3),
    exchange(7),
    releaseTaken(),
    leave,
  ]),
  accepts('a task put in on one of two ways, and given back on the other', [
    element,
    held(),
    load(NUMBER),
    asm.jump64('jeq', 8, 0, exchange(7).length + 5),
    exchange(7),
    releaseTaken(),
    leave,
    release(7),
    leave,
  ]),
  refuses('a task in a program that is not free', [element, held(), exchange(7), releaseTaken(), leave], {
    license: 'Proprietary',
  }),
  accepts('null taken by a program that is not free, but never what is there', [element, leave], {
    license: 'Proprietary',
  }),
  accepts('a task put into a hash', [element, held(), exchange(7), releaseTaken(), leave], {
    map: asm.mapOf('hash', 4, VALUE_BYTES, 4),
  }),
  accepts('a task put into an lru hash', [element, held(), exchange(7), releaseTaken(), leave], {
    map: asm.mapOf('lru_hash', 4, VALUE_BYTES, 4),
  }),
  accepts(
    'an element with pointers replaced and deleted',
    [
      ...[-16, -24, -32, -40, -48].map((at) => asm.storeImmediate(8, 10, at, 0)),
      asm.loadMap(1, 0),
      key,
      asm.mov64(3, r(10)),
      asm.alu64('add', 3, -48),
      asm.mov64(4, 0),
      asm.call(2),
      asm.loadMap(1, 0),
      key,
      asm.call(3),
      leave,
    ],
    { map: asm.mapOf('hash', 4, VALUE_BYTES, 4) },
  ),
];

const sections: readonly PointerVector[] = [
  accepts(
    'an owned pointer loaded where the program may sleep',
    (at) => [element, load(OWNED), unlessNull(8), pid(at), leave],
    inSyscall,
  ),
  refuses(
    'an owned pointer that may be gone taken hold of',
    [
      element,
      load(OWNED),
      unlessNull(8),
      asm.mov64(1, r(8)),
      asm.callKernel('bpf_task_acquire'),
      releaseTaken(),
      leave,
    ],
    inSyscall,
  ),
  accepts(
    'an owned pointer taken hold of in a read section',
    [
      element,
      lock,
      load(OWNED),
      asm.jump64('jne', 8, 0, 3),
      unlock,
      leave,
      asm.mov64(1, r(8)),
      asm.callKernel('bpf_task_acquire'),
      asm.mov64(7, r(0)),
      unlock,
      asm.mov64(0, r(7)),
      releaseTaken(),
      leave,
    ],
    inSyscall,
  ),
  refuses(
    'an owned pointer taken hold of after its read section',
    [
      element,
      lock,
      load(OWNED),
      unlock,
      unlessNull(8),
      asm.mov64(1, r(8)),
      asm.callKernel('bpf_task_acquire'),
      releaseTaken(),
      leave,
    ],
    inSyscall,
  ),
  accepts(
    'an owned pointer read after its read section, checked or not',
    (at) => [element, lock, load(OWNED), unlock, pid(at), leave],
    inSyscall,
  ),
  accepts(
    'a task exchanged where the program may sleep',
    [element, held(), exchange(7), releaseTaken(), leave],
    inSyscall,
  ),
  refuses(
    'a loose pointer in a read section taken hold of',
    [
      element,
      lock,
      load(LOOSE),
      asm.jump64('jne', 8, 0, 3),
      unlock,
      leave,
      asm.mov64(1, r(8)),
      asm.callKernel('bpf_task_acquire'),
      asm.mov64(7, r(0)),
      unlock,
      asm.mov64(0, r(7)),
      releaseTaken(),
      leave,
    ],
    inSyscall,
  ),
];

const types: readonly PointerVector[] = [
  refuses('an owned pointer to a struct that nothing gives back', [element, leave], {
    value: one('kptr', 'mm_struct'),
  }),
  accepts('a loose pointer to a struct that nothing gives back', [element, leave], {
    value: one('kptr_untrusted', 'mm_struct'),
  }),
  accepts('an owned pointer to a CPU mask', [element, load(8), leave], { value: one('kptr', 'bpf_cpumask') }),
  accepts('an owned pointer to a cipher', [element, load(8), leave], {
    value: one('kptr', 'bpf_crypto_ctx'),
  }),
  refuses('an owned pointer in values of an LPM trie', [asm.loadMap(1, 0), leave], {
    map: { ...asm.mapOf('lpm_trie', 8, VALUE_BYTES, 4), flags: 1 },
  }),
  refuses('an owned pointer in a map that programs only read', [element, leave], {
    map: { ...MAP, flags: 1 << 7 },
  }),
  accepts('an owned pointer in the map of a tracepoint', [element, load(OWNED), leave], {
    type: 'tracepoint',
  }),
  accepts('an owned pointer of a socket filter loaded', [element, load(OWNED), leave], {
    type: 'socket_filter',
  }),
];

/** r0 what `register` points to, as an object of the type. */
const cast = (register: number, type: number): Instruction[] => [
  asm.mov64(1, r(register)),
  asm.mov64(2, type),
  asm.callKernel('bpf_rdonly_cast'),
];
const BEYOND_ALL_TYPES = 0x4000_0000;

const casts: readonly PointerVector[] = [
  accepts('a number taken for a task, and read', (at, typeOf) => [
    asm.mov64(7, 64),
    cast(7, typeOf('task_struct')),
    asm.load(4, 0, 0, at('task_struct', 'pid')),
    leave,
  ]),
  accepts('nothing at all taken for a task', (_at, typeOf) => [
    asm.mov64(2, typeOf('task_struct')),
    asm.callKernel('bpf_rdonly_cast'),
    leave,
  ]),
  accepts('an element taken for a task', (at, typeOf) => [
    element,
    cast(6, typeOf('task_struct')),
    asm.load(4, 0, 0, at('task_struct', 'pid')),
    leave,
  ]),
  refuses('what was taken for a task written', (_at, typeOf) => [
    element,
    cast(6, typeOf('task_struct')),
    asm.storeImmediate(8, 0, 0, 0),
    leave,
  ]),
  refuses('what was taken for a task read past its end', (_at, typeOf) => [
    element,
    cast(6, typeOf('task_struct')),
    asm.load(8, 0, 0, 0x7000),
    leave,
  ]),
  refuses('what was taken for a task taken hold of', (_at, typeOf) => [
    element,
    cast(6, typeOf('task_struct')),
    asm.mov64(1, r(0)),
    asm.callKernel('bpf_task_acquire'),
    releaseTaken(),
    leave,
  ]),
  refuses('what was taken for a task put into a map', (_at, typeOf) => [
    element,
    cast(6, typeOf('task_struct')),
    asm.mov64(7, r(0)),
    exchange(7),
    releaseTaken(),
    leave,
  ]),
  accepts('what was taken for a task stored loosely', (_at, typeOf) => [
    element,
    cast(6, typeOf('task_struct')),
    asm.store(8, 6, LOOSE, 0),
    leave,
  ]),
  refuses('what was taken for a control group stored as a task', (_at, typeOf) => [
    element,
    cast(6, typeOf('cgroup')),
    asm.store(8, 6, LOOSE, 0),
    leave,
  ]),
  accepts('what was taken for a task followed', (at, typeOf) => [
    element,
    cast(6, typeOf('task_struct')),
    asm.load(8, 8, 0, at('task_struct', 'group_leader')),
    pid(at),
    leave,
  ]),
  accepts('bytes of no type', [element, cast(6, 0), asm.load(8, 0, 0, 1000), leave]),
  refuses('bytes of no type, written', [element, cast(6, 0), asm.storeImmediate(8, 0, 0, 0), leave]),
  refuses('a type that is none', [element, cast(6, BEYOND_ALL_TYPES), leave]),
  refuses('a type that is no struct', (_at, typeOf) => [element, cast(6, typeOf('int')), leave]),
  refuses('a type that is not known', [
    element,
    load(NUMBER, 2),
    asm.mov64(1, r(6)),
    asm.callKernel('bpf_rdonly_cast'),
    leave,
  ]),
  accepts('a cast of a socket filter', (_at, typeOf) => [element, cast(6, typeOf('task_struct')), leave], {
    type: 'socket_filter',
  }),
  refuses(
    'a cast of a program without a free license',
    (_at, typeOf) => [element, cast(6, typeOf('task_struct')), leave],
    { license: 'Proprietary' },
  ),
];

export const pointerVectors: readonly PointerVector[] = [...loose, ...owned, ...sections, ...types, ...casts];
export { MAP as keepingMap };
