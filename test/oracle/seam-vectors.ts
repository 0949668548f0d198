/**
 * Programs in which one thing meets another: memory of iterators and dynptrs handed to functions, regions
 * around calls, what callbacks and functions do to objects of their callers. The verdicts are those of Linux 6.18.
 */
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { addressOf, callOf, type TypedVector } from './function-vectors.ts';
import * as code from './kernel-function-code.ts';
import type { ParameterShape, Types, Typing } from './types.ts';

const LOOP = 181;
const CHANGE_TAIL = 38;
const COPY_FROM_USER = 148;
const SUBMIT_DYNPTR = 199;
const end = [asm.mov64(0, 0), asm.exit];
const values = asm.mapOf('array', 4, 64, 1);
const ring = asm.mapOf('ringbuf', 0, 0, 4096);
const { frame: stack } = code;

const allStatic: Typing = () => ({});
const global =
  (parameters: (types: Types) => readonly ParameterShape[]): Typing =>
  (types) => ({ functions: [{}, { isGlobal: true, parameters: parameters(types) }] });
const takesNothing = global(() => []);
const takesInt = global((types) => [{ type: types.pointer(types.int), tags: ['nonnull'] }]);

/** Calls function 1 back once, with the address of r10 + `at`. */
const loopOnce = (at: number): Instruction[] => [
  asm.mov64(1, 1),
  ...addressOf(2, 1),
  ...stack(3, at),
  asm.mov64(4, 0),
  asm.call(LOOP),
];
/** Gives what r0 points to, where it is not null, to function 1. */
const hand = code.ifThere(asm.mov64(1, r(0)), callOf(1));
const writesInt = [asm.storeImmediate(4, 1, 0, 1), ...end];
const onPacket = [
  asm.mov64(6, r(1)),
  asm.mov64(2, 0),
  ...stack(3, -16),
  asm.callKernel('bpf_dynptr_from_skb'),
];
const sleeps = [...stack(1, -8), asm.mov64(2, 8), asm.mov64(3, 0), asm.call(COPY_FROM_USER), ...end];

function vector(
  isAccepted: boolean,
  name: string,
  functions: TypedVector['functions'],
  typing: Typing,
  more: Partial<TypedVector> = {},
): TypedVector {
  return { name, functions, typing, isAccepted, ...more };
}
const accepts = vector.bind(undefined, true);
const refuses = vector.bind(undefined, false);

const sleepable = { type: 'syscall', isSleepable: true } as const;
const traffic = { type: 'sched_cls' } as const;

const handedOver: readonly TypedVector[] = [
  refuses(
    'the number of an iterator, which is read only, for memory of a global function',
    [[...code.begin(), ...code.next(), ...hand, ...code.destroy(), ...end], writesInt],
    takesInt,
  ),
  refuses(
    'a slice that is read only for memory of a global function',
    [[...onPacket, ...code.slice(), ...hand, ...end], writesInt],
    takesInt,
    traffic,
  ),
  accepts(
    'a slice that may be written for memory of a global function',
    [[...onPacket, ...code.sliceToWrite(), ...hand, ...end], writesInt],
    takesInt,
    traffic,
  ),
];

const regions: readonly TypedVector[] = [
  accepts('a global function that may sleep', [[callOf(1), ...end], sleeps], takesNothing, sleepable),
  refuses(
    'a global function that may sleep in an RCU section',
    [[code.lock, callOf(1), code.unlock, ...end], sleeps],
    takesNothing,
    sleepable,
  ),
  refuses(
    'a global function that may sleep without preemption',
    [[code.disable, callOf(1), code.enable, ...end], sleeps],
    takesNothing,
    sleepable,
  ),
  refuses(
    'a global function that may sleep without interrupts',
    [[...code.save(-8), callOf(1), ...code.restore(-8), ...end], sleeps],
    takesNothing,
    sleepable,
  ),
  refuses(
    'a global function whose callee may sleep in an RCU section',
    [[code.lock, callOf(1), code.unlock, ...end], [callOf(2), ...end], sleeps],
    takesNothing,
    sleepable,
  ),
  refuses(
    'a static function that sleeps in an RCU section',
    [[code.lock, callOf(1), code.unlock, ...end], sleeps],
    allStatic,
    sleepable,
  ),
  accepts(
    'a global function that never sleeps in an RCU section',
    [[code.lock, callOf(1), code.unlock, ...end], end],
    takesNothing,
    sleepable,
  ),
  refuses(
    'preemption that a callback leaves off',
    [
      [asm.storeImmediate(8, 10, -8, 0), ...loopOnce(-8), ...end],
      [code.disable, ...end],
    ],
    allStatic,
    traffic,
  ),
  refuses(
    'interrupts of the caller that a callback turns on',
    [
      [...code.save(-8), ...loopOnce(-8), ...end],
      [asm.mov64(1, r(2)), asm.callKernel('bpf_local_irq_restore'), ...end],
    ],
    allStatic,
    traffic,
  ),
];

const objects: readonly TypedVector[] = [
  accepts(
    'an iterator that a static function destroys for its caller',
    [
      [...code.begin(), ...stack(1, -8), callOf(1), ...end],
      [asm.callKernel('bpf_iter_num_destroy'), ...end],
    ],
    allStatic,
  ),
  refuses(
    'an iterator that a callback destroys for its caller',
    [
      [...code.begin(), ...loopOnce(-8), ...end],
      [asm.mov64(1, r(2)), asm.callKernel('bpf_iter_num_destroy'), ...end],
    ],
    allStatic,
  ),
  refuses(
    'an iterator left behind on the stack of a function',
    [
      [callOf(1), ...end],
      [...code.begin(), ...end],
    ],
    allStatic,
  ),
  refuses(
    'a record that a callback submits through the dynptr of its caller',
    [
      [...code.reserve(), ...loopOnce(-16), ...end],
      [asm.mov64(1, r(2)), asm.mov64(2, 0), asm.call(SUBMIT_DYNPTR), ...end],
    ],
    allStatic,
    { maps: [ring] },
  ),
  refuses(
    'a dynptr that a function has overwritten',
    [
      [...code.onMap(), ...stack(1, -16), callOf(1), ...code.data(), ...end],
      [asm.storeImmediate(8, 1, 0, 0), ...end],
    ],
    allStatic,
    { maps: [values] },
  ),
  refuses(
    'memory of a dynptr that a function has overwritten',
    [
      [
        ...code.onMap(),
        ...code.data(),
        ...code.ifThere(asm.mov64(6, r(0)), ...stack(1, -16), callOf(1), asm.load(8, 0, 6, 0)),
        ...end,
      ],
      [asm.storeImmediate(8, 1, 0, 0), ...end],
    ],
    allStatic,
    { maps: [values] },
  ),
  refuses(
    'a slice after a function that moves the packet',
    [
      [
        ...onPacket,
        ...code.slice(),
        ...code.ifThere(asm.mov64(7, r(0)), asm.mov64(1, r(6)), callOf(1), asm.load(4, 0, 7, 0)),
        ...end,
      ],
      [asm.mov64(2, 64), asm.mov64(3, 0), asm.call(CHANGE_TAIL), ...end],
    ],
    allStatic,
    traffic,
  ),
];

export const seamVectors: readonly TypedVector[] = [...handedOver, ...regions, ...objects];
