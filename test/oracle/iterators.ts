/** Programs about open-coded iterators, dynptrs and regions, by hand; the verdicts are those of Linux 6.18. */
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import type { Vector } from './vectors.ts';

const end = [asm.mov64(0, 0), asm.exit];
const array = asm.mapOf('array', 4, 64, 4);
const ring = asm.mapOf('ringbuf', 0, 0, 4096);

function accepts(name: string, code: Vector['code'], more: Partial<Vector> = {}): Vector {
  return { name, code, isAccepted: true, ...more };
}
function refuses(name: string, code: Vector['code'], more: Partial<Vector> = {}): Vector {
  return { name, code, isAccepted: false, ...more };
}

/** `register` points to r10 + offset. */
function frame(register: number, offset: number): Instruction[] {
  return [asm.mov64(register, r(10)), asm.alu64('add', register, offset)];
}
function begin(offset = -8, from = 0, to = 10): Instruction[] {
  return [...frame(1, offset), asm.mov64(2, from), asm.mov64(3, to), asm.callKernel('bpf_iter_num_new')];
}
function next(offset = -8): Instruction[] {
  return [...frame(1, offset), asm.callKernel('bpf_iter_num_next')];
}
function destroy(offset = -8): Instruction[] {
  return [...frame(1, offset), asm.callKernel('bpf_iter_num_destroy')];
}
/** Rounds of the body, which finds the number in r0's memory. */
function each(body: readonly Instruction[], offset = -8): Instruction[] {
  return [...next(offset), asm.jump64('jeq', 0, 0, body.length + 1), ...body, asm.ja(-(body.length + 5))];
}

const iteratorVectors: readonly Vector[] = [
  accepts('an iterator that is made and destroyed', [begin(), destroy(), end]),
  refuses('an iterator that is never destroyed', [begin(), end]),
  refuses('an iterator destroyed twice', [begin(), destroy(), destroy(), end]),
  refuses('an iterator made over one that lives', [begin(), begin(), destroy(), end]),
  accepts('an iterator made again where one was destroyed', [begin(), destroy(), begin(), destroy(), end]),
  refuses('a next of an iterator that was never made', [next(), end]),
  refuses('a destroyed iterator asked for more', [begin(), destroy(), next(), end]),
  refuses('an iterator off its place', [begin(-12), destroy(-12), end]),
  refuses('an iterator above the stack', [begin(0), destroy(0), end]),
  accepts('an iterator at the bottom of the stack', [begin(-512), destroy(-512), end]),
  refuses('an iterator below the stack', [begin(-520), destroy(-520), end]),
  refuses('a pointer for the first number', [
    frame(1, -8),
    asm.mov64(2, r(10)),
    asm.mov64(3, 5),
    asm.callKernel('bpf_iter_num_new'),
    destroy(),
    end,
  ]),
  refuses(
    'an iterator in a map',
    [asm.loadMapValue(1, 0), asm.mov64(2, 0), asm.mov64(3, 5), asm.callKernel('bpf_iter_num_new'), end],
    { maps: [{ ...array, maxEntries: 1 }] },
  ),
  refuses('an iterator that is read', [begin(), asm.load(8, 0, 10, -8), destroy(), end]),
  refuses('half an iterator that is read', [begin(), asm.load(4, 0, 10, -4), destroy(), end]),
  refuses('an iterator that is written', [begin(), asm.storeImmediate(8, 10, -8, 0), destroy(), end]),
  refuses('a byte of an iterator that is written', [
    begin(),
    asm.storeImmediate(1, 10, -1, 0),
    destroy(),
    end,
  ]),
  refuses(
    'an iterator handed over as a key',
    [begin(), asm.loadMap(1, 0), frame(2, -8), asm.call(1), destroy(), end],
    { maps: [array] },
  ),
  accepts('a loop over numbers', [begin(), each([asm.mov64(6, 1)]), destroy(), end]),
  accepts('a loop over numbers that reads each', [begin(), each([asm.load(4, 6, 0, 0)]), destroy(), end]),
  refuses('a number that may be null', [begin(), next(), asm.load(4, 6, 0, 0), destroy(), end]),
  refuses('eight bytes of a number', [begin(), each([asm.load(8, 6, 0, 0)]), destroy(), end]),
  refuses('a store to a number', [begin(), each([asm.storeImmediate(4, 0, 0, 1)]), destroy(), end]),
  refuses(
    'a number after its iterator was destroyed',
    [
      begin(),
      next(),
      asm.jump64('jeq', 0, 0, 5),
      asm.mov64(7, r(0)),
      destroy(),
      asm.load(4, 6, 7, 0),
      ...end,
      destroy(),
      end,
    ]
      .flat()
      .map((each, slot, all) => (each.opcode === 0x15 ? { ...each, offset: all.length - 6 - slot } : each)),
  ),
  accepts('a loop that counts up without end', [
    asm.mov64(6, 0),
    begin(),
    each([asm.alu64('add', 6, 1)]),
    destroy(),
    end,
  ]),
  refuses('an offset that a loop counts up', [
    asm.mov64(6, 0),
    begin(),
    each([asm.alu64('add', 6, 1)]),
    destroy(),
    frame(2, -512),
    asm.alu64('add', 2, r(6)),
    asm.load(1, 0, 2, 0),
    end,
  ]),
  accepts(
    'a number used as an index, checked in the loop',
    [
      begin(),
      each(
        [
          asm.load(4, 6, 0, 0),
          asm.jump64('jgt', 6, 63, 5),
          asm.loadMapValue(1, 0),
          asm.alu64('add', 1, r(6)),
          asm.storeImmediate(1, 1, 0, 1),
        ].flat(),
      ),
      destroy(),
      end,
    ],
    { maps: [{ ...array, maxEntries: 1 }] },
  ),
  refuses(
    'a number used as an index, unchecked',
    [
      begin(),
      each(
        [
          asm.load(4, 6, 0, 0),
          asm.loadMapValue(1, 0),
          asm.alu64('add', 1, r(6)),
          asm.storeImmediate(1, 1, 0, 1),
        ].flat(),
      ),
      destroy(),
      end,
    ],
    { maps: [{ ...array, maxEntries: 1 }] },
  ),
  accepts('a loop in a loop', [
    begin(-8),
    each([...begin(-16), ...each([asm.mov64(6, 1)], -16), ...destroy(-16)], -8),
    destroy(-8),
    end,
  ]),
  refuses('a loop in a loop whose inner iterator is never destroyed', [
    begin(-8),
    each([...begin(-16), ...each([asm.mov64(6, 1)], -16)], -8),
    destroy(-8),
    end,
  ]),
  refuses('a loop that begins an iterator every round', [begin(), each(begin(-16)), destroy(), end]),
  accepts('a loop left early', [
    begin(),
    next(),
    asm.jump64('jeq', 0, 0, 3),
    asm.load(4, 6, 0, 0),
    asm.jump64('jgt', 6, 3, 1),
    asm.ja(-7),
    destroy(),
    end,
  ]),
  refuses('a loop left early without destroying its iterator', [
    begin(),
    each([asm.load(4, 6, 0, 0), asm.jump64('jle', 6, 3, 2), ...end]),
    destroy(),
    end,
  ]),
  refuses('a loop within the body that never ends', [
    begin(),
    each([asm.mov64(6, 1), asm.jump64('jne', 6, 2, -1)]),
    destroy(),
    end,
  ]),
  accepts('an iterator of the caller that a function asks', [
    begin(),
    frame(1, -8),
    asm.callFunction(5),
    destroy(),
    end,
    asm.callKernel('bpf_iter_num_next'),
    end,
  ]),
  refuses('a kernel function in a program of no free license', [begin(), destroy(), end], { license: 'MIT' }),
  refuses('a kernel function of other program types', [
    frame(3, -16),
    asm.mov64(2, 0),
    asm.callKernel('bpf_dynptr_from_xdp'),
    end,
  ]),
  refuses('registers 1 to 5 after a kernel function', [begin(), asm.mov64(6, r(2)), destroy(), end]),
  refuses('the result of a kernel function that gives none', [begin(), destroy(), asm.exit]),
  refuses('a call while an iterator is overwritten by a spill', [
    begin(),
    asm.mov64(6, 7),
    asm.store(8, 10, -8, 6),
    destroy(),
    end,
  ]),
  refuses('an iterator at an offset that is not known', [
    asm.call(7),
    asm.alu64('and', 0, 8),
    frame(1, -16),
    asm.alu64('add', 1, r(0)),
    asm.mov64(2, 0),
    asm.mov64(3, 1),
    asm.callKernel('bpf_iter_num_new'),
    end,
  ]),
  accepts('an iterator over bits', [
    asm.storeImmediate(8, 10, -24, 5),
    frame(1, -16),
    frame(2, -24),
    asm.mov64(3, 1),
    asm.callKernel('bpf_iter_bits_new'),
    frame(1, -16),
    asm.callKernel('bpf_iter_bits_next'),
    frame(1, -16),
    asm.callKernel('bpf_iter_bits_destroy'),
    end,
  ]),
  refuses('an iterator of another kind asked for numbers', [
    frame(1, -16),
    asm.mov64(2, 0),
    asm.mov64(3, 1),
    asm.callKernel('bpf_iter_bits_new'),
    next(-16),
    frame(1, -16),
    asm.callKernel('bpf_iter_bits_destroy'),
    end,
  ]),
  refuses('an iterator over bits in one slot', [
    frame(1, -8),
    asm.mov64(2, 0),
    asm.mov64(3, 1),
    asm.callKernel('bpf_iter_bits_new'),
    end,
  ]),
];

const lock = asm.callKernel('bpf_rcu_read_lock');
const unlock = asm.callKernel('bpf_rcu_read_unlock');
const disable = asm.callKernel('bpf_preempt_disable');
const enable = asm.callKernel('bpf_preempt_enable');
function save(offset: number): Instruction[] {
  return [...frame(1, offset), asm.callKernel('bpf_local_irq_save')];
}
function restore(offset: number): Instruction[] {
  return [...frame(1, offset), asm.callKernel('bpf_local_irq_restore')];
}

const regionVectors: readonly Vector[] = [
  accepts('an RCU section', [lock, unlock, end]),
  refuses('an RCU section left open', [lock, end]),
  refuses('an RCU section in another', [lock, lock, unlock, unlock, end]),
  refuses('an RCU section closed before it is opened', [unlock, lock, end]),
  refuses('an RCU section open on one path', [asm.call(7), asm.jump64('jeq', 0, 0, 1), lock, end]),
  accepts('preemption held off twice', [disable, disable, enable, enable, end]),
  refuses('preemption held off for good', [disable, disable, enable, end]),
  refuses('preemption let on that was not held off', [enable, end]),
  accepts('interrupts held off', [save(-8), restore(-8), end]),
  refuses('interrupts held off for good', [save(-8), end]),
  accepts('interrupts held off twice', [save(-8), save(-16), restore(-16), restore(-8), end]),
  refuses('interrupts let on in the wrong order', [save(-8), save(-16), restore(-8), restore(-16), end]),
  refuses('interrupts let on twice', [save(-8), restore(-8), restore(-8), end]),
  refuses('interrupt flags saved over others', [save(-8), save(-8), restore(-8), end]),
  refuses('interrupt flags that are written', [save(-8), asm.storeImmediate(8, 10, -8, 0), restore(-8), end]),
  refuses('interrupt flags that are read', [save(-8), asm.load(8, 6, 10, -8), restore(-8), end]),
  refuses('interrupt flags off their place', [save(-4), restore(-4), end]),
  refuses('interrupt flags restored from plain stack', [asm.storeImmediate(8, 10, -8, 0), restore(-8), end]),
  refuses(
    'an RCU section open across a tail call',
    [lock, asm.loadMap(2, 0), asm.mov64(3, 0), asm.call(12), unlock, end]
      .flat()
      .flatMap((each, slot) => (slot === 0 ? [asm.mov64(6, r(1)), each, asm.mov64(1, r(6))] : [each])),
    {
      maps: [asm.mapOf('prog_array', 4, 4, 4)],
    },
  ),
  accepts('an RCU section that a function opens', [
    asm.callFunction(3),
    unlock,
    asm.mov64(0, 0),
    asm.exit,
    lock,
    ...end,
  ]),
  accepts('an iterator in a region', [disable, begin(), each([asm.mov64(6, 1)]), destroy(), enable, end]),
  refuses('a loop that opens a region every round', [begin(), each([disable]), destroy(), end]),
];

const view = { ...array, maxEntries: 1 };
/** A dynptr at `offset` on `bytes` of the map's value. */
function onMap(offset = -16, bytes = 64, at = 0): Instruction[] {
  return [
    ...asm.loadMapValue(1, 0, at),
    asm.mov64(2, bytes),
    asm.mov64(3, 0),
    ...frame(4, offset),
    asm.call(197),
  ];
}
function reserve(offset = -16, bytes = 16): Instruction[] {
  return [...asm.loadMap(1, 0), asm.mov64(2, bytes), asm.mov64(3, 0), ...frame(4, offset), asm.call(198)];
}
function submit(offset = -16): Instruction[] {
  return [...frame(1, offset), asm.mov64(2, 0), asm.call(199)];
}
function discard(offset = -16): Instruction[] {
  return [...frame(1, offset), asm.mov64(2, 0), asm.call(200)];
}
function data(bytes = 8, offset = -16): Instruction[] {
  return [...frame(1, offset), asm.mov64(2, 0), asm.mov64(3, bytes), asm.call(203)];
}
function slice(bytes = 8, offset = -16): Instruction[] {
  return [
    ...frame(1, offset),
    asm.mov64(2, 0),
    asm.mov64(3, 0),
    asm.mov64(4, bytes),
    asm.callKernel('bpf_dynptr_slice'),
  ];
}
function sliceToWrite(bytes = 8, offset = -16): Instruction[] {
  return [...slice(bytes, offset).slice(0, -1), asm.callKernel('bpf_dynptr_slice_rdwr')];
}
function clone(to: number, from = -16): Instruction[] {
  return [...frame(1, from), ...frame(2, to), asm.callKernel('bpf_dynptr_clone')];
}
/** The code where r0 is not null. */
function ifThere(...code: readonly Instruction[]): Instruction[] {
  return [asm.jump64('jeq', 0, 0, code.length), ...code];
}

const onView = { maps: [view] };
const onRing = { maps: [ring] };
const dynptrVectors: readonly Vector[] = [
  accepts('a dynptr on a map value', [onMap(), end], onView),
  refuses('a dynptr on more than a map value', [onMap(-16, 65), end], onView),
  accepts('a dynptr on nothing', [onMap(-16, 0), end], onView),
  refuses('a dynptr off its place', [onMap(-12), end], onView),
  refuses('a dynptr in one slot', [onMap(-8), end], onView),
  refuses('a dynptr below the stack', [onMap(-520), end], onView),
  refuses('a dynptr on the stack', [
    asm.storeImmediate(8, 10, -24, 0),
    frame(1, -24),
    asm.mov64(2, 8),
    asm.mov64(3, 0),
    frame(4, -16),
    asm.call(197),
    end,
  ]),
  refuses('a dynptr that is read', [onMap(), asm.load(8, 0, 10, -16), asm.exit], onView),
  refuses('the second half of a dynptr that is read', [onMap(), asm.load(8, 0, 10, -8), asm.exit], onView),
  accepts(
    'a dynptr that is overwritten and no more used',
    [onMap(), asm.storeImmediate(8, 10, -16, 0), end],
    onView,
  ),
  refuses('a dynptr that was overwritten', [onMap(), asm.storeImmediate(1, 10, -1, 0), data(), end], onView),
  accepts('a dynptr made over another', [onMap(), onMap(), data(), end], onView),
  accepts(
    'the rest of a dynptr that another was made over',
    [onMap(-16), onMap(-24), data(8, -24), end],
    onView,
  ),
  refuses('a dynptr half of which became another', [onMap(-16), onMap(-24), data(8, -16), end], onView),
  accepts(
    'data of a dynptr, checked',
    [onMap(), data(), ifThere(asm.storeImmediate(8, 0, 0, 1)), end],
    onView,
  ),
  refuses('data of a dynptr, unchecked', [onMap(), data(), asm.storeImmediate(8, 0, 0, 1), end], onView),
  refuses(
    'data of a dynptr past its size',
    [onMap(), data(), ifThere(asm.storeImmediate(8, 0, 1, 1)), end],
    onView,
  ),
  refuses(
    'data of a dynptr of a size that is not known',
    [onMap(), asm.call(7), asm.mov64(3, r(0)), frame(1, -16), asm.mov64(2, 0), asm.call(203), end],
    onView,
  ),
  refuses(
    'data of a dynptr that was overwritten',
    [onMap(), data(), ifThere(asm.storeImmediate(8, 10, -16, 0), asm.storeImmediate(8, 0, 0, 1)), end],
    onView,
  ),
  refuses('data of what is no dynptr', [
    asm.storeImmediate(8, 10, -16, 0),
    asm.storeImmediate(8, 10, -8, 0),
    data(),
    end,
  ]),
  accepts('a slice of a dynptr', [onMap(), slice(), ifThere(asm.load(8, 6, 0, 0)), end], onView),
  refuses(
    'a slice of a dynptr that is written',
    [onMap(), slice(), ifThere(asm.storeImmediate(8, 0, 0, 1)), end],
    onView,
  ),
  refuses('a slice to write in a program that may not write packets', [onMap(), sliceToWrite(), end], onView),
  accepts('a slice to write', [onMap(), sliceToWrite(), ifThere(asm.storeImmediate(8, 0, 0, 1)), end], {
    ...onView,
    type: 'sched_cls',
  }),
  refuses('a slice past its size', [onMap(), slice(8), ifThere(asm.load(8, 6, 0, 8)), end], onView),
  refuses(
    'a slice with a buffer that is too small',
    [
      onMap(),
      frame(1, -16),
      asm.mov64(2, 0),
      frame(3, -24),
      asm.mov64(4, 32),
      asm.callKernel('bpf_dynptr_slice'),
      end,
    ],
    onView,
  ),
  accepts(
    'a slice with a buffer',
    [
      onMap(),
      frame(1, -16),
      asm.mov64(2, 0),
      frame(3, -24),
      asm.mov64(4, 8),
      asm.callKernel('bpf_dynptr_slice'),
      end,
    ],
    onView,
  ),
  refuses(
    'a slice with a buffer that is the dynptr',
    [
      onMap(),
      frame(1, -16),
      asm.mov64(2, 0),
      frame(3, -16),
      asm.mov64(4, 8),
      asm.callKernel('bpf_dynptr_slice'),
      end,
    ],
    onView,
  ),
  refuses(
    'a slice of a size that is not known',
    [
      onMap(),
      asm.call(7),
      asm.mov64(4, r(0)),
      asm.alu64('and', 4, 7),
      frame(1, -16),
      asm.mov64(2, 0),
      asm.mov64(3, 0),
      asm.callKernel('bpf_dynptr_slice'),
      end,
    ],
    onView,
  ),
  refuses(
    'a slice handed over as a key',
    [onMap(), slice(4), ifThere(asm.mov64(2, r(0)), ...asm.loadMap(1, 0), asm.call(1)), end],
    onView,
  ),
  refuses(
    'data of a dynptr handed over as a key while it may be null',
    [onMap(), data(4), asm.mov64(2, r(0)), asm.loadMap(1, 0), asm.call(1), end],
    onView,
  ),
  accepts(
    'data of a dynptr handed over as a key',
    [onMap(), data(4), ifThere(asm.mov64(2, r(0)), ...asm.loadMap(1, 0), asm.call(1)), end],
    onView,
  ),
  accepts(
    'a slice after its dynptr was overwritten',
    [onMap(), slice(), ifThere(asm.storeImmediate(8, 10, -16, 0), asm.load(8, 6, 0, 0)), end],
    onView,
  ),
  accepts(
    'a read of a dynptr',
    [
      onMap(),
      frame(1, -24),
      asm.mov64(2, 8),
      frame(3, -16),
      asm.mov64(4, 0),
      asm.mov64(5, 0),
      asm.call(201),
      end,
    ],
    onView,
  ),
  refuses(
    'a read of a dynptr into itself',
    [
      onMap(),
      frame(1, -16),
      asm.mov64(2, 8),
      frame(3, -16),
      asm.mov64(4, 0),
      asm.mov64(5, 0),
      asm.call(201),
      end,
    ],
    onView,
  ),
  refuses(
    'a read of a dynptr into another',
    [
      onMap(),
      onMap(-32),
      frame(1, -24),
      asm.mov64(2, 8),
      frame(3, -16),
      asm.mov64(4, 0),
      asm.mov64(5, 0),
      asm.call(201),
      end,
    ],
    onView,
  ),
  refuses('a helper that fills a dynptr', [onMap(), frame(1, -16), asm.mov64(2, 16), asm.call(16), end], {
    ...onView,
    type: 'tracepoint',
  }),
  accepts(
    'a write to a dynptr',
    [
      onMap(),
      asm.storeImmediate(8, 10, -24, 7),
      frame(1, -16),
      asm.mov64(2, 0),
      frame(3, -24),
      asm.mov64(4, 8),
      asm.mov64(5, 0),
      asm.call(202),
      end,
    ],
    onView,
  ),
  refuses(
    'a write of a dynptr to a dynptr',
    [
      onMap(),
      frame(1, -16),
      asm.mov64(2, 0),
      frame(3, -16),
      asm.mov64(4, 8),
      asm.mov64(5, 0),
      asm.call(202),
      end,
    ],
    onView,
  ),
  accepts('a dynptr on a record that is submitted', [reserve(), submit(), end], onRing),
  accepts('a dynptr on a record that is discarded', [reserve(), discard(), end], onRing),
  refuses('a dynptr on a record that is never submitted', [reserve(), end], onRing),
  refuses('a dynptr on a record that is submitted twice', [reserve(), submit(), submit(), end], onRing),
  refuses(
    'a dynptr on a record that is overwritten',
    [reserve(), asm.storeImmediate(8, 10, -16, 0), submit(), end],
    onRing,
  ),
  refuses('a dynptr on a record made over another', [reserve(), reserve(), submit(), end], onRing),
  accepts(
    'a dynptr on a record of a size that is not known',
    [
      asm.call(7),
      asm.mov64(2, r(0)),
      asm.loadMap(1, 0),
      asm.mov64(3, 0),
      frame(4, -16),
      asm.call(198),
      submit(),
      end,
    ],
    onRing,
  ),
  accepts(
    'data of a record',
    [reserve(), data(), ifThere(asm.storeImmediate(8, 0, 0, 1)), submit(), end],
    onRing,
  ),
  refuses(
    'data of a record after it was submitted',
    [
      reserve(),
      data(),
      asm.mov64(6, r(0)),
      submit(),
      asm.jump64('jeq', 6, 0, 1),
      asm.storeImmediate(8, 6, 0, 1),
      end,
    ],
    onRing,
  ),
  refuses('a dynptr on a map value that is submitted', [onMap(), submit(), end], onView),
  refuses(
    'a map value submitted as a dynptr',
    [asm.loadMapValue(1, 0), asm.mov64(2, 0), asm.call(199), end],
    onView,
  ),
  refuses(
    'a record of a dynptr submitted as a record',
    [reserve(), data(), ifThere(asm.mov64(1, r(0)), asm.mov64(2, 0), asm.call(132)), submit(), end],
    onRing,
  ),
  accepts('a clone that is used', [onMap(), clone(-32), data(8, -32), end], onView),
  accepts(
    'a clone that outlives its dynptr',
    [onMap(), clone(-32), asm.storeImmediate(8, 10, -16, 0), data(8, -32), end],
    onView,
  ),
  accepts(
    'data of a clone after the dynptr was overwritten',
    [
      onMap(),
      clone(-32),
      data(8, -32),
      ifThere(asm.storeImmediate(8, 10, -16, 0), asm.storeImmediate(8, 0, 0, 1)),
      end,
    ],
    onView,
  ),
  refuses('a clone of what is no dynptr', [clone(-32), end]),
  accepts('a clone of a record submitted in its place', [reserve(), clone(-32), submit(-32), end], onRing),
  refuses('a record submitted with its clone', [reserve(), clone(-32), submit(), submit(-32), end], onRing),
  refuses('a clone over its own record', [reserve(), clone(-16), submit(), end], onRing),
  refuses(
    'a clone of a record that is used after it was submitted',
    [reserve(), clone(-32), submit(), data(8, -32), end],
    onRing,
  ),
  accepts(
    'a dynptr whose size is asked',
    [onMap(), frame(1, -16), asm.callKernel('bpf_dynptr_size'), end],
    onView,
  ),
  accepts(
    'a dynptr that is narrowed',
    [onMap(), frame(1, -16), asm.mov64(2, 1), asm.mov64(3, 9), asm.callKernel('bpf_dynptr_adjust'), end],
    onView,
  ),
  accepts(
    'a dynptr that is filled',
    [
      onMap(),
      frame(1, -16),
      asm.mov64(2, 1),
      asm.mov64(3, 9),
      asm.mov64(4, 7),
      asm.callKernel('bpf_dynptr_memset'),
      end,
    ],
    onView,
  ),
  accepts(
    'a dynptr that is copied to another',
    [
      onMap(),
      onMap(-32),
      frame(1, -16),
      asm.mov64(2, 0),
      frame(3, -32),
      asm.mov64(4, 4),
      asm.mov64(5, 8),
      asm.callKernel('bpf_dynptr_copy'),
      end,
    ],
    onView,
  ),
  accepts('a slice of a packet', [
    asm.mov64(2, 0),
    frame(3, -16),
    asm.callKernel('bpf_dynptr_from_skb'),
    slice(),
    ifThere(asm.load(8, 6, 0, 0)),
    end,
  ]),
  refuses('a slice of a packet that is written', [
    asm.mov64(2, 0),
    frame(3, -16),
    asm.callKernel('bpf_dynptr_from_skb'),
    slice(),
    ifThere(asm.storeImmediate(8, 0, 0, 0)),
    end,
  ]),
  refuses('a packet of a context at a moved pointer', [
    asm.alu64('add', 1, 8),
    asm.mov64(2, 0),
    frame(3, -16),
    asm.callKernel('bpf_dynptr_from_skb'),
    end,
  ]),
  refuses('data of a packet', [
    asm.mov64(2, 0),
    frame(3, -16),
    asm.callKernel('bpf_dynptr_from_skb'),
    data(),
    ifThere(asm.load(8, 6, 0, 8)),
    end,
  ]),
  accepts(
    'a slice to write of an XDP packet',
    [
      asm.mov64(2, 0),
      frame(3, -16),
      asm.callKernel('bpf_dynptr_from_xdp'),
      sliceToWrite(),
      ifThere(asm.storeImmediate(8, 0, 0, 0)),
      end,
    ],
    { type: 'xdp' },
  ),
  refuses(
    'a dynptr that an iterator was made over',
    [onMap(), begin(-16), data(), destroy(-16), end],
    onView,
  ),
  refuses('an iterator that a dynptr was made over', [begin(-16), onMap(), destroy(-16), end], onView),
  accepts(
    'a dynptr of the caller that a function uses',
    [
      ...onMap(),
      ...frame(1, -16),
      asm.callFunction(2),
      ...end,
      asm.mov64(2, 0),
      asm.mov64(3, 8),
      asm.call(203),
      ...ifThere(asm.storeImmediate(8, 0, 0, 1)),
      ...end,
    ],
    onView,
  ),
  accepts(
    'a loop over a dynptr',
    [
      onMap(),
      begin(-24),
      each([...data(), ...ifThere(asm.storeImmediate(8, 0, 0, 1))], -24),
      destroy(-24),
      end,
    ],
    onView,
  ),
  refuses(
    'a released record copied and written',
    [
      ...asm.loadMap(1, 0),
      asm.mov64(2, 16),
      asm.mov64(3, 0),
      asm.call(131),
      asm.jump64('jeq', 0, 0, 6),
      asm.mov64(6, r(0)),
      asm.mov64(1, r(0)),
      asm.mov64(2, 0),
      asm.call(132),
      asm.mov64(7, r(6)),
      asm.storeImmediate(8, 7, 0, 1),
      ...end,
    ],
    onRing,
  ),
  accepts(
    'a released record copied as a number, being privileged',
    [
      ...asm.loadMap(1, 0),
      asm.mov64(2, 16),
      asm.mov64(3, 0),
      asm.call(131),
      asm.jump64('jeq', 0, 0, 5),
      asm.mov64(6, r(0)),
      asm.mov64(1, r(0)),
      asm.mov64(2, 0),
      asm.call(132),
      asm.mov64(7, r(6)),
      ...end,
    ],
    onRing,
  ),
];

export const kernelFunctionVectors: readonly Vector[] = [
  ...iteratorVectors,
  ...regionVectors,
  ...dynptrVectors,
];
