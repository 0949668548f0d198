/** Small programs, each about one rule, with the verdict of Linux 6.18. */
import type { Instruction, MapDefinition, ProgramType } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';

export interface Vector {
  /** What the program does, to follow `accepts` or `refuses`. */
  readonly name: string;
  readonly code: readonly (Instruction | readonly Instruction[])[];
  readonly maps?: readonly MapDefinition[];
  readonly type?: ProgramType;
  readonly license?: string;
  readonly isAccepted: boolean;
}

const array = asm.mapOf('array', 4, 16, 4);
const hash = asm.mapOf('hash', 4, 16, 4);
const ring = asm.mapOf('ringbuf', 0, 0, 4096);
const constants = asm.constantsOf(Uint8Array.from([0, 0, 0, 0, 7, 0, 0, 0]));
const end = [asm.mov64(0, 0), asm.exit];
/** r0 = the element of map 0 at `key`, or null. */
const lookUp = (key: number): Instruction[] => [
  asm.storeImmediate(4, 10, -8, key),
  ...asm.loadMap(1, 0),
  asm.mov64(2, r(10)),
  asm.alu64('add', 2, -8),
  asm.call(1),
];
const reserve = [...asm.loadMap(1, 0), asm.mov64(2, 16), asm.mov64(3, 0), asm.call(131)];
const submit = [asm.mov64(1, r(0)), asm.mov64(2, 0), asm.call(132)];

function accepts(name: string, code: Vector['code'], more: Partial<Vector> = {}): Vector {
  return { name, code, isAccepted: true, ...more };
}
function refuses(name: string, code: Vector['code'], more: Partial<Vector> = {}): Vector {
  return { name, code, isAccepted: false, ...more };
}

export const vectors: readonly Vector[] = [
  accepts('a program that returns a constant', end),
  refuses('an exit without a result', [asm.exit]),
  refuses('a read of a register that was never written', [asm.mov64(0, r(2)), asm.exit]),
  refuses('a write to the frame pointer', [asm.mov64(10, 0), ...end]),
  refuses('an instruction out of reach', [...end, ...end]),
  refuses('a jump past the end', [asm.ja(5), ...end]),
  refuses('a jump into the middle of ldimm64', [asm.jump64('jeq', 1, 0, 1), asm.load64(0, 1n), asm.exit]),
  refuses('a program that runs off its end', [asm.mov64(0, 0)]),
  refuses('division by the constant zero', [asm.mov64(0, 1), asm.alu64('div', 0, 0), asm.exit]),
  accepts('division by a register that is zero', [
    asm.mov64(0, 1),
    asm.mov64(2, 0),
    asm.alu64('div', 0, r(2)),
    asm.exit,
  ]),
  refuses('a shift by 64', [asm.mov64(0, 1), asm.alu64('lsh', 0, 64), asm.exit]),
  accepts('the deepest byte of the stack', [asm.storeImmediate(8, 10, -512, 1), ...end]),
  refuses('a byte below the stack', [asm.storeImmediate(8, 10, -520, 1), ...end]),
  refuses('a byte above the stack', [asm.storeImmediate(8, 10, 0, 1), ...end]),
  refuses('a misaligned store to the stack', [asm.storeImmediate(8, 10, -9, 1), ...end]),
  accepts('a read of stack that was never written, being privileged', [asm.load(8, 0, 10, -8), asm.exit]),
  refuses('half a pointer read back from the stack', [
    asm.store(8, 10, -8, 1),
    asm.load(4, 0, 10, -8),
    asm.exit,
  ]),
  accepts('a pointer put away and taken back', [
    asm.mov64(2, r(10)),
    asm.store(8, 10, -8, 2),
    asm.load(8, 3, 10, -8),
    asm.storeImmediate(8, 3, -16, 1),
    ...end,
  ]),
  refuses('multiplying a pointer', [asm.alu64('mul', 1, 4), ...end]),
  refuses('an access through a number', [asm.mov64(1, 1), asm.load(8, 0, 1, 0), asm.exit]),
  refuses('a load through a map value that may be null', [lookUp(9), asm.load(8, 0, 0, 0), asm.exit], {
    maps: [hash],
  }),
  accepts(
    'a load through a map value that was checked',
    [lookUp(9), asm.jump64('jeq', 0, 0, 1), asm.load(8, 0, 0, 8), ...end],
    { maps: [hash] },
  ),
  refuses('a load past a map value', [lookUp(9), asm.jump64('jeq', 0, 0, 1), asm.load(8, 0, 0, 9), ...end], {
    maps: [hash],
  }),
  accepts('an array element at a known index without a check', [lookUp(3), asm.load(8, 0, 0, 0), asm.exit], {
    maps: [array],
  }),
  refuses('an array element past its end without a check', [lookUp(4), asm.load(8, 0, 0, 0), asm.exit], {
    maps: [array],
  }),
  refuses(
    'a check in 32 bits as a null check',
    [lookUp(9), asm.jump32('jeq', 0, 0, 1), asm.load(8, 0, 0, 8), ...end],
    { maps: [hash] },
  ),
  accepts(
    'a map value at a masked index',
    [
      lookUp(9),
      asm.jump64('jeq', 0, 0, 5),
      asm.mov64(6, r(0)),
      asm.load(8, 1, 0, 0),
      asm.alu64('and', 1, 8),
      asm.alu64('add', 6, r(1)),
      asm.load(8, 0, 6, 0),
      ...end,
    ],
    { maps: [hash] },
  ),
  refuses(
    'a map value at an index with the sign unchecked',
    [
      lookUp(9),
      asm.jump64('jeq', 0, 0, 5),
      asm.mov64(6, r(0)),
      asm.load(8, 1, 0, 0),
      asm.jump64('jsgt', 1, 8, 2),
      asm.alu64('add', 6, r(1)),
      asm.load(8, 0, 6, 0),
      ...end,
    ],
    { maps: [hash] },
  ),
  refuses('a helper with an uninitialised argument', [asm.loadMap(1, 0), asm.call(1), ...end], {
    maps: [hash],
  }),
  refuses('registers 1 to 5 after a call', [asm.mov64(1, 0), asm.call(7), asm.mov64(0, r(1)), asm.exit]),
  accepts('registers 6 to 9 after a call', [asm.mov64(6, 0), asm.call(7), asm.mov64(0, r(6)), asm.exit]),
  refuses('a helper that does not exist', [asm.call(4711), ...end]),
  refuses('a helper of other program types', [asm.call(44), ...end]),
  refuses('a GPL helper under another license', [asm.call(35), ...end], { license: 'MIT' }),
  accepts('a GPL helper under a dual license', [asm.call(35), ...end], { license: 'Dual BSD/GPL' }),
  refuses('a ring buffer handed to a lookup', [lookUp(0), ...end], { maps: [ring] }),
  accepts('a record that is submitted', [reserve, asm.jump64('jeq', 0, 0, 3), submit, ...end], {
    maps: [ring],
  }),
  refuses('a record that is never submitted', [reserve, ...end], { maps: [ring] }),
  refuses(
    'a record that is used after it was submitted',
    [reserve, asm.jump64('jeq', 0, 0, 5), asm.mov64(6, r(0)), submit, asm.storeImmediate(8, 6, 0, 1), ...end],
    { maps: [ring] },
  ),
  refuses(
    'a store past a record',
    [reserve, asm.jump64('jeq', 0, 0, 4), asm.storeImmediate(8, 0, 16, 1), submit, ...end],
    { maps: [ring] },
  ),
  accepts(
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
  refuses('a store to a read-only map', [asm.loadMapValue(1, 0), asm.storeImmediate(4, 1, 0, 1), ...end], {
    maps: [constants],
  }),
  accepts('a loop of ten rounds', [
    asm.mov64(0, 0),
    asm.alu64('add', 0, 1),
    asm.jump64('jlt', 0, 10, -2),
    asm.exit,
  ]),
  refuses('a loop that never ends', [asm.mov64(0, 0), asm.ja(-1), asm.exit]),
  refuses('a loop that nothing in it ends', [asm.call(7), asm.jump64('jne', 0, 5, -1), ...end]),
  accepts(
    'a number tied to one that is bounded',
    [
      lookUp(9),
      asm.jump64('jeq', 0, 0, 6),
      asm.mov64(6, r(0)),
      asm.load(8, 1, 0, 0),
      asm.mov64(2, r(1)),
      asm.jump64('jgt', 2, 8, 2),
      asm.alu64('add', 6, r(1)),
      asm.load(8, 0, 6, 0),
      ...end,
    ],
    { maps: [hash] },
  ),
  accepts('a function of the program', [
    asm.mov64(1, 4),
    asm.callFunction(1),
    asm.exit,
    asm.mov64(0, r(1)),
    asm.exit,
  ]),
  refuses('a function that reads an argument it was not given', [
    asm.callFunction(1),
    asm.exit,
    asm.mov64(0, r(3)),
    asm.exit,
  ]),
  refuses('a function that calls itself', [asm.callFunction(1), asm.exit, asm.callFunction(-1), asm.exit]),
  refuses('a function that returns a pointer to its stack', [
    asm.callFunction(2),
    asm.mov64(0, 0),
    asm.exit,
    asm.mov64(0, r(10)),
    asm.exit,
  ]),
  refuses('more stack than there is over two frames', [
    asm.storeImmediate(8, 10, -304, 0),
    asm.callFunction(1),
    asm.exit,
    asm.storeImmediate(8, 10, -304, 0),
    ...end,
  ]),
  accepts('the first field of a tracepoint', [asm.load(8, 0, 1, 8), asm.exit], { type: 'tracepoint' }),
  refuses('the common fields of a tracepoint', [asm.load(8, 0, 1, 0), asm.exit], { type: 'tracepoint' }),
  refuses('a misaligned field of a tracepoint', [asm.load(8, 0, 1, 12), asm.exit], { type: 'tracepoint' }),
  refuses('a store to the context', [asm.storeImmediate(8, 1, 8, 0), ...end], { type: 'tracepoint' }),
  refuses('a context at a moved pointer', [asm.alu64('add', 1, 8), asm.load(8, 0, 1, 0), asm.exit], {
    type: 'tracepoint',
  }),
  accepts('the last argument of a raw tracepoint', [asm.load(8, 0, 1, 88), asm.exit], {
    type: 'raw_tracepoint',
  }),
  refuses('an argument a raw tracepoint cannot have', [asm.load(8, 0, 1, 96), asm.exit], {
    type: 'raw_tracepoint',
  }),
  ...[0x01, 0x41, 0xe1].map((operation) =>
    refuses(`atomic ${operation} that fetches over its own pointer`, [
      asm.storeImmediate(8, 10, -8, 1),
      asm.mov64(1, r(10)),
      asm.atomic(8, operation, 1, -8, 1),
      ...end,
    ]),
  ),
  refuses('a comparing exchange through r0, which gets the old value', [
    asm.storeImmediate(8, 10, -8, 1),
    asm.mov64(0, r(10)),
    asm.mov64(1, 1),
    asm.atomic(8, 0xf1, 0, -8, 1),
    ...end,
  ]),
  refuses(
    'an atomic that fetches over its own pointer to a map value',
    [lookUp(1), asm.mov64(1, r(0)), asm.jump64('jeq', 1, 0, 1), asm.atomic(8, 0xa1, 1, 8, 1), ...end],
    { maps: [hash] },
  ),
  accepts('an atomic addition to the stack', [
    asm.storeImmediate(8, 10, -8, 0),
    asm.mov64(1, 1),
    asm.atomic(8, 0, 10, -8, 1),
    ...end,
  ]),
  accepts('a negated pointer, being privileged', [asm.alu64('neg', 1), ...end]),
  accepts('a byte-swapped constant that rules a way out', [
    asm.mov64(1, 1),
    asm.swap('be', 1, 32),
    asm.jump64('jeq', 1, 0x1000000, 1),
    asm.load(8, 0, 1, 0),
    ...end,
  ]),
  accepts('a sign mask that is followed as both its values', [
    asm.call(7),
    asm.alu64('lsh', 0, 32),
    asm.alu64('arsh', 0, 63),
    asm.alu64('and', 0, 10),
    asm.jump64('jeq', 0, 10, 2),
    asm.jump64('jeq', 0, 0, 1),
    asm.load(8, 0, 0, 0),
    ...end,
  ]),
  accepts('a sign-extended pointer, being privileged', [asm.alu64('mov', 1, r(1), 8), ...end]),
  refuses(
    'a tail call from a function that BTF does not describe',
    [
      asm.callFunction(2),
      asm.mov64(0, 0),
      asm.exit,
      asm.loadMap(2, 0),
      asm.mov64(3, 0),
      asm.call(12),
      ...end,
    ],
    { maps: [asm.mapOf('prog_array', 4, 4, 4)] },
  ),
  accepts('a packet program of a control group that lets a packet pass', [asm.mov64(0, 1), asm.exit], {
    type: 'cgroup_skb',
  }),
  refuses(
    'a packet program of a control group that returns what means nothing',
    [asm.mov64(0, 4), asm.exit],
    {
      type: 'cgroup_skb',
    },
  ),
  refuses('a packet program of a control group that returns any number', [asm.call(7), asm.exit], {
    type: 'cgroup_skb',
  }),
  refuses('a call of a kernel function that is none, where no path leads', [
    asm.mov64(0, 0),
    asm.jump64('jeq', 0, 0, 1),
    { ...asm.call(999_999), src: 2 },
    asm.exit,
  ]),
];
