/** bpf_res_spin_lock() and its kin, each program about one rule, with the verdict of Linux 6.18. */
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { ask, drop, graphTypes, ids, make, NODE, NUMBER, push, unless, type Code } from './graph-code.ts';
import type { GraphVector } from './graph-vectors.ts';
import { element, leave } from './kptr-vectors.ts';
import type { Types } from './types.ts';

/** Places in a value. */
const LOCK = 8;
const LIST = 16;
const FLAGS = -24;
const OTHER_FLAGS = -32;

/** struct { long number; struct bpf_res_spin_lock lock; int gap; struct bpf_list_head list; ... } */
export function resilient(types: Types): number {
  const { head } = graphTypes(types);
  const { long, int, builder } = types;
  const lock = types.struct('bpf_res_spin_lock', [['val', int, 4]]);
  const value = types.struct('resilient', [
    ['number', long, 8],
    ['lock', lock, 4],
    ['gap', int, 4],
    ['list', head, 16],
    ['rest', builder.addArray(long, int, 8), 64],
  ]);
  builder.addDeclarationTag('contains:listed:node', value, 3);
  return value;
}

type More = Omit<Partial<GraphVector>, 'name' | 'main' | 'isAccepted' | 'value'>;
const accepts = (name: string, main: Code, more: More = {}): GraphVector => ({
  name,
  main,
  isAccepted: true,
  value: resilient,
  ...more,
});
const refuses = (name: string, main: Code, more: More = {}): GraphVector => ({
  ...accepts(name, main, more),
  isAccepted: false,
});

const at = (register: number, base: number, offset: number): Instruction[] => [
  asm.mov64(register, r(base)),
  asm.alu64('add', register, offset),
];
const take = (base = 6, offset = LOCK): Instruction[] => [
  ...at(1, base, offset),
  asm.callKernel('bpf_res_spin_lock'),
];
export const give = (base = 6, offset = LOCK): Instruction[] => [
  ...at(1, base, offset),
  asm.callKernel('bpf_res_spin_unlock'),
];
const orLeave = [asm.jump64('jeq', 0, 0, 2), ...leave];
/** Leaves where the lock is not to be had. */
export const taken = (base = 6): Instruction[] => [...take(base), ...orLeave];
const takeQuietly = (flags = FLAGS, base = 6): Instruction[] => [
  ...at(1, base, LOCK),
  ...at(2, 10, flags),
  asm.callKernel('bpf_res_spin_lock_irqsave'),
];
const giveQuietly = (flags = FLAGS, base = 6): Instruction[] => [
  ...at(1, base, LOCK),
  ...at(2, 10, flags),
  asm.callKernel('bpf_res_spin_unlock_irqrestore'),
];
/** r9 and r6: two elements, as far as anybody knows. */
const twoElements = [...element, asm.mov64(9, r(6)), ...element];
export const resilientVectors: readonly GraphVector[] = [
  accepts('a resilient lock taken and given back', [element, taken(), give(), leave]),
  refuses('a resilient lock kept', [element, taken(), leave]),
  refuses('a resilient lock taken unchecked', [element, take(), give(), leave]),
  refuses('a resilient lock given back where it was not to be had', [
    element,
    take(),
    asm.jump64('jne', 0, 0, 0),
    give(),
    leave,
  ]),
  refuses('a resilient lock given back that was not taken', [element, give(), leave]),
  refuses('a resilient lock given back twice', [element, taken(), give(), give(), leave]),
  refuses('a resilient lock taken twice', [element, taken(), taken(), give(), give(), leave]),
  accepts('a resilient lock taken twice in turn', [element, taken(), give(), taken(), give(), leave]),
  refuses('two resilient locks, the first kept where the second is not to be had', [
    twoElements,
    taken(6),
    taken(9),
    give(9),
    give(6),
    leave,
  ]),
  accepts('two resilient locks', [
    twoElements,
    taken(6),
    take(9),
    asm.jump64('jne', 0, 0, 3),
    give(9),
    give(6),
    leave,
  ]),
  refuses('two resilient locks given back out of order', [
    twoElements,
    taken(6),
    take(9),
    asm.jump64('jne', 0, 0, 3),
    give(6),
    give(9),
    leave,
  ]),
  refuses('the lock of another element given back', [twoElements, taken(6), give(9), leave]),
  refuses('a resilient lock of a plain one', [element, at(1, 6, LOCK), asm.call(93), give(), leave]),
  refuses('a resilient lock at the wrong place', [element, take(6, NUMBER), orLeave, give(6, NUMBER), leave]),
  refuses('a resilient lock on the stack', [asm.storeImmediate(8, 10, -8, 0), take(10, -8), orLeave, leave]),
  refuses('a number as a resilient lock', [asm.mov64(1, 0), asm.callKernel('bpf_res_spin_lock'), leave]),
  refuses('a resilient lock written', [element, asm.storeImmediate(4, 6, LOCK, 0), leave]),
  refuses('a resilient lock read', [element, asm.load(4, 0, 6, LOCK), leave]),
  refuses('a helper called under a resilient lock', [element, taken(), asm.call(5), give(), leave]),
  refuses('a tail call under a resilient lock', [
    element,
    asm.mov64(9, 0),
    taken(),
    asm.mov64(0, 0),
    asm.exit,
  ]),
  accepts('what taking a resilient lock tells', [
    element,
    take(),
    asm.mov64(8, r(0)),
    asm.jump64('jne', 0, 0, 3),
    give(),
    asm.mov64(0, r(8)),
    asm.exit,
  ]),
  refuses('a result of taking a resilient lock as a place', [
    element,
    take(),
    asm.jump64('jeq', 0, 0, 4),
    asm.alu64('add', 6, r(0)),
    asm.load(8, 0, 6, 0),
    leave,
    give(),
    leave,
  ]),
  accepts('a negative result alone', [
    element,
    take(),
    asm.jump32('jsgt', 0, 0, 4),
    asm.jump32('jslt', 0, 0, 3),
    give(),
    leave,
  ]),
  accepts('a resilient lock without interrupts', [element, takeQuietly(), orLeave, giveQuietly(), leave]),
  refuses('a resilient lock without interrupts kept', [element, takeQuietly(), orLeave, leave]),
  refuses('a resilient lock without interrupts given back as one with', [
    element,
    takeQuietly(),
    orLeave,
    give(),
    leave,
  ]),
  refuses('a resilient lock given back as one without interrupts', [element, taken(), giveQuietly(), leave]),
  refuses('a resilient lock without interrupts with other flags', [
    element,
    takeQuietly(FLAGS),
    orLeave,
    giveQuietly(OTHER_FLAGS),
    leave,
  ]),
  refuses('flags of a lock restored by themselves', [
    element,
    takeQuietly(),
    orLeave,
    at(1, 10, FLAGS),
    asm.callKernel('bpf_local_irq_restore'),
    leave,
  ]),
  refuses('flags saved by themselves restored with a lock', [
    element,
    at(1, 10, FLAGS),
    asm.callKernel('bpf_local_irq_save'),
    giveQuietly(),
    leave,
  ]),
  refuses('flags of a lock overwritten', [
    element,
    takeQuietly(),
    orLeave,
    asm.storeImmediate(8, 10, FLAGS, 0),
    giveQuietly(),
    leave,
  ]),
  accepts('a resilient lock in a program that may sleep', [element, taken(), give(), leave], {
    type: 'syscall',
    isSleepable: true,
  }),
  refuses('a map with resilient locks in a tracepoint', [element, leave], { type: 'tracepoint' }),
  refuses('a map with resilient locks in a socket filter', [element, leave], { type: 'socket_filter' }),
  accepts('an object put into a list under a resilient lock', [
    element,
    make(ids.listed),
    unless(7, [take(), asm.jump64('jeq', 0, 0, 5), drop(7), leave, push(7, LIST, NODE), give()]),
    leave,
  ]),
  refuses('an object put into a list where the resilient lock was not to be had', [
    element,
    make(ids.listed),
    unless(7, [take(), asm.jump64('jeq', 0, 0, 0), push(7, LIST, NODE), give()]),
    leave,
  ]),
  refuses('an object in a list read after its resilient lock', [
    element,
    taken(),
    ask('list_front', LIST),
    asm.mov64(7, r(0)),
    give(),
    unless(7, [asm.load(8, 0, 7, -NODE)]),
    leave,
  ]),
  refuses('an object in a list read after another resilient lock was given back', [
    twoElements,
    taken(6),
    ask('list_front', LIST),
    asm.mov64(7, r(0)),
    take(9),
    asm.jump64('jne', 0, 0, 3),
    give(9),
    unless(7, [asm.load(8, 0, 7, -NODE)]),
    give(6),
    leave,
  ]),
];
