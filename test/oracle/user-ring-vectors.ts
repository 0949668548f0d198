/** Programs that drain user ring buffers, each about one rule, with the verdict of Linux 6.18. */
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import type { Vector } from './vectors.ts';

const DRAIN = 209;
const READ = 201;
const WRITE = 202;
const DATA = 203;
const SUBMIT_DYNPTR = 199;
const OUTPUT = 130;

const ring = asm.mapOf('user_ringbuf', 0, 0, 4096);
const kernelRing = asm.mapOf('ringbuf', 0, 0, 4096);
const array = asm.mapOf('array', 4, 8, 1);
const end = [asm.mov64(0, 0), asm.exit];

/** Drains map `map` with r3 pointing to r10 - 8, then `after`; then the callback. */
function draining(
  callback: readonly Instruction[],
  after: readonly Instruction[] = end,
  { map = 0, context = true, flags = 0 } = {},
): Instruction[] {
  const tail = [
    ...(context ? [asm.mov64(3, r(10)), asm.alu64('add', 3, -8)] : [asm.mov64(3, 0)]),
    asm.mov64(4, flags),
    asm.call(DRAIN),
    ...after,
  ];
  return [
    asm.storeImmediate(8, 10, -8, 0),
    ...asm.loadMap(1, map),
    ...asm.loadFunction(2, 1 + tail.length),
    ...tail,
    ...callback,
  ];
}

/** bpf_dynptr_read() of eight bytes of r1 onto the stack. */
const read = [
  asm.mov64(3, r(1)),
  asm.mov64(1, r(10)),
  asm.alu64('add', 1, -8),
  asm.mov64(2, 8),
  asm.mov64(4, 0),
  asm.mov64(5, 0),
  asm.call(READ),
];
const data = [asm.mov64(2, 0), asm.mov64(3, 8), asm.call(DATA)];
const count = [asm.load(8, 3, 2, 0), asm.alu64('add', 3, 1), asm.store(8, 2, 0, 3)];

function vector(isAccepted: boolean, name: string, code: readonly Instruction[], maps = [ring]): Vector {
  return { name: `a callback of a user ring buffer: ${name}`, code, isAccepted, maps };
}

export const userRingVectors: readonly Vector[] = [
  vector(true, 'a callback that does nothing', draining(end)),
  vector(true, 'a callback that counts in its caller', draining([...count, ...end])),
  vector(true, 'no context', draining(end, end, { context: false })),
  vector(true, 'a callback that stops', draining([asm.mov64(0, 1), asm.exit])),
  vector(false, 'a callback that returns 2', draining([asm.mov64(0, 2), asm.exit])),
  vector(false, 'a callback that returns what it cannot know', draining([asm.call(7), asm.exit])),
  vector(true, 'a record that is read', draining([...read, ...end])),
  vector(
    true,
    'bytes of a record, checked',
    draining([...data, asm.jump64('jeq', 0, 0, 1), asm.load(8, 1, 0, 0), ...end]),
  ),
  vector(
    true,
    'bytes of a record that are written',
    draining([...data, asm.jump64('jeq', 0, 0, 1), asm.storeImmediate(8, 0, 0, 7), ...end]),
  ),
  vector(false, 'bytes of a record, not checked', draining([...data, asm.load(8, 1, 0, 0), ...end])),
  vector(
    false,
    'bytes past those asked for',
    draining([...data, asm.jump64('jeq', 0, 0, 1), asm.load(8, 1, 0, 8), ...end]),
  ),
  vector(
    true,
    'a record that is written',
    draining([
      asm.storeImmediate(8, 10, -8, 1),
      asm.mov64(2, 0),
      asm.mov64(3, r(10)),
      asm.alu64('add', 3, -8),
      asm.mov64(4, 8),
      asm.mov64(5, 0),
      asm.call(WRITE),
      ...end,
    ]),
  ),
  vector(false, 'a dynptr that is looked into', draining([asm.load(8, 0, 1, 0), ...end])),
  vector(false, 'a dynptr that is written over', draining([asm.storeImmediate(8, 1, 0, 0), ...end])),
  vector(false, 'a dynptr that is not at its start', draining([asm.alu64('add', 1, 8), ...data, ...end])),
  vector(false, 'a dynptr that is given back', draining([asm.mov64(2, 0), asm.call(SUBMIT_DYNPTR), ...end])),
  vector(
    false,
    'a dynptr in place of bytes',
    draining([
      asm.mov64(2, r(1)),
      ...asm.loadMap(1, 1),
      asm.mov64(3, 8),
      asm.mov64(4, 0),
      asm.call(OUTPUT),
      ...end,
    ]),
    [ring, kernelRing],
  ),
  vector(false, 'a register that the callback is not given', draining([asm.mov64(0, r(3)), ...end])),
  vector(false, 'a ring buffer that the program fills', draining(end, end), [kernelRing]),
  vector(false, 'an array', draining(end, end), [array]),
  vector(false, 'an output into one', [
    asm.storeImmediate(8, 10, -8, 0),
    ...asm.loadMap(1, 0),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, -8),
    asm.mov64(3, 8),
    asm.mov64(4, 0),
    asm.call(OUTPUT),
    ...end,
  ]),
  vector(
    false,
    'a caller that relies on what the callback changes',
    draining(
      [...count, ...end],
      [asm.load(8, 1, 10, -8), asm.mov64(2, r(10)), asm.alu64('sub', 2, r(1)), asm.load(8, 0, 2, -8), ...end],
    ),
  ),
];
