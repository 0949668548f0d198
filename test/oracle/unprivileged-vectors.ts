/** Programs about what is refused without privilege alone, with the verdicts of Linux 6.18. */
import type { Instruction, MapDefinition, ProgramType } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import type { Privilege } from './oracle.ts';

export interface UnprivilegedVector {
  /** What the program does, to follow `accepts` or `refuses`. */
  readonly name: string;
  readonly code: readonly (Instruction | readonly Instruction[])[];
  readonly maps: readonly MapDefinition[];
  readonly type: ProgramType;
  readonly license: string;
  /** Who may load it. */
  readonly acceptedFor: readonly Privilege[];
}

const hash = asm.mapOf('hash', 4, 32, 4);
const array = asm.mapOf('array', 4, 32, 4);
const small = asm.mapOf('array', 4, 8, 4);
const ring = asm.mapOf('ringbuf', 0, 0, 4096);
const tails = asm.mapOf('prog_array', 4, 4, 4);
const constants = asm.constantsOf(Uint8Array.from([0, 0, 0, 0, 7, 0, 0, 0]));
const end = [asm.mov64(0, 0), asm.exit];

/** r0 = the element of the map at key 1, or null. */
function lookUp(map: number): Instruction[] {
  return [
    asm.storeImmediate(4, 10, -4, 1),
    ...asm.loadMap(1, map),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, -4),
    asm.call(1),
  ];
}
/** r6 = a number from 0 to `mask`. */
function number(mask: number): Instruction[] {
  return [asm.call(7), asm.mov64(6, r(0)), asm.alu64('and', 6, mask)];
}
/** `code` for the element of map 0 in r0, with a number from 0 to `mask` in r6. */
function within(mask: number, code: readonly Instruction[]): Instruction[] {
  return [...number(mask), ...lookUp(0), asm.jump64('jeq', 0, 0, code.length), ...code, ...end];
}

/** Reserves so many bytes, and writes eight of them at the offset. */
function recordOf(bytes: bigint, offset: number): Instruction[] {
  return [
    ...asm.loadMap(1, 0),
    ...asm.load64(2, bytes),
    asm.mov64(3, 0),
    asm.call(131),
    asm.jump64('jeq', 0, 0, 4),
    asm.storeImmediate(8, 0, offset, 1),
    asm.mov64(1, r(0)),
    asm.mov64(2, 0),
    asm.call(132),
    ...end,
  ];
}

type More = Partial<Pick<UnprivilegedVector, 'maps' | 'type' | 'license'>>;

function vector(acceptedFor: readonly Privilege[]) {
  return (name: string, code: UnprivilegedVector['code'], more: More = {}): UnprivilegedVector => ({
    maps: [],
    type: 'socket_filter',
    license: 'GPL',
    ...more,
    name,
    code,
    acceptedFor,
  });
}
const all = vector(['none', 'bpf', 'full']);
const bpf = vector(['bpf', 'full']);
const full = vector(['full']);
const nobody = vector([]);

export const unprivilegedVectors: readonly UnprivilegedVector[] = [
  // Addresses that would leak.
  full('a pointer as the result', [asm.mov64(0, r(10)), asm.exit]),
  full('the context as the result', [asm.mov64(0, r(1)), asm.exit]),
  full('a pointer stored into a map', within(7, [asm.store(8, 0, 0, 10)]), { maps: [hash] }),
  full(
    'a map stored into a map',
    [lookUp(0), asm.jump64('jeq', 0, 0, 3), asm.loadMap(1, 0), asm.store(8, 0, 0, 1), ...end],
    { maps: [hash] },
  ),
  full('a pointer added to a map value atomically', within(7, [asm.atomic(8, 0, 0, 0, 10)]), {
    maps: [hash],
  }),
  full(
    'a pointer exchanged into a map value',
    within(7, [asm.mov64(7, r(10)), asm.atomic(8, 0xe1, 0, 0, 7)]),
    { maps: [hash] },
  ),
  full(
    'a pointer in a ring buffer record',
    [
      asm.loadMap(1, 0),
      asm.mov64(2, 16),
      asm.mov64(3, 0),
      asm.call(131),
      asm.jump64('jeq', 0, 0, 4),
      asm.store(8, 0, 0, 10),
      asm.mov64(1, r(0)),
      asm.mov64(2, 0),
      asm.call(132),
      ...end,
    ],
    { maps: [ring] },
  ),
  full(
    'a pointer handed to a helper as flags',
    [
      asm.storeImmediate(8, 10, -8, 0),
      asm.loadMap(1, 0),
      asm.mov64(2, r(10)),
      asm.alu64('add', 2, -8),
      asm.mov64(3, 8),
      asm.mov64(4, r(10)),
      asm.call(130),
      ...end,
    ],
    { maps: [ring] },
  ),
  full(
    'a spilled pointer in what a helper reads',
    [
      asm.store(8, 10, -8, 10),
      asm.loadMap(1, 0),
      asm.mov64(2, r(10)),
      asm.alu64('add', 2, -8),
      asm.mov64(3, 8),
      asm.mov64(4, 0),
      asm.call(130),
      ...end,
    ],
    { maps: [ring] },
  ),
  full('a comparison of a pointer with a number', [asm.jump64('jgt', 1, 5, 0), ...end]),
  full('a comparison of two pointers', [asm.jump64('jeq', 1, r(10), 0), ...end]),
  full('a comparison of a number with a pointer', [asm.mov64(2, 0), asm.jump64('jgt', 2, r(10), 0), ...end]),
  full('a comparison of the context with null', [asm.jump64('jeq', 1, 0, 0), ...end]),
  all('a comparison of a map with null', [asm.loadMap(2, 0), asm.jump64('jeq', 2, 0, 0), ...end], {
    maps: [hash],
  }),
  all('a null check', [lookUp(0), asm.jump64('jne', 0, 0, 1), asm.mov64(0, 0), ...end], { maps: [hash] }),
  full('a null check in 32 bits', [lookUp(0), asm.jump32('jne', 0, 0, 1), asm.mov64(0, 0), ...end], {
    maps: [hash],
  }),
  all(
    'a comparison of a checked map value with null',
    [lookUp(0), asm.jump64('jeq', 0, 0, 1), asm.jump64('jeq', 0, 0, 0), ...end],
    { maps: [hash] },
  ),
  full('a negated pointer', [asm.alu64('neg', 1), ...end]),
  full('a byte-swapped pointer', [asm.swap('be', 1, 64), ...end]),
  full('half a pointer copied', [asm.alu32('mov', 2, r(1)), ...end]),
  full('a sign-extended pointer', [asm.alu64('mov', 2, r(1), 8), ...end]),
  full('a difference of pointers', [asm.alu64('sub', 1, r(10)), ...end]),
  full('a 32-bit subtraction from a pointer', [asm.alu32('sub', 1, 4), ...end]),
  nobody('a 32-bit addition to a pointer', [asm.alu32('add', 1, 4), ...end]),
  full('an addition to a spilled pointer in place', [
    asm.store(8, 10, -8, 1),
    asm.mov64(2, 1),
    asm.atomic(8, 0, 10, -8, 2),
    ...end,
  ]),
  full('an exchange with a spilled pointer', [
    asm.store(8, 10, -8, 1),
    asm.mov64(2, 1),
    asm.atomic(8, 0xe1, 10, -8, 2),
    ...end,
  ]),
  full(
    'a record that is used as a number after it was submitted',
    [
      asm.mov64(6, 0),
      asm.loadMap(1, 0),
      asm.mov64(2, 16),
      asm.mov64(3, 0),
      asm.call(131),
      asm.jump64('jeq', 0, 0, 4),
      asm.mov64(6, r(0)),
      asm.mov64(1, r(0)),
      asm.mov64(2, 0),
      asm.call(132),
      asm.mov64(0, r(6)),
      asm.exit,
    ],
    { maps: [ring] },
  ),
  all(
    'a record of more bytes than there can be, written within the lower half of its size',
    recordOf(2n ** 32n + 8n, 0),
    {
      maps: [ring],
    },
  ),
  nobody(
    'a record of more bytes than there can be, written past the lower half of its size',
    recordOf(2n ** 32n + 8n, 8),
    {
      maps: [ring],
    },
  ),
  // The stack.
  full('a read of stack that was never written', [asm.load(8, 0, 10, -8), asm.exit]),
  full('a read of stack of which a byte was never written', [
    asm.storeImmediate(4, 10, -8, 0),
    asm.storeImmediate(2, 10, -4, 0),
    asm.load(8, 0, 10, -8),
    asm.exit,
  ]),
  all('a read of stack that was written in parts', [
    asm.storeImmediate(4, 10, -8, 0),
    asm.storeImmediate(4, 10, -4, 0),
    asm.load(8, 0, 10, -8),
    asm.exit,
  ]),
  full(
    'stack that was never written, handed to a helper',
    [asm.loadMap(1, 0), asm.mov64(2, r(10)), asm.alu64('add', 2, -4), asm.call(1), ...end],
    { maps: [hash] },
  ),
  full('a byte written over a spilled pointer', [
    asm.store(8, 10, -8, 1),
    asm.storeImmediate(1, 10, -8, 0),
    ...end,
  ]),
  full('a byte written over the end of a spilled pointer', [
    asm.store(8, 10, -8, 1),
    asm.storeImmediate(1, 10, -1, 0),
    ...end,
  ]),
  all('a spilled pointer written over as a whole', [
    asm.store(8, 10, -8, 1),
    asm.storeImmediate(8, 10, -8, 0),
    ...end,
  ]),
  nobody('half of a spilled pointer read', [asm.store(8, 10, -8, 1), asm.load(4, 0, 10, -8), asm.exit]),
  all('a pointer put away and taken back', [
    asm.store(8, 10, -8, 1),
    asm.load(8, 1, 10, -8),
    asm.load(4, 0, 1, 0),
    asm.exit,
  ]),
  all('a pointer put away behind the very start of the stack', [
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, -512),
    asm.store(8, 2, 0, 1),
    ...end,
  ]),
  full('a pointer to the end of the stack', [asm.mov64(2, r(10)), asm.alu64('add', 2, 0), ...end]),
  full('a pointer below the stack', [asm.mov64(2, r(10)), asm.alu64('add', 2, -520), ...end]),
  full('a pointer back to the end of the stack', [
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, -8),
    asm.alu64('add', 2, 8),
    ...end,
  ]),
  full('a store at a variable distance on the stack', [
    asm.storeImmediate(8, 10, -8, 0),
    asm.storeImmediate(8, 10, -16, 0),
    number(8),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, -16),
    asm.alu64('add', 2, r(6)),
    asm.storeImmediate(8, 2, 0, 1),
    ...end,
  ]),
  full('a load at a variable distance on the stack', [
    asm.storeImmediate(8, 10, -8, 0),
    asm.storeImmediate(8, 10, -16, 0),
    number(8),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, -16),
    asm.alu64('add', 2, r(6)),
    asm.load(8, 0, 2, 0),
    asm.exit,
  ]),
  bpf(
    'a bound that is kept in a spilled number',
    [
      number(7),
      asm.store(8, 10, -16, 6),
      lookUp(0),
      asm.jump64('jeq', 0, 0, 3),
      asm.load(8, 6, 10, -16),
      asm.alu64('add', 0, r(6)),
      asm.load(8, 0, 0, 0),
      ...end,
    ],
    { maps: [hash] },
  ),
  bpf(
    'a constant that is kept in a spilled number',
    [
      asm.mov64(6, 0),
      asm.alu64('add', 6, 3),
      asm.store(8, 10, -16, 6),
      lookUp(0),
      asm.jump64('jeq', 0, 0, 3),
      asm.load(8, 6, 10, -16),
      asm.alu64('add', 0, r(6)),
      asm.load(8, 0, 0, 0),
      ...end,
    ],
    { maps: [hash] },
  ),
  all(
    'a zero that is kept on the stack',
    [
      asm.storeImmediate(8, 10, -16, 0),
      lookUp(0),
      asm.jump64('jeq', 0, 0, 3),
      asm.load(8, 6, 10, -16),
      asm.alu64('add', 0, r(6)),
      asm.load(8, 0, 0, 24),
      ...end,
    ],
    { maps: [hash] },
  ),
  bpf(
    'an array element at a known index without a check',
    [
      asm.storeImmediate(4, 10, -8, 3),
      asm.loadMap(1, 0),
      asm.mov64(2, r(10)),
      asm.alu64('add', 2, -8),
      asm.call(1),
      asm.load(8, 0, 0, 0),
      asm.exit,
    ],
    {
      maps: [array],
    },
  ),
  full('a helper that fills over a spilled pointer', [
    asm.mov64(6, r(1)),
    asm.store(8, 10, -8, 10),
    asm.mov64(1, r(6)),
    asm.mov64(2, 0),
    asm.mov64(3, r(10)),
    asm.alu64('add', 3, -8),
    asm.mov64(4, 8),
    asm.call(26),
    ...end,
  ]),
  all('a helper that fills stack that was never written', [
    asm.mov64(2, 0),
    asm.mov64(3, r(10)),
    asm.alu64('add', 3, -8),
    asm.mov64(4, 8),
    asm.call(26),
    asm.load(8, 0, 10, -8),
    asm.exit,
  ]),
  // Shape and size.
  full('a loop', [asm.mov64(0, 0), asm.alu64('add', 0, 1), asm.jump64('jlt', 0, 10, -2), asm.exit]),
  nobody('a loop without an end', [asm.mov64(0, 0), asm.ja(-1), asm.exit]),
  full('a loop where no path leads', [asm.mov64(0, 0), asm.jump64('jeq', 0, 0, 1), asm.ja(-2), asm.exit]),
  bpf('a function', [asm.callFunction(1), asm.exit, ...end]),
  all('4096 instructions', [Array.from({ length: 4095 }, () => asm.mov64(0, 0)), asm.exit]),
  bpf('4097 instructions', [Array.from({ length: 4096 }, () => asm.mov64(0, 0)), asm.exit]),
  full('a program of another type', end, { type: 'xdp' }),
  full('a tracepoint', end, { type: 'tracepoint' }),
  full('a kprobe', end, { type: 'kprobe' }),
  all('a packet program of a control group', [asm.mov64(0, 1), asm.exit], { type: 'cgroup_skb' }),
  // Helpers.
  bpf('a helper that asks for CAP_BPF', [asm.call(118), ...end]),
  full('a helper that asks for CAP_PERFMON', [asm.call(35), ...end]),
  full('a helper that prints', [
    asm.storeImmediate(8, 10, -8, 0),
    asm.mov64(1, r(10)),
    asm.alu64('add', 1, -8),
    asm.mov64(2, 8),
    asm.call(6),
    ...end,
  ]),
  all('helpers that anybody may call', [
    asm.call(5),
    asm.call(7),
    asm.call(8),
    asm.call(14),
    asm.call(125),
    ...end,
  ]),
  // Pointer arithmetic by a register, which the kernel masks.
  all('a map value at a masked number', within(24, [asm.alu64('add', 0, r(6)), asm.load(8, 0, 0, 0)]), {
    maps: [hash],
  }),
  full(
    'a map value moved past its end and back',
    within(15, [asm.alu64('add', 0, r(6)), asm.alu64('add', 0, 28), asm.load(1, 0, 0, -28)]),
    { maps: [hash] },
  ),
  full(
    'a map value moved before its start',
    within(7, [asm.alu64('add', 0, -8), asm.alu64('add', 0, 8), asm.load(1, 0, 0, 0)]),
    { maps: [hash] },
  ),
  nobody(
    'a map value moved by a number of both signs',
    [
      ...number(15),
      asm.alu64('sub', 6, 8),
      ...lookUp(0),
      asm.jump64('jeq', 0, 0, 3),
      asm.alu64('add', 0, 16),
      asm.alu64('add', 0, r(6)),
      asm.load(1, 0, 0, 0),
      ...end,
    ],
    { maps: [hash] },
  ),
  nobody(
    'a map value moved back by a register',
    [
      ...number(7),
      ...lookUp(0),
      asm.jump64('jeq', 0, 0, 3),
      asm.alu64('add', 0, 16),
      asm.alu64('sub', 0, r(6)),
      asm.load(1, 0, 0, 0),
      ...end,
    ],
    { maps: [hash] },
  ),
  all('a map value added to a number', within(7, [asm.alu64('add', 6, r(0)), asm.load(1, 0, 6, 0)]), {
    maps: [hash],
  }),
  full('a number added to the context', [
    asm.mov64(7, r(1)),
    ...number(7),
    asm.alu64('add', 7, r(6)),
    ...end,
  ]),
  full('a constant in a register added to the context', [asm.mov64(2, 4), asm.alu64('add', 1, r(2)), ...end]),
  all('a constant added to the context', [asm.alu64('add', 1, 4), ...end]),
  full(
    'a number added to a ring buffer record',
    [
      ...number(7),
      asm.loadMap(1, 0),
      asm.mov64(2, 16),
      asm.mov64(3, 0),
      asm.call(131),
      asm.jump64('jeq', 0, 0, 5),
      asm.mov64(7, r(0)),
      asm.alu64('add', 7, r(6)),
      asm.mov64(1, r(0)),
      asm.mov64(2, 0),
      asm.call(132),
      ...end,
    ],
    { maps: [ring] },
  ),
  all(
    'one addition to values of maps of different sizes',
    [
      ...number(7),
      asm.call(7),
      asm.mov64(7, r(0)),
      asm.storeImmediate(4, 10, -4, 1),
      asm.jump64('jeq', 7, 0, 3),
      asm.loadMap(1, 0),
      asm.ja(2),
      asm.loadMap(1, 1),
      asm.mov64(2, r(10)),
      asm.alu64('add', 2, -4),
      asm.call(1),
      asm.jump64('jeq', 0, 0, 2),
      asm.alu64('add', 0, r(6)),
      asm.load(1, 0, 0, 0),
      ...end,
    ],
    { maps: [array, small] },
  ),
  full(
    'one addition to a number and to a map value',
    [
      ...number(7),
      ...lookUp(0),
      asm.jump64('jeq', 0, 0, 6),
      asm.mov64(7, r(0)),
      asm.call(7),
      asm.jump64('jgt', 0, 5, 1),
      asm.mov64(7, 9),
      asm.alu64('add', 7, r(6)),
      asm.mov64(0, 0),
      ...end,
    ],
    { maps: [hash] },
  ),
  all(
    'one addition at two places of a map value',
    [
      ...number(7),
      ...lookUp(0),
      asm.jump64('jeq', 0, 0, 6),
      asm.mov64(7, r(0)),
      asm.call(7),
      asm.jump64('jgt', 0, 5, 1),
      asm.alu64('add', 7, 8),
      asm.alu64('add', 7, r(6)),
      asm.load(1, 0, 7, 0),
      ...end,
    ],
    { maps: [hash] },
  ),
  full(
    'one addition of numbers with different bounds',
    [
      asm.call(7),
      asm.mov64(6, r(0)),
      asm.call(7),
      asm.mov64(7, r(0)),
      asm.jump64('jgt', 7, 5, 2),
      asm.alu64('and', 6, 7),
      asm.ja(1),
      asm.alu64('and', 6, 15),
      ...lookUp(0),
      asm.jump64('jeq', 0, 0, 2),
      asm.alu64('add', 0, r(6)),
      asm.load(1, 0, 0, 0),
      ...end,
    ],
    { maps: [hash] },
  ),
  full(
    'one addition of constants with different values',
    [
      asm.call(7),
      asm.mov64(6, 1),
      asm.jump64('jgt', 0, 5, 1),
      asm.mov64(6, 2),
      ...lookUp(0),
      asm.jump64('jeq', 0, 0, 2),
      asm.alu64('add', 0, r(6)),
      asm.load(1, 0, 0, 0),
      ...end,
    ],
    { maps: [hash] },
  ),
  all(
    'one addition of the same constant on two ways',
    [
      asm.call(7),
      asm.mov64(6, 2),
      asm.jump64('jgt', 0, 5, 1),
      asm.mov64(6, 2),
      ...lookUp(0),
      asm.jump64('jeq', 0, 0, 2),
      asm.alu64('add', 0, r(6)),
      asm.load(1, 0, 0, 0),
      ...end,
    ],
    { maps: [hash] },
  ),
  // Ways that are only guessed.
  all('a way never gone that would load through a number', [
    asm.mov64(0, 0),
    asm.jump64('jeq', 0, 0, 1),
    asm.load(8, 0, 0, 0),
    asm.exit,
  ]),
  all('a way never gone that would leak', [
    asm.mov64(0, 0),
    asm.jump64('jeq', 0, 0, 1),
    asm.mov64(0, r(10)),
    asm.exit,
  ]),
  all(
    'a way never gone that adds a pointer where the other adds a number',
    [
      ...number(7),
      ...lookUp(0),
      asm.jump64('jeq', 0, 0, 5),
      asm.mov64(7, 0),
      asm.jump64('jeq', 7, 0, 1),
      asm.mov64(6, r(10)),
      asm.alu64('add', 0, r(6)),
      asm.load(1, 0, 0, 0),
      ...end,
    ],
    { maps: [hash] },
  ),
  all(
    'a way that a constant in a read-only map rules out',
    [
      asm.loadMapValue(1, 0, 4),
      asm.load(4, 2, 1, 0),
      asm.jump64('jeq', 2, 7, 1),
      asm.load(8, 0, 2, 0),
      ...end,
    ],
    { maps: [constants] },
  ),
  // One instruction, several uses.
  nobody('one load through the context and through the stack', [
    asm.mov64(6, r(1)),
    asm.storeImmediate(8, 10, -8, 0),
    asm.call(7),
    asm.jump64('jgt', 0, 5, 2),
    asm.mov64(6, r(10)),
    asm.alu64('add', 6, -8),
    asm.load(4, 0, 6, 0),
    asm.exit,
  ]),
  all('one load through the context and, on a way never gone, through the stack', [
    asm.mov64(6, r(1)),
    asm.storeImmediate(8, 10, -8, 0),
    asm.mov64(0, 9),
    asm.jump64('jgt', 0, 5, 2),
    asm.mov64(6, r(10)),
    asm.alu64('add', 6, -8),
    asm.load(4, 0, 6, 0),
    asm.exit,
  ]),
  full(
    'one tail call through two maps',
    [
      asm.mov64(6, r(1)),
      asm.call(7),
      asm.mov64(1, r(6)),
      asm.jump64('jgt', 0, 5, 3),
      asm.loadMap(2, 0),
      asm.ja(2),
      asm.loadMap(2, 1),
      asm.mov64(3, 0),
      asm.call(12),
      ...end,
    ],
    { maps: [tails, tails] },
  ),
  all('a tail call through one map', [asm.loadMap(2, 0), asm.mov64(3, 0), asm.call(12), ...end], {
    maps: [tails],
  }),
];
