/** Programs of several functions, each about one rule, with the verdict of Linux 6.18. */
import type { Instruction, MapDefinition, ProgramType } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import type { ParameterShape, Types, Typing } from './types.ts';

export interface TypedVector {
  /** What the program does, to follow `accepts` or `refuses`. */
  readonly name: string;
  /** One list of instructions a function; calls and addresses are placed by callOf() and addressOf(). */
  readonly functions: readonly (readonly Instruction[])[];
  readonly typing: Typing;
  readonly maps?: readonly MapDefinition[];
  readonly type?: ProgramType;
  readonly isSleepable?: boolean;
  readonly isAccepted: boolean;
}

/** Opcodes of a call and a ldimm64 whose `imm` is the number of a function, until linked() places it. */
export function callOf(number: number): Instruction {
  return { ...asm.callFunction(number), offset: PLACED_LATER };
}
export function addressOf(dst: number, number: number): Instruction[] {
  return asm
    .loadFunction(dst, number)
    .map((each, half) => (half === 0 ? { ...each, offset: PLACED_LATER } : each));
}
const PLACED_LATER = 0x7ff;

/** The functions one after another, with their references in place. */
export function linked(functions: readonly (readonly Instruction[])[]): Instruction[] {
  const starts: number[] = [];
  let length = 0;
  for (const each of functions) {
    starts.push(length);
    length += each.length;
  }
  return functions.flat().map((each, slot) => {
    const isReference = each.offset === PLACED_LATER && (each.opcode === 0x85 || each.opcode === 0x18);
    const start = starts[each.imm];
    return isReference && start !== undefined ? { ...each, offset: 0, imm: start - slot - 1 } : each;
  });
}

const LOOP = 181;
const FOR_EACH = 164;
const TAIL_CALL = 12;
const end = [asm.mov64(0, 0), asm.exit];
const programs = asm.mapOf('prog_array', 4, 4, 4);
const array = asm.mapOf('array', 4, 16, 1);
const readOnly = asm.constantsOf(new Uint8Array(16));
/** `register` = r10 + at. */
const stack = (register: number, at: number): Instruction[] => [
  asm.mov64(register, r(10)),
  asm.alu64('add', register, at),
];
/** r0 = the element of map 0 at 0, or null. */
const lookUp = [asm.storeImmediate(4, 10, -8, 0), ...asm.loadMap(1, 0), ...stack(2, -8), asm.call(1)];
const tailCall = [...asm.loadMap(2, 0), asm.mov64(3, 0), asm.call(TAIL_CALL)];
const deep = (bytes: number): Instruction => asm.storeImmediate(8, 10, -bytes, 0);
/** Calls function 1 back, once. */
const loopOnce = [asm.mov64(1, 1), ...addressOf(2, 1), asm.mov64(3, 0), asm.mov64(4, 0), asm.call(LOOP)];

type Parameters = (types: Types) => readonly ParameterShape[];
const none: Parameters = () => [];
const long: Parameters = (types) => [{ type: types.long }];
const pointer: Parameters = (types) => [{ type: types.pointer(types.long) }];
const nonNull: Parameters = (types) => [{ type: types.pointer(types.long), tags: ['nonnull'] }];
const tagged =
  (...tags: string[]): Parameters =>
  (types) => [{ type: types.pointer(types.long), tags }];
const context: Parameters = (types) => [{ type: types.pointer(0), tags: ['ctx'] }];
/** Function 1 is global and takes these. */
const global =
  (parameters: Parameters): Typing =>
  (types) => ({ functions: [{}, { isGlobal: true, parameters: parameters(types) }] });
/** All but the first are static. */
const allStatic: Typing = () => ({});
/** All are global and take nothing. */
const allGlobal: Typing = () => ({
  functions: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(() => ({ isGlobal: true })),
});

function vector(
  isAccepted: boolean,
  name: string,
  functions: TypedVector['functions'],
  typing: Typing,
  more: Partial<TypedVector> = {},
): TypedVector {
  return { name, functions, typing, isAccepted, ...more };
}
type Make = (
  name: string,
  functions: TypedVector['functions'],
  typing: Typing,
  more?: Partial<TypedVector>,
) => TypedVector;
const accepts: Make = (...rest) => vector(true, ...rest);
const refuses: Make = (...rest) => vector(false, ...rest);

const callWith = (...before: Instruction[]): Instruction[] => [...before, callOf(1), ...end];

const globals: readonly TypedVector[] = [
  accepts(
    'a global function of a number',
    [callWith(asm.mov64(1, 7)), [asm.mov64(0, r(1)), asm.exit]],
    global(long),
  ),
  refuses(
    'a number that a global function returns, used as the constant it is',
    [[callOf(1), asm.jump64('jeq', 0, 0, 1), asm.load(8, 1, 0, 0), ...end], end],
    global(none),
  ),
  accepts(
    'a number that a static function returns, used as the constant it is',
    [[callOf(1), asm.jump64('jeq', 0, 0, 1), asm.load(8, 1, 0, 0), ...end], end],
    allStatic,
  ),
  refuses(
    'a global function that relies on what its one caller gives',
    [callWith(asm.mov64(1, 7)), [asm.jump64('jeq', 1, 7, 1), asm.load(8, 0, 1, 0), ...end]],
    global(long),
  ),
  refuses('a pointer for a number', [callWith(asm.mov64(1, r(10))), end], global(long)),
  refuses('nothing for a number', [callWith(asm.call(7)), end], global(long)),
  refuses(
    'a global function that returns a pointer',
    [callWith(...stack(1, -8)), [asm.mov64(0, r(1)), asm.exit]],
    global(nonNull),
  ),
  refuses('a global function that returns nothing', [callWith(), end], (types) => ({
    functions: [{}, { isGlobal: true, returns: types.void }],
  })),
  refuses('a global function that sets no result', [callWith(), [asm.exit]], global(none)),
  refuses('a global function that by its types returns a pointer', [callWith(), end], (types) => ({
    functions: [{}, { isGlobal: true, returns: types.pointer(types.long) }],
  })),
  accepts(
    'a global function that writes the memory it is given',
    [callWith(...stack(1, -8)), [asm.storeImmediate(8, 1, 0, 1), ...end]],
    global(nonNull),
  ),
  accepts(
    'a misaligned access to memory that is given',
    [callWith(...stack(1, -8)), [asm.load(4, 0, 1, 1), asm.exit]],
    global(nonNull),
  ),
  refuses(
    'a global function that writes past the memory it is given',
    [callWith(...stack(1, -16)), [asm.storeImmediate(8, 1, 8, 1), ...end]],
    global(nonNull),
  ),
  refuses(
    'memory that may be null, unchecked',
    [callWith(...stack(1, -8)), [asm.storeImmediate(8, 1, 0, 1), ...end]],
    global(pointer),
  ),
  accepts(
    'memory that may be null, checked',
    [callWith(...stack(1, -8)), [asm.jump64('jeq', 1, 0, 1), asm.storeImmediate(8, 1, 0, 1), ...end]],
    global(pointer),
  ),
  accepts('null for memory that may be null', [callWith(asm.mov64(1, 0)), end], global(pointer)),
  accepts('a constant null for memory that is not null', [callWith(asm.mov64(1, 0)), end], global(nonNull)),
  refuses('a number for memory', [callWith(asm.mov64(1, 1)), end], global(pointer)),
  refuses('an unknown number for memory', [callWith(asm.call(7), asm.mov64(1, r(0))), end], global(pointer)),
  refuses('too little stack for memory', [callWith(...stack(1, -4)), end], global(pointer)),
  accepts(
    'a map value for memory',
    [[...lookUp, asm.jump64('jeq', 0, 0, 2), asm.mov64(1, r(0)), callOf(1), ...end], end],
    global(nonNull),
    { maps: [array] },
  ),
  accepts(
    'a map value that may be null for memory that may be',
    [callWith(...lookUp.slice(0, -1), asm.call(1), asm.mov64(1, r(0))), end],
    global(pointer),
    { maps: [asm.mapOf('hash', 4, 16, 4)] },
  ),
  refuses(
    'a map value that may be null for memory that is not',
    [callWith(...lookUp, asm.mov64(1, r(0))), end],
    global(nonNull),
    { maps: [asm.mapOf('hash', 4, 16, 4)] },
  ),
  refuses(
    'the end of a map value for memory',
    [callWith(...asm.loadMapValue(1, 0, 12)), end],
    global(nonNull),
    { maps: [array] },
  ),
  refuses('a read-only map for memory', [callWith(...asm.loadMapValue(1, 0, 0)), end], global(nonNull), {
    maps: [readOnly],
  }),
  refuses('the context for memory', [[callOf(1), ...end], end], global(nonNull)),
  refuses(
    'a spilled constant that a function was given, used after',
    [
      [
        asm.storeImmediate(8, 10, -8, 0),
        ...stack(1, -8),
        callOf(1),
        asm.load(8, 1, 10, -8),
        asm.jump64('jeq', 1, 0, 1),
        asm.load(8, 0, 1, 0),
        ...end,
      ],
      end,
    ],
    global(nonNull),
  ),
  accepts('the context by its tag', [callWith(), end], global(context)),
  accepts('the context by the name of its struct', [callWith(), end], (types) => ({
    functions: [
      {},
      {
        isGlobal: true,
        parameters: [{ type: types.pointer(types.struct('__sk_buff', [['len', types.int, 4]])) }],
      },
    ],
  })),
  accepts('a context that is used', [callWith(), [asm.load(4, 0, 1, 0), asm.exit]], global(context)),
  refuses('stack for the context', [callWith(...stack(1, -8)), end], global(context)),
  refuses('a moved context', [callWith(asm.alu64('add', 1, 8)), end], global(context)),
  refuses('a struct that is no context, tagged as one', [callWith(), end], (types) => ({
    functions: [
      {},
      {
        isGlobal: true,
        parameters: [{ type: types.pointer(types.struct('pt_regs', [['a', types.int, 4]])), tags: ['ctx'] }],
      },
    ],
  })),
  accepts(
    'any struct tagged as the context of a tracepoint',
    [callWith(), end],
    (types) => ({
      functions: [
        {},
        {
          isGlobal: true,
          parameters: [
            { type: types.pointer(types.struct('pt_regs', [['a', types.int, 4]])), tags: ['ctx'] },
          ],
        },
      ],
    }),
    { type: 'tracepoint' },
  ),
  accepts('words tagged as the context of a raw tracepoint', [callWith(), end], global(tagged('ctx')), {
    type: 'raw_tracepoint',
  }),
  accepts(
    'registers as the context of a kprobe',
    [callWith(), end],
    (types) => ({
      functions: [
        {},
        {
          isGlobal: true,
          parameters: [{ type: types.pointer(types.struct('pt_regs', [['a', types.int, 4]])) }],
        },
      ],
    }),
    { type: 'kprobe' },
  ),
  refuses('a pointer to void', [callWith(asm.mov64(1, 0)), end], (types) => ({
    functions: [{}, { isGlobal: true, parameters: [{ type: types.pointer(0) }] }],
  })),
  refuses('a tag that says nothing', [callWith(asm.mov64(1, 0)), end], global(tagged('odd'))),
  refuses(
    'nullable memory that is not tagged trusted',
    [callWith(asm.mov64(1, 0)), end],
    global(tagged('nullable')),
  ),
  refuses('tags that contradict', [callWith(), end], global(tagged('ctx', 'nonnull'))),
  refuses('a tag on a number', [callWith(asm.mov64(1, 0)), end], (types) => ({
    functions: [{}, { isGlobal: true, parameters: [{ type: types.long, tags: ['nonnull'] }] }],
  })),
  accepts('tags on a static function', [callWith(), end], (types) => ({
    functions: [{}, { parameters: tagged('odd')(types) }],
  })),
  refuses('six parameters', [callWith(), end], (types) => ({
    functions: [{}, { isGlobal: true, parameters: [1, 2, 3, 4, 5, 6].map(() => ({ type: types.long })) }],
  })),
  refuses('a struct by value', [callWith(asm.mov64(1, 0)), end], (types) => ({
    functions: [{}, { isGlobal: true, parameters: [{ type: types.struct('pair', [['a', types.long, 8]]) }] }],
  })),
  accepts(
    'a global function that is wrong and never called',
    [
      [asm.mov64(0, 0), asm.jump64('jeq', 0, 0, 1), callOf(1), asm.mov64(0, 0), asm.exit],
      [asm.load(8, 0, 1, 0), asm.exit],
    ],
    global(long),
  ),
  refuses(
    'a wrong global function that another calls',
    [
      [callOf(1), ...end],
      [callOf(2), ...end],
      [asm.load(8, 0, 1, 0), asm.exit],
    ],
    allGlobal,
  ),
  refuses(
    'global functions that call each other',
    [
      [callOf(1), ...end],
      [callOf(2), ...end],
      [callOf(1), ...end],
    ],
    allGlobal,
  ),
  refuses(
    'a record held at the end of a global function',
    [
      [callOf(1), ...end],
      [...asm.loadMap(1, 0), asm.mov64(2, 8), asm.mov64(3, 0), asm.call(131), ...end],
    ],
    global(none),
    { maps: [asm.mapOf('ringbuf', 0, 0, 4096)] },
  ),
  accepts(
    'a record held over a call of a global function',
    [
      [
        ...asm.loadMap(1, 0),
        asm.mov64(2, 8),
        asm.mov64(3, 0),
        asm.call(131),
        asm.jump64('jeq', 0, 0, 5),
        asm.mov64(6, r(0)),
        callOf(1),
        asm.mov64(1, r(6)),
        asm.mov64(2, 0),
        asm.call(132),
        ...end,
      ],
      end,
    ],
    global(none),
    { maps: [asm.mapOf('ringbuf', 0, 0, 4096)] },
  ),
  accepts(
    'a record written by a global function',
    [
      [
        ...asm.loadMap(1, 0),
        asm.mov64(2, 8),
        asm.mov64(3, 0),
        asm.call(131),
        asm.jump64('jeq', 0, 0, 6),
        asm.mov64(6, r(0)),
        asm.mov64(1, r(0)),
        callOf(1),
        asm.mov64(1, r(6)),
        asm.mov64(2, 0),
        asm.call(132),
        ...end,
      ],
      [asm.storeImmediate(8, 1, 0, 1), ...end],
    ],
    global(nonNull),
    { maps: [asm.mapOf('ringbuf', 0, 0, 4096)] },
  ),
];

const chainOf = (count: number): Instruction[][] =>
  Array.from({ length: count }, (_, index) => (index === count - 1 ? end : [callOf(index + 1), ...end]));

const depths: readonly TypedVector[] = [
  accepts('eight functions in a chain', chainOf(8), allStatic),
  refuses('nine functions in a chain', chainOf(9), allStatic),
  accepts('eight global functions in a chain', chainOf(8), allGlobal),
  refuses('nine global functions in a chain', chainOf(9), allGlobal),
  refuses(
    'too much stack over global functions',
    [
      [deep(304), callOf(1), ...end],
      [deep(304), ...end],
    ],
    global(none),
  ),
  accepts(
    'as much stack as there is',
    [
      [deep(256), callOf(1), ...end],
      [deep(256), ...end],
    ],
    global(none),
  ),
  refuses(
    'too much stack of a callback and what calls it',
    [
      [deep(304), ...loopOnce, ...end],
      [deep(304), ...end],
    ],
    allStatic,
  ),
  ...(['tracepoint', 'raw_tracepoint', 'kprobe', 'perf_event'] as const).map((type) =>
    accepts(
      `functions of a ${type} with stacks of their own`,
      [
        [deep(304), callOf(1), ...end],
        [deep(304), ...end],
      ],
      allStatic,
      { type },
    ),
  ),
  refuses(
    'functions of a tracepoint that tail call, for stacks of their own',
    [
      [asm.mov64(6, r(1)), deep(304), callOf(1), asm.mov64(1, r(6)), ...tailCall, ...end],
      [deep(304), ...end],
    ],
    allStatic,
    { type: 'tracepoint', maps: [programs] },
  ),
  accepts(
    'small functions of a tracepoint beside one of much stack',
    [
      [deep(512), callOf(1), ...end],
      [deep(56), ...end],
    ],
    allStatic,
    { type: 'tracepoint' },
  ),
  refuses(
    'nine functions of 64 bytes less one in a tracepoint that has one stack',
    [
      [deep(512), callOf(1), ...end],
      [deep(48), callOf(2), ...end],
      [deep(520), ...end],
    ],
    allStatic,
    { type: 'tracepoint' },
  ),
  refuses(
    'a function that calls itself where no path leads',
    [
      [callOf(1), ...end],
      [asm.mov64(0, 0), asm.jump64('jeq', 0, 0, 1), callOf(1), asm.mov64(0, 0), asm.exit],
    ],
    allStatic,
  ),
];

const tailCalls: readonly TypedVector[] = [
  accepts(
    'a tail call from a function',
    [
      [callOf(1), ...end],
      [...tailCall, ...end],
    ],
    allStatic,
    { maps: [programs] },
  ),
  accepts(
    'a tail call from a global function',
    [
      [callOf(1), ...end],
      [...tailCall, ...end],
    ],
    global(context),
    { maps: [programs] },
  ),
  refuses(
    'a tail call from a function that returns nothing',
    [
      [callOf(1), ...end],
      [...tailCall, ...end],
    ],
    (types) => ({
      functions: [{}, { returns: types.void }],
    }),
    { maps: [programs] },
  ),
  refuses(
    'what a function returns that may have tail called, used as if it had not',
    [
      [callOf(1), asm.jump64('jeq', 0, 0, 1), asm.load(8, 1, 0, 0), ...end],
      [...tailCall, ...end],
    ],
    allStatic,
    { maps: [programs] },
  ),
  refuses(
    'a tail call below 256 bytes of stack',
    [
      [deep(256), callOf(1), ...end],
      [...tailCall, ...end],
    ],
    allStatic,
    { maps: [programs] },
  ),
  accepts(
    'a tail call below 240 bytes of stack',
    [
      [deep(240), callOf(1), ...end],
      [...tailCall, ...end],
    ],
    allStatic,
    { maps: [programs] },
  ),
  refuses(
    'a tail call below 256 bytes of stack, where no path leads',
    [
      [deep(256), callOf(1), ...end],
      [asm.mov64(0, 0), asm.jump64('jeq', 0, 0, 4), ...tailCall, ...end],
    ],
    allStatic,
    { maps: [programs] },
  ),
  refuses(
    'a tail call from a callback',
    [
      [
        asm.store(8, 10, -8, 1),
        asm.mov64(1, 1),
        ...addressOf(2, 1),
        ...stack(3, -8),
        asm.mov64(4, 0),
        asm.call(LOOP),
        ...end,
      ],
      [asm.load(8, 1, 2, 0), ...tailCall, ...end],
    ],
    allStatic,
    { maps: [programs] },
  ),
  refuses(
    'a tail call with a record held',
    [
      [
        asm.mov64(6, r(1)),
        ...asm.loadMap(1, 1),
        asm.mov64(2, 8),
        asm.mov64(3, 0),
        asm.call(131),
        asm.mov64(7, r(0)),
        asm.jump64('jeq', 0, 0, 8),
        asm.mov64(1, r(6)),
        ...tailCall,
        asm.mov64(1, r(7)),
        asm.mov64(2, 0),
        asm.call(132),
        ...end,
      ],
    ],
    allStatic,
    { maps: [programs, asm.mapOf('ringbuf', 0, 0, 4096)] },
  ),
  accepts(
    'a tail call with a record held by the caller',
    [
      [
        asm.mov64(6, r(1)),
        ...asm.loadMap(1, 1),
        asm.mov64(2, 8),
        asm.mov64(3, 0),
        asm.call(131),
        asm.mov64(7, r(0)),
        asm.jump64('jeq', 0, 0, 5),
        asm.mov64(1, r(6)),
        callOf(1),
        asm.mov64(1, r(7)),
        asm.mov64(2, 0),
        asm.call(132),
        ...end,
      ],
      [...tailCall, ...end],
    ],
    allStatic,
    { maps: [programs, asm.mapOf('ringbuf', 0, 0, 4096)] },
  ),
];

const reserve = [...asm.loadMap(1, 0), asm.mov64(2, 8), asm.mov64(3, 0), asm.call(131)];
const ring = asm.mapOf('ringbuf', 0, 0, 4096);
const loopOver = (number: number, rounds: number): Instruction[] => [
  asm.mov64(1, rounds),
  ...addressOf(2, number),
  ...stack(3, -8),
  asm.mov64(4, 0),
  asm.call(LOOP),
];

const callbacks: readonly TypedVector[] = [
  accepts(
    'a callback that is called back by a static function',
    [[callOf(1), ...end], [deep(8), ...loopOver(2, 3), ...end], end],
    allStatic,
  ),
  accepts(
    'a callback within a callback',
    [[deep(8), ...loopOver(1, 3), ...end], [deep(8), ...loopOver(2, 3), ...end], end],
    allStatic,
  ),
  accepts(
    'a callback within a callback that counts in the first caller',
    [
      [deep(8), ...loopOver(1, 3), ...end],
      [asm.mov64(1, 2), asm.mov64(3, r(2)), ...addressOf(2, 2), asm.mov64(4, 0), asm.call(LOOP), ...end],
      [asm.load(8, 1, 2, 0), asm.alu64('add', 1, 1), asm.store(8, 2, 0, 1), ...end],
    ],
    allStatic,
  ),
  refuses(
    'what a callback within a callback changed, used as if it had not',
    [
      [
        deep(8),
        ...loopOver(1, 3),
        asm.load(8, 1, 10, -8),
        asm.jump64('jeq', 1, 0, 1),
        asm.load(8, 0, 1, 0),
        ...end,
      ],
      [asm.mov64(1, 2), asm.mov64(3, r(2)), ...addressOf(2, 2), asm.mov64(4, 0), asm.call(LOOP), ...end],
      [asm.storeImmediate(8, 2, 0, 1), ...end],
    ],
    allStatic,
  ),
  accepts(
    'a callback that calls a global function',
    [[deep(8), ...loopOver(1, 3), ...end], [callOf(2), ...end], end],
    () => ({
      functions: [{}, {}, { isGlobal: true }],
    }),
  ),
  accepts(
    'a callback that calls a static function',
    [[deep(8), ...loopOver(1, 3), ...end], [callOf(2), ...end], end],
    allStatic,
  ),
  accepts(
    'a global function that is called back by itself in turn',
    [[callOf(1), ...end], [deep(8), ...loopOver(2, 3), ...end], end],
    () => ({
      functions: [{}, { isGlobal: true }, {}],
    }),
  ),
  refuses('a global function for a callback', [[deep(8), ...loopOver(1, 3), ...end], end], global(none)),
  refuses(
    'a global function for a callback that is never called',
    [[...addressOf(2, 1), ...end], end],
    global(none),
  ),
  refuses('the program itself for a callback', [[deep(8), ...loopOver(0, 3), ...end]], allStatic),
  refuses(
    'a callback that calls back itself',
    [
      [deep(8), ...loopOver(1, 3), ...end],
      [deep(8), ...loopOver(1, 3), ...end],
    ],
    allStatic,
  ),
  accepts(
    'a record taken and given back within a callback',
    [
      [deep(8), ...loopOver(1, 3), ...end],
      [...reserve, asm.jump64('jeq', 0, 0, 3), asm.mov64(1, r(0)), asm.mov64(2, 0), asm.call(132), ...end],
    ],
    allStatic,
    { maps: [ring] },
  ),
  refuses(
    'a record taken within a callback and kept',
    [
      [deep(8), ...loopOver(1, 3), ...end],
      [...reserve, ...end],
    ],
    allStatic,
    { maps: [ring] },
  ),
  refuses(
    'a record of the caller given back within a callback',
    [
      [...reserve, asm.jump64('jeq', 0, 0, 8), asm.store(8, 10, -8, 0), ...loopOver(1, 3), ...end],
      [asm.load(8, 1, 2, 0), asm.mov64(2, 0), asm.call(132), ...end],
    ],
    allStatic,
    { maps: [ring] },
  ),
  accepts(
    'a record held by the caller over a callback',
    [
      [
        ...reserve,
        asm.jump64('jeq', 0, 0, 12),
        asm.mov64(6, r(0)),
        deep(8),
        ...loopOver(1, 3),
        asm.mov64(1, r(6)),
        asm.mov64(2, 0),
        asm.call(132),
        ...end,
      ],
      end,
    ],
    allStatic,
    { maps: [ring] },
  ),
  refuses(
    "an address of the callback's stack left behind in the caller's",
    [
      [deep(8), ...loopOver(1, 1), asm.load(8, 1, 10, -8), asm.load(8, 0, 1, 0), ...end],
      [asm.store(8, 2, 0, 10), ...end],
    ],
    allStatic,
  ),
  accepts(
    'a callback over a map, called back by a static function',
    [
      [callOf(1), ...end],
      [
        ...asm.loadMap(1, 0),
        ...addressOf(2, 2),
        asm.mov64(3, 0),
        asm.mov64(4, 0),
        asm.call(FOR_EACH),
        ...end,
      ],
      [asm.load(8, 0, 3, 8), ...end],
    ],
    allStatic,
    { maps: [array] },
  ),
  accepts(
    'a callback given no context',
    [[asm.mov64(1, 3), ...addressOf(2, 1), asm.mov64(3, 0), asm.mov64(4, 0), asm.call(LOOP), ...end], end],
    allStatic,
  ),
  refuses(
    'a callback given a number for its context',
    [[asm.mov64(1, 3), ...addressOf(2, 1), asm.mov64(3, 8), asm.mov64(4, 0), asm.call(LOOP), ...end], end],
    allStatic,
  ),
  refuses(
    'a callback given a map value for its context',
    [
      [
        ...asm.loadMapValue(3, 0),
        asm.mov64(1, 3),
        ...addressOf(2, 1),
        asm.mov64(4, 0),
        asm.call(LOOP),
        ...end,
      ],
      end,
    ],
    allStatic,
    { maps: [array] },
  ),
];

/** r7 = the packet, of which a byte is there; ends the program where it is not. r6 = the context. */
const checkedPacket = [
  asm.mov64(6, r(1)),
  asm.load(4, 7, 1, 76),
  asm.load(4, 8, 1, 80),
  asm.mov64(2, r(7)),
  asm.alu64('add', 2, 1),
  asm.jump64('jle', 2, r(8), 2),
  ...end,
];
const pull = [asm.mov64(2, 0), asm.call(39)];
const onPacket = { type: 'sched_cls' as const };

const movedPackets: readonly TypedVector[] = [
  accepts(
    'a packet after a global function that leaves it',
    [[...checkedPacket, asm.mov64(1, r(6)), callOf(1), asm.load(1, 0, 7, 0), ...end], end],
    global(context),
    onPacket,
  ),
  refuses(
    'a packet after a global function that moves it',
    [
      [...checkedPacket, asm.mov64(1, r(6)), callOf(1), asm.load(1, 0, 7, 0), ...end],
      [...pull, ...end],
    ],
    global(context),
    onPacket,
  ),
  refuses(
    'a packet after a global function whose callee moves it',
    [
      [...checkedPacket, asm.mov64(1, r(6)), callOf(1), asm.load(1, 0, 7, 0), ...end],
      [callOf(2), ...end],
      [...pull, ...end],
    ],
    global(context),
    onPacket,
  ),
  refuses(
    'a packet after a static function that moves it',
    [
      [...checkedPacket, asm.mov64(1, r(6)), callOf(1), asm.load(1, 0, 7, 0), ...end],
      [...pull, ...end],
    ],
    allStatic,
    onPacket,
  ),
  refuses(
    'a packet after a static function that may tail call',
    [
      [...checkedPacket, asm.mov64(1, r(6)), callOf(1), asm.load(1, 0, 7, 0), ...end],
      [...tailCall, ...end],
    ],
    allStatic,
    { ...onPacket, maps: [programs] },
  ),
  refuses(
    'a packet after a global function that may tail call',
    [
      [...checkedPacket, asm.mov64(1, r(6)), callOf(1), asm.load(1, 0, 7, 0), ...end],
      [...tailCall, ...end],
    ],
    global(context),
    { ...onPacket, maps: [programs] },
  ),
  accepts(
    'a packet after a tail call that failed',
    [[...checkedPacket, asm.mov64(1, r(6)), ...tailCall, asm.load(1, 0, 7, 0), ...end]],
    allStatic,
    { ...onPacket, maps: [programs] },
  ),
  accepts(
    'a part of a packet for memory',
    [
      [...checkedPacket, asm.mov64(1, r(7)), callOf(1), ...end],
      [asm.jump64('jeq', 1, 0, 1), asm.load(1, 0, 1, 0), ...end],
    ],
    (types) => ({ functions: [{}, { isGlobal: true, parameters: [{ type: types.pointer(types.char) }] }] }),
    onPacket,
  ),
  refuses(
    'more of a packet than is there for memory',
    [[...checkedPacket, asm.mov64(1, r(7)), callOf(1), ...end], end],
    global(pointer),
    onPacket,
  ),
];

export const functionVectors: readonly TypedVector[] = [
  ...movedPackets,
  ...globals,
  ...depths,
  ...tailCalls,
  ...callbacks,
];
